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
        func renewed(
            _ outcome: RetryOutcome, due: Timestamp, _ ticket: ControlTicket?
        ) async throws(StoreError) {
            if run.hasSteps, outcome.count > 0 { observe(.steps(try await store.reports.stepCounts(of: run))) }
            if decision.finish == nil {
                followUps.append(.control(.retried(outcome, due: due, ticket)))
            } else if let ticket {
                // The machine decides no more; the next run finds them pending.
                broker.answer(.retried(outcome), to: ticket)
            }
        }
        for (keys, ticket) in effects.retries {
            let due = clock.now
            try await renewed(try await store.checkpoints.retry(keys: keys, in: run), due: due, ticket)
        }
        for (orders, ticket) in effects.redos {
            let due = clock.now
            try await renewed(try await store.checkpoints.redo(orders, in: run, at: due), due: due, ticket)
        }
        for (key, prediction, ticket) in effects.adoptions where decision.finish == nil {
            do {
                let adoption = try await store.checkpoints.adoption(of: prediction, for: key, in: run)
                followUps.append(.control(.adoptable(adoption, ticket)))
            } catch {
                followUps.append(.control(.notAdoptable("\(error)", ticket)))
            }
        }
        return followUps
    }

    /// Reads the prediction that an item is to adopt.
    func search(_ wanted: (key: String, predictionID: String, ticket: ControlTicket?)) async -> ControlEvent {
        do {
            let prediction = try await AdoptionValidator(store: store, provider: provider, run: run)
                .prediction(wanted.predictionID, for: wanted.key)
            return .found(prediction, for: wanted.key, wanted.ticket)
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
        let prediction = try await prediction(predictionID, for: key)
        return try await store.checkpoints.adoption(of: prediction, for: key, in: run)
    }

    /// Reads the prediction, if there is an item that could have it.
    func prediction(_ predictionID: String, for key: String) async throws -> Prediction {
        guard try await store.checkpoints.adoptee(key: key, in: run) != nil else {
            throw ControlError("no item has the key '\(key)'")
        }
        guard provider.traits.remembersPredictions else {
            throw ControlError("this provider keeps no predictions that could be adopted")
        }
        do throws(ProviderError) {
            return try await provider.prediction(predictionID)
        } catch {
            throw ControlError(
                error.code == .notFound
                    ? "the provider knows no prediction '\(predictionID)'"
                    : "prediction '\(predictionID)' cannot be read: \(error.message)")
        }
    }
}
