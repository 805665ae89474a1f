/// A value that is read from a row: its type owns the list of the columns that it takes.
protocol StoredRecord {
    static var columns: [String] { get }
}

extension StoredRecord {
    /// The columns as SQL.
    static func columns(of table: String) -> String {
        columns.map { "\(table).\($0)" }.joined(separator: ", ")
    }
}
