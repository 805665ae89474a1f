import GRDB
import LosslessJSON
package import NightshiftCore

/// Items as people ask for them: filtered, sorted, and a page at a time.
extension Reports {
    /// The items that a filter means, in order, by their ids: any page of them can be read by ``records(_:of:prices:)``.
    package func ids(
        _ filter: ItemFilter, by sort: ItemSort, of run: RunRecord, prices: [String: PriceSettings], limit: Int? = nil
    ) async throws(StoreError) -> [Int64] {
        let query = ItemQuerySQL(run: run, prices: prices)
        return try await store.read { database in
            let sql: SQL = """
                SELECT item.id FROM item WHERE \(query.condition(filter)) ORDER BY \(query.order(sort)) LIMIT \(limit ?? -1)
                """
            let (text, arguments) = try sql.build(database)
            var ids: [Int64] = []
            let rows = try Int64.fetchCursor(database, sql: text, arguments: arguments)
            while let id = try rows.next() { ids.append(id) }
            return ids
        }
    }

    /// How many items a filter means.
    package func count(
        _ filter: ItemFilter, of run: RunRecord, prices: [String: PriceSettings]
    ) async throws(StoreError) -> Int {
        let query = ItemQuerySQL(run: run, prices: prices)
        return try await store.read { database in
            let (text, arguments) = try SQL("SELECT COUNT(*) FROM item WHERE \(query.condition(filter))").build(
                database)
            return try Int.fetchOne(database, sql: text, arguments: arguments) ?? 0
        }
    }

    /// The items with these ids, in this order; those that are gone are left out.
    package func records(
        _ ids: some Collection<Int64> & Sendable, of run: RunRecord, prices: [String: PriceSettings]
    ) async throws(StoreError) -> [ItemRecord] {
        guard !ids.isEmpty else { return [] }
        let query = ItemQuerySQL(run: run, prices: prices)
        return try await store.read { database in
            let list = ids.map(String.init).joined(separator: ", ")
            let (text, arguments) = try SQL(
                """
                SELECT \(sql: ItemRecord.columns(of: "item")),
                    \(query.expression(.download)) AS download_time, \(query.expression(.duration)) AS duration,
                    \(query.expression(.predictTime)) AS all_predict_time, \(query.expression(.cost)) AS cost,
                    (SELECT COUNT(*) FROM previous_result WHERE item_id = item.id) AS previous_results,
                    \(query.expression(.rating)) AS rating, \(query.expression(.note)) AS note
                FROM item WHERE item.id IN (\(sql: list))
                """
            ).build(database)
            var files: [Int64: [ItemRecord.File]] = [:]
            let outputs = try GRDB.Row.fetchCursor(
                database,
                sql: """
                    SELECT item_id, \(ItemRecord.File.columns(of: "output")) FROM output
                    WHERE item_id IN (\(list)) AND size IS NOT NULL ORDER BY item_id, place
                    """)
            while let row = try outputs.next() { files[row["item_id"], default: []].append(try ItemRecord.File(row)) }
            var tags: [Int64: [String]] = [:]
            let tagged = try GRDB.Row.fetchCursor(
                database,
                sql: """
                    SELECT item.id, tag.tag FROM item JOIN tag ON tag.digest = item.digest WHERE item.id IN (\(list))
                    ORDER BY tag.tag
                    """)
            while let row = try tagged.next() { tags[row["id"], default: []].append(row["tag"]) }
            var records: [Int64: ItemRecord] = [:]
            let rows = try GRDB.Row.fetchCursor(database, sql: text, arguments: arguments)
            while let row = try rows.next() {
                let id: Int64 = row["id"]
                records[id] = try ItemRecord(row, files: files[id] ?? [], tags: tags[id] ?? [])
            }
            return ids.compactMap { records[$0] }
        }
    }

    /// The ids of the items with these keys, in their order; those that the manifest does not have are left out.
    package func ids(ofItems keys: [String], in run: RunRecord) async throws(StoreError) -> [Int64] {
        try await store.read { database in
            try keys.compactMap { try Store.item($0, ItemSummary.self, in: run, database)?["id"] }
        }
    }

    package func id(ofItem key: String, in run: RunRecord) async throws(StoreError) -> Int64? {
        try await ids(ofItems: [key], in: run).first
    }

