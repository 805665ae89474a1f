import Foundation
package import NightshiftCore

/// A job's store, opened once to be asked often: what a page and lists are made from. It never writes, and works beside a live
/// run, after one, and on a disk that cannot be written to.
package struct JobReader: Sendable {
    package let job: Job
    private let store: Store
    /// Which file the store is.
    private let file: String?

    /// - Throws: ``EngineError``, for example if the job was never run.
    package init(_ job: Job) throws(EngineError) {
        self.job = job
        do {
            try job.requireStore()
            file = Self.file(job)
            store = try Store(readingAt: job.paths.storePath)
        } catch {
            throw EngineError(error)
        }
    }

    private static func file(_ job: Job) -> String? {
        (try? FileSystemCalls.status(of: job.paths.storePath)).map { "\($0.st_dev) \($0.st_ino)" }
    }

    /// Whether the store is still the one that was opened: it may have been removed, or replaced by another.
    package var isCurrent: Bool { file != nil && Self.file(job) == file }

    /// The newest run; it may change while a reader is there.
    package func run() async throws(EngineError) -> RunRecord {
        try await job.reporting { try await job.latestRun(of: store) }
    }

    /// Prices of the manifest by the names of its steps; empty without any.
    package var prices: [String: PriceSettings] { job.prices }

    /// What was spent by the manifest's prices; `nil` where it gives none.
    package func cost(of totals: RunTotals) -> Double? {
        totals.cost(job.manifest)
    }

    /// Changes whenever anything is written to the store.
    package var fingerprint: String {
        [job.paths.storePath, job.paths.storePath + "-wal"].map { path in
            guard let status = try? FileSystemCalls.status(of: path) else { return "-" }
            #if canImport(Darwin)
            let modified = status.st_mtimespec
            #else
            let modified = status.st_mtim
            #endif
            return "\(status.st_ino).\(status.st_size).\(modified.tv_sec).\(modified.tv_nsec)"
        }.joined(separator: " ")
    }

    /// Asks the store of a run.
    /// - Throws: ``EngineError`` for whatever goes wrong.
    package func ask<Value: Sendable>(
        _ body: (Reports, RunRecord) async throws -> Value
    ) async throws(EngineError) -> Value {
        try await job.reporting { try await body(store.reports, try await job.latestRun(of: store)) }
    }

    /// Writes a document beside its name, a line at a time, and gives it the name when it is whole.
    /// - Parameter path: of the file; its folder is made if it is missing.
    /// - Throws: ``EngineError`` if it cannot be written, else what `body` throws; then there is no such file, or the one of before.
    package static func write(
        _ path: String, _ body: (_ append: (String) throws -> Void) async throws -> Void
    ) async throws(EngineError) {
        do {
            let url = URL(filePath: path).standardizedFileURL
            let folder = OutputDirectory(path: url.deletingLastPathComponent().path(percentEncoded: false))
            let file = try LineFile(url.lastPathComponent, in: folder)
            do {
                try await body { try file.append(Array($0.utf8)) }
                try file.finish()
            } catch {
                file.discard()
                throw error
            }
        } catch {
            throw EngineError(error)
        }
    }

    /// Opens an output of the newest run to be read.
    /// - Throws: ``EngineError`` if no item of the run has stored such a file, or it is not there, or is not a plain file.
    package func output(_ path: String) async throws(EngineError) -> OutputReader {
        let isKnown = try await ask { reports, run in try await reports.hasOutput(path, of: run) }
        guard isKnown else { throw EngineError(.noSuchItem, "no item of '\(job.name)' has the output '\(path)'") }
        return try await job.reporting { try await OutputReader(path, in: job.outputDirectory) }
    }
}
