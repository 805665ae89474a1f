/// What a person should know of an input set that is no mistake by itself, but often hides one.
package enum InputNotice: Hashable, Sendable {
    /// A table was read with another delimiter than a comma.
    case delimiter(file: String, String)
    /// The first column of a table has no name, so nothing can use it.
    case unnamedColumn(file: String)
    /// Rows had empty values behind the last column.
    case trailingEmpty(file: String, rows: Int, line: Int)
    /// Columns of bytes, which are no text and no number.
    case bytesLeftOut(source: String, columns: [String])
    /// A table was read in another encoding than UTF-8, by its first bytes.
    case encoding(file: String, TextEncoding)
    /// Folders that are links, which a pattern does not enter.
    case linkedFolders(pattern: String, count: Int, example: String)
    /// Files that a pattern would find if upper and lower case did not count.
    case otherCase(pattern: String, count: Int, example: String)
    /// A file or pattern that was found only under another form of its accents or slashes.
    case otherForm(written: String, found: String)
    /// Rows that all become the same item, because no template uses a column of theirs.
    case noColumnUsed(source: String, columns: [String], rows: Int, braces: String?)
    /// Names of the matrix that no template uses.
    case matrixUnused([String])
    /// Most rows repeat an earlier one, and there are columns that differ and are not used.
    case rowsRepeat(repeated: Int, items: Int, unused: [String])

    /// Whether it means that most of what was given is not run, which a person is asked about.
    package var isCollapse: Bool {
        switch self {
        case .noColumnUsed, .matrixUnused, .rowsRepeat: true
        case .delimiter, .unnamedColumn, .trailingEmpty, .bytesLeftOut, .encoding, .linkedFolders, .otherCase,
            .otherForm:
            false
        }
    }
}

extension InputNotice: CustomStringConvertible {
    package var description: String {
        switch self {
        case .delimiter(let file, let name):
            return "\(file) is separated by \(Self.plural(name)), and was read so; 'delimiter' in the manifest says "
                + "otherwise"
        case .unnamedColumn(let file):
            return
                "the first column of \(file) has no name, as that of an index has, and is left out; to use it, name all "
                + "columns with 'header' and leave the first line out with skip_lines"
        case .trailingEmpty(let file, let rows, let line):
            return
                "\(rows) \(rows == 1 ? "row" : "rows") of \(file) \(rows == 1 ? "has" : "have") empty values behind the "
                + "last column, which are left out, such as line \(line)"
        case .bytesLeftOut(let source, let columns):
            let shown = columns.prefix(5).map { "'\(VisibleText.of($0))'" }.joined(separator: ", ")
            return
                "\(shown) of \(source) \(columns.count == 1 ? "holds" : "hold") bytes and \(columns.count == 1 ? "is" : "are")"
                + " left out; a query can make text of them, such as base64(\(columns.first ?? "column"))"
        case .encoding(let file, let encoding): return "\(file) is \(encoding.rawValue.uppercased()), and was read so"
        case .linkedFolders(let pattern, let count, let example):
            return "\(count) linked \(count == 1 ? "folder was" : "folders were") left out of '\(pattern)', such as "
                + "'\(example)'; enter \(count == 1 ? "it" : "them") with: links: follow"
        case .otherCase(let pattern, let count, let example):
            return
                "\(count) more \(count == 1 ? "file matches" : "files match") '\(pattern)' if case is ignored, such as "
                + "'\(example)'"
        case .otherForm(let written, let found):
            return "'\(written)' was found as '\(found)', whose name is written with other code points or slashes"
        case .noColumnUsed(let source, let columns, let rows, let braces):
            let shown =
                columns.prefix(10).map(VisibleText.of).joined(separator: ", ") + (columns.count > 10 ? ", …" : "")
            let cure =
                braces.map { "'\($0)' has one brace; a template has two: {{ … }}" }
                ?? "write a column into 'input', such as \(columns.first.map { "\"\(TemplateParser.placeholder(for: $0))\"" } ?? "{{ value }}")"
            return
                "no template uses a column of \(source), so its \(rows) rows are all the same item; \(cure); it has: "
                + shown
        case .matrixUnused(let names):
            let shown = names.map { "'\($0)'" }.joined(separator: ", ")
            return "no template uses \(shown) of the matrix, so its combinations are the same items"
        case .rowsRepeat(let repeated, let items, let unused):
            let shown = unused.prefix(5).map { "'\(VisibleText.of($0))'" }.joined(separator: ", ")
            return "\(repeated) of \(repeated + items) rows repeat an earlier one and are not run, because no template "
                + "uses \(shown), in which they differ"
        }
    }

    private static func plural(_ delimiter: String) -> String {
        delimiter == "a tab" ? "tabs" : delimiter
    }
}
