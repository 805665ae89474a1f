import GRDB
package import NightshiftCore

extension Checkpoints {
    /// Makes the failed, canceled and held ones of the items pending again, due at once and with all their attempts.
    package func retry(keys: [String], in run: RunRecord) async throws(StoreError) -> RetryOutcome {
        try await store.write { database in
            var outcome = RetryOutcome()
            var items: [Int64] = []
            for key in Set(keys).sorted() {
                guard let row = try Store.item(key, ItemSummary.self, in: run, database) else {
                    outcome.unknown.append(key)
                    continue
                }
                let state = ItemState(rawValue: row["state"]) ?? .pending
                // What cannot be sent stays as it is until its row is mended.
                let isSendable = (row["failure_class"] as String?) != Store.notSendable
                guard [.failed, .canceled, .held].contains(state), isSendable else {
                    outcome.unchanged[key] = state
                    continue
                }
                try database.cachedStatement(
                    sql: "UPDATE item SET \(ItemReset.retried), due_at = 1 WHERE id = ?"
                ).execute(arguments: [row["id"] as Int64])
                outcome.retried[state, default: 0] += 1
                items.append(row["id"])
            }
            // One that took the failure of another with the same input, which is not tried again, is computed itself.
            let independent = try database.cachedStatement(
                sql: """
                    UPDATE item SET leader_id = NULL WHERE id = ? AND EXISTS (
                        SELECT 1 FROM item AS leader WHERE leader.id = item.leader_id
                            AND leader.state IN ('failed', 'canceled', 'held'))
                    """)
            for item in items { try independent.execute(arguments: [item]) }
            let followers = try Store.settleNeeds(of: run, database)
            if followers > 0 { outcome.retried[.failed, default: 0] += followers }
            return outcome
        }
    }

    /// Makes every failed, canceled or held item of the run pending again, with all its attempts. One that waits for another with
    /// the same input is due, because that one may have succeeded since and will wake nobody then.
    /// - Returns: how many there were.
    package func retryFailed(in run: RunRecord) async throws(StoreError) -> Int {
        try await store.write { database in
            try database.execute(
                sql: """
                    UPDATE item SET \(ItemReset.retried), due_at = leader_id IS NOT NULL
                    WHERE run_id = ? AND \(ItemReset.canBeRetried)
                    """,
                arguments: [run.id]
            )
            let count = database.changesCount
            try Store.settleNeeds(of: run, database)
            return count
        }
    }

    /// Makes succeeded items running again: their predictions are read once more, and their outputs fetched if the
    /// provider still has them. An item that took another one's result takes it again. What they have cost does not count, since
    /// their results were there and a person wants them again.
    package func fetchAgain(_ items: [ItemID]) async throws(StoreError) {
        guard !items.isEmpty else { return }
        try await store.write { database in
            let statement = try database.cachedStatement(
                sql: """
                    UPDATE item SET state = 'running', running_since = NULL, finished_at = NULL,
                        failures = -1, failure_counts = NULL, result = json_remove(result, '$.output')
                    WHERE id = ? AND state = 'succeeded' AND prediction_id IS NOT NULL AND leader_id IS NULL
                        AND id NOT IN (SELECT item_id FROM earlier_result)
                    """)
            let follower = try database.cachedStatement(
                sql: """
                    UPDATE item SET state = 'pending', due_at = 1, finished_at = NULL, result = NULL, prediction_id = NULL
                    WHERE id = ? AND state = 'succeeded'
                        AND (leader_id IS NOT NULL OR id IN (SELECT item_id FROM earlier_result))
                    """)
            for item in items {
                try statement.execute(arguments: [item.rawValue])
                try follower.execute(arguments: [item.rawValue])
            }
        }
    }
}
