import GRDB
import LosslessJSON
package import NightshiftCore

/// What a person asks of items and runs from the command line.
extension Store {
    /// Keeps what a person has told a run.
    package func keep(_ orders: RunOverrides, of run: RunRecord) async throws(StoreError) {
        try await write { database in
            try database.execute(
                sql: "UPDATE run SET is_paused = ?, ordered_concurrency = ?, ordered_rate = ? WHERE id = ?",
                arguments: [
                    orders.isPaused, orders.concurrency,
                    orders.rate.map { RateText.format($0.limit(byProvider: nil)) }, run.id,
                ]
            )
        }
    }

    /// Makes the failed, canceled and held ones of the items pending again, due at once and with all their attempts.
    package func retry(keys: [String], in run: RunRecord) async throws(StoreError) -> RetryOutcome {
        try await write { database in
            var outcome = RetryOutcome()
            var items: [Int64] = []
            for key in Set(keys).sorted() {
                guard let row = try Store.item(key, in: run, database) else {
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

    /// An item as it is needed to adopt a prediction for it.
    package func adoptee(key: String, in run: RunRecord) async throws(StoreError) -> Adoptee? {
        try await read { database in
            guard let row = try Store.item(key, in: run, database) else { return nil }
            return Adoptee(
                item: try LoadedItem(row, database, of: run), state: ItemState(rawValue: row["state"]) ?? .pending,
                requestDigest: row["request_digest"]
            )
        }
    }

    /// The items that have or had a prediction, by their keys.
    package func holders(ofPrediction id: String, in run: RunRecord) async throws(StoreError) -> Set<String> {
        try await read { database in
            try String.fetchSet(
                database,
                sql: """
                    SELECT key FROM item WHERE run_id = ?1 AND (prediction_id = ?2
                        OR id IN (SELECT item_id FROM attempt WHERE prediction_id = ?2))
                    """,
                arguments: [run.id, id]
            )
        }
    }

    /// The keys of the items that a person may mean: the item of that key, else those whose keys begin so, else those of
    /// that output name. At most a few.
    package func keys(meant text: String, in run: RunRecord) async throws(StoreError) -> [String] {
        try await read { database in
            if let row = try Store.item(text, in: run, database) { return [row["key"]] }
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

    /// The item of the manifest with this key.
    static func item(_ key: String, in run: RunRecord, _ database: Database) throws -> GRDB.Row? {
        let statement = try database.cachedStatement(
            sql: "SELECT * FROM item WHERE run_id = ? AND key = ? AND generation <= ? AND is_withdrawn = 0"
        )
        return try GRDB.Row.fetchOne(statement, arguments: [run.id, key, run.generation])
    }
}

/// An item that a person wants to adopt a prediction for.
package struct Adoptee: Sendable {
    package var item: LoadedItem
    package var state: ItemState
    /// The digest of what the last create sent.
    package var requestDigest: String?
}

extension RunOverrides {
    init(_ row: GRDB.Row) {
        self.init(
            isPaused: row["is_paused"] ?? false, concurrency: row["ordered_concurrency"],
            rate: (row["ordered_rate"] as String?).flatMap(RateText.parse)
        )
    }
}
