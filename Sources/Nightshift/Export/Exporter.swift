import LosslessJSON
import NightshiftCore
import Synchronization

/// What an export brought together.
public struct ExportReport: Hashable, Sendable {
    /// All items that were exported.
    public var items = 0
    /// Of these: failed and canceled ones.
    public var failedItems = 0
    /// Of these: those that are not done yet.
    public var unfinishedItems = 0
    /// Files of these that are in the directory now.
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

/// Writes the results of a run into a directory, in one or several forms. What an earlier export has written there for items that
/// are gone is removed.
///
/// Lists appear only when they are whole, after every file they speak of. Nothing but one page is held in memory.
package struct Exporter: Sendable {
    /// What is known of the run as a whole.
    package struct Source: Hashable, Sendable {
        package var job: String
        /// Models by their names in the manifest.
        package var models: [String] = []
        package var matrixNames: Set<String> = []
        /// All columns that rows have, with the names of the matrix.
        package var columns: [String] = []
        /// Whether a file is called as a part of a dataset is: `datasets` would take it for one, and leave out all others.
        package var hasNamesOfSplits = false
        /// The text of the filter, if not all items are exported.
        package var filter: String?
        /// When the last of the items ended.
        package var asOf: Timestamp?
        /// Whether any item has several files of one kind, by the beginnings of media types.
        package var kindsOfSeveral: Set<String> = []
        /// Extensions of which any item has several files.
        package var extensionsOfSeveral: Set<String> = []

        package init(job: String) {
            self.job = job
        }
    }

    private let outputs: OutputDirectory
    private let destination: OutputDirectory
    private let source: Source
    private let options: ExportOptions
    private let parts: ExportParts

    /// - Parameters:
    ///   - outputs: the directory that the run's outputs are in.
    ///   - destination: where to export to; may be the same.
    ///   - source: whose files earlier exports have written there, among others; several jobs may export into one directory.
    package init(
        outputs: String, destination: String, source: Source = Source(job: "job"),
        options: ExportOptions = ExportOptions()
    ) {
        self.source = source
        parts = ExportParts(job: source.job)
        self.options = options
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

    /// Whether a directory is that of the outputs, under whatever name. The outputs themselves are no copies that could be
    /// removed, nor replaced by copies of themselves.
    private func isInPlace(_ directory: OutputDirectory) -> Bool {
        guard let outputs = RealPath.of(outputs.path), let directory = RealPath.of(directory.path) else {
            return false
        }
        return outputs == directory
    }

    private func write(page: (Int?) throws -> [ExportItem], cancellation: Cancellation) throws -> ExportReport {
        let hasLists = options.formats.contains(where: \.isList)
        let isInPlace = isInPlace(destination)
        var list = isInPlace || !hasLists ? nil : try ExportList(parts, in: destination)
        var writers = try writers()
        var report = ExportReport()
        do {
            var files = FileExport(outputs: outputs, destination: destination, links: options.links || isInPlace)
            var position: Int?
            while case let items = try page(position), let last = items.last {
                if cancellation.isRequested.load(ordering: .relaxed) { throw CancellationError() }
                position = last.position
                for item in items {
                    let result = try result(of: item, &files, hasLists: hasLists)
                    try list?.add(item, without: result.missing)
                    for index in writers.indices { try writers[index].add(result) }
                    report.count(result)
                }
            }
            try files.synchronize()
            for index in writers.indices { try writers[index].finish(&report) }
            try list?.finish(&report)
            try ExportSummary(report, source, options).write(to: destination, parts: parts)
        } catch {
            list?.discard()
            for writer in writers { writer.discard() }
            throw error
        }
        return report
    }

    private func result(
        of item: ExportItem, _ files: inout FileExport, hasLists: Bool
    ) throws -> ExportedResult {
        var found: [ExportedResult.File] = []
        var missing: [String] = []
        let tellsPictureSizes = options.formats.contains(where: \.tellsPictureSizes)
        for file in item.files {
            guard try hasLists ? files.export(file) : files.isThere(file) else {
                missing.append(file.path)
                continue
            }
            // Not all formats tell it, and every picture is opened for it.
            let isPicture = tellsPictureSizes && file.mediaType?.hasPrefix("image/") == true
            found.append(ExportedResult.File(file: file, picture: isPicture ? files.pictureSize(of: file) : nil))
        }
        return ExportedResult(
            item: item, matrixNames: source.matrixNames, files: found, missing: missing)
    }

    private func writers() throws -> [any ExportWriter] {
        try options.formats.map { format -> any ExportWriter in
            switch format {
            case .jsonl: try JSONLinesExport(in: destination, parts: parts)
            case .csv:
                try CSVExport(
                    in: destination, parts: parts, columns: source.columns, isForExcel: options.isForExcel)
            case .openai: try OpenAIExport(in: destination, parts: parts)
            case .webdataset:
                try WebDatasetExport(
                    in: destination, from: outputs, parts: parts, limits: options.shards,
                    numbered: source.extensionsOfSeveral)
            case .imagefolder, .audiofolder, .videofolder: try folder(of: format)
            }
        }
    }

    private func folder(of format: ExportFormat) throws -> FolderExport {
        let folder =
            options.formats == [format] ? destination : OutputDirectory(path: "\(destination.path)/\(format.rawValue)")
        let isInPlace = isInPlace(folder)
        let hasSplits = source.hasNamesOfSplits && !isInPlace
        let files = hasSplits ? OutputDirectory(path: "\(folder.path)/train") : folder
        return try FolderExport(
            format, in: files, card: (folder, source.card), from: outputs, parts: parts,
            links: options.links || isInPlace, isInPlace: isInPlace,
            hasSeveral: source.kindsOfSeveral.contains(format.mediaKind ?? ""))
    }
}

/// Tells the disk's thread that the task it works for was cancelled.
private final class Cancellation: Sendable {
    let isRequested = Atomic(false)
}

extension ExportReport {
    fileprivate mutating func count(_ result: ExportedResult) {
        items += 1
        if result.item.isFailed { failedItems += 1 }
        if !result.item.isFailed, !result.item.isSucceeded { unfinishedItems += 1 }
        files += result.files.count
        missingFiles += result.missing.count
        firstMissingFiles += result.missing.prefix(max(0, 10 - firstMissingFiles.count))
    }
}
