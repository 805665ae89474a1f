import LosslessJSON

/// What a manifest's parts demand of each other.
package enum ManifestRules {
    /// What can be said before any source is read.
    static func mistakes(in manifest: Manifest) -> [Diagnostic] {
        var mistakes: [Diagnostic] = []
        for source in manifest.inputs {
            guard let columns = source.staticColumns else { continue }
            let label = manifest.inputs.count > 1 ? source.label : nil
            mistakes += unknownNames(in: manifest, columns: columns, of: label)
            mistakes += clashes(in: manifest, columns: columns, of: source.label)
            mistakes += unknownColumns(source, among: columns)
        }
        for source in manifest.inputs {
            guard case .run(manifest.job) = source.kind else { continue }
            mistakes.append(
                Diagnostic(
                    "'run' names this job itself", at: source.location, help: "name the job whose results are the rows")
            )
        }
        if manifest.inputs.isEmpty { mistakes += unknownNames(in: manifest, columns: [], of: nil) }
        for column in manifest.matrix.columns where manifest.steps.contains(where: { $0.needs.contains(column.name) }) {
            mistakes.append(
                Diagnostic(
                    "'\(column.name)' is a step too", at: column.location, help: "give the matrix another name for it"))
        }
        mistakes += pointlessExclusions(in: manifest)
        if let count = manifest.matrix.combinationCount, count <= 10_000_000 {
        } else {
            mistakes.append(
                Diagnostic(
                    "the matrix has more than 10000000 combinations", at: manifest.matrix.columns.first?.location,
                    help: "use a source for the longest column, such as inputs: { range: [FROM, TO] }"))
        }
        var known: Set<Diagnostic> = []
        return mistakes.filter { known.insert($0).inserted }
    }

    /// Every name in a template that neither the columns of a source nor the matrix nor a built-in knows.
    ///
    /// - Parameter source: the source's name for messages, if there are several.
    package static func unknownNames(
        in manifest: Manifest, columns: [String], repeated: [String: [Int]] = [:], of source: String?
    ) -> [Diagnostic] {
        let names = columns + manifest.matrix.names
        var mistakes: [Diagnostic] = []
        func check(_ template: Template, builtIns: [String], in step: Step? = nil) {
            for placeholder in template.placeholders {
                guard case .name(let name) = placeholder.root, !names.contains(name), !builtIns.contains(name),
                    !RenderScope.isLiteral(name)
                else { continue }
                if let mistake = mistake(of: placeholder, naming: name, in: step, of: manifest) {
                    mistakes.append(contentsOf: mistake)
                    continue
                }
                if let numbers = repeated[name] {
                    mistakes.append(repeatedColumn(name, numbers, at: placeholder.location, of: source))
                    continue
                }
                guard !placeholder.hasDefault else { continue }
                let message = "unknown name '\(VisibleText.of(name))'" + (source.map { " for the rows of \($0)" } ?? "")
                var help = NearestName.help(for: name, among: names + builtIns)
                help += placeholderForms(for: name, among: names)
                if name == "key", manifest.key == nil {
                    help = "without a 'key' an item is known by its content, which cannot hold what it makes"
                }
                mistakes.append(Diagnostic(message, at: placeholder.location, help: help))
            }
        }
        let builtIns = RenderScope.builtIns + ["random"]
        let inputBuiltIns = builtIns + (manifest.key == nil ? [] : ["key"])
        for step in manifest.steps {
            for template in step.input.templates { check(template, builtIns: inputBuiltIns, in: step) }
            for template in TemplateTree.object(step.retry.rules.changes).templates {
                check(template, builtIns: RetryRules.builtIns + ["job"])
            }
            mistakes += misusedFiles(in: step)
            mistakes += unknownInputs(in: step)
        }
        // What is random comes from the key.
        if let key = manifest.key { check(key, builtIns: RenderScope.builtIns) }
        if let name = manifest.outputs.name { check(name, builtIns: builtIns + ["key"]) }
        if let priority = manifest.priority { check(priority, builtIns: RenderScope.builtIns) }
        return mistakes
    }

    /// A result cannot be compared with what is never sent.
    private static func unknownInputs(in step: Step) -> [Diagnostic] {
        guard case .named(let names, let location)? = step.accept?.notEqualToInput,
            case .object(let members) = step.input
        else { return [] }
        let known = members.map(\.key)
        return names.filter { !known.contains($0) }.map { name in
            Diagnostic(
                "'not_equal_to_input' names '\(VisibleText.of(name))', which is no input", at: location,
                help: NearestName.help(for: name, among: known))
        }
    }

    private static func repeatedColumn(
        _ name: String, _ numbers: [Int], at location: SourceLocation, of source: String?
    ) -> Diagnostic {
        let places = numbers.prefix(10).map(String.init).joined(separator: " and ")
        return Diagnostic(
            "'\(VisibleText.of(name))' is the name of columns \(places)" + (source.map { " of \($0)" } ?? ""),
            at: location,
            help: "give each of them a name of its own in the first line of the table")
    }

    /// What is wrong with a placeholder that names a step; `nil` if its name is no step's.
    private static func mistake(
        of placeholder: Placeholder, naming name: String, in step: Step?, of manifest: Manifest
    ) -> [Diagnostic]? {
        guard !name.isEmpty, manifest.steps.contains(where: { $0.name == name }) else { return nil }
        guard let step, step.needs.contains(name) else {
            let help = step.map { "add to the step '\($0.name)': needs: \(name)" }
            return [
                Diagnostic(
                    "the result of the step '\(name)' is not known here", at: placeholder.location,
                    help: step?.name == name
                        ? "a step is not made from itself"
                        : help
                            ?? "results can be used in the 'input' of a step that needs them")
            ]
        }
        guard case .key(let part)? = placeholder.path.first else {
            return [
                Diagnostic(
                    "'\(name)' is a step", at: placeholder.location,
                    help:
                        "name a part of its result: \(name).output, \(name).text, \(name).file, \(name).files[0], \(name).key or "
                        + "\(name).name")
            ]
        }
        guard !StepResult.parts.contains(part) else { return [] }
        return [
            Diagnostic(
                "the result of a step has no '\(part)'", at: placeholder.location,
                help: NearestName.help(for: part, among: StepResult.parts))
        ]
    }

    /// How the columns that a help text names are written, where their names hold more than letters and digits.
    private static func placeholderForms(for name: String, among names: [String]) -> String {
        func form(_ column: String) -> String? {
            guard !VisibleText.isNeeded(for: column) else { return nil }
            let form = TemplateParser.placeholder(for: column)
            return form.utf8.contains(UInt8(ascii: "[")) ? form : nil
        }
        if let near = NearestName.suggestion(for: name, among: names) {
            return form(near).map { " It is written \($0)" } ?? ""
        }
        return names.prefix(40).lazy.compactMap(form).first.map { "; a name with spaces or signs is written \($0)" }
            ?? ""
    }

    /// A file that a step has made is one of its files and nothing that is put together.
    private static func misusedFiles(in step: Step) -> [Diagnostic] {
        step.input.files.compactMap { template in
            guard template.placeholders.contains(where: { step.needs(resultOf: $0) }),
                template.segments.count > 1 || template.placeholders.contains(where: { !$0.isStepFile })
            else { return nil }
            return Diagnostic(
                "a file that a step has made is named alone", at: template.location,
                help: "write { file: \"{{ STEP.file }}\" } or { file: \"{{ STEP.files[1] }}\" }")
        }
    }

    /// Names that the matrix, or what `include` adds to it, and a source both have.
    package static func clashes(in manifest: Manifest, columns: [String], of source: String) -> [Diagnostic] {
        let ofMatrix = manifest.matrix.columns.map { ($0.name, $0.location, "the matrix") }
        let matrixNames = Set(manifest.matrix.columns.map(\.name))
        let added = manifest.matrix.inclusions.flatMap(\.members).filter { !matrixNames.contains($0.name) }
            .map { ($0.name, $0.location, "'include'") }
        let clashes = (ofMatrix + added).filter { columns.contains($0.0) }.map { name, location, owner in
            Diagnostic(
                "'\(name)' is a column of \(source) too", at: location, help: "give \(owner) another name for it")
        }
        let hidden = Set(manifest.steps.flatMap(\.needs)).intersection(columns).sorted()
        return clashes
            + hidden.map { name in
                Diagnostic(
                    "'\(name)' is a step and a column of \(source)", at: SourceLocation(file: manifest.path),
                    help: "give the step another name")
            }
    }

    /// What `where` and `unique` ask of columns that the source does not have.
    package static func unknownColumns(
        _ source: InputSource, among columns: [String], repeated: [String: [Int]] = [:]
    ) -> [Diagnostic] {
        let asked = source.conditions.map { UniqueColumn($0.column, location: $0.location) } + source.unique
        return unknownColumns(asked, among: columns, repeated: repeated)
    }

    private static func unknownColumns(
        _ asked: [UniqueColumn], among columns: [String], repeated: [String: [Int]] = [:]
    ) -> [Diagnostic] {
        asked.filter { !columns.contains($0.name) }.map { column in
            if let numbers = repeated[column.name] {
                return repeatedColumn(column.name, numbers, at: column.location, of: nil)
            }
            let help = NearestName.help(for: column.name, among: columns)
            return Diagnostic("unknown column '\(VisibleText.of(column.name))'", at: column.location, help: help)
        }
    }

    /// Exclusions that can never apply, because the matrix has no such value or nothing has such a column.
    private static func pointlessExclusions(in manifest: Manifest) -> [Diagnostic] {
        var columns: [String]? = []
        for source in manifest.inputs {
            if let found = source.staticColumns { columns?.append(contentsOf: found) } else { columns = nil }
        }
        var mistakes: [Diagnostic] = []
        for condition in manifest.exclude.flatMap(\.conditions) {
            guard let column = manifest.matrix.columns.first(where: { $0.name == condition.column }) else {
                if let columns {
                    mistakes += unknownColumns(
                        [UniqueColumn(condition.column, location: condition.location)],
                        among: columns + manifest.matrix.names)
                }
                continue
            }
            // What `include` adds may have other values.
            guard case .oneOf(let values) = condition.demand, manifest.matrix.inclusions.isEmpty else { continue }
            for value in values where !column.values.contains(value) {
                let listed = column.values.prefix(20).map(\.shortDescription).joined(separator: ", ")
                mistakes.append(
                    Diagnostic(
                        "'\(column.name)' is never \(value.shortDescription)", at: condition.location,
                        help: "its values are: \(listed)\(column.values.count > 20 ? ", …" : "")"))
            }
        }
        return mistakes
    }
}

