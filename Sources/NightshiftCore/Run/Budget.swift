import LosslessJSON

/// What the run has spent, and what it may spend.
struct Budget: Sendable {
    /// A step as far as money goes.
    struct Step: Hashable, Sendable {
        var name: String
        var price: PriceSettings
    }

    let limits: RunSettings.Limits
    private let steps: [Step]
    let startedAt: Timestamp
    /// Counts over the whole run, kept up by the transitions.
    var totals: RunTotals

    init(limits: RunSettings.Limits, steps: [Step], totals: RunTotals, startedAt: Timestamp) {
        self.limits = limits
        self.steps = steps
        self.totals = totals
        self.startedAt = startedAt
    }

    /// When the session has created for long enough.
    var wallTimeEnd: Timestamp? { limits.wallTime.map { startedAt.advanced(by: $0) } }

    var hasPrices: Bool { steps.contains { $0.price != PriceSettings() } }

    /// Whether what is in flight has to be known before more may follow.
    func mustLearnRunTime(of step: Int) -> Bool {
        limits.predictTime != nil || (limits.cost != nil && steps[step].price.perSecond > 0)
    }

    // MARK: - Spending

    /// A create was sent, or turned out not to have been accepted; or a prediction has computed.
    mutating func spend(predictions: Int = 0, predictTime: Double = 0, on step: Int) {
        totals.spend(predictions: predictions, predictTime: predictTime, on: steps[step].name)
    }

    /// What was spent, with what is in flight: seconds that are expected of each step.
    func cost(inFlight expected: [Double]) -> Double {
        totals.cost(zip(steps, expected).map { ($0.name, $0.price, $1) })
    }

    /// What the first items of the run have shown.
    func canaryResult(inFlight expected: [Double]) -> CanaryResult {
        let left = totals[.pending]
        let ended = totals[.succeeded] + totals[.failed]
        let spent = hasPrices ? cost(inFlight: expected) : nil
        return CanaryResult(
            succeeded: totals[.succeeded], failed: totals[.failed], left: left,
            predictTime: totals.predictions > 0 ? totals.predictTime / Double(totals.predictions) : nil, cost: spent,
            projectedCost: ended > 0 ? spent.map { $0 / Double(ended) * Double(left) } : nil)
    }

    // MARK: - Limits

    /// Whether so many more creates may be sent, and the computing time is not used up.
    func fits(_ count: Int, inFlight expected: [Double]) -> Bool {
        if let limit = limits.predictions, totals.predictions + count > limit { return false }
        if let limit = limits.predictTime, predictTime(with: expected) >= limit.inSeconds { return false }
        return true
    }

    /// Whether the money lasts for one more create of a step, besides those that are prepared. How long they take nobody
    /// knows, but some of it must be left.
    func fitsCost(of step: Int, besides prepared: [Int] = [], inFlight expected: [Double]) -> Bool {
        guard let limit = limits.cost else { return true }
        let prices = ([step] + prepared).map { steps[$0].price }
        let cost = cost(inFlight: expected)
        // Sums of decimal prices are a little off.
        let slack = limit * 1e-9
        guard cost + prices.reduce(0, { $0 + $1.perPrediction }) <= limit + slack else { return false }
        return prices.allSatisfy { $0.perSecond == 0 } || cost < limit - slack
    }

    var tooManyFailures: RunEnd.SpentBudget? {
        guard let limit = limits.failures, totals[.failed] > limit else { return nil }
        return .failures(totals[.failed], limit: limit)
    }

    /// Why no create may follow, if the budget is spent. What is in flight counts as spent.
    func exhausted(inFlight expected: [Double], at now: Timestamp) -> RunEnd.SpentBudget? {
        if let tooManyFailures { return tooManyFailures }
        if let limit = limits.predictions, totals.predictions >= limit {
            return .predictions(totals.predictions, limit: limit)
        }
        if let limit = limits.predictTime, predictTime(with: expected) >= limit.inSeconds {
            return .predictTime(totals.predictTime, limit: limit)
        }
        if let limit = limits.cost, !steps.indices.contains(where: { fitsCost(of: $0, inFlight: expected) }) {
            return .cost(cost(inFlight: expected), limit: limit)
        }
        if let end = wallTimeEnd, end <= now { return .wallTime(limits.wallTime ?? .zero) }
        return nil
    }

    /// What was computed, and what is in flight by the runs so far.
    private func predictTime(with expected: [Double]) -> Double { totals.predictTime + expected.reduce(0, +) }
}

extension Budget {
    var contradictions: [String] {
        var found: [String] = []
        if totals.predictions < 0 { found.append("\(totals.predictions) predictions were made") }
        for state in ItemState.allCases where totals[state] < 0 {
            found.append("\(totals[state]) items are \(state.rawValue)")
        }
        return found
    }

    var dump: String {
        let states = ItemState.allCases.filter { totals[$0] != 0 }.map { "\(totals[$0]) \($0.rawValue)" }
        return "\(states.joined(separator: ", ")); \(totals.predictions) predictions, \(totals.predictTime) s computed"
    }
}
