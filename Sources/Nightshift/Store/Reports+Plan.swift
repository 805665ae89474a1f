import GRDB
package import NightshiftCore

/// How an item of the manifest stands in the store.
package enum KnownState: Hashable, Sendable {
    case same(ItemState)
    /// Known under its key, with another content.
    case changed
}

/// What a plan compares a manifest with.
extension Reports {
    /// What the store knows of each of the items, whether or not it was withdrawn since.
    package func knownStates(of items: [Item], in run: RunRecord) async throws(StoreError) -> [KnownState?] {
        try await store.read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT state, digest FROM item WHERE run_id = ? AND key = ? AND generation <= ?")
            return try items.map { item in
                let row = try GRDB.Row.fetchOne(statement, arguments: [run.id, item.key, run.generation])
                guard let row else { return nil }
                guard row["digest"] == item.digest, let state = ItemState(rawValue: row["state"]) else {
                    return .changed
                }
                return .same(state)
            }
        }
    }

    /// What the predictions of a step's model took and gave so far, over all runs of the job.
    package func history(of step: String) async throws(StoreError) -> ModelHistory? {
        try await store.read { database in
            guard
                let times = try GRDB.Row.fetchOne(
                    database,
                    sql: """
                        SELECT COUNT(*) AS count, AVG(json_extract(result, '$.metrics.predict_time')) AS predict_time,
                            AVG(COALESCE(json_extract(result, '$.metrics.total_time'),
                                json_extract(result, '$.metrics.predict_time'))) AS total_time
                        FROM (SELECT result FROM item WHERE state = 'succeeded' AND result IS NOT NULL AND step = ?
                            ORDER BY finished_at DESC LIMIT 1000)
                        """, arguments: [step]), (times["count"] as Int) > 0
            else { return nil }
            let sizes = try GRDB.Row.fetchOne(
                database,
                sql: """
                    SELECT COUNT(DISTINCT item_id) AS count, SUM(size) AS size FROM output
                    JOIN item ON item.id = output.item_id WHERE item.state = 'succeeded' AND item.step = ?
                    """, arguments: [step])
            let count: Int = sizes?["count"] ?? 0
            let size: Int64 = sizes?["size"] ?? 0
            return ModelHistory(
                predictions: times["count"], predictTime: times["predict_time"], totalTime: times["total_time"],
                outputBytes: count > 0 ? Double(size) / Double(count) : nil)
        }
    }

    /// How many different inputs a run's items have.
    package func distinctInputs(of run: RunRecord) async throws(StoreError) -> Int {
        try await store.read { database in
            try Int.fetchOne(
                database, sql: "SELECT COUNT(DISTINCT digest) FROM item WHERE run_id = ?", arguments: [run.id]) ?? 0
        }
    }
}
