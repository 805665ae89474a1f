import GRDB
import LosslessJSON
import NightshiftCore

/// The results that items had before they were made again.
extension Reports {
    static func previousResults(
        ofItem item: Int64, _ database: Database
    ) throws -> [ItemDetail.PreviousResult] {
        let results = try GRDB.Row.fetchAll(
            database,
            sql: """
                SELECT \(ItemDetail.PreviousResult.columns(of: "previous_result")) FROM previous_result
                WHERE item_id = ? ORDER BY number
                """, arguments: [item])
        let files = try database.cachedStatement(
            sql: """
                SELECT \(ItemDetail.File.columns(of: "previous_output")) FROM previous_output WHERE result_id = ?
                ORDER BY place
                """)
        return try results.map { row in
            try ItemDetail.PreviousResult(
                row, files: GRDB.Row.fetchAll(files, arguments: [row["id"] as Int64]).map(ItemDetail.File.init))
        }
    }
}

extension ItemDetail.PreviousResult: StoredRecord {
    static let columns = [
        "id", "number", "replaced_at", "finished_at", "prediction_id", "input", "changes", "result",
    ]

    fileprivate init(_ row: GRDB.Row, files: [ItemDetail.File]) throws {
        let changes = try (row["changes"] as String?).flatMap { try JSONValue(parsing: $0).objectValue }
        self.init(
            number: row["number"], replacedAt: Timestamp(milliseconds: row["replaced_at"]),
            finishedAt: (row["finished_at"] as Int64?).map(Timestamp.init(milliseconds:)),
            predictionID: row["prediction_id"],
            input: try JSONValue(parsing: row["input"] as String).setting(changes ?? [:]),
            result: try (row["result"] as String?).map { try JSONValue(parsing: $0) }, files: files)
    }
}

extension Reports {
    /// Those of the items that have results, and how many others that have some were made from theirs.
    func succeeded(
        keys: [String], in run: RunRecord
    ) async throws(StoreError) -> (keys: [String], dependents: Int) {
        try await store.read { database in
            let dependents = try database.cachedStatement(
                sql: """
                    SELECT COUNT(*) FROM need JOIN item ON item.id = need.item_id
                    WHERE needs_id = ? AND item.state = 'succeeded' AND item.is_withdrawn = 0
                    """)
            var found: (keys: [String], dependents: Int) = ([], 0)
            for key in keys {
                guard let row = try Store.item(key, ItemSummary.self, in: run, database),
                    row["state"] == ItemState.succeeded.rawValue
                else { continue }
                found.keys.append(key)
                guard run.hasSteps else { continue }
                found.dependents += try Int.fetchOne(dependents, arguments: [row["id"] as Int64]) ?? 0
            }
            return found
        }
    }

    /// The steps of items by their keys.
    func steps(ofItems keys: [String], in run: RunRecord) async throws(StoreError) -> [String: String] {
        try await store.read { database in
            let statement = try database.cachedStatement(sql: "SELECT step FROM item WHERE run_id = ? AND key = ?")
            var steps: [String: String] = [:]
            for key in keys { steps[key] = try String.fetchOne(statement, arguments: [run.id, key]) }
            return steps
        }
    }
}
