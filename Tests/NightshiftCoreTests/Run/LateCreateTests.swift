import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// A create that was taken for lost for good and comes after all, before another one is sent in its place.
struct LateCreateTests {
    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    private static func row(_ id: String, at instant: Timestamp) -> Prediction {
        Prediction(
            id: id, input: ["n": 1, "seed": 1], status: .processing, source: "api", createdAt: instant.date)
    }

    /// Lets the list be searched, which shows these, until the item enters a state.
    private static func search(
        _ machine: inout RunStateMachine, _ decision: Decision, from now: Timestamp, _ rows: [Prediction],
        until state: ItemState
    ) throws -> (Decision, Timestamp) {
        var (decision, now) = (decision, now)
        for _ in 0..<500 {
            if decision.transitions.contains(where: { $0.change.state == state }) { return (decision, now) }
            var event = RunEvent.woke
            for case .searchLostCreates(_, let search) in decision.actions {
                event = .listed(ListPage(rows, candidates: search.candidates(among: rows)))
            }
            if case .woke = event { now = Swift.max(now, try #require(decision.wake)) }
            decision = machine.handle([event], at: now)
            machine.checkInvariants()
        }
        throw CancellationError()
    }

    @Test func itIsTheItemsNextAttemptAndNothingElseIsSent() throws {
        var (machine, decision) = RunPolicyTests.machine(1, RunPolicyTests.settings())
        decision = machine.handle(
            [.createFailed(ItemID(1), attempt: 1, ProviderError(.unknownOutcome, "lost", loss: .broken))],
            at: Self.start)
        var now = Self.start
        (decision, now) = try Self.search(&machine, decision, from: now, [], until: .pending)
        // It may be sent again, but for a person who has stopped that.
        _ = machine.handle([.control(.asked(.pause, nil))], at: now)
        let again = LoadedPage(items: RunPolicyTests.items(1), hasMore: false, nextDue: nil)
        decision = machine.handle([.loaded(again)], at: now)
        #expect(RunPolicyTests.creates(decision).isEmpty)
        let late = Self.row("late", at: now)
        (decision, now) = try Self.search(&machine, decision, from: now, [late], until: .running)
        guard case .found(attempt: let attempt, predictionID: "late", _)? = decision.transitions.first?.change else {
            Issue.record("\(decision.transitions)")
            return
        }
        #expect(attempt == 1)
        #expect(machine.totals.predictions == 1)
        var ended = RunPolicyTests.prediction("late", .succeeded)
        ended.createdAt = late.createdAt
        decision = machine.handle([.notified(ended)], at: now)
        let fetches = decision.actions.compactMap { if case .fetch(_, _, let attempt, _) = $0 { attempt } else { nil } }
        #expect(fetches == [attempt])
        _ = machine.handle([.control(.asked(.resume, nil))], at: now)
        decision = machine.handle([.fetched(ItemID(1), attempt: attempt, [])], at: now)
        #expect(machine.totals[.succeeded] == 1)
        #expect(RunPolicyTests.creates(decision).isEmpty)
    }
}
