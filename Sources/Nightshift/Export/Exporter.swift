import Crypto
import LosslessJSON
import Synchronization

/// What an export brought together.
public struct ExportReport: Hashable, Sendable {
    /// All items of the run.
    public var items = 0
    /// Items in `failed.jsonl`: failed and canceled ones.
    public var failedItems = 0
    /// Files that are in the directory now.
    public var files = 0
    /// Files that the store knows but the output directory no longer has as they were; the first of them by path.
    public var missingFiles = 0
    public var firstMissingFiles: [String] = []
    /// Files of earlier exports that belong to no item any more, and were removed.
    public var removedFiles = 0
    /// The same, but somebody has changed them since, so they were left.
    public var keptFiles = 0

    package init() {}
}

/// Writes a run into a directory: `results.jsonl` in input order, `failed.jsonl` with the rows to run again, and the
/// files under the same relative paths. What an earlier export has written for items that are gone is removed.
///
/// Both lists appear only when they are whole, after every file they speak of. Nothing but one page is held in memory.
package struct Exporter: Sendable {
    private let outputs: OutputDirectory
    private let destination: OutputDirectory
    private let job: String

    package static let resultsName = "results.jsonl"
    package static let failedName = "failed.jsonl"

    /// - Parameters:
    ///   - outputs: the directory that the run's outputs are in.
    ///   - destination: where to export to; may be the same.
    ///   - job: whose files earlier exports have written there; several jobs may export into one directory.
    package init(outputs: String, destination: String, job: String = "job") {
        self.job = job
        self.outputs = OutputDirectory(path: outputs)
        self.destination = OutputDirectory(path: destination)
    }

    /// Exports all items. Cancelling ends it between two pages, without the lists.
    /// - Parameter page: gives the items after a position, in order, and none after the last; `nil` asks for the first.
    package func export(
        page: @escaping @Sendable (_ afterPosition: Int?) throws -> [ExportItem]
    ) async throws -> ExportReport {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await DiskThreads.run { try write(page: page, cancellation: cancellation) }
        } onCancel: {
            cancellation.isRequested.store(true, ordering: .relaxed)
        }
    }

    private var isInPlace: Bool {
        guard let outputs = RealPath.of(outputs.path), let destination = RealPath.of(destination.path) else {
            return false
        }
        return outputs == destination
    }

    private func write(page: (Int?) throws -> [ExportItem], cancellation: Cancellation) throws -> ExportReport {
        // The outputs themselves are no copies that could be removed.
        var list = isInPlace ? nil : try ExportList(job: job, in: destination)
        let results = try LineFile(Exporter.resultsName, in: destination)
        let failed = try LineFile(Exporter.failedName, in: destination)
        var report = ExportReport()
        do {
            var files = FileExport(outputs: outputs, destination: destination)
            var failedRows = SeenRows()
            var position: Int?
            while case let items = try page(position), let last = items.last {
                if cancellation.isRequested.load(ordering: .relaxed) { throw CancellationError() }
                position = last.position
                for item in items {
                    var missing: [String] = []
                    for file in item.files where try !files.export(file) { missing.append(file.path) }
                    try list?.add(item, without: missing)
                    try results.append(item.result(missing: missing).jsonBytes())
                    if item.isFailed, failedRows.insert(item.row) { try failed.append(item.row.jsonBytes()) }
                    report.count(item, missing: missing)
                }
            }
            try files.synchronize()
            try results.finish()
            try failed.finish()
            try list?.finish(&report)
        } catch {
            list?.discard()
            results.discard()
            failed.discard()
            throw error
        }
        return report
    }
}

/// Tells the disk's thread that the task it works for was cancelled.
private final class Cancellation: Sendable {
    let isRequested = Atomic(false)
}

extension ExportReport {
    fileprivate mutating func count(_ item: ExportItem, missing: [String]) {
        items += 1
        if item.isFailed { failedItems += 1 }
        files += item.files.count - missing.count
        missingFiles += missing.count
        firstMissingFiles += missing.prefix(max(0, 10 - firstMissingFiles.count))
    }
}

/// The rows that were written already: a matrix makes several items of one row, which must not be run twice for it.
///
/// 16 bytes of digest a row keep a million of them small.
private struct SeenRows {
    private var digests: Set<SIMD2<UInt64>> = []

    /// Returns `false` for a row that was there before.
    mutating func insert(_ row: JSONValue) -> Bool {
        var digest = SIMD2<UInt64>()
        for (index, byte) in SHA256.hash(data: row.canonicalBytes()).prefix(16).enumerated() {
            digest[index / 8] = digest[index / 8] << 8 | UInt64(byte)
        }
        return digests.insert(digest).inserted
    }
}
