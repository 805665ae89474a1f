import JSON

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
            mistakes += unknownColumns(source.conditions, among: columns)
        }
        if manifest.inputs.isEmpty { mistakes += unknownNames(in: manifest, columns: [], of: nil) }
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
        in manifest: Manifest, columns: [String], of source: String?
    ) -> [Diagnostic] {
        let names = columns + manifest.matrix.columns.map(\.name)
        var mistakes: [Diagnostic] = []
        func check(_ template: Template, builtIns: [String]) {
            for placeholder in template.placeholders where !placeholder.hasDefault {
                guard case .name(let name) = placeholder.root, !names.contains(name), !builtIns.contains(name)
                else { continue }
                let message = "unknown name '\(name)'" + (source.map { " for the rows of \($0)" } ?? "")
                let help = NearestName.help(for: name, among: names + builtIns)
                mistakes.append(Diagnostic(message, at: placeholder.location, help: help))
            }
        }
        for template in manifest.input.templates { check(template, builtIns: RenderScope.builtIns) }
        if let key = manifest.key { check(key, builtIns: RenderScope.builtIns) }
        if let name = manifest.outputs.name { check(name, builtIns: RenderScope.builtIns + ["key"]) }
        if let priority = manifest.priority { check(priority, builtIns: RenderScope.builtIns) }
        for template in TemplateTree.object(manifest.retry.rules.changes).templates {
            check(template, builtIns: RetryRules.builtIns + ["job"])
        }
        return mistakes
    }

    /// Names that the matrix and a source both have.
    package static func clashes(in manifest: Manifest, columns: [String], of source: String) -> [Diagnostic] {
        manifest.matrix.columns.filter { columns.contains($0.name) }.map { column in
            Diagnostic(
                "'\(column.name)' is a column of \(source) too", at: column.location,
                help: "give the matrix another name for it")
        }
    }

    package static func unknownColumns(_ conditions: [Condition], among columns: [String]) -> [Diagnostic] {
        conditions.filter { !columns.contains($0.column) }.map { condition in
            let help = NearestName.help(for: condition.column, among: columns)
            return Diagnostic("unknown column '\(condition.column)'", at: condition.location, help: help)
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
                    let names = columns + manifest.matrix.columns.map(\.name)
                    mistakes += unknownColumns([condition], among: names)
                }
                continue
            }
            for value in condition.values where !column.values.contains(value) {
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
        case .table: return nil
        case .files: return RowColumns.file.names
        case .range: return RowColumns.value.names
        }
    }

    /// The source for messages.
    package var label: String {
        switch kind {
        case .list: "list"
        case .range: "range"
        case .table(_, let path): path
        case .files(let patterns): patterns.map(\.text).joined(separator: ", ")
        }
    }
}

extension TemplateTree {
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
