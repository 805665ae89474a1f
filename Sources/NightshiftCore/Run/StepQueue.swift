/// The items of one step that are next, and what bounds how many of them may be in flight. A run without `steps` has one.
struct StepQueue: Sendable {
    let settings: StepSettings
    /// How many predictions may be in flight.
    var concurrency: AdaptiveConcurrency
    var breaker: FailureBreaker
    var runTimes = RunTimes()
    /// Items to submit, next one last.
    private(set) var ready: [ItemID] = []

    /// What the store has beside the window.
    private(set) var hasMore = true
    private(set) var nextDue: Timestamp?
    private(set) var isLoading = false
    /// Set when the last page brought nothing that may be sent among the first items: until something else is due.
    private var exhaustedUntil: Timestamp?

    init(_ settings: StepSettings, concurrency: Int?, sameFailures: Int?) {
        self.settings = settings
        self.concurrency = AdaptiveConcurrency(bound: concurrency ?? settings.concurrency)
        breaker = FailureBreaker(limit: sameFailures)
    }

    // MARK: - Items

    /// What is resumed goes first.
    mutating func append(_ id: ItemID) { ready.append(id) }

    /// What a page brings goes behind what is there, in its order.
    mutating func prepend(_ items: [ItemID]) { ready.insert(contentsOf: items.reversed(), at: 0) }

    mutating func remove(at place: Int) { ready.remove(at: place) }

    /// The item is not ready any more, though it was not sent.
    mutating func remove(_ id: ItemID) { ready.removeAll { $0 == id } }

    /// The place of the item that goes next: one that was refused goes behind the others.
    func next(_ canary: Canary?, _ refusals: RefusalWatch, step: Int) -> Int? {
        let isFull = canary?.isFull(step) == true
        guard isFull || !refusals.inARow.isEmpty else { return ready.indices.last }
        let admitted = ready.lastIndex { canary?.admits($0, of: step) ?? true }
        guard !refusals.inARow.isEmpty else { return admitted }
        return ready.lastIndex { !refusals.goesLast($0) && canary?.admits($0, of: step) ?? true } ?? admitted
    }

    // MARK: - Pages

    /// Few items are ready, so the store is asked for more.
    private var isRunningShort: Bool { ready.count < Swift.max(8, concurrency.bound / 2) }

    /// Whether the store has something that the step could use now. Among the first items only their own retries and what
    /// follows from them count, whatever else is ready.
    func needsPage(isCanary: Bool, hasNext: @autoclosure () -> Bool, at now: Timestamp) -> Bool {
        let isShort = isRunningShort && (hasMore || isDue(at: now))
        guard isCanary else { return isShort }
        return !isPageExhausted(at: now) && (isShort || (isDue(at: now) && !hasNext()))
    }

    func isDue(at now: Timestamp) -> Bool { nextDue.map { $0 <= now } ?? false }

    /// Asks the store for as many as there is use for, besides those that are in the window and still pending in the store,
    /// which may come again.
    mutating func requestPage(step: Int, _ counts: ItemWindow.Counts, latestFirst: Bool) -> PageRequest {
        isLoading = true
        return PageRequest(
            step: step, name: settings.name,
            count: Swift.max(16, concurrency.bound) + ready.count + counts.inFlight - counts.underWay,
            latestFirst: latestFirst)
    }

    mutating func pageArrived(_ page: LoadedPage) {
        isLoading = false
        hasMore = page.hasMore
        nextDue = page.nextDue
    }

    /// The page that has come may have brought nothing that may be sent. What becomes due later is no part of it; what has become
    /// due by what the page brought is looked for at once.
    mutating func exhaustPage(_ isExhausted: Bool, at now: Timestamp) {
        exhaustedUntil = isExhausted && !isDue(at: now) ? nextDue ?? .distantFuture : nil
    }

    func isPageExhausted(at now: Timestamp) -> Bool { exhaustedUntil.map { now < $0 } ?? false }

    /// An item of the step waits in the store until then.
    mutating func noteDue(_ due: Timestamp) {
        exhaustedUntil = nil
        nextDue = Swift.min(nextDue ?? due, due)
    }

    /// When the store has something to give that nobody else wakes for.
    func wake(isCanary: Bool, after now: Timestamp) -> Timestamp {
        guard let nextDue, !isLoading else { return .distantFuture }
        // What is due among the first items and was not loaded waits for something else.
        let isAwaited = isCanary ? nextDue > now : isRunningShort
        return isAwaited ? nextDue : .distantFuture
    }

    /// Nothing is left to do but what is in the window.
    var isExhausted: Bool { !hasMore && !isLoading && nextDue == nil }

    /// Whether anything is left that was not sent.
    var hasWork: Bool { hasMore || nextDue != nil || !ready.isEmpty }

    // MARK: - Room

    /// Whether another prediction of the step may be in flight.
    ///
    /// - Parameter mustLearn: whether one has to show how long they take before others follow, because the budget counts
    ///   computing time.
    func hasRoom(_ counts: ItemWindow.Counts, mustLearn: Bool) -> Bool {
        if (mustLearn && runTimes.typical == nil) || breaker.isSuspicious { return counts.inFlight < 1 }
        // Lost creates may run, so they count for the bound; but they tell nothing of what the provider has room for, and one
        // that should be shown by now and is not must not hold up the others.
        return counts.inFlight - counts.lost < concurrency.allowed
            && counts.inFlight - counts.quiet < concurrency.bound
    }

    /// Seconds of computing that may be under way.
    func expectedPredictTime(_ counts: ItemWindow.Counts) -> Double {
        Double(counts.underWay) * (runTimes.typical?.inSeconds ?? 0)
    }

    // MARK: - What becomes of attempts

    /// An attempt has failed.
    /// - Returns: when the item tries again, if the table and the policy allow it.
    mutating func retryDue(
        after failure: FailureClass, _ counts: FailureCounts, using random: inout SeededGenerator, at now: Timestamp
    ) -> Timestamp? {
        if failure.isAboutCapacity {
            concurrency.hadNoRoom(at: now, round: runTimes.typical ?? .zero)
        } else {
            concurrency.failed()
        }
        guard settings.retryRules.allowsRetry(after: failure, counts: counts, attempts: settings.attempts) else {
            return nil
        }
        let ordinal = failure.rule.counts ? counts.counted : counts.excused
        return now.advanced(by: settings.backoff.delay(afterFailure: ordinal, using: &random))
    }

    /// A create was accepted.
    mutating func accepted(at now: Timestamp) {
        concurrency.accepted(at: now, round: runTimes.typical ?? .zero)
    }
}

extension StepQueue {
    var contradictions: [String] {
        Set(ready).count == ready.count ? [] : ["an item is ready twice in the step '\(settings.name)'"]
    }

    var dump: String {
        "\(settings.name.isEmpty ? "step" : "step '\(settings.name)'"): \(ready.count) ready, \(concurrency.allowed) of "
            + "\(concurrency.bound) may be in flight" + (hasMore ? ", the store has more" : "")
            + (isLoading ? ", a page is awaited" : "")
            + (nextDue.map { ", next due at \($0.milliseconds)" } ?? "")
    }
}
