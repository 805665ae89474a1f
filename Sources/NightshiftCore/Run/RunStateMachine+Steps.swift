/// The steps of a run: each has slots, a queue and a history of its own. A run without `steps` has one.
extension RunStateMachine {
    struct StepState: Sendable {
        /// How many predictions may be in flight.
        var concurrency: AdaptiveConcurrency
        /// What occupies a slot at the provider, or may do so.
        var inFlight = 0
        /// Of these: sent, and not ended.
        var underWay = 0
        /// Of these: creates whose answer was lost.
        var lost = 0
        /// Of the lost ones: those that the list should show by now and does not.
        var quiet = 0
        /// Items to submit, next one last.
        var readyQueue: [ItemID] = []
        var runTimes = RunTimes()
        var breaker: FailureBreaker

        /// What the store has beside the window.
        var hasMore = true
        var nextDue: Timestamp?
        var isLoading = false
        /// The last page brought nothing that may be sent among the first items, and nothing new was expected since.
        var isFruitless = false

        init(_ settings: StepSettings, _ run: RunSettings) {
            concurrency = AdaptiveConcurrency(bound: run.orders.concurrency ?? settings.concurrency)
            breaker = FailureBreaker(limit: run.limits.sameFailures)
        }

        /// Few items are ready, so the store is asked for more.
        var isRunningShort: Bool { readyQueue.count < Swift.max(8, concurrency.bound / 2) }

        /// How many items a page has: as many as there is use for, besides those that are in the window and still pending in
        /// the store, which may come again.
        var pageSize: Int { Swift.max(16, concurrency.bound) + readyQueue.count + inFlight - underWay }

        func isDue(at now: Timestamp) -> Bool { nextDue.map { $0 <= now } ?? false }

        /// Nothing is left to do but what is in the window.
        var isExhausted: Bool { !hasMore && !isLoading && nextDue == nil }

        /// Seconds of computing that may be under way.
        var expectedPredictTime: Double { Double(underWay) * (runTimes.typical?.inSeconds ?? 0) }
    }

    /// What each step may do, in the order in which they may: what is nearest to its end goes first.
    var stepOrder: ReversedCollection<Range<Int>> { steps.indices.reversed() }

    func settings(of id: ItemID) -> StepSettings {
        settings.steps[window[id]?.step ?? 0]
    }

    mutating func changeStep<Result>(of id: ItemID, _ body: (inout StepState) -> Result) -> Result {
        body(&steps[window[id]?.step ?? 0])
    }

    /// An item of the step waits in the store until then.
    mutating func expect(_ due: Timestamp, in step: Int) {
        steps[step].isFruitless = false
        steps[step].nextDue = Swift.min(steps[step].nextDue ?? due, due)
    }

    /// Whether the store has something that the step could use now. Among the first items only their own retries and what
    /// follows from them count, whatever else is ready.
    func needsPage(_ index: Int, at now: Timestamp) -> Bool {
        let step = steps[index]
        let isShort = step.isRunningShort && (step.hasMore || step.isDue(at: now))
        guard canary != nil else { return isShort }
        return !step.isFruitless && (isShort || (step.isDue(at: now) && nextReady(in: index) == nil))
    }

    /// An item of any step may be due.
    mutating func expectAll(_ due: Timestamp) {
        for step in steps.indices { expect(due, in: step) }
    }

    /// How many predictions may be in flight at most.
    var bound: Int { steps.reduce(0) { $0 + $1.concurrency.bound } }

    /// What occupies a slot at the provider, or may do so.
    var inFlight: Int { steps.reduce(0) { $0 + $1.inFlight } }

    /// Whether anything could be sent but for the rate and what else holds creating back.
    var hasWorkAndRoom: Bool { stepOrder.contains { nextReady(in: $0) != nil && hasRoom(in: $0) } }

