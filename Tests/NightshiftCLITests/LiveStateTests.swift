import NightshiftCore
import Testing

@testable import Nightshift
@testable import NightshiftCLI

/// What the live screen keeps of what a run tells.
struct LiveStateTests {
    private let start = ContinuousClock.now

    private static func change(
        _ name: String, step: String, from previous: ItemState, _ change: Transition.Change
    ) -> ItemChange {
        var transition = Transition(
            item: ItemID(1), key: name, attempt: 1, at: Timestamp(milliseconds: 0), change: change)
        (transition.name, transition.previous) = (name, previous)
        var settings = StepSettings(concurrency: 1)
        settings.name = step
        settings.price.perPrediction = 0.5
        transition.spent = change.state == .succeeded ? Spending(predictions: 1, predictTime: 2) : nil
        return ItemChange(transition, of: settings)
    }

    private static func counts() -> RunCounts {
        var totals = RunTotals()
        totals[.pending] = 4
        return RunCounts(totals)
    }

    private func began() -> LiveState {
        var state = LiveState()
        state.start(Self.counts(), at: start)
        state.take([
            StatusReport.StepCounts(name: "story", states: [.init(state: "pending", count: 2)]),
            StatusReport.StepCounts(name: "picture", states: [.init(state: "pending", count: 2)]),
        ])
        return state
    }

    @Test func countsTheItemsOfEachStep() throws {
        var state = began()
        let running = Transition.Change.running(predictionID: "p", since: Timestamp(milliseconds: 0))
        state.take([
            Self.change("a", step: "story", from: .pending, running),
            Self.change("b", step: "story", from: .pending, .held(reason: "?")),
        ])
        state.take([
            Self.change("a", step: "story", from: .running, .succeeded([])),
            Self.change("a", step: "picture", from: .pending, running),
        ])
        let view = try #require(state.view(of: "books", at: start + .seconds(5)))
        #expect(view.steps.map(\.name) == ["story", "picture"])
        #expect(view.steps[0].states.filter { $0.value != 0 } == ["held": 1, "succeeded": 1])
        #expect(view.steps[1].states.filter { $0.value != 0 } == ["pending": 1, "running": 1])
        #expect(view.steps.allSatisfy { $0.items == 2 })
        #expect(view.finished == ["a"])
        #expect(view.sessionTime == 5)
    }

    @Test func knowsTheNamesOfTheLast() throws {
        var state = began()
        for number in 1...50 {
            state.take([Self.change("n-\(number)", step: "story", from: .fetching, .succeeded([]))])
        }
        let view = try #require(state.view(of: "books", at: start))
        #expect(view.finished.first == "n-50")
        #expect(view.finished.count == 20)
    }

    @Test func thereIsNothingToShowBeforeTheSession() {
        #expect(LiveState().view(of: "books", at: start) == nil)
    }

    @Test func whatAnAttemptHasTakenIsPriced() {
        let change = Self.change("a", step: "story", from: .fetching, .succeeded([]))
        #expect(change.cost == 0.5)
        #expect(change.predictTime == 2)
        #expect(Self.change("a", step: "story", from: .pending, .held(reason: "?")).cost == nil)
    }
}
