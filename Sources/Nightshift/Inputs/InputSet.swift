import Foundation
import LosslessJSON
package import NightshiftCore
package import ReplicateAPI

/// The input set of a manifest, expanded: rows × matrix, selected, rendered.
///
/// Everything streams; what is held is one row and what is said of the first mistakes.
package struct InputSet: Sendable {
    /// What an expansion found.
    package struct Summary: Sendable {
        /// Rows that the sources gave, before any selection.
        package var rows = 0
        package var items = 0
        /// The first problems; ``problemCount`` counts all.
        package var problems: [Diagnostic] = []
        package var problemCount = 0
        /// All problems by what is wrong, those of items that were passed over as failed too.
        package var groups = ProblemGroups()
        /// Of the items: those that fail without being tried.
        package var invalid = 0
        /// Of the problems: those of items that a run could pass over.
        package var skippableCount = 0

        /// What a person should know besides; each once.
        package private(set) var notices: [InputNotice] = []
        /// Columns in which rows differ and that no template uses.
        package var unusedColumns: [String] = []

        /// How many problems are kept.
        package static let listed = 20

        package init() {}

        package mutating func add(_ notice: InputNotice) {
            guard notices.count < Self.listed, !notices.contains(notice) else { return }
            notices.append(notice)
        }

        /// The notices, with what is known when all items are stored.
        ///
        /// - Parameter repeated: rows whose items are those of earlier rows.
        package func notices(repeated: Int) -> [InputNotice] {
            let distinct = items - repeated
            guard repeated > distinct, !unusedColumns.isEmpty, !notices.contains(where: \.isCollapse) else {
                return notices
            }
            return notices + [.rowsRepeat(repeated: repeated, items: distinct, unused: unusedColumns)]
        }
    }

    private let loaded: LoadedManifest
    private let stateDirectory: String?
    private let webCopies: [String: String]
    private let check: InputSetCheck
    private let environment: [String: String]

    /// - Parameters:
    ///   - stateDirectory: where other jobs' stores are, if not beside their manifests.
    ///   - webCopies: the copies of tables that the manifest names by address, by these addresses.
    ///   - check: what each item is checked against.
    ///   - environment: where programs that make rows are found, and what they find.
    package init(
        _ loaded: LoadedManifest, stateDirectory: String? = nil, webCopies: [String: String] = [:],
        check: InputSetCheck = InputSetCheck(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.environment = environment
        self.loaded = loaded
        self.stateDirectory = stateDirectory
        self.webCopies = webCopies
        self.check = check
    }

    /// Expands the set, handing each item to `body`. A row with a problem is passed over and told in the summary.
    ///
    /// - Parameters:
    ///   - digests: where digests of files are looked up before a file is read.
    ///   - checkpoint: called often; what it throws ends the expansion.
    ///   - body: gets the items in order; what it throws ends the expansion.
    package func forEachItem(
        digests: any FileDigests = NoFileDigests(), checkpoint: @escaping () throws -> Void = {},
        _ body: (Item) throws -> Void
    ) throws -> Summary {
        var notices: [InputNotice] = []
        let reader = SourceReader(
            directory: loaded.directory, manifestPath: loaded.manifest.path, stateDirectory: stateDirectory,
            webCopies: webCopies, environment: environment, checkpoint: checkpoint, notice: { notices.append($0) })
        var expansion = InputExpansion(
            manifest: loaded.manifest, lines: loaded.lines, reader: reader, check: check,
            digester: FileDigester(directory: loaded.directory, digests: digests, checkpoint: checkpoint),
            checkpoint: checkpoint)
        try expansion.run(body)
        var summary = expansion.summary
        for notice in notices { summary.add(notice) }
        return summary
    }

    /// Expands the set on a thread of its own while `body` takes the items in batches; a cancellation ends both.
    /// - Returns: what `body` returns; what it does not take is not rendered.
    package func renderingAhead<Value: Sendable>(
        digests: any FileDigests = NoFileDigests(), _ body: (RenderedItems) async throws -> Value
    ) async throws -> Value {
        let items = RenderedItems()
        async let rendering: Void = DiskThreads.run {
            items.fill { give in try forEachItem(digests: digests, checkpoint: items.checkOpen, give) }
        }
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await withTaskCancellationHandler {
                    try await body(items)
                } onCancel: {
                    items.close()
                })
        } catch {
            result = .failure(error)
        }
        items.close()
        await rendering
        return try result.get()
    }
}

/// The problems of an input set.
package struct InputSetError: Error, Sendable, CustomStringConvertible {
    /// The first of them.
    package var problems: [Diagnostic]
    package var count: Int
    /// All of them by what is wrong.
    package var groups: ProblemGroups
    /// Whether all of them are problems of items that a run could pass over.
    package var canBeSkipped: Bool

    package init(_ summary: InputSet.Summary) {
        groups = summary.groups
        canBeSkipped = summary.skippableCount == summary.problemCount
        problems = summary.problems
        count = summary.problemCount
    }

    /// The first problems as they are shown.
    package var listed: [String] { problems.map(\.description) }

    package var description: String {
        var lines = listed
        if count > problems.count { lines.append("… and \(count - problems.count) more") }
        return lines.joined(separator: "\n")
    }
}

/// What items are checked against while an input set is expanded.
package struct InputSetCheck: Sendable {
    /// What the models take, by the names of the steps. Where a schema is not known, texts stay texts and values are not
    /// checked.
    package var schemas: [String: ModelSchema]
    /// Whether items that cannot be sent are handed on as failed, instead of being problems of the set.
    package var skipsInvalid: Bool
    /// The largest file that can be sent, in bytes; `nil` where there is no limit.
    package var largestFile: Int?

    package init(schemas: [String: ModelSchema] = [:], skipsInvalid: Bool = false, largestFile: Int? = nil) {
        self.schemas = schemas
        self.skipsInvalid = skipsInvalid
        self.largestFile = largestFile
    }

    /// For a manifest without `steps`.
    package init(schema: ModelSchema?, skipsInvalid: Bool = false, largestFile: Int? = nil) {
        self.init(
            schemas: schema.map { ["": $0] } ?? [:], skipsInvalid: skipsInvalid, largestFile: largestFile)
    }
}
