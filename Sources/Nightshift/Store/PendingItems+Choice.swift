import GRDB

/// Which of the items a session does; all others stay as they are.
package struct ItemChoice: Hashable, Sendable {
    /// Only these, by their keys; empty for all.
    package var keys: [String]
    /// Failed, canceled and held items instead of those that are left to do.
    package var failed: Bool
    /// Failed, canceled and held items besides those that are left to do.
    package var failedToo: Bool
    /// At most so many, the first ones of the input set.
    package var limit: Int?

    package init(keys: [String] = [], failed: Bool = false, failedToo: Bool = false, limit: Int? = nil) {
        self.keys = keys
        self.failed = failed
        self.failedToo = failedToo
        self.limit = limit
    }

    /// Whether an item in a state can be one of the chosen.
    package func takes(isFailed: Bool, isLeft: Bool) -> Bool {
        (isFailed && (failed || failedToo)) || (isLeft && !failed)
    }
}

extension PendingItems {
    /// Limits the sessions that go on with the returned record to some items. Those of them that failed are pending again,
    /// with all their attempts.
    /// - Returns: the record, and how many items there are.
    package func choose(
        _ choice: ItemChoice, in run: RunRecord
    ) async throws(StoreError) -> (run: RunRecord, count: Int) {
        try await store.write { database in
            try database.execute(sql: "DELETE FROM choice")
            var states = choice.failed ? [] : ["pending"]
            if choice.failed || choice.failedToo { states += ["failed", "canceled", "held"] }
            if choice.keys.isEmpty {
                try database.execute(
                    sql: """
                        INSERT INTO choice SELECT rank, position, id FROM item
                        WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 AND state IN (\(states.map { "'\($0)'" }.joined(separator: ", ")))
                            AND failure_class IS NOT ?
                        ORDER BY rank, position LIMIT ?
                        """,
                    arguments: [run.id, run.generation, Store.notSendable, choice.limit ?? -1])
            } else {
                try Self.insert(choice, states: states, in: run, database)
            }
            // An item that takes the result of another one cannot do without it.
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO choice SELECT rank, position, id FROM item
                    WHERE state = 'pending' AND generation <= ? AND is_withdrawn = 0 AND id IN
                        (SELECT leader_id FROM item WHERE id IN (SELECT item_id FROM choice))
                    """,
                arguments: [run.generation])
            if run.hasSteps { try Self.addNeeds(of: run, database) }
            try database.execute(
                sql: """
                    UPDATE item SET \(ItemReset.retried), due_at = 0
                    WHERE \(ItemReset.canBeRetried) AND id IN (SELECT item_id FROM choice)
                    """)
            try Store.settleNeeds(of: run, database)
            let count = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM choice") ?? 0
            var limited = run
            limited.isLimited = true
            return (limited, count)
        }
    }

    /// Adds what the chosen items are made from and what is not there yet, step by step.
    private static func addNeeds(of run: RunRecord, _ database: Database) throws {
        repeat {
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO choice SELECT rank, position, id FROM item
                    WHERE state <> 'succeeded' AND generation <= ? AND is_withdrawn = 0 AND id IN
                        (SELECT needs_id FROM need WHERE item_id IN (SELECT item_id FROM choice))
                    """,
                arguments: [run.generation])
        } while database.changesCount > 0
    }

    private static func insert(
        _ choice: ItemChoice, states: [String], in run: RunRecord, _ database: Database
    ) throws {
        let known = try database.cachedStatement(
            sql: """
                SELECT id, rank, position, state FROM item
                WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 AND key = ? AND failure_class IS NOT '\(Store.notSendable)'
                """)
        var found: [(rank: Double, position: Int, id: Int64)] = []
        for key in choice.keys {
            guard let row = try GRDB.Row.fetchOne(known, arguments: [run.id, run.generation, key]) else { continue }
            if states.contains(row["state"]) { found.append((row["rank"], row["position"], row["id"])) }
        }
        found.sort { ($0.rank, $0.position) < ($1.rank, $1.position) }
        let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO choice VALUES (?, ?, ?)")
        for item in found.prefix(choice.limit ?? .max) {
            try insert.execute(arguments: [item.rank, item.position, item.id])
        }
    }
}
