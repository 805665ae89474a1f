import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// Creates that were accepted, and whose answer names no id that can be used.
struct AcceptedWithoutIDTests {
    private static let ids = ["", "a/b", "a?b", "a\nb", "..", String(repeating: "x", count: 5000)]

    private static func at(_ seconds: Double) -> Timestamp { RunPolicyTests.start.advanced(by: .seconds(seconds)) }

    private static func accepted(
        _ answer: (ItemID) -> RunEvent, _ change: (inout RunSettings) -> Void = { _ in }
    ) -> (RunStateMachine, Decision) {
        var (machine, decision) = RunPolicyTests.machine(1, RunPolicyTests.settings(change))
        decision = machine.handle([answer(RunPolicyTests.creates(decision)[0].item)], at: at(0))
        return (machine, decision)
    }

    private static func candidate(_ id: String, of item: ItemID) -> ReconcileCandidate {
        var prediction = RunPolicyTests.prediction(id, .processing)
        prediction.createdAt = at(0).date
        return ReconcileCandidate(
            prediction: prediction, requestDigest: RequestDigest.of(RunPolicyTests.items(1)[0].input))
    }

    /// Lets the list be looked through, which shows these.
    private static func look(
        _ machine: inout RunStateMachine, _ candidates: [ReconcileCandidate], at seconds: Double
    ) -> Decision {
        let look = machine.handle([.woke], at: at(seconds))
        #expect(look.actions.contains { if case .searchLostCreates = $0 { true } else { false } })
        let page = ListPage(candidates.map(\.prediction), candidates: candidates)
        return machine.handle([.listed(page)], at: at(seconds))
    }

    @Test(arguments: ids) func itIsLookedForAndAdoptedUnderAnotherID(id: String) {
        var (machine, decision) = Self.accepted { .created($0, attempt: 1, RunPolicyTests.prediction(id, .starting)) }
        #expect(decision.transitions.map(\.change.state) == [.unknown])
        #expect(machine.totals.predictions == 1)
        decision = Self.look(&machine, [Self.candidate("good", of: ItemID(1))], at: 5)
        #expect(decision.transitions.map(\.change.state) == [.running])
    }

    @Test(arguments: ids) func aRowWithSuchAnIDIsNeverAdopted(id: String) {
        var (machine, decision) = Self.accepted { .created($0, attempt: 1, RunPolicyTests.prediction(id, .starting)) }
        decision = Self.look(&machine, [Self.candidate(id, of: ItemID(1))], at: 5)
        #expect(decision.transitions.map(\.change.state) == [.held])
        #expect(decision.finish == .completed)
    }

    @Test func whatTheListNeverShowsIsHeldAndNotMadeAgain() {
        var lost = ProviderError(.unknownOutcome, "answered with something unexpected")
        lost.isAccepted = true
        var (machine, decision) = Self.accepted { .createFailed($0, attempt: 1, lost) }
        #expect(decision.transitions.map(\.change.state) == [.unknown])
        decision = Self.look(&machine, [], at: 1000)
        #expect(decision.transitions.map(\.change.state) == [.held])
        #expect(machine.totals.predictions == 1)
    }

    @Test func theManifestDoesNotMakeItAgainEither() {
        let (_, decision) = Self.accepted({ .created($0, attempt: 1, RunPolicyTests.prediction("", .starting)) }) {
            $0.onUnknown = .retry
        }
        #expect(decision.transitions.map(\.change.state) == [.unknown])
    }

    /// A firewall that refuses one item has let this one through, whatever its answer says.
    @Test func itSpeaksForTheProviderAllTheSame() throws {
        var (machine, decision) = RunPolicyTests.machine(
            5, RunPolicyTests.settings { $0.steps[0].concurrency = 3 })
        decision = machine.handle(
            [.created(ItemID(2), attempt: 1, RunPolicyTests.prediction("p2", .succeeded))], at: Self.at(0.1))
        let refusal = ProviderError(.foreignRefusal, "403 from a firewall")
        decision = machine.handle([.createFailed(ItemID(1), attempt: 1, refusal)], at: Self.at(0.2))
        #expect(decision.transitions.map(\.change.state) == [.pending])
        let now = Self.at(1)
        let next = try #require(RunPolicyTests.creates(machine.handle([.woke], at: now)).first)
        var unreadable = ProviderError(.unknownOutcome, "201 without a body")
        unreadable.isAccepted = true
        // The third was under way when the first was refused, so it says nothing; it makes room.
        let third = RunPolicyTests.prediction("p3", .succeeded)
        _ = machine.handle(
            [.createFailed(next.item, attempt: 1, unreadable), .created(ItemID(3), attempt: 1, third)], at: now)
        let again = LoadedPage(items: RunPolicyTests.items(1), hasMore: false, nextDue: nil)
        decision = machine.handle([.loaded(again)], at: Self.at(2))
        #expect(RunPolicyTests.creates(decision).map(\.item) == [ItemID(1)])
        decision = machine.handle([.createFailed(ItemID(1), attempt: 1, refusal)], at: Self.at(2))
        #expect(decision.transitions.map(\.change.state) == [.failed])
    }
}
