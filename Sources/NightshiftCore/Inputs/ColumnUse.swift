import LosslessJSON

/// Which columns of a source the manifest's templates use, and in which of the others its rows differ.
///
/// Rows that differ only in columns that nothing uses become one item.
package struct ColumnUse: Sendable {
    private let used: Set<String>
    /// Whether each row is an item of its own, whatever it holds.
    private let isByPlace: Bool
    private let braces: [String]
    private var rows = 0
    private var columns: [String] = []
    private var isAnyUsed = false
    private var first: Row?
    private var differing: Set<String> = []

    package init(in manifest: Manifest) {
        let templates = Self.identifying(manifest)
        let placeholders = templates.flatMap(\.placeholders)
        used = Set(
            placeholders.compactMap { placeholder in
                if case .name(let name) = placeholder.root { name } else { nil }
            })
        // What is random follows from the row, and the index from its place.
        isByPlace =
            used.contains("index") || used.contains("random")
            || placeholders.contains { if case .random = $0.root { true } else { false } }
        braces = Self.singleBraces(in: manifest)
    }

    /// Everything that makes one item another.
    private static func identifying(_ manifest: Manifest) -> [Template] {
        manifest.steps.flatMap { $0.input.templates } + [manifest.key, manifest.outputs.name].compactMap { $0 }
    }

    /// Names of the matrix that no template uses.
    package static func unusedMatrixNames(in manifest: Manifest) -> [String] {
        let templates = identifying(manifest) + [manifest.priority].compactMap { $0 }
        return manifest.matrix.columns.filter { column in
            column.values.count > 1 && !templates.contains { $0.names(column.name) }
                // What is left out or added by it may be the reason for it.
                && !manifest.exclude.flatMap(\.conditions).contains { $0.column == column.name }
                && manifest.matrix.inclusions.isEmpty
        }.map(\.name)
    }

    package mutating func add(_ row: Row) {
        rows += 1
        guard let first else {
            self.first = row
            columns = row.columnNames
            isAnyUsed = isByPlace || columns.contains(where: used.contains)
            return
        }
        if !isAnyUsed, case .object = row.storage { isAnyUsed = row.columnNames.contains(where: used.contains) }
        guard rows <= 10_000, differing.count < columns.count else { return }
        for column in columns where !differing.contains(column) && first[column] != row[column] {
            differing.insert(column)
        }
    }

    /// The columns that nothing uses and in which rows differ.
    package var unusedThatDiffer: [String] {
        columns.filter { differing.contains($0) && !used.contains($0) }
    }

    /// What to tell of the source, if all its rows are one item.
    package func notice(of source: String) -> InputNotice? {
        guard rows > 1, !isAnyUsed, !columns.isEmpty else { return nil }
        let meant =
            braces.first { text in columns.contains { "{ \($0) }" == text || "{\($0)}" == text } } ?? braces.first
        return .noColumnUsed(source: source, columns: columns, rows: rows, braces: meant)
    }

    /// What stands in single braces in the texts that are sent.
    private static func singleBraces(in manifest: Manifest) -> [String] {
        var found: [String] = []
        for text in manifest.steps.flatMap({ $0.input.literalTexts }) {
            let scalars = Array(text.unicodeScalars)
            var index = 0
            while let open = scalars[index...].firstIndex(of: "{") {
                guard let close = scalars[open...].firstIndex(of: "}") else { break }
                let inner = scalars[(open + 1)..<close]
                if !inner.isEmpty, inner.count <= 60, !inner.contains(where: { "{\":,\n".unicodeScalars.contains($0) })
                {
                    var view = String.UnicodeScalarView()
                    view.append(contentsOf: scalars[open...close])
                    found.append(String(view))
                }
                index = close + 1
            }
        }
        return found
    }
}

extension TemplateTree {
    /// The texts in it that stand as they are written.
    fileprivate var literalTexts: [String] {
        switch self {
        case .literal(let value): Self.texts(value)
        case .text(let template), .file(let template):
            template.segments.compactMap { if case .text(let text) = $0 { text } else { nil } }
        case .array(let elements): elements.flatMap(\.literalTexts)
        case .object(let members): members.flatMap(\.value.literalTexts)
        }
    }

    private static func texts(_ value: JSONValue) -> [String] {
        switch value {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(texts)
        case .object(let members): members.values.flatMap(texts)
        case .null, .bool, .number: []
        }
    }
}
