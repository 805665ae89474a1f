import GRDB
import NightshiftCore

/// What the times and costs of a run's items come to.
extension Reports {
    package func statistics(of run: RunRecord, slowest: Int = 5) async throws(StoreError) -> RunStatistics {
        let query = ItemQuerySQL(run: run, prices: [:])
        return try await store.read { database in
            let (text, arguments) = try SQL(
                """
                SELECT wait_time, run_time, \(query.expression(.download)) AS download, \(query.expression(.duration)) AS duration
                FROM item WHERE \(query.condition(ItemFilter())) AND item.state = 'succeeded' AND item.leader_id IS NULL
                """
            ).build(database)
            var values: [[Double]] = [[], [], [], []]
            let rows = try GRDB.Row.fetchCursor(database, sql: text, arguments: arguments)
            while let row = try rows.next() {
                for index in 0..<4 { if let value: Double = row[index] { values[index].append(value) } }
            }
            let (slow, slowArguments) = try SQL(
                """
                SELECT item.key, item.name, item.origin, \(query.expression(.duration)) AS duration FROM item
                WHERE \(query.condition(ItemFilter())) AND item.state IN ('succeeded', 'failed') AND item.leader_id IS NULL
                    AND item.finished_at IS NOT NULL AND item.intent_at IS NOT NULL
                ORDER BY 4 DESC, item.position LIMIT \(slowest)
                """
            ).build(database)
            return RunStatistics(
                waiting: Distribution(values[0]), running: Distribution(values[1]), download: Distribution(values[2]),
                duration: Distribution(values[3]),
                slowest: try GRDB.Row.fetchAll(database, sql: slow, arguments: slowArguments).map {
                    RunStatistics.Slow(key: $0["key"], name: $0["name"], origin: $0["origin"], duration: $0["duration"])
                })
        }
    }

    /// What a run did in each ten seconds in which it did anything, in order; nothing is known of runs of older versions.
    package func activity(of run: RunRecord) async throws(StoreError) -> [RunActivity] {
        try await store.read { database in
            try GRDB.Row.fetchAll(
                database,
                sql: "SELECT \(RunActivity.columns(of: "activity")) FROM activity WHERE run_id = ? ORDER BY since",
                arguments: [run.id]
            ).map(RunActivity.init)
        }
    }
}

extension RunActivity: StoredRecord {
    static let columns = ["since", "sent", "succeeded", "failed", "retried", "throttled", "in_flight"]

    fileprivate init(_ row: GRDB.Row) {
        self.init(
            since: Timestamp(milliseconds: row["since"]), sent: row["sent"], succeeded: row["succeeded"],
            failed: row["failed"],
            retried: row["retried"], throttled: row["throttled"], inFlight: row["in_flight"])
    }
}
