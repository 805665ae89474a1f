extension RunStateMachine {
    /// Stops the program if the machine contradicts itself: for tests.
    package func checkInvariants() {
        let contradictions = contradictions
        precondition(contradictions.isEmpty, contradictions.joined(separator: "; "))
    }

    /// Where the machine contradicts itself: for tests and simulations.
    package var contradictions: [String] {
        var found: [String] = []
        let slots = window.values.count { item in
            switch item.phase {
            case .preparing, .prepared, .submitting, .unknown, .running: true
            case .ready, .fetching: false
            }
        }
        let fetches = window.values.count { if case .fetching = $0.phase { true } else { false } }
        if slots != inFlight { found.append("\(slots) slots are taken, \(inFlight) counted") }
        if fetches != fetchBacklog { found.append("\(fetches) items are fetching, \(fetchBacklog) counted") }
        if fetchesUnderWay < 0 || totals.predictions < 0 { found.append("a count went below zero") }
        for state in ItemState.allCases where totals[state] < 0 { found.append("\(totals[state]) items are \(state)") }
        let ids = window.values.compactMap { item -> String? in
            switch item.phase {
            case .running(let running): running.predictionID
            case .fetching(let fetching): fetching.shared != nil ? nil : fetching.predictionID
            default: nil
            }
        }
        if Set(ids).count != ids.count { found.append("two items hold one prediction") }
        return found
    }
}