    /// The keys of the items with these ids, in their order.
    package func keys(ofItems ids: [Int64], in run: RunRecord) async throws(StoreError) -> [String] {
        try await store.read { database in
            let statement = try database.cachedStatement(sql: "SELECT key FROM item WHERE id = ? AND run_id = ?")
            return try ids.compactMap { try String.fetchOne(statement, arguments: [$0, run.id]) }
        }
    }

    /// Whether an item of the run has stored a file at this path of the output directory.
    package func hasOutput(_ path: String, of run: RunRecord) async throws(StoreError) -> Bool {
        try await store.read { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM output JOIN item ON item.id = output.item_id
                        WHERE path_folded = ?1 AND path = ?2 AND size IS NOT NULL AND run_id = ?3)
                    OR EXISTS (SELECT 1 FROM previous_output JOIN previous_result AS previous ON previous.id = result_id
                        JOIN item ON item.id = previous.item_id WHERE path_folded = ?1 AND path = ?2 AND run_id = ?3)
                    """, arguments: [OutputNaming.fold(path), path, run.id]) ?? false
        }
    }

    /// How many of the items that a filter means have each value of a column, the commonest first.
    /// - Returns: at most `limit` of them, and how many other values there are.
    package func facets(
        _ column: ItemColumn, _ filter: ItemFilter, of run: RunRecord, prices: [String: PriceSettings], limit: Int
    ) async throws(StoreError) -> (values: [ItemFacet], others: Int) {
        let query = ItemQuerySQL(run: run, prices: prices)
        let (value, source): (SQL, SQL) =
            switch column {
            case .tag: ("tag.tag", "item LEFT JOIN tag ON tag.digest = item.digest")
            case .media: ("output.media_type", "item LEFT JOIN output ON output.item_id = item.id")
            default: (query.expression(column), "item")
            }
        return try await store.read { database in
            let (text, arguments) = try SQL(
                """
                SELECT CAST(value AS TEXT) AS value, count FROM (
                    SELECT \(value) AS value, COUNT(*) AS count FROM \(source) WHERE \(query.condition(filter)) GROUP BY 1
                ) ORDER BY 2 DESC, 1
                """
            ).build(database)
            var values: [ItemFacet] = []
            var others = 0
            let rows = try GRDB.Row.fetchCursor(database, sql: text, arguments: arguments)
            while let row = try rows.next() {
                guard values.count < limit else {
                    others += 1
                    continue
                }
                values.append(ItemFacet(value: row["value"], count: row["count"]))
            }
            return (values, others)
        }
    }
}

/// A value of a column, and how many items have it.
public struct ItemFacet: Hashable, Sendable {
    /// `nil` for the items that have none.
    public var value: String?
    public var count: Int
}

extension ItemRecord.File: StoredRecord {
    static let columns = ["path", "size", "sha256", "media_type"]

    fileprivate init(_ row: GRDB.Row) throws {
        self.init(
            path: try OutputPath.read(row), size: row["size"], sha256: row["sha256"] ?? "",
            mediaType: row["media_type"])
    }
}

extension ItemRecord: StoredRecord {
    static let columns = [
        "id", "key", "name", "position", "origin", "step", "state", "is_withdrawn", "attempt", "prediction_id",
        "failure_class", "failure", "intent_at", "started_at", "completed_at", "finished_at", "wait_time", "run_time",
        "row", "result",
    ]

    fileprivate init(_ row: GRDB.Row, files: [File], tags: [String]) throws {
        func time(_ column: String) -> Timestamp? { (row[column] as Int64?).map(Timestamp.init(milliseconds:)) }
        let state = ItemState(rawValue: row["state"]) ?? .pending
        let result = try (row["result"] as String?).map { try JSONValue(parsing: $0) }
        self.init(
            id: row["id"], key: row["key"], name: row["name"], position: row["position"], origin: row["origin"],
            step: row["step"], state: row["is_withdrawn"] ? .withdrawn : state, attempts: row["attempt"],
            predictionID: row["prediction_id"], failureClass: row["failure_class"], failure: row["failure"],
            sentAt: time("intent_at"), endedAt: time("finished_at"), startedAt: time("started_at"),
            completedAt: time("completed_at"), waitTime: row["wait_time"], runTime: row["run_time"],
            downloadTime: row["download_time"], duration: row["duration"], predictTime: row["all_predict_time"],
            cost: row["cost"], previousResults: row["previous_results"],
            row: try JSONValue(parsing: row["row"] as String),
            output: state == .succeeded ? result?["output"] : nil, files: files, rating: row["rating"], tags: tags,
            note: row["note"])
    }
}
