import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// What the machine decides when a person at another terminal wants something.
@Suite struct RunControlTests {
    private static let start = Timestamp(milliseconds: 1_700_000_000_000)
    private static let ticket = ControlTicket(1)

    private static func item(_ number: Int64) -> LoadedItem {
        LoadedItem(
            id: ItemID(number), key: "\(number)", name: "\(number)", input: ["n": .number(JSONNumber(Int(number)))],
            files: [], attempt: 0, failures: FailureCounts(), checkpoint: .pending)
    }

    private static func page(_ count: Int64) -> LoadedPage {
        LoadedPage(items: (1...count).map(item), hasMore: false, nextDue: nil)
    }

    private static func machine(
        items: Int, concurrency: Int = 2, change: (inout RunSettings) -> Void = { _ in }
    ) -> RunStateMachine {
        var settings = RunSettings(traits: RunPolicyTests.replicate, concurrency: concurrency)
        change(&settings)
        var totals = RunTotals()
        totals[.pending] = items
        return RunStateMachine(settings: settings, totals: totals, seed: 1, at: start)
    }

    private static func asked(_ command: ControlCommand) -> RunEvent { .control(.asked(command, ticket)) }

    private static func creates(_ decision: Decision) -> [ItemID] {
        decision.actions.compactMap { if case .create(let item, _, _, _, _) = $0 { item } else { nil } }
    }

    private static func cancels(_ decision: Decision) -> Set<String> {
        Set(decision.actions.compactMap { if case .cancel(let id) = $0 { id } else { nil } })
    }

    private static func answer(_ decision: Decision) -> ControlAnswer? { decision.control.answers.first?.1 }

    private static func prediction(_ number: Int64, _ status: PredictionStatus) -> Prediction {
        var prediction = Prediction(
            id: "p\(number)", input: ["n": .number(JSONNumber(Int(number)))], status: status, createdAt: start.date)
        if status == .succeeded { prediction.output = "done" }
        return prediction
    }

    private static func created(_ number: Int64) -> RunEvent {
        .created(ItemID(number), attempt: 1, prediction(number, .starting), left: nil)
    }

    /// A machine with two predictions that run, and one item that waits.
    private static func running(change: (inout RunSettings) -> Void = { _ in }) -> RunStateMachine {
        var machine = machine(items: 3, change: change)
        _ = machine.handle([.resumed([], page(3))], at: start)
        _ = machine.handle([created(1), created(2)], at: start)
        return machine
    }

    @Test func whilePausedNothingIsCreatedAndTheRunStaysAlive() {
        var machine = Self.machine(items: 3)
        let paused = machine.handle([Self.asked(.pause), .resumed([], Self.page(3))], at: Self.start)
        #expect(Self.creates(paused).isEmpty)
        #expect(paused.control.overrides == RunOverrides(isPaused: true))
        #expect(Self.answer(paused) == .overrides(RunOverrides(isPaused: true)))
        #expect(paused.finish == nil)
        // Nothing has to be looked at, so nothing wakes the machine.
        #expect(paused.wake == nil)
        let resumed = machine.handle([Self.asked(.resume)], at: Self.start.advanced(by: .seconds(60)))
        #expect(Self.creates(resumed) == [ItemID(1), ItemID(2)])
        #expect(machine.totals.blockedTime == 60_000)
    }

    @Test func aRunThatWasPausedEarlierBeginsPaused() {
        var machine = Self.machine(items: 3) { $0.overrides.isPaused = true }
        #expect(Self.creates(machine.handle([.resumed([], Self.page(3))], at: Self.start)).isEmpty)
    }

    @Test func anotherConcurrencyCountsAtOnceAndCanBeTakenBack() throws {
        var machine = Self.machine(items: 9)
        let begun = machine.handle([.resumed([], Self.page(9))], at: Self.start)
        #expect(Self.creates(begun).count == 2)
        let more = machine.handle([Self.asked(.set(try OrderChange(parsing: ["concurrency=5"])))], at: Self.start)
        #expect(Self.creates(more).count == 3)
        #expect(more.control.overrides?.concurrency == 5)
        let back = machine.handle(
            [Self.asked(.set(try OrderChange(parsing: ["concurrency=manifest"])))], at: Self.start)
        #expect(back.control.overrides == RunOverrides())
        #expect(Self.creates(machine.handle([Self.created(1)], at: Self.start)).isEmpty)
    }

    @Test func anotherRateCountsAtOnce() throws {
        var machine = Self.machine(items: 9, concurrency: 8) { $0.creates = RateLimit(count: 1, per: .seconds(1)) }
        #expect(Self.creates(machine.handle([.resumed([], Self.page(9))], at: Self.start)).count == 1)
        let faster = machine.handle([Self.asked(.set(try OrderChange(parsing: ["rate=unlimited"])))], at: Self.start)
        #expect(Self.creates(faster).count == 7)
        guard case .status(let status) = Self.answer(machine.handle([Self.asked(.status)], at: Self.start)) else {
            Issue.record("no status was told")
            return
        }
        #expect(status.rate == "unlimited")
        #expect(status.inFlight == 8)
    }

