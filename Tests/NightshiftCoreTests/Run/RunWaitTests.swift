import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// What is waited for, how long, and what people hear of it.
struct RunWaitTests {
    private static let start = RunPolicyTests.start

    /// A machine whose creates were throttled for a time.
    private static func throttled(for wait: Duration) -> (RunStateMachine, Decision) {
        var (machine, decision) = RunPolicyTests.machine(4, RunPolicyTests.settings())
        let refusals = RunPolicyTests.creates(decision).map {
            RunEvent.createFailed(
                $0.item, attempt: $0.attempt, ProviderError(.throttled, "429", retryAfter: wait))
        }
        decision = machine.handle(refusals, at: start)
        return (machine, decision)
    }

    private static func hold(_ machine: inout RunStateMachine) -> CreateHold? {
        let ticket = ControlTicket(1)
        let decision = machine.handle([.control(.asked(.status, ticket))], at: start)
        guard case .status(let status)? = decision.control.answers.first?.1 else { return nil }
        return status.hold
    }

    private static func wake(_ machine: inout RunStateMachine) -> Duration? {
        let page = LoadedPage(items: RunPolicyTests.items(4), hasMore: false, nextDue: nil)
        return machine.handle([.loaded(page)], at: start).wake.map { start.duration(to: $0) }
    }

    @Test func aLongWaitIsToldOnceWithItsEnd() {
        var (machine, decision) = Self.throttled(for: .seconds(3 * 3600))
        let wait = Duration.seconds(3 * 3600)
        #expect(
            decision.announcements == [
                Announcement(.throttled(.creating, asked: wait, wait: wait), until: Self.start.advanced(by: wait))
            ])
        #expect(Self.hold(&machine) == CreateHold(.throttled, until: Self.start.advanced(by: .seconds(3 * 3600))))
        #expect(Self.wake(&machine) == .seconds(3 * 3600))
    }

    @Test func aMomentIsNotTold() {
        var (machine, decision) = Self.throttled(for: .seconds(20))
        #expect(decision.announcements.isEmpty)
        #expect(Self.hold(&machine) == CreateHold(.throttled, until: Self.start.advanced(by: .seconds(20))))
    }

    @Test func moreThanADayIsNotBelieved() {
        var (machine, decision) = Self.throttled(for: .seconds(7 * 86_400))
        #expect(
            decision.announcements.first?.cause
                == .throttled(.creating, asked: .seconds(7 * 86_400), wait: .seconds(86_400)))
        #expect(Self.wake(&machine) == .seconds(86_400))
    }

    @Test func copiesOfSharedResultsTakeTheirTurnAmongTheDownloads() {
        let settings = RunPolicyTests.settings {
            $0.fetches = 2
            $0.sharesResults = true
        }
        var totals = RunTotals()
        totals[.pending] = 5
        var machine = RunStateMachine(settings: settings, totals: totals, seed: 1, at: Self.start)
        let file = StoredOutput(index: 0, path: "a.txt", size: 1, sha256: "", mediaType: nil)
        let items = RunPolicyTests.items(5).map { item in
            var item = item
            item.shared = SharedResult(
                key: "a", name: "a", outcome: .succeeded(predictionID: "p", result: "{}", [file]))
            return item
        }
        func copies(_ decision: Decision) -> [ItemID] {
            decision.actions.compactMap { if case .share(let item, _, _, _, _) = $0 { item } else { nil } }
        }
        var decision = machine.handle(
            [.resumed([], LoadedPage(items: items, hasMore: false, nextDue: nil))], at: Self.start)
        var open = copies(decision)
        var copied = 0
        while let item = open.first {
            #expect(open.count <= 2)
            decision = machine.handle([.shared(item, [file])], at: Self.start)
            machine.checkInvariants()
            open = open.dropFirst() + copies(decision)
            copied += 1
        }
        #expect(copied == 5)
        #expect(machine.totals[.succeeded] == 5)
    }

    /// A create that was certainly not accepted is no attempt, however often it is sent.
    @Test(arguments: [ProviderError.Code.throttled, .busy, .notSent, .unavailable])
    func whatIsNotAcceptedCostsNoAttempt(code: ProviderError.Code) throws {
        var item = RunPolicyTests.items(1)[0]
        item.attempt = 2
        var totals = RunTotals()
        totals[.pending] = 1
        var machine = RunStateMachine(
            settings: RunPolicyTests.settings(), totals: totals, seed: 1, at: Self.start)
        var decision = machine.handle(
            [.resumed([], LoadedPage(items: [item], hasMore: false, nextDue: nil))], at: Self.start)
        #expect(RunPolicyTests.creates(decision).map(\.attempt) == [3])
        decision = machine.handle(
            [.createFailed(item.id, attempt: 3, ProviderError(code, "no"))], at: Self.start)
        guard case .returned(attempt: 2, _)? = decision.transitions.first?.change else {
            Issue.record("\(decision.transitions)")
            return
        }
        #expect(machine.totals.throttles == (code == .throttled ? 1 : 0))
        #expect(machine.totals.predictions == 0 && machine.totals.retries == 0 && machine.totals.unbilled == 0)
    }

    /// What waits for the result of another item is in the store, and is loaded when that one has its end.
    @Test func theStoreIsAskedAgainWhenAResultMayBeShared() {
        let settings = RunPolicyTests.settings { $0.sharesResults = true }
        var (machine, decision) = RunPolicyTests.machine(1, settings)
        decision = machine.handle(
            [.created(ItemID(1), attempt: 1, RunPolicyTests.prediction("p1", .succeeded))], at: Self.start)
        #expect(decision.load == nil)
        decision = machine.handle([.fetched(ItemID(1), attempt: 1, [])], at: Self.start)
        #expect(decision.load != nil)
        #expect(decision.finish == nil)
    }

    /// While the first items are tried, the store has nothing else to give that may be sent.
    @Test func theStoreIsNotAskedAgainAndAgainWhileFewItemsAreTried() {
        var totals = RunTotals()
        totals[.pending] = 100
        var machine = RunStateMachine(
            settings: RunPolicyTests.settings { $0.canary = 2 }, totals: totals, seed: 1, at: Self.start)
        let items = RunPolicyTests.items(6)
        func page(_ numbers: Range<Int>) -> LoadedPage {
            LoadedPage(items: Array(items[numbers]), hasMore: true, nextDue: nil)
        }
        var decision = machine.handle([.resumed([], page(0..<1))], at: Self.start)
        #expect(RunPolicyTests.creates(decision).count == 1)
        #expect(decision.load != nil, "one more is to be tried")
        decision = machine.handle([.loaded(page(1..<3))], at: Self.start)
        #expect(RunPolicyTests.creates(decision).count == 1)
        var pages = 0
        while decision.load != nil, pages < 10 {
            pages += 1
            decision = machine.handle([.loaded(page(3..<6))], at: Self.start)
        }
        #expect(pages <= 1)
        #expect(RunPolicyTests.creates(decision).isEmpty)
    }
}
