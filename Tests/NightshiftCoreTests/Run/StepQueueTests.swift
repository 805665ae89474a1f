import Testing

@testable import NightshiftCore

/// Which item of a step is next, when the store is asked for more, and how many may be in flight.
struct StepQueueTests {
    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    private static func queue(concurrency: Int = 4, ready: ClosedRange<Int64>? = 1...3) -> StepQueue {
        var queue = StepQueue(StepSettings(concurrency: concurrency), concurrency: nil, sameFailures: 5)
        if let ready { queue.prepend(ready.map { ItemID($0) }) }
        return queue
    }

    private static func page(hasMore: Bool, nextDue: Timestamp? = nil) -> LoadedPage {
        LoadedPage(items: [], hasMore: hasMore, nextDue: nextDue)
    }

    private static func next(_ queue: StepQueue, _ canary: Canary? = nil, _ refusals: RefusalWatch = .init()) -> ItemID?
    {
        queue.next(canary, refusals, step: 0).map { queue.ready[$0] }
    }

    @Test func itemsGoInTheOrderOfThePagesAndResumedOnesFirst() {
        var queue = Self.queue()
        queue.prepend([ItemID(4), ItemID(5)])
        queue.append(ItemID(9))
        var order: [ItemID] = []
        while let place = queue.next(nil, RefusalWatch(), step: 0) {
            order.append(queue.ready[place])
            queue.remove(at: place)
        }
        #expect(order == [9, 1, 2, 3, 4, 5].map { ItemID($0) })
    }

    @Test func whatWasRefusedGoesBehindTheOthers() {
        let queue = Self.queue()
        var refusals = RefusalWatch()
        _ = refusals.refused(ItemID(1), isOwnForm: true, hasOthers: true, at: Self.start)
        #expect(Self.next(queue, nil, refusals) == ItemID(2))
        _ = refusals.refused(ItemID(2), isOwnForm: true, hasOthers: true, at: Self.start)
        _ = refusals.refused(ItemID(3), isOwnForm: true, hasOthers: true, at: Self.start)
        #expect(Self.next(queue, nil, refusals) == ItemID(1))
    }

    @Test func onlyTheFirstItemsGoWhileTheyAreTried() {
        let queue = Self.queue()
        var canary = Canary(limit: 1, steps: 1)
        #expect(Self.next(queue, canary) == ItemID(1))
        canary.began(ItemID(2), of: 0)
        #expect(Self.next(queue, canary) == ItemID(2))
        canary.ended(ItemID(2))
        #expect(canary.hasEnded)
        #expect(Self.next(Self.queue(ready: 3...3), canary) == nil)
    }

    /// All of the first step may be done already, and something of a later one is tried again.
    @Test func theFirstItemsOfALaterStepCanBeAllThereAre() {
        var canary = Canary(limit: 1, steps: 2)
        #expect(!canary.hasEnded)
        canary.began(ItemID(2), of: 1)
        #expect(!canary.hasEnded)
        canary.ended(ItemID(2))
        #expect(canary.hasEnded)
    }

    @Test func theStoreIsAskedWhileFewAreReadyAndItHasSome() {
        var queue = Self.queue()
        #expect(queue.needsPage(isCanary: false, hasNext: true, at: Self.start))
        queue.prepend((10...20).map { ItemID($0) })
        #expect(!queue.needsPage(isCanary: false, hasNext: true, at: Self.start))
        var empty = Self.queue(ready: nil)
        empty.pageArrived(Self.page(hasMore: false, nextDue: Self.at(5)))
        #expect(!empty.needsPage(isCanary: false, hasNext: false, at: Self.at(4)))
        #expect(empty.needsPage(isCanary: false, hasNext: false, at: Self.at(5)))
        #expect(empty.wake(isCanary: false, after: Self.start) == Self.at(5))
        #expect(!empty.isExhausted && empty.hasWork)
    }

    @Test func aPageHasAsManyAsThereIsUseFor() {
        var queue = Self.queue(concurrency: 100)
        let request = queue.requestPage(
            step: 1, ItemWindow.Counts(inFlight: 30, underWay: 20), latestFirst: true)
        #expect(request == PageRequest(step: 1, name: "", count: 113, latestFirst: true))
        #expect(queue.isLoading)
        #expect(queue.wake(isCanary: false, after: Self.start) == .distantFuture)
        queue.pageArrived(Self.page(hasMore: false))
        #expect(!queue.isLoading)
        #expect(queue.isExhausted)
    }

