import NightshiftCore

/// Mistakes that the simulator makes on purpose, to show that it would find them: each changes what the shell does with a
/// right decision, as a wrong line in the engine would. None of them is in the product.
package enum PlantedBug: String, CaseIterable, Sendable {
    /// The intent is not recorded, so a crash forgets what was sent.
    case forgetsIntents
    /// The create goes out before its intent is on disk.
    case sendsBeforeRecording
    /// An unknown outcome is taken for a refusal.
    case takesLostForRefused
    /// One empty look at the list proves that nothing was created, however fresh the loss is.
    case trustsAFreshList
    /// Predictions that items of the run had before are taken for answers to lost creates.
    case adoptsTheKnown
    /// A throttle is taken for a passing failure, so the gate stays open.
    case overlooksThrottles
    /// The manifest's rate is not kept.
    case ignoresTheRate
    /// Reads are not counted.
    case readsWithoutEnd
    /// Downloads are written under their final name.
    case writesInPlace
    /// An output is called stored before it is.
    case succeedsTooEarly
    /// Downloads wait until nothing is left to create.
    case downloadsLast
    /// What was spent is not recorded with what it was spent on.
    case forgetsSpending
    /// Items that were not accepted are not due again.
    case losesReturnedItems
    /// A failed attempt is recorded without being counted.
    case miscountsFailures
    /// What a step needs of another one is not recorded, so it does not wait for it.
    case forgetsNeeds
    /// How far the clock is off by which an intent is recorded is not recorded with it.
    case forgetsClockOffsets

    /// A person's pause does not reach the run.
    case overlooksPauses
    /// What a person has retried is pending in the store, and the machine is not told.
    case overlooksRetries
    /// What an item had is not kept when it is made again.
    case forgetsEarlierResults
    /// A person's word that a prediction is an item's is believed, whatever it is.
    case adoptsAnything
    /// Two runs claim from the account without seeing what the other has claimed.
    case claimsUnseen
    /// A copy of another item's files is called stored before it is.
    case copiesNothing

    /// Changes the transitions that are recorded.
    func alter(_ decision: inout Decision) {
        switch self {
        case .forgetsIntents:
            decision.transitions.removeAll { if case .submitting = $0.change { true } else { false } }
        case .losesReturnedItems:
            change(&decision) { change in
                guard case .returned(let attempt, _) = change else { return change }
                return .returned(attempt: attempt, due: .distantFuture)
            }
        case .miscountsFailures:
            change(&decision) { change in
                guard case .waiting(let failure, _, let due) = change else { return change }
                return .waiting(failure, FailureCounts(), due: due)
            }
        case .forgetsClockOffsets:
            change(&decision) { change in
                switch change {
                case .submitting(let attempt, var intent, let changes):
                    intent.clockOffset = .zero
                    return .submitting(attempt: attempt, intent, changes: changes)
                case .unknown(var lost):
                    lost.intent.clockOffset = .zero
                    return .unknown(lost)
                default: return change
                }
            }
        default: break
        }
    }

    /// Changes what the machine is told.
    func alter(_ event: RunEvent) -> RunEvent {
        switch (self, event) {
        case (.takesLostForRefused, .createFailed(let item, let attempt, let error)) where error.code == .unknownOutcome:
            .createFailed(item, attempt: attempt, ProviderError(.notSent, error.message))
        case (.overlooksThrottles, .createFailed(let item, let attempt, let error)) where error.code == .throttled:
            .createFailed(item, attempt: attempt, ProviderError(.notSent, error.message))
        case (.overlooksPauses, .control(.asked(.pause, _))): .woke
        case (.overlooksRetries, .control(.retried)): .woke
        default: event
        }
    }

    /// Changes what the machine is set to.
    func alter(_ settings: inout RunSettings) {
        switch self {
        case .ignoresTheRate: settings.creates = nil
        case .readsWithoutEnd: settings.reads = nil
        case .downloadsLast: settings.fetches = 0
        case .overlooksPauses: settings.overrides.isPaused = false
        case .trustsAFreshList: settings.reconciling.lag = .zero
        default: break
        }
    }

    private func change(_ decision: inout Decision, _ body: (Transition.Change) -> Transition.Change) {
        for index in decision.transitions.indices {
            decision.transitions[index].change = body(decision.transitions[index].change)
        }
    }
}
