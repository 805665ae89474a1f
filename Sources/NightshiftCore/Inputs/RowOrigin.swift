/// Where a row came from, for messages.
package enum RowOrigin: Hashable, Sendable {
    /// A record of a file, by the line on which it starts.
    case line(file: String, line: Int)
    /// A file that is the row itself.
    case file(String)
    /// A row that has no line of its own, counted from 1: `row 3 of list`.
    case row(Int, of: String)
}

extension RowOrigin: CustomStringConvertible {
    package var description: String {
        switch self {
        case .line(let file, let line): "\(file):\(line)"
        case .file(let file): file
        case .row(let number, let source): "row \(number) of \(source)"
        }
    }
}
