import Crypto
package import LosslessJSON

/// What the placeholders of one item can name: the row's columns, the matrix, the built-ins `index`, `job`, `repeat`, `random` and
/// `key`, and whole numbers, `true`, `false` and `null` as themselves.
///
/// A column hides a built-in or a literal of the same name.
package struct RenderScope: Sendable {
    package var row: Row
    /// The names of the matrix with the values of this combination.
    package var matrix: [(name: String, value: JSONValue)]
    /// The number of the item in the input set, from 1.
    package var index: Int
    package var job: String
    /// The item's key, where it is known already: in `outputs.name`, and in `input` if the manifest gives a key.
    package var key: String?
    /// Which of the item's repetitions this is, from 1.
    package var repetition = 1
    /// The key that the manifest gives, which decides what is random; without one the row does.
    package var explicitKey: String?

    package init(
        row: Row, matrix: [(name: String, value: JSONValue)] = [], index: Int = 1, job: String = "", key: String? = nil
    ) {
        self.row = row
        self.matrix = matrix
        self.index = index
        self.job = job
        self.key = key
    }

    /// What is known everywhere.
    package static let builtIns = ["index", "job", "repeat"]

    /// Whether a name stands for itself, where no column has it.
    package static func isLiteral(_ name: String) -> Bool { literal(name) != nil }

    private static func literal(_ name: String) -> JSONValue? {
        switch name {
        case "true": true
        case "false": false
        case "null": .null
        default: JSONNumber(literal: name).map(JSONValue.number)
        }
    }

    /// The value of a name, `nil` where there is none.
    package func value(of name: String) -> JSONValue? {
        for column in matrix where column.name == name { return column.value }
        if let value = row[name] { return value }
        switch name {
        case "index": return .number(JSONNumber(index))
        case "job": return .string(job)
        case "repeat": return .number(JSONNumber(repetition))
        case "key": return key.map(JSONValue.string)
        case "random": return .number(JSONNumber(random(in: 0...Int(Int32.max))))
        default: return RenderScope.literal(name)
        }
    }

    /// The item's random number: the same in every run, wherever its row stands.
    package func random(in range: ClosedRange<Int>) -> Int {
        let seed = explicitKey.map { Array($0.utf8) } ?? members.canonicalBytes()
        let number = SHA256.hash(data: seed).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let span = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound))
        return range.lowerBound &+ Int(truncatingIfNeeded: span == .max ? number : number % (span + 1))
    }

    /// All that can be named, for messages.
    package var names: [String] {
        row.columnNames + matrix.map(\.name)
    }
}
