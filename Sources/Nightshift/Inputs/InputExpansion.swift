import LosslessJSON
import NightshiftCore
import ReplicateAPI

/// One walk through an input set.
struct InputExpansion {
    private let manifest: Manifest
    private let reader: SourceReader
    private let check: InputSetCheck
    private let steps: [StepExpansion]
    private var digester: FileDigester
    private let checkpoint: () throws -> Void
    /// The text of the manifest, for messages about it.
    private let lines: SourceLines?
    private let combinations: Int
    /// The combinations themselves, where they are few.
    private let fewCombinations: [[(name: String, value: JSONValue)]]
    private(set) var summary = InputSet.Summary()
    /// What `exclude` asks of columns that no row has had so far.
    private var unseenExclusions: [Condition]
    /// The columns of the last table that was found to have all names.
    private var checkedColumns: RowColumns?

    /// What makes a step's item of a row, and checks it.
    private struct StepExpansion {
        let step: Step
        let renderer: ItemRenderer
        let checker: ItemChecker?

        init(_ step: Step, of manifest: Manifest, _ schemas: [String: ModelSchema]) {
            let schema = schemas[step.name]
            self.step = step
            renderer = ItemRenderer(
                manifest, step: step, conversions: schema.map { TextConversions($0) } ?? .none)
            checker = schema.map { ItemChecker(step, schema: $0, others: schemas) }
        }
    }

    /// A mistake in the manifest that makes all rows of a source useless.
    private struct SourceMistake: Error {
        let diagnostic: Diagnostic
    }

    init(
        manifest: Manifest, lines: SourceLines? = nil, reader: SourceReader, check: InputSetCheck,
        digester: FileDigester, checkpoint: @escaping () throws -> Void
    ) {
        self.lines = lines
        self.manifest = manifest
        self.reader = reader
        self.check = check
        steps = manifest.steps.map { StepExpansion($0, of: manifest, check.schemas) }
        self.digester = digester
        self.checkpoint = checkpoint
        combinations = manifest.matrix.combinationCount ?? 0
        fewCombinations = combinations <= 1000 ? (0..<combinations).map(manifest.matrix.combination) : []
        let names = manifest.matrix.names
        unseenExclusions = manifest.exclude.flatMap(\.conditions).filter { !names.contains($0.column) }
    }

