import GRDB
package import NightshiftCore
package import ReplicateAPI

extension Checkpoints {
    /// Whether a prediction may become an item's, by what the store knows of both.
    /// - Throws: ``ControlError`` or ``StoreError``, each in one sentence.
    package func adoption(of prediction: Prediction, for key: String, in run: RunRecord) async throws -> Adoption {
        guard let adoptee = try await adoptee(key: key, in: run) else {
            throw ControlError("no item has the key '\(key)'")
        }
        return try AdoptionRule.judge(
            prediction, for: adoptee.item, in: adoptee.state, requestDigest: adoptee.requestDigest,
            holders: try await holders(ofPrediction: prediction.id, in: run),
            gaveEarlierResult: try await gaveEarlierResult(prediction.id))
    }

    /// Makes a prediction the item's while no run is alive.
    /// - Returns: what was recorded.
    @discardableResult
    package func adopt(
        _ adoption: Adoption, totals: RunTotals, in run: RunRecord, at now: Timestamp
    ) async throws(StoreError) -> Transition {
        let item = adoption.item
        var totals = totals
        if adoption.state != .held, !adoption.isCounted { totals.spend(predictions: 1, on: item.step) }
        // The run finds out by its own clock.
        let transition = Transition(
            item: item.id, key: item.key, attempt: item.attempt, at: now,
            change: .running(predictionID: adoption.prediction.id, since: .distantPast))
        _ = try await record([transition], totals: totals, in: run)
        return transition
    }

    /// An item as it is needed to adopt a prediction for it.
    package func adoptee(key: String, in run: RunRecord) async throws(StoreError) -> Adoptee? {
        try await store.read { database in
            guard let row = try Store.item(key, LoadedItem.self, in: run, database) else { return nil }
            return Adoptee(
                item: try LoadedItem(row, database, of: run), state: ItemState(rawValue: row["state"]) ?? .pending,
                requestDigest: row["request_digest"]
            )
        }
    }

    /// The items that have or had a prediction, by their keys.
    package func holders(ofPrediction id: String, in run: RunRecord) async throws(StoreError) -> Set<String> {
        try await store.read { database in
            try String.fetchSet(
                database,
                sql: """
                    SELECT key FROM item WHERE run_id = ?1 AND (prediction_id = ?2
                        OR id IN (SELECT item_id FROM attempt WHERE prediction_id = ?2)
                        OR id IN (SELECT item_id FROM previous_result WHERE prediction_id = ?2))
                    """,
                arguments: [run.id, id]
            )
        }
    }

    private func gaveEarlierResult(_ predictionID: String) async throws(StoreError) -> Bool {
        try await store.read { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM previous_result WHERE prediction_id = ?)",
                arguments: [predictionID]) ?? false
        }
    }

    /// Those of the predictions that some item of this store has had already.
    package func known(predictionIDs: [String]) async throws(StoreError) -> Set<String> {
        try await store.read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM item WHERE prediction_id = ?1)
                        OR EXISTS (SELECT 1 FROM attempt WHERE prediction_id = ?1)
                        OR EXISTS (SELECT 1 FROM previous_result WHERE prediction_id = ?1)
                    """
            )
            return try Set(predictionIDs.filter { try Bool.fetchOne(statement, arguments: [$0]) ?? false })
        }
    }

    /// A prediction of the run whose result is stored, other than the one given: the provider must know it.
    package func storedPrediction(of run: RunRecord, besides id: String) async throws(StoreError) -> String? {
        try await store.read { database in
            try String.fetchOne(
                database,
                sql: """
                    SELECT prediction_id FROM item WHERE run_id = ? AND state = 'succeeded' AND leader_id IS NULL
                        AND prediction_id IS NOT NULL AND prediction_id IS NOT ? ORDER BY id DESC LIMIT 1
                    """, arguments: [run.id, id])
        }
    }
}

/// An item that a person wants to adopt a prediction for.
package struct Adoptee: Sendable {
    package var item: LoadedItem
    package var state: ItemState
    /// The digest of what the last create sent.
    package var requestDigest: String?
}
