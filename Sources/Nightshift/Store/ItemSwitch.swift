import GRDB
import NightshiftCore

/// Makes an input set that was read the one of its run, inside one transaction.
///
/// What is new counts by the run's generation alone, and what stays as it was is not touched: the time that this takes is
/// that of what has changed. The pluses in its statements keep SQLite from walking all items where few of them count.
struct ItemSwitch {
    let database: Database
    let run: RunRecord
    let now: Timestamp

    /// - Parameters:
    ///   - isRenewal: whether the run had items before.
    ///   - hasSteps: whether any item belongs to a step.
    func apply(isRenewal: Bool, hasSteps: Bool) throws -> RunRecord {
        if isRenewal {
            let takeovers = try ItemTakeover.all(in: run, database)
            try withdraw()
            for takeover in takeovers { try takeover.apply(database) }
            try change()
            try shareResults()
        }
        var renewed = run
        renewed.generation += 1
        renewed.hasSteps = hasSteps
        renewed.sharesResults =
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM item WHERE leader_id IS NOT NULL AND +run_id = ?1)
                        OR EXISTS (SELECT 1 FROM earlier_result JOIN item ON id = item_id WHERE run_id = ?1)
                    """,
                arguments: [run.id]
            ) ?? false
        try execute(
            """
            UPDATE run SET generation = ?, shares_results = ?, has_steps = ?, unsealed_after = NULL
            WHERE id = ? AND generation = ? AND unsealed_after IS NOT NULL
            """,
            [renewed.generation, renewed.sharesResults, renewed.hasSteps, run.id, run.generation])
        guard database.changesCount == 1 else {
            throw StoreError(
                .storeChanged, message: "another program has changed the items of the checkpoints; nothing was changed")
        }
        try Store.settleNeeds(of: renewed, database)
        return renewed
    }

    /// Forgets what was noted of known items.
    static func clear(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM need_change")
        try database.execute(sql: "DELETE FROM item_change")
    }

    private func withdraw() throws {
        try execute(
            """
            UPDATE item SET is_withdrawn = 1 WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0
                AND id NOT IN (SELECT item_id FROM item_change)
            """, [run.id, run.generation])
    }

    /// Does what was noted of known items.
    private func change() throws {
        // What they have is paid for: it is kept when there is another result.
        try execute(
            """
            \(PreviousResult.insertion(at: "?"))
            FROM item_change AS change CROSS JOIN item ON item.id = change.item_id
            WHERE change.digest IS NOT NULL AND item.state = 'succeeded'
            """, [now.milliseconds])
        // Several statements, since each writes all indexes of what it names, and most items have only moved.
        try execute(
            """
            UPDATE item SET position = change.position, origin = change.origin, row = change.row, is_withdrawn = 0
            FROM item_change AS change
            WHERE item.id = +change.item_id AND change.position IS NOT NULL AND change.digest IS NULL
            """)
        try execute(
            """
            UPDATE item SET position = change.position, origin = change.origin, row = change.row, is_withdrawn = 0,
                digest = change.digest, input = change.input, files = change.files, step = change.step,
                has_needs = change.has_needs, deferred = change.deferred
            FROM item_change AS change WHERE item.id = +change.item_id AND change.digest IS NOT NULL
            """)
        try execute(
            """
            UPDATE item SET \(Self.renamed(to: "change.name")), name_folded = change.name_folded
            FROM item_change AS change
            WHERE item.id = +change.item_id AND change.position IS NOT NULL AND change.name <> item.name
            """)
        try execute(
            """
            UPDATE item SET rank = change.rank
            FROM item_change AS change
            WHERE item.id = +change.item_id AND change.position IS NOT NULL AND change.rank <> item.rank
            """)
        // What is known of another content does not count any more.
        try execute(
            "DELETE FROM earlier_result WHERE item_id IN (SELECT item_id FROM item_change WHERE digest IS NOT NULL)")
        try execute(
            """
            UPDATE item SET \(ItemReset.renewed)
            FROM item_change AS change WHERE item.id = +change.item_id AND change.digest IS NOT NULL
                AND NOT (item.state = 'pending' AND item.attempt = 0 AND item.leader_id IS NULL AND item.due_at = 0)
            """)
        // What an earlier session has sent is finished, whatever is thought of it now.
        try execute(
            """
            UPDATE item SET state = 'failed', failure_class = ?, failure = change.problem, finished_at = ?,
                leader_id = NULL
            FROM item_change AS change
            WHERE item.id = +change.item_id AND change.problem IS NOT NULL AND item.state = 'pending'
            """, [Store.notSendable, now.milliseconds])
        try execute(
            "DELETE FROM need WHERE item_id IN (SELECT item_id FROM item_change WHERE has_new_needs)")
        try execute("INSERT INTO need (item_id, needs_id) SELECT item_id, needs_id FROM need_change")
    }

    /// Gives an item another output name, as SQL.
    ///
    /// The names of files that are being fetched were reserved by the old one; the prediction is read once more, and then
    /// they are by the new one. Its result stays, which tells that it was counted.
    static func renamed(to name: String) -> String {
        """
        state = CASE WHEN item.state = 'fetching' AND item.leader_id IS NULL AND item.name <> \(name) THEN 'running' \
        ELSE item.state END, name = \(name)
        """
    }

    // MARK: - Shared results

    /// Lets each pending item wait for the one with the same input that has its result already, else for one that is in
    /// flight, else for the first of the set.
    private func shareResults() throws {
        // Whose leader is none any more stands for itself, until it is given another.
        try execute(
            """
            UPDATE item SET leader_id = NULL
            WHERE leader_id IS NOT NULL AND +run_id = ?1 AND state = 'pending' AND is_withdrawn = 0 AND NOT EXISTS (
                SELECT 1 FROM item AS leader
                WHERE leader.id = item.leader_id AND leader.run_id = item.run_id AND leader.digest = item.digest
                    AND \(PreviousResult.isOfManifest("leader")) AND leader.leader_id IS NULL AND (leader.is_withdrawn = 0 OR leader.state = 'succeeded'))
            """, [run.id])
        try execute(
            """
            UPDATE item SET leader_id = first.id
            FROM (
                SELECT digest, id, MIN(position + 1000000000000000 * CASE
                    WHEN state = 'succeeded' THEN 0
                    WHEN state IN ('submitting', 'unknown', 'running', 'fetching') THEN 1 ELSE 2 END)
                FROM item
                WHERE leader_id IS NULL AND run_id = ?1 AND (is_withdrawn = 0 OR state = 'succeeded')
                    AND \(PreviousResult.isOfManifest("item")) AND digest IN (
                    SELECT digest FROM item WHERE leader_id IS NULL AND +run_id = ?1 GROUP BY digest HAVING COUNT(*) > 1)
                GROUP BY digest
            ) AS first
            WHERE item.digest = first.digest AND item.leader_id IS NULL AND +item.run_id = ?1
                AND item.state = 'pending' AND item.redo IS NULL AND item.is_withdrawn = 0 AND item.id <> first.id
            """, [run.id])
        // Who waited for one of these waits for the same as it.
        try execute(
            """
            UPDATE item SET leader_id = leader.leader_id FROM item AS leader
            WHERE item.leader_id IS NOT NULL AND +item.run_id = ?1 AND item.state = 'pending'
                AND leader.id = item.leader_id AND leader.leader_id IS NOT NULL
            """, [run.id])
        try execute(
            """
            UPDATE item SET due_at = 1
            WHERE leader_id IS NOT NULL AND +run_id = ?1 AND state = 'pending' AND due_at <> 1 AND EXISTS (
                SELECT 1 FROM item AS leader WHERE leader.id = item.leader_id AND leader.\(Store.isSettled))
            """, [run.id])
    }

    private func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try database.execute(sql: sql, arguments: arguments)
    }
}
