import Foundation
import LosslessJSON
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The command of `accept`: it gets a result's files as its arguments and what is known of the item on its standard input.
///
/// It ends as `test`, `grep` and `diff` do: with 0 for yes, with 1 for no, and with more if it could not tell.
struct CheckCommand: Sendable {
    private let command: Acceptance.Command
    private let directory: String
    private let environment: [String: String]

    private static let timeToEnd = Duration.seconds(5)

    init(_ command: Acceptance.Command, directory: String, environment: [String: String]) {
        self.command = command
        self.directory = directory
        self.environment = environment
    }

    /// - Parameters:
    ///   - paths: absolute ones.
    ///   - item: what it reads.
    /// - Returns: why the result is not accepted, in the command's last words; `nil` if it is.
    /// - Throws: ``FetchFailure/check(_:)`` if it could not tell.
    func refusal(of paths: [String], described item: JSONValue) async throws(FetchFailure) -> String? {
        let scratch = FileManager.default.temporaryDirectory
        let name = "nightshift-check-\(UUID().uuidString)"
        let input = scratch.appending(path: "\(name).json")
        let output = scratch.appending(path: "\(name).txt")
        defer {
            try? FileManager.default.removeItem(at: input)
            try? FileManager.default.removeItem(at: output)
        }
        let process: ShellCommand
        do {
            try Data(item.jsonBytes() + [UInt8(ascii: "\n")]).write(to: input)
            process = try ShellCommand(
                command.text, arguments: paths, directory: directory, environment: environment,
                input: input.path(percentEncoded: false), output: .file(output.path(percentEncoded: false)))
        } catch let failure as ShellCommand.Failure {
            throw .check("the command of 'accept' could not be started: \(ErrorReason.text(of: failure.number))")
        } catch {
            throw .check("the command of 'accept' could not be given the item: \(ErrorReason.of(error))")
        }
        let end = await process.end(within: command.timeout)
        let words = LastWords(ofFile: output.path(percentEncoded: false))?.text
        switch end {
        case .exited(0): return nil
        case .exited(1): return words ?? "the command of 'accept' said no"
        case .exited(let code):
            throw .check(
                "the command of 'accept' ended with \(code) and could not tell whether a result is accepted"
                    + (words.map { ": \($0)" } ?? ""))
        case .signaled(let signal): return "the command of 'accept' was ended by the signal \(signal)"
        case nil:
            process.send(SIGTERM)
            if !Task.isCancelled { _ = await process.end(within: Self.timeToEnd) }
            // What has not heeded that, and what it has left behind.
            process.send(SIGKILL)
            if Task.isCancelled { throw .unavailable("the run has ended") }
            return "the command of 'accept' took longer than \(DurationText.format(command.timeout))"
        }
    }
}

/// How long a file with sound or moving pictures plays, as `ffprobe` of FFmpeg tells it.
enum MediaDuration {
    static let program = "ffprobe"
    private static let timeLimit = Duration.seconds(60)

    /// - Returns: seconds; `nil` for what does not play.
    /// - Throws: ``FetchFailure/check(_:)`` if the program is not there.
    static func of(_ path: String, environment: [String: String]) async throws(FetchFailure) -> Double? {
        let output = FileManager.default.temporaryDirectory.appending(path: "nightshift-\(UUID().uuidString).txt")
        defer { try? FileManager.default.removeItem(at: output) }
        let process: ShellCommand
        do throws(ShellCommand.Failure) {
            process = try ShellCommand(
                "\(program) -v error -show_entries format=duration -of csv=p=0 -- \"$1\"",
                arguments: [URL(filePath: path).path(percentEncoded: false)], environment: environment,
                input: "/dev/null", output: .file(output.path(percentEncoded: false)))
        } catch {
            throw .check("\(program) could not be started: \(ErrorReason.text(of: error.number))")
        }
        let end = await process.end(within: timeLimit)
        if end == nil { process.send(SIGKILL) }
        guard end != .exited(127) else {
            throw .check("'accept.duration' needs the program \(program) of FFmpeg, which is not there")
        }
        guard end == .exited(0), let text = try? String(contentsOf: output, encoding: .utf8) else { return nil }
        return text.split(whereSeparator: \.isNewline).lazy.compactMap { Double($0) }.last
    }
}
