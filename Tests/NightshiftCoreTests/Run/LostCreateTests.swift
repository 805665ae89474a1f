import Foundation
import LosslessJSON
import ReplicateAPI
import Testing

@testable import NightshiftCore

/// What the machine does about creates whose answer was lost: none is paid for twice, and none is waited for without end.
@Suite struct LostCreateTests {
    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    private static let input: JSONValue = ["n": 1, "seed": 1]
    private static let digest = RequestDigest.of(input)

    private static func settings(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
        RunPolicyTests.settings(change)
    }

    /// A session that begins with what an earlier one has left.
    private static func session(
        _ checkpoint: LoadedItem.Checkpoint, offset: Duration?, _ settings: RunSettings = Self.settings()
    ) -> (RunStateMachine, Decision) {
        var totals = RunTotals()
        totals[.unknown] = 1
        totals.predictions = 1
        if case .submitting = checkpoint {
            totals[.unknown] = 0
            totals[.submitting] = 1
        }
        var machine = RunStateMachine(settings: settings, totals: totals, seed: 1, clockOffset: offset, at: start)
        let item = LoadedItem(
            id: ItemID(1), key: "item-1", name: "1", input: input, files: [], attempt: 1, checkpoint: checkpoint)
        let page = LoadedPage(items: [], hasMore: false, nextDue: nil)
        let decision = machine.handle([.resumed([item], page)], at: start)
        return (machine, decision)
    }

    private static func queries(_ decision: Decision) -> [ListQuery] {
        decision.actions.compactMap { if case .searchLostCreates(let query, _) = $0 { query } else { nil } }
    }

    private static func row(_ id: String, at instant: Timestamp, input: JSONValue = Self.input) -> Prediction {
        Prediction(id: id, input: input, status: .processing, source: "api", createdAt: instant.date)
    }

    private static func page(_ predictions: [Prediction], wanted: JSONValue = Self.input) -> RunEvent {
        let search = LostCreateSearch(wanted: [RequestDigest.of(wanted)], fingerprints: [])
        return .listed(ListPage(predictions, candidates: search.candidates(among: predictions)))
    }

    /// Answers every question about the list with the rows of its time, until the machine asks no more or the time is over.
    private static func search(
        _ machine: inout RunStateMachine, _ decision: Decision, until end: Timestamp, _ rows: [Prediction]
    ) -> Decision {
        var decision = decision
        var now = start
        for _ in 0..<2000 {
            if let query = queries(decision).first {
                let shown = rows.filter { row in
                    let made = row.createdAt.map(Timestamp.init) ?? start
                    return made >= query.createdAfter && query.createdBefore.map { made < $0 } ?? true
                }
                decision = machine.handle([page(shown)], at: now)
                if decision.transitions.contains(where: { $0.change.state != .unknown }) { return decision }
            } else {
                guard let wake = decision.wake, wake <= end else { return decision }
                now = wake
                decision = machine.handle([.woke], at: now)
            }
        }
        return decision
    }

    @Test func aPageIsAskedForOnceUntilItIsAnswered() throws {
        let intent = CreateIntent(
            at: Self.at(-30), requestDigest: Self.digest, clockOffset: .zero, isEarlier: true)
        var (machine, decision) = Self.session(.submitting(intent), offset: .zero)
        var now = Self.start
        while Self.queries(decision).isEmpty {
            now = try #require(decision.wake)
            decision = machine.handle([.woke], at: now)
        }
        for _ in 1...3 {
            now = now.advanced(by: .seconds(20))
            #expect(Self.queries(machine.handle([.woke], at: now)).isEmpty)
        }
        // The look goes on with the answer.
        let answered = machine.handle([Self.page([Self.row("p1", at: Self.at(-30))])], at: now)
        #expect(answered.transitions.map(\.change.state) == [.running])
    }

    // MARK: - Clocks

    /// By how many seconds the clock of the first session was wrong, in each direction.
    static let errors: [Int64] = [-86_400, -3600, -600, 600, 3600, 86_400]

    @Test(arguments: errors, [true, false])
    func aClockThatWasWrongIsMadeGoodByWhatItWasOffBy(error: Int64, isKnown: Bool) {
        // The provider's clock is right, and so is ours by now; the create was sent 30 s ago.
        let sent = Self.at(-30)
        let intent = CreateIntent(
            at: sent.advanced(by: .seconds(error)), requestDigest: Self.digest,
            clockOffset: isKnown ? .seconds(-error) : nil, isEarlier: true)
        var (machine, decision) = Self.session(.submitting(intent), offset: .zero)
        decision = Self.search(&machine, decision, until: Self.at(600), [Self.row("p1", at: sent)])
        #expect(decision.transitions.map(\.change.state) == [.running])
        #expect(RunPolicyTests.creates(decision).isEmpty)
    }

