/// A few items first: what they show decides about the rest.
extension RunStateMachine {
    struct Canary: Hashable {
        /// How many items are tried.
        let limit: Int
        private(set) var items: Set<ItemID> = []
        private(set) var endedCount = 0
        var isJudging = false

        init(limit: Int) {
            self.limit = limit
        }

        /// Whether the item may be sent: it is one of the first, or may become one.
        func admits(_ id: ItemID) -> Bool { items.count < limit || items.contains(id) }

        var isFull: Bool { items.count >= limit }

        mutating func began(_ id: ItemID) {
            items.insert(id)
        }

        mutating func ended(_ id: ItemID) {
            if items.contains(id) { endedCount += 1 }
        }
    }

    /// The place in ``readyQueue`` of the item that goes next, from the end.
    var nextReady: Int? {
        guard let canary, canary.isFull else { return readyQueue.indices.last }
        return readyQueue.lastIndex { canary.admits($0) }
    }

    /// Asks about the rest when the first items have ended.
    mutating func watchCanary(at now: Timestamp) {
        guard let canary, canary.isFull, !canary.isJudging, canary.endedCount >= canary.limit, ending == nil else {
            return
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
        if settings.limits.price != PriceSettings() {
            let cost = cost(afterCreating: 0)
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