    @Test func anItemThatIsDueSoonerIsWaitedFor() {
        var queue = Self.queue(ready: nil)
        queue.pageArrived(Self.page(hasMore: false, nextDue: Self.at(60)))
        queue.exhaustPage(true, at: Self.start)
        queue.noteDue(Self.at(90))
        #expect(queue.nextDue == Self.at(60))
        queue.noteDue(Self.at(5))
        #expect(queue.nextDue == Self.at(5))
        #expect(!queue.isPageExhausted(at: Self.start))
    }

    @Test func amongTheFirstItemsAnExhaustedPageIsNotAskedForAgain() {
        var queue = Self.queue(ready: nil)
        queue.exhaustPage(true, at: Self.start)
        #expect(!queue.needsPage(isCanary: true, hasNext: false, at: Self.start))
        queue.noteDue(Self.start)
        #expect(queue.needsPage(isCanary: true, hasNext: false, at: Self.start))
    }

    @Test func whatBecomesDueAfterAnExhaustedPageIsAskedFor() {
        var queue = Self.queue(ready: nil)
        queue.noteDue(Self.at(1))
        queue.pageArrived(Self.page(hasMore: false, nextDue: Self.at(1)))
        queue.exhaustPage(true, at: Self.start)
        #expect(!queue.needsPage(isCanary: true, hasNext: false, at: Self.at(0.5)))
        #expect(queue.wake(isCanary: true, after: Self.start) == Self.at(1))
        #expect(queue.needsPage(isCanary: true, hasNext: false, at: Self.at(1)))
    }

    /// What has ended by a page may be what others have waited for, beside those that wait for their time.
    @Test func whatBecomesDueByAPageIsAskedForAtOnceAndTheRestInItsTime() {
        var queue = Self.queue(ready: nil)
        queue.pageArrived(Self.page(hasMore: false, nextDue: Self.at(1)))
        queue.noteDue(.distantPast)
        queue.exhaustPage(true, at: Self.start)
        #expect(queue.needsPage(isCanary: true, hasNext: false, at: Self.start))
        queue.pageArrived(Self.page(hasMore: false, nextDue: Self.at(1)))
        queue.exhaustPage(true, at: Self.start)
        #expect(!queue.needsPage(isCanary: true, hasNext: false, at: Self.at(0.5)))
        #expect(queue.wake(isCanary: true, after: Self.start) == Self.at(1))
    }

    @Test func lostCreatesTakeTheBoundAndNotTheRoom() {
        var queue = Self.queue(concurrency: 4)
        #expect(queue.hasRoom(.init(inFlight: 3), mustLearn: false))
        #expect(!queue.hasRoom(.init(inFlight: 4), mustLearn: false))
        // One that should be shown by now and is not does not hold up the others.
        #expect(!queue.hasRoom(.init(inFlight: 4, lost: 1), mustLearn: false))
        #expect(queue.hasRoom(.init(inFlight: 4, lost: 1, quiet: 1), mustLearn: false))
        // Where computing time costs, one shows how long it takes before others follow.
        #expect(queue.hasRoom(.init(inFlight: 0), mustLearn: true))
        #expect(!queue.hasRoom(.init(inFlight: 1), mustLearn: true))
        queue.runTimes.observe(.seconds(2))
        #expect(queue.hasRoom(.init(inFlight: 1), mustLearn: true))
        #expect(queue.expectedPredictTime(.init(inFlight: 3, underWay: 3)) == 6)
    }

    @Test func aFailedAttemptIsTriedAgainAsThePolicyAllows() {
        var random = SeededGenerator(seed: 1)
        var settings = StepSettings(concurrency: 4)
        settings.attempts = 2
        settings.backoff = Backoff(initial: .seconds(3), jitter: .none)
        var queue = StepQueue(settings, concurrency: nil, sameFailures: nil)
        var counts = FailureCounts()
        counts.add(.interrupted)
        let due = queue.retryDue(after: .interrupted, counts, using: &random, at: Self.start)
        #expect(due == Self.at(3))
        counts.add(.interrupted)
        #expect(queue.retryDue(after: .interrupted, counts, using: &random, at: Self.start) == nil)
    }

    @Test func anItemThatIsReadyTwiceContradicts() {
        var queue = Self.queue()
        #expect(queue.contradictions.isEmpty)
        queue.append(ItemID(1))
        #expect(queue.contradictions.count == 1)
    }

    @Test func oneThatIsSentOtherwiseLeavesAloneTheOthers() {
        var queue = Self.queue()
        queue.remove(ItemID(2))
        #expect(queue.ready == [ItemID(3), ItemID(1)])
    }
}
