import JSON
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

        /// How many problems are kept.
        package static let listed = 20

        package init() {}
    }

    private let manifest: Manifest
    private let directory: String
    private let check: InputSetCheck

    package init(_ loaded: LoadedManifest, check: InputSetCheck = InputSetCheck()) {
        manifest = loaded.manifest
        directory = loaded.directory
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
        var expansion = InputExpansion(
            manifest: manifest, directory: directory, check: check,
            digester: FileDigester(directory: directory, digests: digests, checkpoint: checkpoint),
            checkpoint: checkpoint)
        try expansion.run(body)
        return expansion.summary
    }

    /// Expands the set, handing each item to `emit`.
    /// - Throws: ``InputSetError`` after all rows if any had a problem; or what `emit` and `checkpoint` throw.
    package func expand(
        digests: any FileDigests = NoFileDigests(), checkpoint: @escaping () throws -> Void = {},
        emit: (Item) throws -> Void
    ) throws {
        let summary = try forEachItem(digests: digests, checkpoint: checkpoint, emit)
        guard summary.problemCount == 0 else { throw InputSetError(summary) }
    }
}

/// The problems of an input set.
package struct InputSetError: Error, Sendable, CustomStringConvertible {
    /// The first of them.
    package var problems: [Diagnostic]
    package var count: Int
    /// All of them by what is wrong.
    package var groups: ProblemGroups

    package init(_ summary: InputSet.Summary) {
        groups = summary.groups
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

/// One walk through an input set.
private struct InputExpansion {
    let manifest: Manifest
    let directory: String
    let check: InputSetCheck
    var digester: FileDigester
    let checkpoint: () throws -> Void
    let renderer: ItemRenderer
    let checker: ItemChecker?
    let combinations: Int
    var summary = InputSet.Summary()
    /// What `exclude` asks of columns that no row has had so far.
    var unseenExclusions: [Condition]

    init(
        manifest: Manifest, directory: String, check: InputSetCheck, digester: FileDigester,
        checkpoint: @escaping () throws -> Void
    ) {
        self.manifest = manifest
        self.directory = directory
        self.check = check
        self.digester = digester
        self.checkpoint = checkpoint
        renderer = ItemRenderer(manifest, conversions: check.conversions)
        checker = check.schema.map { ItemChecker(manifest, schema: $0) }
        combinations = manifest.matrix.combinationCount ?? 0
        let names = Set(manifest.matrix.columns.map(\.name))
        unseenExclusions = manifest.exclude.flatMap(\.conditions).filter { !names.contains($0.column) }
    }

    mutating func run(_ body: (Item) throws -> Void) throws {
        for (mistake, location) in checker?.mistakes ?? [] {
            let place = location ?? SourceLocation(file: manifest.path)
            report(Diagnostic(mistake.message, at: place), kind: mistake.kind, title: mistake.title)
        }
        if manifest.inputs.isEmpty {
            summary.rows = 1
            let row = Row(.object([:]), origin: .row(1, of: "matrix"))
            return try expand(row, body)
        }
        for source in manifest.inputs {
            do {
                try run(source, body)
            } catch let diagnostic as Diagnostic {
                // The other sources may have problems of their own.
                report(diagnostic)
            }
        }
        if summary.rows > 0 {
            for condition in unseenExclusions {
                report(Diagnostic("no row has the column '\(condition.column)'", at: condition.location))
            }
        }
        if summary.items == 0, summary.problemCount == 0 {
            let place = manifest.inputs.first?.location
            report(
                Diagnostic(
                    "the input set is empty", at: place,
                    help: summary.rows == 0
                        ? "the sources have no rows" : "where, offset and exclude leave none of \(summary.rows) rows"))
        }
    }

    private mutating func run(_ source: InputSource, _ body: (Item) throws -> Void) throws {
        var selection = Selection(source)
        var isFirst = true
        var rows = 0
        let reader = SourceReader(directory: directory, checkpoint: checkpoint)
        // A limit that is reached leaves the rest of a file unread, and then nothing is known of its columns.
        var readAll = true
        try reader.forEachRow(of: source) { result in
            switch result {
            case .failure(let problem): try refuse(problem, body)
            case .success(let row):
                rows += 1
                summary.rows += 1
                if isFirst {
                    isFirst = false
                    try checkNames(row, source)
                }
                if !unseenExclusions.isEmpty { unseenExclusions.removeAll { row[$0.column] != nil } }
                if selection.takes(row) { try expand(row, body) }
            }
            if selection.isComplete { readAll = false }
            return selection.isComplete ? .enough : .more
        }
        guard rows > 0, readAll else { return }
        for condition in selection.unseen {
            report(Diagnostic("no row of \(source.label) has the column '\(condition.column)'", at: condition.location))
        }
    }

    /// A table's columns are the same in every row: what they lack is one mistake in the manifest, not one a row.
    private mutating func checkNames(_ row: Row, _ source: InputSource) throws {
        let label = source.label
        guard case .table(let columns, _) = row.storage else {
            for mistake in ManifestRules.clashes(in: manifest, columns: row.columnNames, of: label) { report(mistake) }
            return
        }
        var mistakes = ManifestRules.unknownNames(in: manifest, columns: columns.names, of: label)
        mistakes += ManifestRules.clashes(in: manifest, columns: columns.names, of: label)
        mistakes += ManifestRules.unknownColumns(source.conditions, among: columns.names)
        guard let last = mistakes.popLast() else { return }
        for mistake in mistakes { report(mistake) }
        throw last
    }

    private mutating func expand(_ row: Row, _ body: (Item) throws -> Void) throws {
        for combination in 0..<combinations {
            if combination & 0xFFF == 0xFFF { try checkpoint() }
            let scope = RenderScope(
                row: row, matrix: manifest.matrix.combination(combination), index: summary.items + 1,
                job: manifest.job)
            if manifest.exclude.contains(where: { $0.excludes(scope) }) { continue }
            for repetition in 1...manifest.repetitions {
                var scope = scope
                scope.index = summary.items + 1
                scope.repetition = repetition
                try render(scope, body)
            }
        }
    }

    private mutating func render(_ scope: RenderScope, _ body: (Item) throws -> Void) throws {
        do {
            let rendered = try renderer.render(scope, position: summary.items)
            var digests: [(sha256: String, size: Int)] = []
            for file in rendered.files { digests.append(try digest(of: file)) }
            let item = try renderer.item(rendered, digests: digests)
            if let problems = checker?.problems(of: item), !problems.isEmpty {
                return try refuse(item, problems, of: scope.row, body)
            }
            summary.items += 1
            try body(item)
        } catch let error as RenderError {
            try refuse(error, of: scope.row, scope, body)
        }
    }

    private mutating func digest(of file: FileReference) throws -> (sha256: String, size: Int) {
        let digest = try digester.digest(of: file)
        if let limit = check.largestFile, digest.size > limit {
            throw RenderError(
                "the file '\(file.path)' has \(digest.size) bytes, more than can be uploaded", at: file.location,
                help: "at most \(limit) bytes; put it where the model can fetch it and send its URL")
        }
        return digest
    }

    /// A row's problem is told at the row, with the manifest's place in its second line.
    private func problem(_ error: RenderError, of row: Row) -> Diagnostic {
        let help = "used at \(error.location)" + (error.help.map { "; \($0)" } ?? "")
        switch row.origin {
        case .line(let file, let line):
            return Diagnostic(error.message, at: SourceLocation(file: file, line: line), help: help)
        case .file(let path):
            return Diagnostic(error.message, at: SourceLocation(file: path), help: help)
        case .row:
            return Diagnostic("\(row.origin): \(error.message)", at: error.location, help: error.help)
        }
    }

    private mutating func report(
        _ problem: Diagnostic, kind: ProblemKind = .row, title: String? = nil, found: String? = nil,
        help: String? = nil
    ) {
        summary.groups.add(problem, kind: kind, title: title, found: found, help: help)
        summary.problemCount += 1
        if summary.problems.count < InputSet.Summary.listed { summary.problems.append(problem) }
    }
}

// MARK: - Items that cannot be sent

extension InputExpansion {
    /// Takes an item whose values do not fit the model: as a problem of the set, or as an item that fails by itself.
    private mutating func refuse(
        _ item: Item, _ problems: [(problem: InputProblem, location: SourceLocation?)], of row: Row,
        _ body: (Item) throws -> Void
    ) throws {
        let place = SourceLocation(file: manifest.path)
        for (found, location) in problems {
            let error = RenderError(found.message, at: location ?? place)
            tell(
                problem(error, of: row), kind: found.kind, title: found.title, found: found.found,
                help: location.map { "sent at \($0)" })
        }
        guard check.skipsInvalid else { return }
        var item = item
        item.problem = problems.map(\.problem.message).joined(separator: "; ")
        try pass(item, body)
    }

    /// The same for a row that cannot be rendered.
    private mutating func refuse(
        _ error: RenderError, of row: Row, _ scope: RenderScope, _ body: (Item) throws -> Void
    ) throws {
        tell(problem(error, of: row), kind: error.concernsFile ? .file : .row)
        guard check.skipsInvalid else { return }
        try pass(renderer.failedItem(scope, position: summary.items, problem: error.message), body)
    }

    /// The same for a row that cannot be read.
    private mutating func refuse(_ problem: Diagnostic, _ body: (Item) throws -> Void) throws {
        tell(problem, kind: .row)
        guard check.skipsInvalid, let place = problem.location else { return }
        // Nothing is known of it but where it stands.
        let row = Row(
            .object(["row": .string("\(place)")]), origin: .line(file: place.file, line: place.line ?? 0))
        try pass(
            renderer.failedItem(RenderScope(row: row), position: summary.items, problem: problem.message), body)
    }

    private mutating func pass(_ item: Item, _ body: (Item) throws -> Void) throws {
        summary.items += 1
        summary.invalid += 1
        try body(item)
    }

    private mutating func tell(
        _ problem: Diagnostic, kind: ProblemKind, title: String? = nil, found: String? = nil, help: String? = nil
    ) {
        guard !check.skipsInvalid else {
            return summary.groups.add(problem, kind: kind, title: title, found: found, help: help)
        }
        report(problem, kind: kind, title: title, found: found, help: help)
    }
}

/// What items are checked against while an input set is expanded.
package struct InputSetCheck: Sendable {
    /// `nil` where the model's schema is not known; then texts stay texts and values are not checked.
    package var schema: ModelSchema?
    /// Whether items that cannot be sent are handed on as failed, instead of being problems of the set.
    package var skipsInvalid: Bool
    /// The largest file that can be sent, in bytes; `nil` where there is no limit.
    package var largestFile: Int?

    package init(schema: ModelSchema? = nil, skipsInvalid: Bool = false, largestFile: Int? = nil) {
        self.schema = schema
        self.skipsInvalid = skipsInvalid
        self.largestFile = largestFile
    }

    var conversions: TextConversions { schema.map { TextConversions($0) } ?? .none }
}

extension RenderError {
    /// Whether it is about a file that the item would send.
    fileprivate var concernsFile: Bool { message.contains("the file '") }
}
