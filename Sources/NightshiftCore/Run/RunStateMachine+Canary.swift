/// A few items first: what they show decides about the rest.
extension RunStateMachine {
    struct Canary: Hashable {
        /// How many items of each step are tried: what follows from the first ones is tried with them.
        let limit: Int
        private var items: [Set<ItemID>]
        private var open: Set<ItemID> = []
        var isJudging = false

        init(limit: Int, steps: Int) {
            self.limit = limit
            items = Array(repeating: [], count: steps)
        }

        /// Whether the item may be sent: it is one of the first, or may become one.
        func admits(_ id: ItemID, of step: Int) -> Bool { !isFull(step) || items[step].contains(id) }

        func isFull(_ step: Int) -> Bool { items[step].count >= limit }

        /// Whether as many as there should be were begun, and all have ended.
        var hasEnded: Bool { open.isEmpty && isFull(0) }

        mutating func began(_ id: ItemID, of step: Int) {
            if items[step].insert(id).inserted { open.insert(id) }
        }

        mutating func ended(_ id: ItemID) {
            open.remove(id)
        }
    }

    /// The place in a step's queue of the item that goes next, from the end.
    func nextReady(in step: Int) -> Int? {
        let queue = steps[step].readyQueue
        let isFull = canary?.isFull(step) == true
        guard isFull || !refusals.inARow.isEmpty else { return queue.indices.last }
        let admitted = queue.lastIndex { canary?.admits($0, of: step) ?? true }
        guard !refusals.inARow.isEmpty else { return admitted }
        return queue.lastIndex { !refusals.goesLast($0) && canary?.admits($0, of: step) ?? true } ?? admitted
    }

    /// Asks about the rest when the first items have ended.
    mutating func watchCanary(at now: Timestamp) {
        guard let canary, !canary.isJudging, canary.hasEnded, ending == nil else { return }
        // What follows from the first items may have to be looked up in the store, or waits for its turn.
        for step in steps.indices.dropFirst() where !canary.isFull(step) {
            let state = steps[step]
            guard !state.hasMore, !state.isLoading, !state.isDue(at: now), state.readyQueue.isEmpty else { return }
        }
        guard hasWork else {
            self.canary = nil
            return
        }
        self.canary?.isJudging = true
        decision.actions.append(.judgeCanary(canaryResult))
    }

    private var canaryResult: CanaryResult {
        let left = totals[.pending]
        let ended = totals[.succeeded] + totals[.failed]
        let perPrediction = totals.predictions > 0 ? totals.predictTime / Double(totals.predictions) : nil
        var projected: Double?
        var spent: Double?
        if settings.steps.contains(where: { $0.price != PriceSettings() }) {
            let cost = cost
            spent = cost
            projected = ended > 0 ? cost / Double(ended) * Double(left) : nil
        }
        return CanaryResult(
            succeeded: totals[.succeeded], failed: totals[.failed], left: left, predictTime: perPrediction, cost: spent,
            projectedCost: projected)
    }

    mutating func canaryJudged(goesOn: Bool) {
        guard let canary, canary.isJudging else { return }
        self.canary = nil
        if !goesOn {
            end(
                .canary(
                    "the first \(canary.limit) items were run and the rest was not agreed to; run again without --canary, or "
                        + "with --yes"))
        }
    }
}
