import GRDB
import LosslessJSON
package import NightshiftCore

extension Reports {
    /// Items in input order, a page at a time.
    /// - Parameter states: only items in these; `nil` for all. Withdrawn items are shown when asked for by name.
    package func items(
        of run: RunRecord, in states: Set<ItemState>? = nil, after position: Int = -1, limit: Int
    ) async throws(StoreError) -> [ItemSummary] {
        try await store.read { database in
            var conditions: [String] = []
            if let states {
                let stored = states.subtracting([.withdrawn]).map { "'\($0.rawValue)'" }.sorted()
                conditions.append("(is_withdrawn = 0 AND state IN (\(stored.joined(separator: ", "))))")
                if states.contains(.withdrawn) { conditions.append("is_withdrawn = 1") }
            } else {
                conditions.append("is_withdrawn = 0")
            }
            let rows = try GRDB.Row.fetchAll(
                database,
                sql: """
                    SELECT \(ItemSummary.columns(of: "item")) FROM item
                    WHERE run_id = ? AND generation <= ? AND position > ?
                        AND (\(conditions.joined(separator: " OR ")))
                    ORDER BY position, is_withdrawn LIMIT ?
                    """,
                arguments: [run.id, run.generation, position, limit]
            )
            return try rows.map { row in
                ItemSummary(row, files: try Reports.files(of: row["id"], database).map(\.path))
            }
        }
    }

    /// The keys of the items that a person may mean: the item of that key, else those whose keys begin so, else those of
    /// that output name. At most a few.
    package func keys(meant text: String, in run: RunRecord) async throws(StoreError) -> [String] {
        try await store.read { database in
            if let row = try Store.item(text, ItemSummary.self, in: run, database) { return [row["key"]] }
            let begun = try String.fetchAll(
                database,
                sql: """
                    SELECT key FROM item WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 AND substr(key, 1, length(?3)) = ?3
                    ORDER BY position LIMIT 4
                    """,
                arguments: [run.id, run.generation, text]
            )
            if !begun.isEmpty { return begun }
            return try String.fetchAll(
                database,
                sql: """
                    SELECT key FROM item WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 AND name_folded = ?
                    LIMIT 4
                    """,
                arguments: [run.id, run.generation, OutputNaming.fold(text)]
            )
        }
    }

    /// All that the store knows of an item of the manifest.
    package func detail(ofItem key: String, in run: RunRecord) async throws(StoreError) -> ItemDetail? {
        try await store.read { database in
            guard let row = try Store.item(key, ItemDetail.self, in: run, database) else { return nil }
            let id: Int64 = row["id"]
            func time(_ column: String) -> Timestamp? { (row[column] as Int64?).map(Timestamp.init(milliseconds:)) }
            let state = ItemState(rawValue: row["state"]) ?? .pending
            let attempts = try GRDB.Row.fetchAll(
                database,
                sql:
                    "SELECT \(ItemDetail.Attempt.columns(of: "attempt")) FROM attempt WHERE item_id = ? ORDER BY rowid",
                arguments: [id])
            let files = try GRDB.Row.fetchAll(
                database,
                sql: "SELECT \(ItemDetail.File.columns(of: "output")) FROM output WHERE item_id = ? ORDER BY place",
                arguments: [id])
            let due = time("due_at")
            var detail = ItemDetail(
                summary: ItemSummary(row, files: files.filter { $0["size"] != nil }.map { $0["path"] }),
                row: try JSONValue(parsing: row["row"] as String),
                input: try Reports.shownInput(row, database, of: run),
                failures: row["failures"], excused: row["excused"],
                dueAt: state == .pending && (due?.milliseconds ?? 0) > 1 ? due : nil,
                intentAt: time("intent_at"), finishedAt: time("finished_at"),
                result: try (row["result"] as String?).map { try JSONValue(parsing: $0) },
                attempts: attempts.map(ItemDetail.Attempt.init), files: files.map(ItemDetail.File.init)
            )
            detail.previousResults = try Reports.previousResults(ofItem: id, database)
            return detail
        }
    }
}

extension ItemSummary: StoredRecord {
    static let columns = [
        "id", "key", "name", "position", "origin", "state", "is_withdrawn", "attempt", "prediction_id", "failure_class",
        "failure",
    ]

    fileprivate init(_ row: GRDB.Row, files: [String]) {
        self.init(
            key: row["key"], name: row["name"], position: row["position"], origin: row["origin"],
            state: row["is_withdrawn"] ? .withdrawn : ItemState(rawValue: row["state"]) ?? .pending,
            attempts: row["attempt"], predictionID: row["prediction_id"], failureClass: row["failure_class"],
            failure: row["failure"], files: files)
    }
}

extension ItemDetail: StoredRecord {
    static let columns =
        ItemSummary.columns + StoredInput.columns.filter { $0 != "id" }
        + ["row", "failures", "excused", "due_at", "intent_at", "finished_at", "result"]
}

extension ItemDetail.Attempt: StoredRecord {
    static let columns = [
        "attempt", "prediction_id", "intent_at", "started_at", "completed_at", "ended_at", "failure_class", "failure",
        "predict_time", "kept",
    ]

    fileprivate init(_ row: GRDB.Row) {
        let kept = (row["kept"] as String?).flatMap { try? JSONValue(parsing: $0) }?.arrayValue ?? []
        self.init(
            ordinal: row["attempt"], predictionID: row["prediction_id"],
            intentAt: (row["intent_at"] as Int64?).map(Timestamp.init(milliseconds:)),
            startedAt: (row["started_at"] as Int64?).map(Timestamp.init(milliseconds:)),
            completedAt: (row["completed_at"] as Int64?).map(Timestamp.init(milliseconds:)),
            endedAt: Timestamp(milliseconds: row["ended_at"]), failureClass: row["failure_class"],
            failure: row["failure"], predictTime: row["predict_time"], kept: kept.compactMap(\.stringValue))
    }
}

extension ItemDetail.File: StoredRecord {
    static let columns = ["path", "size", "sha256", "media_type"]

    init(_ row: GRDB.Row) {
        self.init(path: row["path"], size: row["size"], sha256: row["sha256"], mediaType: row["media_type"])
    }
}
