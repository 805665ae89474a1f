import Foundation
import Nightshift
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Keeps a file of metrics beside a run, for a collector that reads text files. Whoever reads it finds it whole.
final class MetricsFile: Sendable {
    private let path: String
    private let metrics: Mutex<RunMetrics>
    private let hasFailed = Mutex(false)
    private let tell: @Sendable (String) -> Void

    private static let timeBetween = Duration.seconds(15)

    /// Writes the file for the first time.
    /// - Parameter tell: told once if it cannot be written any more.
    /// - Throws: `EngineError` if it cannot be written at all; before anything is done that should have been counted.
    init(path: String, job: String, tell: @escaping @Sendable (String) -> Void) throws(EngineError) {
        self.path = path
        self.tell = tell
        metrics = Mutex(RunMetrics(job: job))
        if let problem = replace() {
            throw EngineError(.usage, "cannot write the metrics file '\(path)': \(problem)")
        }
    }

    func observe(_ update: RunUpdate) { metrics.withLock { $0.take(update) } }

    /// Writes the file again and again while `body` runs, and with its end.
    func whileRunning(_ body: () async throws -> RunReport) async throws -> RunReport {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.timeBetween)
                    self.write()
                }
            }
            defer { group.cancelAll() }
            do {
                let report = try await body()
                metrics.withLock { $0.end(report) }
                write()
                return report
            } catch {
                metrics.withLock { $0.end((error as? EngineError)?.code == .canceled ? "interrupted" : "error") }
                write()
                throw error
            }
        }
    }

    private func write() {
        guard let problem = replace(), !hasFailed.withLock({ exchange(&$0) }) else { return }
        tell("warning: the metrics file '\(path)' cannot be written: \(problem); the run goes on without it")
    }

    /// Puts a new file in the place of the old one.
    /// - Returns: why it cannot be written.
    private func replace() -> String? {
        let text = metrics.withLock { $0.text }
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return ErrorReason.text(of: errno) }
        defer { unlink(temporary) }
        do throws(OutputError) {
            defer { close(descriptor) }
            try StandardStream.write(text, to: descriptor)
        } catch {
            return ErrorReason.text(of: error.number)
        }
        return rename(temporary, path) == 0 ? nil : ErrorReason.text(of: errno)
    }
}

/// - Returns: what it was; it is true from then on.
private func exchange(_ flag: inout Bool) -> Bool {
    defer { flag = true }
    return flag
}