    @Test func cancelingEndsWhatRunsAndKeepsWhatHasFinishedBefore() {
        var machine = Self.running()
        let asked = machine.handle([Self.asked(.cancel)], at: Self.start)
        #expect(Self.cancels(asked) == ["p1", "p2"])
        #expect(Self.creates(asked).isEmpty)
        #expect(asked.finish == nil)
        let read = machine.handle(
            [.read(ItemID(1), Self.prediction(1, .canceled)), .read(ItemID(2), Self.prediction(2, .succeeded))],
            at: Self.start.advanced(by: .seconds(1)))
        #expect(machine.totals[.canceled] == 1)
        #expect(read.finish == nil)
        let home = machine.handle([.fetched(ItemID(2), attempt: 1, [])], at: Self.start.advanced(by: .seconds(2)))
        #expect(home.finish == .canceled)
        var outcome = CancelOutcome()
        (outcome.canceled, outcome.finished) = (1, 1)
        #expect(Self.answer(home) == .canceled(outcome))
        #expect(machine.totals[.succeeded] == 1)
        #expect(machine.totals[.pending] == 1)
        machine.checkInvariants()
    }

    @Test func aCancelThatIsNotHeededIsAskedForAgain() {
        var machine = Self.running()
        _ = machine.handle([Self.asked(.cancel)], at: Self.start)
        let soon = machine.handle(
            [.read(ItemID(1), Self.prediction(1, .processing))], at: Self.start.advanced(by: .seconds(1)))
        #expect(Self.cancels(soon).isEmpty)
        let later = machine.handle([.woke], at: Self.start.advanced(by: .seconds(6)))
        #expect(Self.cancels(later) == ["p1", "p2"])
    }

    @Test func aCreateUnderWayIsCanceledWhenItsIDComes() {
        var machine = Self.machine(items: 1)
        _ = machine.handle([.resumed([], Self.page(1))], at: Self.start)
        #expect(machine.handle([Self.asked(.cancel)], at: Self.start).finish == nil)
        #expect(Self.cancels(machine.handle([Self.created(1)], at: Self.start)) == ["p1"])
    }

    @Test func aStopWhileCancelingTellsThatNotAllIsConfirmed() {
        var machine = Self.running()
        _ = machine.handle([Self.asked(.cancel)], at: Self.start)
        let left = machine.handle([.stopRequested(.detach)], at: Self.start)
        #expect(left.finish == .canceled)
        guard case .canceled(let outcome) = Self.answer(left) else {
            Issue.record("who canceled was not told")
            return
        }
        #expect(!outcome.isComplete)
    }

    @Test func whatIsRetriedIsAskedForOfTheStoreAndCountedAfterwards() {
        var machine = Self.machine(items: 0)
        var totals = RunTotals()
        (totals[.failed], totals[.running]) = (1, 0)
        machine = RunStateMachine(
            settings: RunSettings(traits: RunPolicyTests.replicate, concurrency: 2), totals: totals, seed: 1,
            at: Self.start)
        let asked = machine.handle([Self.asked(.retry(keys: ["7"]))], at: Self.start)
        #expect(asked.control.retries.map(\.keys) == [["7"]])
        #expect(asked.control.answers.isEmpty)
    }

    @Test func retriedItemsAreLoadedAtOnce() {
        var machine = Self.running()
        // One of the two fails for good, so that there is something to retry.
        var failed = Self.prediction(1, .failed)
        failed.error = "no such file"
        _ = machine.handle([.read(ItemID(1), failed)], at: Self.start)
        #expect(machine.totals[.failed] == 1)
        var outcome = RetryOutcome()
        outcome.retried = [.failed: 1]
        let retried = machine.handle([.control(.retried(outcome, due: Self.start, Self.ticket))], at: Self.start)
        #expect(Self.answer(retried) == .retried(outcome))
        #expect(machine.totals[.failed] == 0)
        #expect(retried.load != nil)
    }

    /// The request comes in the moment in which the last item is done.
    @Test func aRunDoesNotEndBeforeWhatIsRetriedIsPending() {
        var totals = RunTotals()
        totals[.held] = 1
        totals[.pending] = 1
        var machine = RunStateMachine(
            settings: RunSettings(traits: RunPolicyTests.replicate, concurrency: 2), totals: totals, seed: 1,
            at: Self.start)
        _ = machine.handle([.resumed([], Self.page(1))], at: Self.start)
        _ = machine.handle([Self.created(1)], at: Self.start)
        _ = machine.handle([.read(ItemID(1), Self.prediction(1, .succeeded))], at: Self.start)
        let last = machine.handle(
            [.fetched(ItemID(1), attempt: 1, []), Self.asked(.retry(keys: ["2"]))], at: Self.start)
        #expect(last.control.retries.map(\.keys) == [["2"]])
        #expect(last.finish == nil)
        var outcome = RetryOutcome()
        outcome.retried = [.held: 1]
        let retried = machine.handle([.control(.retried(outcome, due: Self.start, Self.ticket))], at: Self.start)
        #expect(retried.finish == nil)
        #expect(retried.load != nil)
    }

