import LosslessJSON
import ReplicateAPI
import Testing

@testable import NightshiftCore

/// What transitions tell of the item and of what its attempt has taken.
struct TransitionSpendingTests {
    private static let start = RunPolicyTests.start

    /// A machine with one prediction that runs.
    private static func running() -> RunStateMachine {
        var totals = RunTotals()
        totals[.pending] = 1
        var item = RunPolicyTests.items(1)[0]
        (item.name, item.origin) = ("portrait-1", "rows.csv:2")
        var machine = RunStateMachine(
            settings: RunPolicyTests.settings { $0.steps[0].attempts = 2 }, totals: totals, seed: 1, at: start)
        _ = machine.handle(
            [.resumed([], LoadedPage(items: [item], hasMore: false, nextDue: nil))], at: start)
        let created = Prediction(id: "p1", status: .starting, createdAt: start.date)
        _ = machine.handle([.created(ItemID(1), attempt: 1, created, left: nil)], at: start)
        return machine
    }

    private static func ended(_ status: PredictionStatus) -> Prediction {
        Prediction(
            id: "p1", output: status == .succeeded ? "done" : nil, error: status == .failed ? "no face" : nil,
            status: status, metrics: ["predict_time": 2.5])
    }

    @Test func aSuccessTellsWhatItHasTakenAtItsEnd() throws {
        var machine = Self.running()
        let fetching = try #require(
            machine.handle([.read(ItemID(1), Self.ended(.succeeded))], at: Self.start).transitions.first)
        #expect(fetching.spent == nil)
        #expect(fetching.previous == .running)
        let succeeded = try #require(
            machine.handle([.fetched(ItemID(1), attempt: 1, [])], at: Self.start).transitions.first)
        #expect(succeeded.spent == Spending(predictions: 1, predictTime: 2.5))
        #expect(succeeded.previous == .fetching)
        #expect((succeeded.name, succeeded.origin) == ("portrait-1", "rows.csv:2"))
    }

    @Test func aFailureTellsItToo() throws {
        var machine = Self.running()
        let failed = try #require(
            machine.handle([.read(ItemID(1), Self.ended(.failed))], at: Self.start).transitions.first)
        #expect(failed.spent == Spending(predictions: 1, predictTime: 2.5))
    }

    /// What is aborted before its start is not billed.
    @Test func whatWasAbortedHasTakenNothing() throws {
        var machine = Self.running()
        let aborted = try #require(
            machine.handle([.read(ItemID(1), Self.ended(.aborted))], at: Self.start).transitions.first)
        #expect(aborted.spent == nil)
    }
}
