import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// Rows of the account's list that do not show what they were made from.
struct LostCreateRowTests {
    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    private static let bare = Prediction(
        id: "bare", input: [:], status: .processing, source: "api", createdAt: at(-30).date)

    private static func examined(_ decision: Decision) -> String? {
        decision.actions.lazy.compactMap { if case .examine(let id, _) = $0 { id } else { nil } }.first
    }

    /// A session that looks for a create of an earlier one; each page of the list shows a row without its input.
    private static func examining() throws -> (RunStateMachine, Timestamp) {
        let input: JSONValue = ["n": 1]
        let intent = CreateIntent(
            at: at(-30), requestDigest: RequestDigest.of(input), clockOffset: .zero, isEarlier: true)
        let item = LoadedItem(
            id: ItemID(1), key: "item-1", name: "1", input: input, files: [], attempt: 1,
            checkpoint: .submitting(intent))
        var totals = RunTotals()
        totals[.submitting] = 1
        totals.predictions = 1
        var machine = RunStateMachine(
            settings: RunPolicyTests.settings(), totals: totals, seed: 1, clockOffset: .zero, at: start)
        var decision = machine.handle(
            [.resumed([item], LoadedPage(items: [], hasMore: false, nextDue: nil))], at: start)
        var now = start
        for _ in 0..<100 where examined(decision) == nil {
            var events = [RunEvent.woke]
            for case .searchLostCreates(_, let search) in decision.actions {
                events = [.listed(ListPage([bare], candidates: search.candidates(among: [bare])))]
            }
            if case .woke = events[0] { now = try #require(decision.wake) }
            decision = machine.handle(events, at: now)
        }
        #expect(examined(decision) == "bare")
        return (machine, now)
    }

    @Test func aRowThatIsGoneWhenItIsReadIsLeftToAPerson() throws {
        var (machine, now) = try Self.examining()
        let decision = machine.handle(
            [.examineFailed(predictionID: "bare", ProviderError(.notFound, "404"))], at: now)
        #expect(decision.transitions.map(\.change.state) == [.held])
        #expect(decision.finish == .completed)
    }

    @Test func aRowThatCannotBeReadNowIsReadLater() throws {
        var (machine, now) = try Self.examining()
        var decision = machine.handle(
            [.examineFailed(predictionID: "bare", ProviderError(.unavailable, "502"))], at: now)
        #expect(decision.transitions.isEmpty)
        for _ in 0..<20 where Self.examined(decision) == nil {
            now = try #require(decision.wake)
            decision = machine.handle([.woke], at: now)
        }
        #expect(Self.examined(decision) == "bare")
        machine.checkInvariants()
    }

    @Test func aRowThatShowsItsInputWhenItIsReadIsTheItems() throws {
        var (machine, now) = try Self.examining()
        var shown = Self.bare
        shown.input = ["n": 1]
        let search = LostCreateSearch(wanted: [RequestDigest.of(shown.input)], fingerprints: [])
        let decision = machine.handle(
            [.examined(predictionID: "bare", search.candidates(among: [shown]).first)], at: now)
        #expect(decision.transitions.map(\.change.state) == [.running])
    }

    // MARK: - Files that are shown otherwise

    private static func sent(_ text: String) -> JSONValue {
        ["n": 1, "image": .string("data:text/plain;base64,\(text)")]
    }

    private static let shown = Prediction(
        id: "p", input: ["n": 1, "image": "https://api.example.com/files/1"], status: .processing, source: "api",
        createdAt: start.date)

    /// Creates that differ only in their files, of which the first was lost; the list shows one row of their kind.
    private static func look(_ count: Int) throws -> (RunStateMachine, Decision) {
        let items = ["QUJD", "REVG"].prefix(count).enumerated().map { place, text in
            var item = RunPolicyTests.items(place + 1)[place]
            item.input = sent(text)
            return item
        }
        var totals = RunTotals()
        totals[.pending] = count
        var machine = RunStateMachine(
            settings: RunPolicyTests.settings(), totals: totals, seed: 1, clockOffset: .zero, at: start)
        _ = machine.handle([.resumed([], LoadedPage(items: items, hasMore: false, nextDue: nil))], at: start)
        var decision = machine.handle(
            [.createFailed(ItemID(1), attempt: 1, ProviderError(.unknownOutcome, "lost"))], at: start)
        for _ in 0..<20 {
            for case .searchLostCreates(_, let search) in decision.actions {
                decision = machine.handle(
                    [.listed(ListPage([shown], candidates: search.candidates(among: [shown])))], at: at(3))
                return (machine, decision)
            }
            decision = machine.handle([.woke], at: try #require(decision.wake))
        }
        throw CancellationError()
    }

    @Test func theOnlyRowOfItsKindIsTheLostOnes() throws {
        let (_, decision) = try Self.look(1)
        #expect(decision.transitions.map(\.change.state) == [.running])
    }

    @Test func aRowThatMayBeOfACreateUnderWayIsNotTaken() throws {
        let (_, decision) = try Self.look(2)
        #expect(decision.transitions.isEmpty)
    }

    @Test func aThrottledSearchWaitsAsLongAsTheProviderAsks() throws {
        var (machine, decision) = RunPolicyTests.machine(1, RunPolicyTests.settings())
        decision = machine.handle(
            [.createFailed(ItemID(1), attempt: 1, ProviderError(.unknownOutcome, "lost"))], at: Self.start)
        func isAsking(_ decision: Decision) -> Bool {
            decision.actions.contains { if case .searchLostCreates = $0 { true } else { false } }
        }
        var now = Self.start
        while !isAsking(decision) {
            now = try #require(decision.wake)
            decision = machine.handle([.woke], at: now)
        }
        let throttledAt = now
        decision = machine.handle(
            [.listFailed(ProviderError(.throttled, "429", retryAfter: .seconds(40)))], at: now)
        while !isAsking(decision) {
            now = try #require(decision.wake)
            decision = machine.handle([.woke], at: now)
        }
        #expect(throttledAt.duration(to: now) >= .seconds(40) && throttledAt.duration(to: now) < .seconds(60))
    }
}
