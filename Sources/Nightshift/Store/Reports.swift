import GRDB
import LosslessJSON
package import NightshiftCore

/// What people and other jobs are told of a run: nothing here writes, and everything of which there is one an item comes in
/// pages.
package struct Reports: Sendable {
    let store: Store
}

extension Store {
    package var reports: Reports { Reports(store: self) }
}

extension Reports {
    /// Counts the items of the manifest by state, and what was spent on all of them.
    package func totals(of run: RunRecord) async throws(StoreError) -> RunTotals {
        try await store.read { database in
            var totals = RunTotals()
            let counts = try GRDB.Row.fetchCursor(
                database,
                sql: """
                    SELECT CASE WHEN is_withdrawn THEN 'withdrawn' ELSE state END AS state, COUNT(*) AS count
                    FROM item WHERE run_id = ? AND generation <= ? GROUP BY 1
                    """,
                arguments: [run.id, run.generation]
            )
            while let row = try counts.next() {
                guard let state = ItemState(rawValue: row["state"]) else { continue }
                totals[state] = row["count"]
            }
            let spent = try GRDB.Row.fetchOne(
                database,
                sql: """
                    SELECT predictions, predict_time, retries, throttles, unbilled, held_up FROM run WHERE id = ?
                    """, arguments: [run.id])
            if let row = spent {
                totals.predictions = row["predictions"]
                totals.predictTime = row["predict_time"]
                totals.retries = row["retries"]
                totals.throttles = row["throttles"]
                totals.unbilled = row["unbilled"]
                totals.blockedTime = row["held_up"]
            }
            let spending = try GRDB.Row.fetchCursor(
                database, sql: "SELECT step, predictions, predict_time FROM spending WHERE run_id = ?",
                arguments: [run.id])
            while let row = try spending.next() {
                totals.spending[row["step"]] = Spending(
                    predictions: row["predictions"], predictTime: row["predict_time"])
            }
            return totals
        }
    }

    /// How the items of each step stand, in the order of the steps.
    func stepCounts(of run: RunRecord) async throws(StoreError) -> [StatusReport.StepCounts] {
        guard run.hasSteps else { return [] }
        return try await store.read { database in
            let rows = try GRDB.Row.fetchAll(
                database,
                sql: """
                    SELECT step, state, COUNT(*) AS count, MIN(position) AS first FROM item
                    WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 GROUP BY step, state
                    """,
                arguments: [run.id, run.generation])
            let steps = Dictionary(grouping: rows) { $0["step"] as String }
            let order = ItemState.allCases.map(\.rawValue)
            func first(_ rows: [GRDB.Row]) -> Int { rows.map { $0["first"] as Int }.min() ?? 0 }
            return steps.sorted { first($0.value) < first($1.value) }.map { step, rows in
                let states = rows.map { StatusReport.StepCounts.State(state: $0["state"], count: $0["count"]) }
                    .sorted { (order.firstIndex(of: $0.state) ?? 0) < (order.firstIndex(of: $1.state) ?? 0) }
                return StatusReport.StepCounts(name: step, states: states)
            }
        }
    }

    /// The most common reasons of failed items, for a summary: what differs in nothing but numbers, paths and the like is one.
    package func failureReasons(
        of run: RunRecord, limit: Int
    ) async throws(StoreError) -> [FailureGroups.Group] {
        try await store.read { database in
            let rows = try GRDB.Row.fetchCursor(
                database,
                sql: """
                    SELECT failure_class, failure, COUNT(*) AS count FROM item
                    WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 AND state IN ('failed', 'canceled', 'held')
                    GROUP BY failure_class, failure ORDER BY count DESC, MIN(position)
                    """,
                arguments: [run.id, run.generation])
            var groups = FailureGroups()
            while let row = try rows.next() {
                groups.add(
                    row["failure"] ?? "no reason recorded", class: row["failure_class"] ?? "", count: row["count"])
            }
            return groups.largest(limit)
        }
    }

    /// How many items failed without being sent, because they do not fit the model.
    func unsendableItems(of run: RunRecord) async throws(StoreError) -> Int {
        try await store.read { database in
            try Int.fetchOne(
                database,
                sql: """
                    SELECT COUNT(*) FROM item
                    WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 AND state = 'failed' AND failure_class = ?
                    """,
                arguments: [run.id, run.generation, Store.notSendable]) ?? 0
        }
    }
}
