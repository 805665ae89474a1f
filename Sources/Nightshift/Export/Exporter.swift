import LosslessJSON
import NightshiftCore

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

    /// Whether all that was to be exported has succeeded and is there.
    public var isComplete: Bool { unfinishedItems == 0 && failedItems == 0 && missingFiles == 0 }
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
        /// The beginnings of media types that there are, of those that Parquet files have columns for.
        package var mediaKinds: Set<String> = []
        /// What the columns of rows hold.
        var columnTypes: [String: ColumnTypes] = [:]

        package init(job: String) {
            self.job = job
        }
    }

    let outputs: OutputDirectory
    let destination: OutputDirectory
    let source: Source
    let options: ExportOptions
    let parts: ExportParts
    /// Writes Parquet files.
    private let program: DuckDBProgram?

    /// - Parameters:
    ///   - outputs: the directory that the run's outputs are in.
    ///   - destination: where to export to; may be the same.
    ///   - source: whose files earlier exports have written there, among others; several jobs may export into one directory.
    package init(
        outputs: String, destination: String, source: Source = Source(job: "job"),
        options: ExportOptions = ExportOptions(), program: DuckDBProgram? = nil
    ) {
        self.source = source
        parts = ExportParts(job: source.job)
        self.program = program
        self.options = options
        self.outputs = OutputDirectory(path: outputs)
        self.destination = OutputDirectory(path: destination)
    }

    /// Exports all items. Cancelling ends it between two pages, without the lists. While a page is written, the next one is read.
    /// - Parameter page: gives the items after a position, in order, and none after the last; `nil` asks for the first.
    package func export(
        page: @escaping @Sendable (_ afterPosition: Int?) throws -> [ExportItem]
    ) async throws -> ExportReport {
        let pass = ExportPass(self)
        return try await withTaskCancellationHandler {
            do {
                try await DiskThreads.run { try pass.begin() }
                var items = try await DiskThreads.run { try page(nil) }
                while let last = items.last?.position {
                    let written = items
                    async let next = DiskThreads.run { try page(last) }
                    try await DiskThreads.run { try pass.add(written) }
                    items = try await next
                }
                return try await DiskThreads.run { try pass.finish() }
            } catch {
                await DiskThreads.run { pass.discard() }
                throw error
            }
        } onCancel: {
            pass.cancellation.request()
        }
    }

    /// Whether a directory is that of the outputs, under whatever name. The outputs themselves are no copies that could be
    /// removed, nor replaced by copies of themselves.
    func isInPlace(_ directory: OutputDirectory) -> Bool {
        guard let outputs = RealPath.of(outputs.path), let directory = RealPath.of(directory.path) else {
            return false
        }
        return outputs == directory
    }

    /// Removes what an interrupted export of the job has left here.
    func removeLeftovers() {
        parts.removeLeftovers(in: destination)
        for format in options.formats where format.isFolder {
            let folder = "\(destination.path)/\(format.rawValue)"
            for path in [folder, "\(folder)/train", "\(destination.path)/train"] {
                parts.removeLeftovers(in: OutputDirectory(path: path))
            }
        }
    }

    func writers(_ cancellation: ExportCancellation) throws -> [any ExportWriter] {
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
            case .parquet: try parquet(cancellation)
            case .imagefolder, .audiofolder, .videofolder: try folder(of: format)
            }
        }
    }

    private func parquet(_ cancellation: ExportCancellation) throws -> ParquetExport {
        guard let program else { throw ExportError(message: DuckDBProgram.isMissing) }
        return try ParquetExport(
            in: destination, from: outputs, parts: parts, limits: options.shards,
            columns: ParquetColumns(
                rows: source.columns, types: source.columnTypes, kinds: source.mediaKinds,
                kindsOfSeveral: source.kindsOfSeveral),
            program: program, cancellation: cancellation)
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
