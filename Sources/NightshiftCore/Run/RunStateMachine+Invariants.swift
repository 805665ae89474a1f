extension RunStateMachine {
    /// Stops the program if the machine contradicts itself: for tests and simulations.
    package func checkInvariants() {
        let slots = window.values.count { item in
            switch item.phase {
            case .preparing, .prepared, .submitting, .unknown, .running: true
            case .ready, .fetching: false
            }
        }
        let fetches = window.values.count { if case .fetching = $0.phase { true } else { false } }
        precondition(slots == inFlight, "\(slots) slots are taken, \(inFlight) counted")
        precondition(fetches == fetchBacklog, "\(fetches) items are fetching, \(fetchBacklog) counted")
        precondition(fetchesUnderWay >= 0 && totals.predictions >= 0, "a count went below zero")
        for state in ItemState.allCases { precondition(totals[state] >= 0, "\(totals[state]) items are \(state)") }
        let ids = window.values.compactMap { item -> String? in
            switch item.phase {
            case .running(let running): running.predictionID
            case .fetching(let fetching): fetching.isShared ? nil : fetching.predictionID
            default: nil
            }
        }
        precondition(Set(ids).count == ids.count, "two items hold one prediction")
    }
}
