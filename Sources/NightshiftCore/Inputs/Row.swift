package import LosslessJSON

/// One record of a source: values by column name, and where it came from.
package struct Row: Sendable {
    package enum Storage: Sendable {
        /// A row of a table, which shares its columns with all others.
        case table(RowColumns, [JSONValue])
        /// A record with keys of its own.
        case object([String: JSONValue])
    }

    package var storage: Storage
    package var origin: RowOrigin
    /// The values come from a format that knows only text, so `512` in a condition means the text too.
    package var isText: Bool
    /// The columns that name files which the manifest itself asked for.
    package var namedFiles: NamedFiles?
    /// Whether links among the files that it names may lead out of their directory.
    package var followsLinks = false

    package init(_ storage: Storage, origin: RowOrigin, isText: Bool = false, namedFiles: NamedFiles? = nil) {
        self.storage = storage
        self.origin = origin
        self.isText = isText
        self.namedFiles = namedFiles
    }

    package subscript(name: String) -> JSONValue? {
        switch storage {
        case .table(let columns, let values): columns.index(of: name).map { values[$0] }
        case .object(let members): members[name]
        }
    }

    /// The names in the order of the source; those of JSON objects are sorted.
    package var columnNames: [String] {
        switch storage {
        case .table(let columns, _): columns.names
        case .object(let members): members.keys.sorted()
        }
    }

    /// The row as a JSON object.
    package var members: [String: JSONValue] {
        switch storage {
        case .table(let columns, let values): Dictionary(zip(columns.names, values)) { first, _ in first }
        case .object(let members): members
        }
    }
}

/// The columns of a source that hold paths of files which the source itself has found.
package final class NamedFiles: Sendable {
    package let columns: [String]
    /// The directory that they cannot lead out of, where the source has not made sure of it.
    package let directory: String?

    package init(columns: [String], directory: String? = nil) {
        self.columns = columns
        self.directory = directory
    }

    /// What a pattern has found.
    package static let path = NamedFiles(columns: ["path"])
}

/// The columns of a table, shared by its rows.
package final class RowColumns: Sendable {
    package let names: [String]
    /// Names that the header has more than once, with the numbers of their columns; none of these can be used.
    package let repeated: [String: [Int]]
    private let indices: [String: Int]

    package init(_ names: [String], repeated: [String: [Int]] = [:]) {
        self.names = names
        self.repeated = repeated
        indices = Dictionary(zip(names, names.indices)) { first, _ in first }
    }

    package func index(of name: String) -> Int? {
        // Comparing a few short names is quicker than hashing one.
        names.count <= 16 ? names.firstIndex(of: name) : indices[name]
    }

    package static let value = RowColumns(["value"])
    package static let line = RowColumns(["line"])
    package static let file = RowColumns(["path", "name", "stem", "ext"])
}

extension Row {
    /// The row of a file that a pattern found.
    package static func file(_ path: String) -> Row {
        let name = PathName.baseName(of: path)
        let values = [path, name, PathName.stem(of: name), PathName.fileExtension(of: name)].map(JSONValue.string)
        return Row(.table(.file, values), origin: .file(path), isText: true, namedFiles: .path)
    }

    /// A row of a list in the manifest: a mapping's own columns, or the column `value`.
    package static func element(_ value: JSONValue, number: Int) -> Row {
        let origin = RowOrigin.row(number, of: "list")
        if case .object(let members) = value { return Row(.object(members), origin: origin) }
        return Row(.table(.value, [value]), origin: origin)
    }

    package static func number(_ value: JSONNumber, number: Int) -> Row {
        Row(.table(.value, [.number(value)]), origin: .row(number, of: "range"))
    }
}
