import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// What the machine does where its account is shared with other runs.
@Suite struct RunAccountTests {
    private static let start = Timestamp(milliseconds: 1_700_000_000_000)

    private static func machine(creates: RateLimit?) -> RunStateMachine {
        var settings = RunSettings(traits: RunPolicyTests.replicate, concurrency: 8, creates: creates)
        settings.sharesAccount = true
        var totals = RunTotals()
        totals[.pending] = 5
        return RunStateMachine(settings: settings, totals: totals, seed: 1, at: start)
    }

    private static let page = LoadedPage(
        items: (1...5).map {
            LoadedItem(
                id: ItemID($0), key: "\($0)", name: "\($0)", input: ["n": .number(JSONNumber(Int($0)))], files: [],
                attempt: 0, failures: FailureCounts(), checkpoint: .pending)
        }, hasMore: false, nextDue: nil)

    private static func grant(_ count: Int, nextAt: Timestamp = start, closedUntil: Timestamp? = nil) -> RunEvent {
        .granted(
            AccountGrant(
                creates: AccountGrant.Part(count: count, nextAt: nextAt, closedUntil: closedUntil),
                reads: AccountGrant.Part(count: 0, nextAt: start, closedUntil: nil), members: 2))
    }

    private static func creates(_ decision: Decision) -> Int {
        decision.actions.count { if case .create = $0 { true } else { false } }
    }

    @Test func nothingIsCreatedBeforeItIsGranted() {
        var machine = Self.machine(creates: RateLimit(count: 600, per: .seconds(60)))
        let first = machine.handle([.resumed([], Self.page)], at: Self.start)
        #expect(Self.creates(first) == 0)
        #expect(first.account?.creates.wanted == 5)
        // The answer wakes the machine, nothing else.
        #expect(first.wake == nil)
        let later = Self.start.advanced(by: .milliseconds(70))
        let granted = machine.handle([Self.grant(2, nextAt: later)], at: Self.start)
        #expect(Self.creates(granted) == 2)
        #expect(granted.account == nil)
        #expect(granted.wake.map { $0 <= later } == true)
        #expect(machine.handle([.woke], at: later).account?.creates.wanted == 3)
    }

    @Test func itsOwnLimitHoldsAsWell() {
        var machine = Self.machine(creates: RateLimit(count: 2, per: .seconds(1)))
        let first = machine.handle([.resumed([], Self.page)], at: Self.start)
        #expect(first.account?.creates.wanted == 2)
        #expect(Self.creates(machine.handle([Self.grant(5)], at: Self.start)) == 2)
    }

    @Test func whatIsNotUsedInTimeIsForgotten() {
        var machine = Self.machine(creates: RateLimit(count: 2, per: .seconds(1)))
        _ = machine.handle([.resumed([], Self.page)], at: Self.start)
        _ = machine.handle([Self.grant(5)], at: Self.start)
        let later = machine.handle([.woke], at: Self.start.advanced(by: .seconds(5)))
        #expect(Self.creates(later) == 0)
        #expect(later.account?.creates.wanted == 2)
    }

    @Test func readsThatWereNotUsedInTimeAreClaimedAnew() {
        var settings = RunSettings(
            traits: RunPolicyTests.replicate, concurrency: 8, reads: RateLimit(count: 3000, per: .seconds(60)))
        settings.sharesAccount = true
        var totals = RunTotals()
        totals[.pending] = 5
        var machine = RunStateMachine(settings: settings, totals: totals, seed: 1, at: Self.start)
        _ = machine.handle([.resumed([], Self.page)], at: Self.start)
        let created = (1...2).map { number in
            RunEvent.created(
                ItemID(Int64(number)), attempt: 1, Prediction(id: "p\(number)", status: .starting), left: nil)
        }
        _ = machine.handle(created, at: Self.start)
        let due = Self.start.advanced(by: .seconds(1))
        #expect((machine.handle([.woke], at: due).account?.reads.wanted ?? 0) > 0)
        let granted = AccountGrant.Part(count: 50, nextAt: due, closedUntil: nil)
        let none = AccountGrant.Part(count: 0, nextAt: due, closedUntil: nil)
        let reading = machine.handle(
            [.granted(AccountGrant(creates: none, reads: granted, members: 1))], at: due)
        #expect(!reading.actions.isEmpty)
        let answers = (1...2).map { number in
            RunEvent.read(ItemID(Int64(number)), Prediction(id: "p\(number)", status: .processing))
        }
        _ = machine.handle(answers, at: due)
        // Much is left of the grant, and too old.
        let later = machine.handle([.woke], at: due.advanced(by: .seconds(10)))
        #expect((later.account?.reads.wanted ?? 0) > 0)
    }

    @Test func aThrottleIsToldToTheOthersAndTheirsHoldsHere() {
        var machine = Self.machine(creates: RateLimit(count: 600, per: .seconds(60)))
        _ = machine.handle([.resumed([], Self.page)], at: Self.start)
        _ = machine.handle([Self.grant(1, nextAt: Self.start.advanced(by: .seconds(9)))], at: Self.start)
        let throttled = ProviderError(.throttled, "429", retryAfter: .seconds(20))
        let told = machine.handle([.createFailed(ItemID(1), attempt: 1, throttled)], at: Self.start)
        #expect(told.account?.creates.closedUntil == Self.start.advanced(by: .seconds(20)))
        // So is one of reads, which says nothing of creates.
        _ = machine.handle([Self.grant(1)], at: Self.start)
        _ = machine.handle(
            [.created(ItemID(2), attempt: 1, Prediction(id: "p2", status: .starting))], at: Self.start)
        let slow = machine.handle([.readFailed(ItemID(2), throttled)], at: Self.start.advanced(by: .seconds(1)))
        #expect(slow.account?.reads.closedUntil == Self.start.advanced(by: .seconds(21)))
        #expect(slow.account?.creates.closedUntil == nil)

        var other = Self.machine(creates: RateLimit(count: 600, per: .seconds(60)))
        _ = other.handle([.resumed([], Self.page)], at: Self.start)
        let until = Self.start.advanced(by: .seconds(20))
        let closed = other.handle([Self.grant(0, nextAt: until, closedUntil: until)], at: Self.start)
        #expect(Self.creates(closed) == 0)
        #expect(other.isThrottled)
        #expect(closed.wake.map { $0 >= until } == true)
    }

    @Test func aRunWithoutALimitAsksNobody() {
        var machine = Self.machine(creates: nil)
        let first = machine.handle([.resumed([], Self.page)], at: Self.start)
        #expect(Self.creates(first) == 5)
        #expect(first.account == nil)
    }
}
