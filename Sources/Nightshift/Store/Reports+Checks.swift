import GRDB
import LosslessJSON
import NightshiftCore

extension Reports {
    /// What is known of an item whose result is judged; `nil` if there is no such item.
    func checkedItem(_ id: ItemID, in run: RunRecord) async throws(StoreError) -> CheckedItem? {
        try await store.read { database in
            let row = try GRDB.Row.fetchOne(
                database.cachedStatement(sql: "SELECT \(CheckedItem.columns(of: "item")) FROM item WHERE id = ?"),
                arguments: [id.rawValue])
            return try row.map { try CheckedItem($0, database, of: run) }
        }
    }
}

extension CheckedItem: StoredRecord {
    static let columns = StoredInput.columns + ["key", "name", "step", "row", "result"]

    fileprivate init(_ row: GRDB.Row, _ database: Database, of run: RunRecord) throws {
        let stored = try StoredInput(row, database, outputDirectory: run.outputDirectory ?? "")
        let changes = try (row["changes"] as String?).flatMap { try JSONValue(parsing: $0).objectValue }
        let result = try (row["result"] as String?).map { try JSONValue(parsing: $0) }
        self.init(
            key: row["key"], name: row["name"], step: row["step"], row: try JSONValue(parsing: row["row"] as String),
            input: stored.input.setting(changes ?? [:]), files: stored.files, output: result?["output"])
    }
}
