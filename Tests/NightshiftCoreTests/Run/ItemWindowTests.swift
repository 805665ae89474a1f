import LosslessJSON
import Testing

@testable import NightshiftCore

/// Where the loaded items stand, how many are where, and which transitions there are.
struct ItemWindowTests {
    private static let start = RunPolicyTests.start

    private static func window(_ count: Int = 3) -> ItemWindow {
        var window = ItemWindow(steps: 2)
        for item in RunPolicyTests.items(count) {
            window.admit(item, step: 0, phase: .ready(input: item.input, files: []))
        }
        return window
    }

    private static func intent(_ digest: String) -> ItemWindow.Phase {
        .submitting(CreateIntent(at: start, requestDigest: digest))
    }

    private let first = ItemID(1)
    private let second = ItemID(2)

    @Test func countsFollowEveryTransition() {
        var window = Self.window()
        #expect(window.inFlight == 0)
        window.transition(first, to: .preparing)
        #expect(window.counts[0] == .init(inFlight: 1, preparing: 1))
        window.transition(first, to: .prepared(input: .null, requestDigest: "d"))
        #expect(window.prepared == [first])
        #expect(window.counts[0] == .init(inFlight: 1))
        window.transition(first, to: Self.intent("d"))
        #expect(window.prepared.isEmpty)
        #expect(window.submitting["d"] == 1)
        window.transition(first, to: .unknown(isQuiet: false))
        #expect(window.submitting["d"] == nil)
        #expect(window.counts[0] == .init(inFlight: 1, lost: 1))
        window.transition(first, to: .unknown(isQuiet: true))
        #expect(window.counts[0] == .init(inFlight: 1, lost: 1, quiet: 1))
        window.transition(first, to: .running(predictionID: "p"))
        #expect(window.counts[0] == .init(inFlight: 1, underWay: 1))
        #expect(window.holder(of: "p") == first)
        window.transition(first, to: .fetching(predictionID: "p", isShared: false))
        #expect(window.counts[0] == .init(fetching: 1))
        #expect(window.holder(of: "p") == first)
        #expect(window.counts[1] == .init())
        #expect(window.contradictions.isEmpty)
        #expect(window.evict(first)?.key == "item-1")
        #expect(window.holder(of: "p") == nil)
        #expect(window.counts[0] == .init())
        #expect(window.evict(first) == nil)
    }

    @Test func equalCreatesAreCountedOneByOne() {
        var window = Self.window()
        window.transition(first, to: Self.intent("d"))
        window.transition(second, to: Self.intent("d"))
        window.transition(first, to: .running(predictionID: "p"))
        #expect(window.submitting["d"] == 1)
        window.transition(second, to: .running(predictionID: "q"))
        #expect(window.submitting["d"] == nil)
    }

    @Test func aSharedResultIsHeldByNobody() {
        var window = Self.window()
        for id in [first, second] { window.transition(id, to: .fetching(predictionID: "p", isShared: true)) }
        #expect(window.holder(of: "p") == nil)
        #expect(window.contradictions.isEmpty)
    }

    @Test func anotherPredictionTakesThePlaceOfTheFirst() {
        var window = Self.window()
        window.transition(first, to: .running(predictionID: "p"))
        window.transition(first, to: .running(predictionID: "q"))
        #expect(window.holder(of: "p") == nil)
        #expect(window.holder(of: "q") == first)
    }

    @Test func twoItemsWithOnePredictionContradict() {
        var window = Self.window()
        window.transition(first, to: .running(predictionID: "p"))
        window.transition(second, to: .running(predictionID: "p"))
        #expect(window.contradictions.contains { $0.contains("two items hold one prediction") })
    }

    @Test func anItemIsAdmittedOnce() {
        var window = Self.window()
        window.admit(RunPolicyTests.items(1)[0], step: 1, phase: .preparing)
        #expect(window[first]?.step == 0)
        #expect(window.takeIllegalTransitions() == ["item 'item-1' was admitted twice"])
        #expect(window.takeIllegalTransitions().isEmpty)
    }

    @Test func theTableIsThatOfTheStates() {
        typealias Kind = ItemWindow.Phase.Kind
        let table = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map { ($0, ItemWindow.Phase.followers(of: $0)) })
        #expect(table[.ready] == [.preparing, .submitting, .running, .fetching])
        #expect(table[.preparing] == [.prepared])
        #expect(table[.prepared] == [.submitting])
        #expect(table[.submitting] == [.running, .unknown])
        #expect(table[.unknown] == [.unknown, .running])
        #expect(table[.running] == [.running, .fetching])
        #expect(table[.fetching] == [.running])
    }

    @Test func anIllegalTransitionTraps() async {
        #if DEBUG
        await #expect(processExitsWith: .failure) {
            var window = ItemWindowTests.window(1)
            window.transition(ItemID(1), to: .preparing)
            window.transition(ItemID(1), to: .fetching(predictionID: "p", isShared: false))
        }
        #endif
    }

    @Test func isDumpedInTheOrderOfTheItems() {
        var window = Self.window(2)
        window.transition(second, to: .running(predictionID: "p"))
        #expect(
            window.dump == """
                1 'item-1' ready, attempt 0, pending on disk
                2 'item-2' running p, attempt 0, pending on disk
                """)
    }
}