    mutating func run(_ body: (Item) throws -> Void) throws {
        for (mistake, location) in steps.flatMap({ $0.checker?.mistakes ?? [] }) {
            let place = location ?? SourceLocation(file: manifest.path)
            report(Diagnostic(mistake.message, at: place), kind: mistake.kind, title: mistake.title)
        }
        let unusedMatrix = ColumnUse.unusedMatrixNames(in: manifest)
        if !unusedMatrix.isEmpty { summary.add(.matrixUnused(unusedMatrix)) }
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
            } catch let mistake as SourceMistake {
                report(mistake.diagnostic)
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

    // MARK: - Rows

    private mutating func run(_ source: InputSource, _ body: (Item) throws -> Void) throws {
        var selection = Selection(source, sample: try drawnSample(of: source))
        let shuffled = try source.shuffle.map { seed throws(StoreError) in (seed, try ShuffledRows()) }
        var rows = 0
        // A limit that is reached leaves the rest of a file unread, and then nothing is known of its columns.
        var readAll = true
        checkedColumns = nil
        var usage = ColumnUse(in: manifest)
        try reader.forEachRow(of: source) { result in
            switch result {
            case .failure(let problem): try refuse(problem, body)
            case .success(let row):
                rows += 1
                summary.rows += 1
                try checkNames(row, source, isFirst: rows == 1)
                usage.add(row)
                if !unseenExclusions.isEmpty { unseenExclusions.removeAll { row[$0.column] != nil } }
                guard selection.meets(row) else { break }
                if let (seed, shuffled) = shuffled {
                    try shuffled.add(row, draw: row.draw(seed: seed))
                } else if selection.counts() {
                    try expand(row, body)
                }
            }
            if selection.isComplete { readAll = false }
            return selection.isComplete ? .enough : .more
        }
        try shuffled?.1.forEach { row in
            var row = row
            row.followsLinks = source.followsLinks
            if selection.counts() { try expand(row, body) }
            return !selection.isComplete
        }
        if let notice = usage.notice(of: source.label) { summary.add(notice) }
        summary.unusedColumns += usage.unusedThatDiffer.filter { !summary.unusedColumns.contains($0) }
        guard rows > 0, readAll else { return }
        for column in selection.unseen {
            report(Diagnostic("no row of \(source.label) has the column '\(column.name)'", at: column.location))
        }
    }

    /// A sample of so many rows is known only when all have been seen once.
    private func drawnSample(of source: InputSource) throws -> SampleRule? {
        guard var draw = SampleDraw(source.sample) else { return nil }
        var undrawn = source
        undrawn.sample = nil
        undrawn.offset = 0
        undrawn.limit = nil
        var selection = Selection(undrawn)
        try reader.forEachRow(of: source) { result in
            // What is wrong is told when the rows are read again.
            if case .success(let row) = result, selection.meets(row) { draw.add(row) }
            return .more
        }
        return draw.rule()
    }

    /// A table's columns are the same in every row: what they lack is one mistake in the manifest, not one a row.
    private mutating func checkNames(_ row: Row, _ source: InputSource, isFirst: Bool) throws {
        let label = source.label
        guard case .table(let columns, _) = row.storage else {
            guard isFirst else { return }
            for mistake in ManifestRules.clashes(in: manifest, columns: row.columnNames, of: label) { report(mistake) }
            return
        }
        // Another file can have other columns; those of a list were looked at with the manifest.
        guard columns !== checkedColumns else { return }
        if case .list = source.kind { return }
        defer { checkedColumns = columns }
        if let checkedColumns, checkedColumns.names == columns.names { return }
        var mistakes = ManifestRules.unknownNames(
            in: manifest, columns: columns.names, repeated: columns.repeated, of: label)
        mistakes += ManifestRules.clashes(in: manifest, columns: columns.names, of: label)
        mistakes += ManifestRules.unknownColumns(source, among: columns.names, repeated: columns.repeated)
        guard let last = mistakes.popLast() else { return }
        for mistake in mistakes { report(mistake) }
        throw SourceMistake(diagnostic: last)
    }

    // MARK: - Items

    private mutating func expand(_ row: Row, _ body: (Item) throws -> Void) throws {
        for number in 0..<combinations {
            if number & 0xFFF == 0xFFF { try checkpoint() }
            let combination = fewCombinations.isEmpty ? manifest.matrix.combination(number) : fewCombinations[number]
            var scope = RenderScope(row: row, matrix: combination, job: manifest.job)
            if manifest.exclude.contains(where: { $0.excludes(scope) }) { continue }
            for repetition in 1...manifest.repetitions {
                scope.index = summary.items / steps.count + 1
                scope.repetition = repetition
                if steps.count == 1 {
                    _ = try render(scope, steps[0], needs: [], body)
                } else {
                    try renderSteps(scope, body)
                }
            }
        }
    }

    /// An item for each step, each after those that it needs.
    private mutating func renderSteps(_ scope: RenderScope, _ body: (Item) throws -> Void) throws {
        var made: [String: ItemNeed] = [:]
        for expansion in steps {
            let needs = expansion.step.needs.compactMap { made[$0] }
            // Without an item that it needs it could not be told from others; that item's problem is told already.
            guard needs.count == expansion.step.needs.count else { continue }
            if let item = try render(scope, expansion, needs: needs, body) {
                made[expansion.step.name] = ItemNeed(item)
            }
        }
    }

    /// - Returns: `nil` if there is no item, because of a problem that has been told.
    private mutating func render(
        _ scope: RenderScope, _ step: StepExpansion, needs: [ItemNeed], _ body: (Item) throws -> Void
    ) throws -> Item? {
        do {
            var rendered = try step.renderer.render(scope, position: summary.items)
            var digests: [(sha256: String, size: Int)] = []
            for index in rendered.files.indices {
                let found = try digest(of: rendered.files[index])
                rendered.files[index].path = found.path
                digests.append((found.sha256, found.size))
            }
            let item = try step.renderer.item(rendered, digests: digests, needs: needs)
            if let problems = step.checker?.problems(of: item), !problems.isEmpty {
                return try refuse(item, problems, of: scope.row, body)
            }
            summary.items += 1
            try body(item)
            return item
        } catch let error as RenderError {
            let problem = problem(error, of: scope.row)
            tell(problem, kind: error.subject == .file ? .file : .row)
            guard check.skipsInvalid else { return nil }
            return try pass(
                step.renderer.failedItem(
                    scope, position: summary.items, problem: error.message, needs: needs), body)
        }
    }

    private mutating func digest(of file: FileReference) throws -> FoundFile {
        let digest = try digester.digest(of: file)
        if !digest.path.isExactly(file.path) {
            summary.add(.otherForm(written: file.path, found: digest.path))
        }
        if let limit = check.largestFile, digest.size > limit {
            throw RenderError(
                "the file '\(file.path)' has \(digest.size) bytes, more than can be uploaded", at: file.location,
                help: "at most \(limit) bytes; put it where the model can fetch it and send its URL", subject: .file)
        }
        return digest
    }

    // MARK: - Problems

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
        let problem = lines?.showing(problem) ?? problem
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
    ) throws -> Item? {
        let place = SourceLocation(file: manifest.path)
        for (found, location) in problems {
            let error = RenderError(found.message, at: location ?? place)
            tell(
                problem(error, of: row), kind: found.kind, title: found.title, found: found.found,
                help: location.map { "sent at \($0)" })
        }
        guard check.skipsInvalid else { return nil }
        var item = item
        item.problem = problems.map(\.problem.message).joined(separator: "; ")
        return try pass(item, body)
    }

    /// The same for a row that cannot be read.
    private mutating func refuse(_ problem: Diagnostic, _ body: (Item) throws -> Void) throws {
        tell(problem, kind: .row)
        guard check.skipsInvalid, let place = problem.location else { return }
        // Nothing is known of it but where it stands.
        let row = Row(
            .object(["row": .string("\(place)")]), origin: .line(file: place.file, line: place.line ?? 0))
        var made: [String: ItemNeed] = [:]
        for expansion in steps {
            let item = expansion.renderer.failedItem(
                RenderScope(row: row), position: summary.items, problem: problem.message,
                needs: expansion.step.needs.compactMap { made[$0] })
            made[expansion.step.name] = ItemNeed(try pass(item, body))
        }
    }

    @discardableResult
    private mutating func pass(_ item: Item, _ body: (Item) throws -> Void) throws -> Item {
        summary.items += 1
        summary.invalid += 1
        try body(item)
        return item
    }

    private mutating func tell(
        _ problem: Diagnostic, kind: ProblemKind, title: String? = nil, found: String? = nil, help: String? = nil
    ) {
        guard !check.skipsInvalid else {
            return summary.groups.add(problem, kind: kind, title: title, found: found, help: help)
        }
        summary.skippableCount += 1
        report(problem, kind: kind, title: title, found: found, help: help)
    }
}