    /// Whether another prediction of the step may be in flight. Downloads outrank creates: outputs expire, pending items do
    /// not.
    func hasRoom(in index: Int) -> Bool {
        // Many may finish together; the downloads have fallen behind only when more than two rounds of them wait.
        guard fetchBacklog < Swift.max(settings.fetches * 4, bound * 2) else { return false }
        let step = steps[index]
        if mustLearnRunTime(of: index) || step.breaker.isSuspicious { return step.inFlight < 1 }
        // Lost creates may run, so they count for the bound; but they tell nothing of what the provider has room for, and one
        // that should be shown by now and is not must not hold up the others.
        return step.inFlight - step.lost < step.concurrency.allowed
            && step.inFlight - step.quiet < step.concurrency.bound
    }

    /// Where computing time is limited, one prediction shows how long they take before others follow: what is in flight could
    /// not be counted otherwise.
    private func mustLearnRunTime(of step: Int) -> Bool {
        guard steps[step].runTimes.typical == nil else { return false }
        return settings.limits.predictTime != nil
            || (settings.limits.cost != nil && settings.steps[step].price.perSecond > 0)
    }

    /// The shortest of the times that predictions under way take, or `nil` while one of them has no history.
    var shortestRunTime: Duration? {
        var shortest: Duration?
        for step in steps where step.inFlight > 0 {
            guard let typical = step.runTimes.typical else { return nil }
            shortest = Swift.min(shortest ?? typical, typical)
        }
        return shortest
    }

    // MARK: - Spending

    /// A create was sent, or turned out not to have been accepted; or a prediction has computed.
    mutating func spend(predictions: Int = 0, predictTime: Double = 0, of id: ItemID) {
        totals.spend(predictions: predictions, predictTime: predictTime, on: settings(of: id).name)
    }

    /// What was spent, with what is in flight.
    var cost: Double {
        guard steps.count > 1 else {
            return settings.steps[0].price.cost(predictions: totals.predictions, predictTime: expectedPredictTime)
        }
        // What was spent before the job had these steps was spent at a price that nobody knows any more: at the dearest.
        var rest = Spending(predictions: totals.predictions, predictTime: totals.predictTime)
        var cost = 0.0
        for (index, step) in settings.steps.enumerated() {
            let spent = totals.spending[step.name] ?? Spending()
            rest.predictions -= spent.predictions
            rest.predictTime -= spent.predictTime
            cost += step.price.cost(
                predictions: spent.predictions, predictTime: spent.predictTime + steps[index].expectedPredictTime)
        }
        let dearest = PriceSettings(
            perSecond: settings.steps.map(\.price.perSecond).max() ?? 0,
            perPrediction: settings.steps.map(\.price.perPrediction).max() ?? 0)
        // Sums of seconds are a little off.
        let seconds = rest.predictTime > 0.001 ? rest.predictTime : 0
        return cost + dearest.cost(predictions: Swift.max(0, rest.predictions), predictTime: seconds)
    }

    /// Whether the money lasts for one more create of a step, besides those that are prepared. How long they take nobody
    /// knows, but some of it must be left.
    func mayCost(_ step: Int, besidesPrepared: Bool = false) -> Bool {
        guard let limit = settings.limits.cost else { return true }
        var others: [Int] = []
        if besidesPrepared { others = preparedQueue.compactMap { window[$0]?.step } }
        let prices = ([step] + others).map { settings.steps[$0].price }
        // Sums of decimal prices are a little off.
        let slack = limit * 1e-9
        guard cost + prices.reduce(0, { $0 + $1.perPrediction }) <= limit + slack else { return false }
        return prices.allSatisfy { $0.perSecond == 0 } || cost < limit - slack
    }

    /// Gives up an item that is made from what another one has not made.
    mutating func giveUp(_ id: ItemID, _ failure: AttemptFailure, at now: Timestamp) {
        record(.unmet(failure), for: id, at: now)
        ended(id)
        stopOnFailedCount()
    }
}
