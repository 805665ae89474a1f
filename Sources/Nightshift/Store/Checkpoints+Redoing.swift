import GRDB
package import NightshiftCore

extension Checkpoints {
    /// Makes succeeded items pending again, due at once and with all their attempts. What they have is kept as their previous
    /// results; its files stay where they are until there are others to put there.
    package func redo(
        _ orders: [RedoOrder], in run: RunRecord, at now: Timestamp
    ) async throws(StoreError) -> RetryOutcome {
        try await store.write { database in
            var outcome = RetryOutcome()
            let redoing = ItemRedoing(database: database, now: now)
            var done: Set<String> = []
            for order in orders where done.insert(order.key).inserted {
                guard let row = try Store.item(order.key, ItemSummary.self, in: run, database) else {
                    outcome.unknown.append(order.key)
                    continue
                }
                let state = ItemState(rawValue: row["state"]) ?? .pending
                guard state == .succeeded else {
                    outcome.unchanged[order.key] = state
                    continue
                }
                try redoing.begin(row["id"], order)
                outcome.retried[state, default: 0] += 1
            }
            if outcome.count > 0 { try Store.settleNeeds(of: run, database) }
            return outcome
        }
    }
}

/// Begins items again that have results, inside one transaction.
private struct ItemRedoing {
    let database: Database
    let now: Timestamp

    func begin(_ item: Int64, _ order: RedoOrder) throws {
        try execute(
            "\(PreviousResult.insertion(at: "?2")) FROM item WHERE item.id = ?1", [item, now.milliseconds])
        try handOver(resultOf: item)
        // What has been taken from it stays as it is.
        try execute("UPDATE item SET leader_id = NULL WHERE leader_id = ? AND state <> 'pending'", [item])
        if !order.changes.isEmpty { try releaseFollowers(of: item) }
        try execute("DELETE FROM earlier_result WHERE item_id = ?", [item])
        try execute(
            "UPDATE item SET \(ItemReset.renewed), due_at = 1, redo = ? WHERE id = ?",
            [order.json.jsonString(), item])
    }

    /// Items that are about to copy its files go on with them, as with the files of another job: each would fetch the one prediction
    /// by itself otherwise.
    private func handOver(resultOf item: Int64) throws {
        let followers = try Int64.fetchAll(
            database.cachedStatement(sql: "SELECT id FROM item WHERE leader_id = ? AND state = 'fetching'"),
            arguments: [item])
        guard !followers.isEmpty else { return }
        let files = EarlierResult.encode(try Store.storedOutputs(of: item, database))
        for follower in followers {
            try execute(
                """
                INSERT OR REPLACE INTO earlier_result (item_id, job, directory, name, prediction_id, result, files)
                SELECT ?1, '', '', name, prediction_id, result, ?3 FROM item WHERE id = ?2
                """, [follower, item, files])
        }
        try execute(
            "UPDATE run SET shares_results = 1 WHERE id = (SELECT run_id FROM item WHERE id = ?)", [item])
    }

    /// Those that wait for its result want that of the manifest's input: the first of them is computed, the others wait for it.
    private func releaseFollowers(of item: Int64) throws {
        let first = try Int64.fetchOne(
            database, sql: "SELECT id FROM item WHERE leader_id = ? ORDER BY position LIMIT 1", arguments: [item])
        guard let first else { return }
        try execute("UPDATE item SET leader_id = ?1 WHERE leader_id = ?2 AND id <> ?1", [first, item])
        try execute("UPDATE item SET leader_id = NULL, due_at = 1 WHERE id = ?", [first])
    }

    private func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

/// A result that an item had before it was made again.
enum PreviousResult {
    /// The beginning of a statement that keeps results of items that begin again; what follows is `FROM item …`.
    ///
    /// They are numbered by output name, because a withdrawn item's result of that name counts as an earlier one, too.
    /// - Parameter now: the time as SQL.
    static func insertion(at now: String) -> String {
        """
        INSERT INTO previous_result (
            item_id, number, replaced_at, attempt, prediction_id, input, changes, result, finished_at)
        SELECT item.id, 1 + \(count), \(now), item.attempt, item.prediction_id, item.input,
            NULLIF(json_patch(COALESCE(item.redo, '{}'), COALESCE(item.changes, '{}')), '{}'), item.result,
            item.finished_at
        """
    }

    private static let count = """
        COALESCE((
            SELECT MAX(number) FROM previous_result AS known JOIN item AS other ON other.id = known.item_id
            WHERE other.run_id = item.run_id AND other.name_folded = item.name_folded), 0) + (
            SELECT COUNT(*) FROM item AS other
            WHERE other.run_id = item.run_id AND other.name_folded = item.name_folded AND other.is_withdrawn = 1
                AND other.state = 'succeeded' AND other.id <> item.id)
        """

    /// Whether an item's result is that of the manifest's input, as SQL: only then may others take it.
    static func isOfManifest(_ item: String) -> String { "COALESCE(\(item).redo, '{}') = '{}'" }
}