extension InputSource {
    /// The columns, where they are known without reading a file.
    var staticColumns: [String]? {
        switch kind {
        case .list(let rows):
            var names: [String] = []
            var known: Set<String> = []
            for row in rows {
                let keys = row.objectValue.map { $0.keys.sorted() } ?? ["value"]
                for key in keys where known.insert(key).inserted { names.append(key) }
            }
            return names
        case .table(.lines, _): return RowColumns.line.names
        case .command(_, .lines): return RowColumns.line.names
        case .table, .sqlite, .parquet, .duckdb, .command, .openAIBatch, .run: return nil
        // What lies beside the files has columns of its own.
        case .files: return readsSidecars ? nil : RowColumns.file.names
        case .range: return RowColumns.value.names
        }
    }

    /// The source for messages.
    package var label: String {
        switch kind {
        case .list: "list"
        case .range: "range"
        case .sqlite(let file, _): file
        case .run(let job): "run \(job)"
        case .duckdb(let file, _): file ?? "duckdb"
        case .command: "command"
        case .table(_, let places), .parquet(let places), .openAIBatch(let places):
            places.map(\.label).joined(separator: ", ")
        case .files(let patterns): patterns.map(\.text).joined(separator: ", ")
        }
    }
}

extension InputSource.TablePlace {
    /// The place for messages; the query of an address may hold a signature.
    package var label: String {
        switch self {
        case .files(let pattern): pattern.text
        case .web(let address): String(address.prefix { $0 != "?" && $0 != "#" })
        case .standardInput: "standard input"
        }
    }
}

extension TemplateTree {
    /// The templates that stand for the contents of files.
    fileprivate var files: [Template] {
        switch self {
        case .literal, .text: []
        case .file(let template): [template]
        case .array(let elements): elements.flatMap(\.files)
        case .object(let members): members.flatMap(\.value.files)
        }
    }

    /// Every template in it.
    package var templates: [Template] {
        switch self {
        case .literal: []
        case .text(let template), .file(let template): [template]
        case .array(let elements): elements.flatMap(\.templates)
        case .object(let members): members.flatMap(\.value.templates)
        }
    }
}
