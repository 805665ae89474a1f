import NightshiftCore
import ReplicateAPI

/// Doing what people at other terminals ask of a run.
extension Runner {
    /// Writes what a decision says about requests, then gives the answers: they tell what is on disk.
    /// - Returns: facts that the machine must hear before any other.
    func attend(to decision: Decision) async throws(StoreError) -> [RunEvent] {
        let effects = decision.control
        if let orders = effects.overrides {
            try await store.keep(orders, of: run)
            observe(.ordered(RunOrders(orders)))
        }
        for (ticket, answer) in effects.answers { broker.answer(answer, to: ticket) }
        var followUps: [RunEvent] = []
        for (keys, ticket) in effects.retries {
            let due = clock.now
            let outcome = try await store.checkpoints.retry(keys: keys, in: run)
            guard decision.finish == nil else {
                // The machine decides no more; the next run finds them pending.
                if let ticket { broker.answer(.retried(outcome), to: ticket) }
                continue
            }
            followUps.append(.control(.retried(outcome, due: due, ticket)))
        }
        return followUps
    }

    /// Finds out from the store and the provider whether a prediction may be adopted.
    func judge(_ wanted: (key: String, predictionID: String, ticket: ControlTicket?)) async -> ControlEvent {
        do {
            let adoption = try await AdoptionValidator(store: store, provider: provider, run: run)
                .judge(wanted.predictionID, for: wanted.key)
            return .adoptable(adoption, wanted.ticket)
        } catch {
            return .notAdoptable("\(error)", wanted.ticket)
        }
    }

    /// The create answers when its prediction has ended; it was sent under a name of our own.
    func cancelCreate(key: String, attempt: Int) async {
        // What became of it is told by the create's answer, whatever this one is.
        try? await provider.cancel(PredictionName.of(key: key, attempt: attempt, run: run))
    }
}

/// Checks a person's word that a prediction is an item's.
struct AdoptionValidator: Sendable {
    let store: Store
    let provider: any Provider
    let run: RunRecord

    /// - Throws: ``ControlError`` or ``StoreError``, each in one sentence.
    func judge(_ predictionID: String, for key: String) async throws -> Adoption {
        guard let adoptee = try await store.checkpoints.adoptee(key: key, in: run) else {
            throw ControlError("no item has the key '\(key)'")
        }
        guard provider.traits.remembersPredictions else {
            throw ControlError("this provider keeps no predictions that could be adopted")
        }
        let prediction: Prediction
        do throws(ProviderError) {
            prediction = try await provider.prediction(predictionID)
        } catch {
            throw ControlError(
                error.code == .notFound
                    ? "the provider knows no prediction '\(predictionID)'"
                    : "prediction '\(predictionID)' cannot be read: \(error.message)")
        }
        return try AdoptionRule.judge(
            prediction, for: adoptee.item, in: adoptee.state, requestDigest: adoptee.requestDigest,
            holders: try await store.checkpoints.holders(ofPrediction: predictionID, in: run))
    }
}
