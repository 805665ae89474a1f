import ArgumentParser
import Foundation
import Logging
import Nightshift
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where a run logs to, and how much.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How much is logged: \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).",
            discussion:
                "By default 'info' with --log-file, else nothing. Without --log-file, lines go to standard error.",
            valueName: "level"))
    var logLevel: String?

    @Option(
        help: ArgumentHelp(
            "Append the log to this file, a line each: time, level, job, item, prediction, message.", valueName: "file")
    )
    var logFile: String?

    private var level: Logger.Level? { logLevel.flatMap { Logger.Level(rawValue: $0) } }

    func validate() throws {
        if let logLevel, level == nil {
            let levels = Logger.Level.allCases.map(\.rawValue)
            throw ValidationError("--log-level is '\(logLevel)'; expected one of: \(levels.joined(separator: ", "))")
        }
    }

    /// - Parameter say: prints a line for people.
    /// - Returns: `nil` if nothing is to be logged.
    /// - Throws: `EngineError` if the file cannot be opened; before anything is done that should have been logged.
    func logger(_ say: @escaping @Sendable (String) -> Void) throws(EngineError) -> Logger? {
        guard logFile != nil || level != nil else { return nil }
        let write: @Sendable (String) -> Void
        if let logFile {
            let file = try LogFile(path: logFile, tell: say)
            write = { file.write($0) }
        } else {
            write = say
        }
        var logger = Logger(label: "nightshift") { _ in LineLogHandler(write: write) }
        logger.logLevel = level ?? .info
        return logger
    }
}

/// A file that lines are appended to; several processes may do so at a time.
final class LogFile: Sendable {
    private let path: String
    private let descriptor: Int32
    private let hasFailed = Mutex(false)
    private let tell: @Sendable (String) -> Void

    /// - Parameter tell: told once if lines are lost.
    init(path: String, tell: @escaping @Sendable (String) -> Void) throws(EngineError) {
        self.path = path
        self.tell = tell
        // What is in inputs and errors may concern nobody else.
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw EngineError(.usage, "cannot open the log file '\(path)': \(ErrorReason.text(of: errno))")
        }
    }

    deinit { close(descriptor) }

    func write(_ line: String) {
        guard !hasFailed.withLock({ $0 }) else { return }
        do throws(OutputError) {
            try StandardStream.write(line.printable + "\n", to: descriptor)
        } catch {
            guard
                hasFailed.withLock({
                    let isFirst = !$0; $0 = true; return isFirst
                })
            else { return }
            tell(
                "warning: the log file '\(path)' cannot be written: \(ErrorReason.text(of: error.number)); the run goes on "
                    + "without it")
        }
    }
}

/// Writes each message as one line: `2026-11-27T02:00:00.123Z warning job=a item=b: message`.
struct LineLogHandler: LogHandler {
    let write: @Sendable (String) -> Void
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(write: @escaping @Sendable (String) -> Void) {
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// What stands first in a line; all else follows by name.
    private static let firstKeys = ["job", "item", "attempt", "prediction"]

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let keys = Self.firstKeys.filter { all[$0] != nil } + all.keys.filter { !Self.firstKeys.contains($0) }.sorted()
        let facts = keys.map { key in " \(key)=\(Self.quoted("\(all[key] ?? "")"))" }.joined()
        let time = Date.now.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
        write("\(time)Z \(event.level.rawValue)\(facts): \("\(event.message)".wholeInOneLine)")
    }

    /// A value as one word: quoted where it has spaces, quotes, or nothing in it.
    private static func quoted(_ value: String) -> String {
        let isWord =
            !value.isEmpty && value.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "\"" && $0 != "=" }
        if isWord { return value.wholeInOneLine }
        return "\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").wholeInOneLine)\""
    }
}
