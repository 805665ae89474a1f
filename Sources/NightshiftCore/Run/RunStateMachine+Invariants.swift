extension RunStateMachine {
    /// Stops the program if the machine contradicts itself: for tests.
    package func checkInvariants() {
        let contradictions = contradictions
        precondition(contradictions.isEmpty, contradictions.joined(separator: "; "))
    }

    /// Where the machine contradicts itself: for tests and simulations.
    package var contradictions: [String] {
        var found = window.contradictions
        for step in steps { found += step.contradictions }
        found += gate.contradictions + poller.contradictions + reconciler.contradictions
        found += downloads.contradictions + budget.contradictions + shutdown.contradictions
        // Each part works on the items that are in its phase, and on no others.
        func compare(_ kind: ItemWindow.Phase.Kind, _ ids: some Sequence<ItemID>, _ part: String) {
            let there = Set(window.items.filter { $0.value.phase.kind == kind }.keys)
            let here = Set(ids)
            for id in there.symmetricDifference(here).sorted() {
                found.append("item \(id.rawValue) is \(there.contains(id) ? "unknown to" : "left in") the \(part)")
            }
        }
        compare(.ready, steps.flatMap(\.ready), "queue of what is next")
        compare(.running, poller.watches.keys, "poller")
        compare(.unknown, reconciler.lost.keys, "reconciler")
        compare(.fetching, downloads.downloads.keys, "queue of downloads")
        for (id, item) in window.items {
            if case .unknown(let isQuiet) = item.phase, reconciler.lost[id]?.create.isQuiet != isQuiet {
                found.append("item \(id.rawValue) is quiet in one part only")
            }
        }
        if shutdown.ending != nil, gate.closure == nil { found.append("the run is ending and creates may be sent") }
        return found
    }

    /// All parts as text, for a report of a fault: the same machine gives the same text.
    package func dump(at now: Timestamp) -> String {
        let parts = [
            ("items", window.dump), ("steps", steps.map(\.dump).joined(separator: "\n")),
            ("creates", gate.dump(at: now)), ("predictions", poller.dump), ("lost creates", reconciler.dump),
            ("downloads", downloads.dump), ("budget", budget.dump), ("end", shutdown.dump),
        ]
        return parts.map { "\($0.0):\n\($0.1)" }.joined(separator: "\n")
    }
}