    @Test(arguments: errors)
    func aClockThatIsWrongNowFindsWhatWasSentByARightOne(error: Int64) {
        let intent = CreateIntent(
            at: Self.at(-30).advanced(by: .seconds(-error)), requestDigest: Self.digest, clockOffset: .zero,
            isEarlier: true)
        var (machine, decision) = Self.session(.submitting(intent), offset: .seconds(-error))
        let made = Self.at(-30).advanced(by: .seconds(-error))
        decision = Self.search(&machine, decision, until: Self.at(600), [Self.row("p1", at: made)])
        #expect(decision.transitions.map(\.change.state) == [.running])
    }

    @Test func anIntentIsRecordedWithHowFarTheClockIsOff() throws {
        var totals = RunTotals()
        totals[.pending] = 1
        var machine = RunStateMachine(
            settings: Self.settings(), totals: totals, seed: 1, clockOffset: .seconds(77), at: Self.start)
        let page = LoadedPage(items: RunPolicyTests.items(1), hasMore: false, nextDue: nil)
        let decision = machine.handle([.resumed([], page)], at: Self.start)
        guard case .submitting(_, let intent, _) = try #require(decision.transitions.first).change else {
            Issue.record("no intent was recorded")
            return
        }
        #expect(intent.clockOffset == .seconds(77))
        let lost = machine.handle(
            [.createFailed(ItemID(1), attempt: 1, ProviderError(.unknownOutcome, "lost", loss: .timedOut))],
            at: Self.at(1))
        guard case .unknown(let create) = try #require(lost.transitions.first).change else {
            Issue.record("no loss was recorded")
            return
        }
        #expect(create.intent.clockOffset == .seconds(77))
        #expect(create.loss == .timedOut)
    }

    @Test func aRowOfTheWrongTimeWhoseInputIsGoneHoldsNothingUp() {
        let intent = CreateIntent(at: Self.at(-30), requestDigest: Self.digest, clockOffset: .zero, isEarlier: true)
        var (machine, decision) = Self.session(.submitting(intent), offset: .zero)
        var gone = Self.row("p1", at: Self.at(-7200), input: [:])
        gone.dataRemoved = true
        decision = Self.search(&machine, decision, until: Self.at(600), [gone])
        #expect(decision.transitions.first?.change.state == .pending)
    }

    @Test func theWallClockMayBeSetAndNothingFollows() {
        var (machine, _) = RunPolicyTests.machine(1, Self.settings())
        let decision = machine.handle([.clockSet(by: .seconds(3660))], at: Self.at(1))
        #expect(decision.announcements.map(\.cause) == [.clockSet(seconds: 3660)])
        #expect(decision.transitions.isEmpty && decision.actions.isEmpty)
        let back = machine.handle([.clockSet(by: .seconds(-30))], at: Self.at(2))
        #expect(back.announcements.map(\.cause) == [.clockSet(seconds: -30)])
    }

    @Test func theHoursOfTheDayAreThoseOfTheWall() throws {
        let daily = try #require(DailyWindow(parsing: "22:00-06:00", timeZone: .gmt))
        var (machine, decision) = RunPolicyTests.machine(1, Self.settings { $0.window = daily })
        // 22:13 UTC.
        #expect(RunPolicyTests.creates(decision).count == 1)
        decision = machine.handle([.clockSet(by: .seconds(12 * 3600))], at: Self.at(1))
        #expect(decision.announcements.map(\.kind).contains(.window))
    }

    // MARK: - Short sessions

    @Test func whatIsWaitedForIsCountedFromWhatWasStored() throws {
        // Each session lasts three seconds and stores what it decides.
        let settings = Self.settings()
        let intent = CreateIntent(at: Self.at(0), requestDigest: Self.digest, clockOffset: .zero, isEarlier: true)
        var checkpoint = LoadedItem.Checkpoint.submitting(intent)
        var sessions = 0
        var now = Self.at(3)
        while sessions < 200 {
            sessions += 1
            var totals = RunTotals()
            totals[.unknown] = 1
            var machine = RunStateMachine(settings: settings, totals: totals, seed: 1, clockOffset: .zero, at: now)
            let item = LoadedItem(
                id: ItemID(1), key: "item-1", name: "1", input: Self.input, files: [], attempt: 1,
                checkpoint: checkpoint)
            var decision = machine.handle(
                [.resumed([item], LoadedPage(items: [], hasMore: false, nextDue: nil))], at: now)
            let end = now.advanced(by: .seconds(3))
            var isSettled = false
            while now < end {
                for transition in decision.transitions {
                    if case .unknown(let lost) = transition.change { checkpoint = .unknown(lost) }
                    if transition.change.state == .pending { isSettled = true }
                }
                if isSettled { break }
                if !Self.queries(decision).isEmpty {
                    now = now.advanced(by: .milliseconds(200))
                    decision = machine.handle([Self.page([])], at: now)
                } else {
                    now = Swift.min(end, decision.wake ?? end)
                    decision = machine.handle([.woke], at: now)
                }
            }
            if isSettled { break }
            now = end
        }
        // Five minutes without any sign of the provider going on are enough.
        #expect((95...110).contains(sessions))
    }

    @Test func lostCreatesDoNotKeepTheOthersFromBeingSent() {
        var settings = Self.settings()
        settings.steps[0].concurrency = 64
        var (machine, decision) = RunPolicyTests.machine(60, settings)
        let sent = RunPolicyTests.creates(decision)
        #expect(sent.count == 16)
        let lost = sent.map {
            RunEvent.createFailed($0.item, attempt: $0.attempt, ProviderError(.unknownOutcome, "lost"))
        }
        decision = machine.handle(lost, at: Self.at(1))
        decision = machine.handle([.woke], at: Self.at(2))
        #expect(!RunPolicyTests.creates(decision).isEmpty)
    }

    // MARK: - A provider that stands still

    /// A machine with one lost create, and how it was lost.
    private static func losing(_ loss: CreateLoss, items: Int = 1) -> (RunStateMachine, Decision) {
        let settings = Self.settings { $0.steps[0].concurrency = 1 }
        var (machine, _) = RunPolicyTests.machine(items, settings)
        let decision = machine.handle(
            [.createFailed(ItemID(1), attempt: 1, ProviderError(.unknownOutcome, "lost", loss: loss))], at: start)
        return (machine, decision)
    }

    @Test(arguments: [(CreateLoss.answered, 15.0...20), (.broken, 60...75), (.timedOut, 300...340)])
    func howLongItMayStillComeDependsOnHowItWasLost(loss: CreateLoss, waits: ClosedRange<Double>) {
        var (machine, decision) = Self.losing(loss)
        var now = Self.start
        while decision.transitions.first?.change.state != .pending, now < Self.at(1000) {
            if Self.queries(decision).isEmpty {
                now = Swift.max(now, decision.wake ?? Self.at(1000))
                decision = machine.handle([.woke], at: now)
            } else {
                decision = machine.handle([Self.page([])], at: now)
            }
        }
        #expect(waits.contains(Self.start.duration(to: now).inSeconds), "\(Self.start.duration(to: now))")
    }

    @Test func whatIsAcceptedLaterProvesThatNothingIsWaitedForAnyMore() {
        // The list has had its time, so the slot is free for the next one.
        var (machine, decision) = Self.losing(.timedOut, items: 2)
        var now = Self.start
        var accepted: Timestamp?
        while decision.transitions.first(where: { $0.item == ItemID(1) })?.change.state != .pending,
            now < Self.at(1000)
        {
            if let create = RunPolicyTests.creates(decision).first {
                accepted = now
                decision = machine.handle(
                    [.created(create.item, attempt: create.attempt, Self.row("p2", at: now, input: ["n": 2]))], at: now)
            } else if Self.queries(decision).isEmpty {
                now = Swift.max(now, decision.wake ?? Self.at(1000))
                decision = machine.handle([.woke], at: now)
            } else {
                decision = machine.handle([Self.page([Self.row("other", at: Self.start, input: ["n": 9])])], at: now)
            }
        }
        #expect(accepted != nil)
        #expect(Self.start.duration(to: now).inSeconds < 90)
    }

    @Test func theFirstIsTakenIfItComesAfterAllAndTheSecondIsCanceled() throws {
        var (machine, decision) = Self.losing(.broken)
        var now = Self.start
        // Nothing is found, and it is sent again.
        while RunPolicyTests.creates(decision).isEmpty, now < Self.at(1000) {
            if decision.load != nil {
                decision = machine.handle(
                    [.loaded(LoadedPage(items: RunPolicyTests.items(1), hasMore: false, nextDue: nil))], at: now)
            } else if Self.queries(decision).isEmpty {
                now = Swift.max(now, decision.wake ?? Self.at(1000))
                decision = machine.handle([.woke], at: now)
            } else {
                decision = machine.handle([Self.page([])], at: now)
            }
        }
        let second = try #require(RunPolicyTests.creates(decision).first)
        decision = machine.handle(
            [.created(second.item, attempt: second.attempt, Self.row("p2", at: now))], at: now)
        #expect(machine.totals.predictions == 1)
        // The provider goes on, and works on what it had taken.
        let late = Self.row("p1", at: now.advanced(by: .seconds(1)))
        var canceled: [String] = []
        while canceled.isEmpty, now < Self.at(2000) {
            if Self.queries(decision).isEmpty {
                now = Swift.max(now, decision.wake ?? Self.at(2000))
                decision = machine.handle([.woke], at: now)
                let reads = decision.actions.compactMap { action -> RunEvent? in
                    guard case .read(let item, let id) = action else { return nil }
                    return .read(item, Self.row(id, at: now))
                }
                if !reads.isEmpty { decision = machine.handle(reads, at: now) }
            } else {
                decision = machine.handle([Self.page([late])], at: now)
            }
            canceled = decision.actions.compactMap { if case .cancel(let id) = $0 { id } else { nil } }
        }
        #expect(canceled == ["p2"])
        guard
            case .replaced(let failure, let counts, let attempt, let id, _) = try #require(
                decision.transitions.first
            ).change
        else {
            Issue.record("it was not taken: \(decision.transitions)")
            return
        }
        #expect((id, attempt, counts.counted, counts.excused) == ("p1", 2, 0, 1))
        #expect(failure.failureClass == .duplicate)
        #expect(machine.totals.predictions == 2)
        machine.checkInvariants()
    }

    // MARK: - Rows that say less

    @Test func aRowWithoutItsOutputIsReadBeforeItIsBelieved() throws {
        var (machine, _) = RunPolicyTests.machine(1, Self.settings())
        _ = machine.handle([.created(ItemID(1), attempt: 1, Self.row("p1", at: Self.start))], at: Self.start)
        let partial = try Prediction(json: ["id": "p1", "status": "succeeded"])
        var decision = machine.handle([.notified(partial)], at: Self.at(1))
        #expect(decision.transitions.isEmpty)
        #expect(decision.actions.contains { if case .read(_, "p1") = $0 { true } else { false } })
        decision = machine.handle(
            [.read(ItemID(1), try Prediction(json: ["id": "p1", "status": "succeeded", "output": "done"]))],
            at: Self.at(2))
        #expect(decision.transitions.map(\.change.state) == [.fetching])
    }

    @Test func aReadThatNeverTellsTheOutputIsBelievedInTheEnd() throws {
        var (machine, _) = RunPolicyTests.machine(1, Self.settings())
        _ = machine.handle([.created(ItemID(1), attempt: 1, Self.row("p1", at: Self.start))], at: Self.start)
        let partial = try Prediction(json: ["id": "p1", "status": "succeeded"])
        var states: [ItemState] = []
        for second in 1...10 where states.isEmpty {
            let decision = machine.handle([.read(ItemID(1), partial)], at: Self.at(Double(second) * 3))
            states = decision.transitions.map(\.change.state)
        }
        #expect(states == [.failed])
    }

    @Test func aListOfOtherThingsProvesNothingIfItDoesNotShowWhatIsKnown() {
        // One prediction runs and must be in the list; the list shows nothing at all.
        let settings = Self.settings { $0.steps[0].concurrency = 8 }
        var (machine, decision) = RunPolicyTests.machine(2, settings)
        decision = machine.handle(
            [
                .created(ItemID(1), attempt: 1, Self.row("p1", at: Self.start)),
                .createFailed(ItemID(2), attempt: 1, ProviderError(.unknownOutcome, "lost", loss: .answered)),
            ], at: Self.start)
        var now = Self.start
        var states: [ItemState] = []
        while states.isEmpty, now < Self.at(1000) {
            if Self.queries(decision).isEmpty {
                now = Swift.max(now, decision.wake ?? Self.at(1000))
                decision = machine.handle([.woke], at: now)
                let reads = decision.actions.compactMap { action -> RunEvent? in
                    guard case .read(let item, let id) = action else { return nil }
                    return .read(item, Self.row(id, at: Self.start))
                }
                if !reads.isEmpty { decision = machine.handle(reads, at: now) }
            } else {
                decision = machine.handle([Self.page([])], at: now)
            }
            states = decision.transitions.filter { $0.item == ItemID(2) }.map(\.change.state)
        }
        #expect(states == [.held])
    }
}
