import GRDB
import LosslessJSON
import NightshiftCore

extension Store {
    /// All that the store knows of an item of the manifest.
    package func detail(ofItem key: String, in run: RunRecord) async throws(StoreError) -> ItemDetail? {
        try await read { database in
            guard let row = try Store.item(key, in: run, database) else { return nil }
            let id: Int64 = row["id"]
            func time(_ column: String) -> Timestamp? { (row[column] as Int64?).map(Timestamp.init(milliseconds:)) }
            let state = ItemState(rawValue: row["state"]) ?? .pending
            let attempts = try GRDB.Row.fetchAll(
                database, sql: "SELECT * FROM attempt WHERE item_id = ? ORDER BY rowid", arguments: [id])
            let files = try GRDB.Row.fetchAll(
                database, sql: "SELECT * FROM output WHERE item_id = ? ORDER BY place", arguments: [id])
            let due = time("due_at")
            return ItemDetail(
                summary: ItemSummary(
                    key: row["key"], name: row["name"], position: row["position"], origin: row["origin"], state: state,
                    attempts: row["attempt"], predictionID: row["prediction_id"], failureClass: row["failure_class"],
                    failure: row["failure"], files: files.filter { $0["size"] != nil }.map { $0["path"] }),
                row: try JSONValue(parsing: row["row"] as String),
                input: try Store.shownInput(row, database, of: run),
                failures: row["failures"], excused: row["excused"],
                dueAt: state == .pending && (due?.milliseconds ?? 0) > 1 ? due : nil,
                intentAt: time("intent_at"), finishedAt: time("finished_at"),
                result: try (row["result"] as String?).map { try JSONValue(parsing: $0) },
                attempts: attempts.map(ItemDetail.Attempt.init), files: files.map(ItemDetail.File.init)
            )
        }
    }
}

extension ItemDetail.Attempt {
    fileprivate init(_ row: GRDB.Row) {
        self.init(
            ordinal: row["attempt"], predictionID: row["prediction_id"],
            intentAt: (row["intent_at"] as Int64?).map(Timestamp.init(milliseconds:)),
            endedAt: Timestamp(milliseconds: row["ended_at"]), failureClass: row["failure_class"],
            failure: row["failure"], predictTime: row["predict_time"])
    }
}

extension ItemDetail.File {
    fileprivate init(_ row: GRDB.Row) {
        self.init(path: row["path"], size: row["size"], sha256: row["sha256"], mediaType: row["media_type"])
    }
}
