package import JSON

/// What the placeholders of one item can name: the row's columns, the matrix, and the built-ins `index`, `job` and `repeat`.
///
/// A column hides a built-in of the same name.
package struct RenderScope: Sendable {
    package var row: Row
    /// The names of the matrix with the values of this combination.
    package var matrix: [(name: String, value: JSONValue)]
    /// The number of the item in the input set, from 1.
    package var index: Int
    package var job: String
    /// The item's key, where it is known already: in `outputs.name`.
    package var key: String?
    /// Which of the item's repetitions this is, from 1.
    package var repetition = 1

    package init(
        row: Row, matrix: [(name: String, value: JSONValue)] = [], index: Int = 1, job: String = "", key: String? = nil
    ) {
        self.row = row
        self.matrix = matrix
        self.index = index
        self.job = job
        self.key = key
    }

    package static let builtIns = ["index", "job", "repeat"]

    /// The value of a name, `nil` where there is none.
    package func value(of name: String) -> JSONValue? {
        for column in matrix where column.name == name { return column.value }
        if let value = row[name] { return value }
        switch name {
        case "index": return .number(JSONNumber(index))
        case "job": return .string(job)
        case "repeat": return .number(JSONNumber(repetition))
        case "key": return key.map(JSONValue.string)
        default: return nil
        }
    }

    /// All that can be named, for messages.
    package var names: [String] {
        row.columnNames + matrix.map(\.name)
    }
}