    @Test func anAdoptedPredictionIsWatchedAsIfItHadBeenCreatedHere() {
        var machine = Self.running()
        let adoption = Adoption(
            item: Self.item(9), state: .held, prediction: Self.prediction(9, .processing), isCounted: false)
        var totals = machine.totals
        let adopted = machine.handle([.control(.adoptable(adoption, Self.ticket))], at: Self.start)
        #expect(Self.answer(adopted) == .adopted("processing"))
        guard case .running("p9", _)? = adopted.transitions.last?.change else {
            Issue.record("the id was not recorded")
            return
        }
        totals[.held] -= 1
        totals[.running] += 1
        #expect(machine.totals == totals)
        let again = machine.handle([.control(.adoptable(adoption, Self.ticket))], at: Self.start)
        #expect(Self.answer(again) == .refused("item '9' is being worked on"))
    }

    @Test func whatWasReadForAnAdoptionIsJudgedByTheStoreAtOnce() {
        var machine = Self.running()
        let asked = machine.handle([Self.asked(.adopt(key: "9", predictionID: "p9"))], at: Self.start)
        #expect(asked.control.searches.map(\.predictionID) == ["p9"])
        let found = machine.handle(
            [.control(.found(Self.prediction(9, .processing), for: "9", Self.ticket))], at: Self.start)
        #expect(found.control.adoptions.map(\.key) == ["9"])
        #expect(found.transitions.isEmpty && found.control.answers.isEmpty)
    }

    /// A prediction that two items could have: one whose create was answered, and one whose create is not answered yet.
    @Test(arguments: [
        (1, "prediction p1 belongs to item '1' already"),
        (
            3,
            "an item with the same input is being created, and prediction p3 may be its: ask again when that create is answered"
        ),
    ])
    func aPredictionOfAnotherItemsCreateIsNotAdopted(number: Int64, reason: String) {
        var machine = Self.machine(items: 3, concurrency: 3)
        _ = machine.handle([.resumed([], Self.page(3))], at: Self.start)
        _ = machine.handle([Self.created(1), Self.created(2)], at: Self.start)
        var item = Self.item(9)
        item.input = ["n": .number(JSONNumber(Int(number)))]
        let adoption = Adoption(
            item: item, state: .held, prediction: Self.prediction(number, .processing), isCounted: false)
        let decision = machine.handle([.control(.adoptable(adoption, Self.ticket))], at: Self.start)
        #expect(Self.answer(decision) == .refused(reason))
        #expect(decision.transitions.isEmpty)
    }

    @Test func theFirstRequestToStopWaitsNoLongerThanTheGraceTime() {
        var machine = Self.running { $0.grace = .seconds(30) }
        let stopped = machine.handle([.stopRequested(.drain)], at: Self.start)
        #expect(stopped.finish == nil)
        let before = machine.handle([.woke], at: Self.start.advanced(by: .seconds(29)))
        #expect(before.finish == nil)
        #expect(before.wake.map { $0 <= Self.start.advanced(by: .seconds(30)) } == true)
        #expect(machine.handle([.woke], at: Self.start.advanced(by: .seconds(30))).finish == .interrupted)
    }

    /// Nothing has happened meanwhile, and the time goes by all the same.
    @Test func theStatusCountsTheTimeUntilItIsAskedFor() {
        var machine = Self.running()
        func activeTime(at seconds: Int64) -> Int64? {
            let decision = machine.handle([Self.asked(.status)], at: Self.start.advanced(by: .seconds(seconds)))
            guard case .status(let status)? = Self.answer(decision) else { return nil }
            return status.activeTime
        }
        #expect(activeTime(at: 60) == 60_000)
        _ = machine.handle([Self.asked(.pause)], at: Self.start.advanced(by: .seconds(70)))
        #expect(activeTime(at: 100) == 70_000)
    }

    /// Where a create's answer is its end, nothing but its connection can be canceled.
    @Test(arguments: [true, false]) func createsUnderWayAreBrokenOffWhereTheyMayBeSentAgain(isIdempotent: Bool) {
        var machine = Self.machine(items: 3) {
            $0.traits = ProviderTraits(
                remembersPredictions: false, survivesRestart: false, createIsIdempotent: isIdempotent,
                answersWhenFinished: true)
        }
        _ = machine.handle([.resumed([], Self.page(3))], at: Self.start)
        let asked = machine.handle([Self.asked(.cancel)], at: Self.start)
        #expect(asked.control.canceledCreates.map(\.key) == (isIdempotent ? ["1", "2"] : []))
        #expect(machine.handle([Self.asked(.cancel)], at: Self.start).control.canceledCreates.isEmpty)
    }
}
