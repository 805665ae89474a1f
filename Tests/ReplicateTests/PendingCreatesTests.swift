import Foundation
import LosslessJSON
import ReplicateAPI
import Testing

@testable import Replicate

/// Which predictions of an account certainly are those that a client's canceled runs have left behind.
struct PendingCreatesTests {
    private let start = Date(timeIntervalSince1970: 1_800_000_000)

    private func row(
        _ id: String, _ input: JSONValue = ["n": 1], _ status: PredictionStatus = .processing, source: String = "api"
    ) -> Prediction {
        Prediction(id: id, input: input, status: status, source: source)
    }

    /// As many abandoned creates of one input.
    private func abandoned(_ count: Int, awaited: Int = 0) -> PendingCreates {
        var creates = PendingCreates()
        for _ in 0..<count { creates.abandon(creates.begin(["n": 1], at: start)) }
        for _ in 0..<awaited { _ = creates.begin(["n": 1], at: start) }
        return creates
    }

    @Test(arguments: [1, 2, 5])
    func asManyAsWereAbandonedAreFoundAtTheSecondLook(count: Int) {
        var creates = abandoned(count)
        let rows = (1...count).map { row("p\($0)") }
        #expect(creates.abandoned(in: rows) == [])
        #expect(creates.abandoned(in: rows) == rows.map(\.id))
        #expect(creates.abandoned(in: rows) == [])
    }

    @Test(arguments: [
        [0, 1, 2], [0], [],
    ])
    func moreOrFewerCannotBeToldApart(rows: [Int]) {
        var creates = abandoned(2)
        for _ in 0..<4 { #expect(creates.abandoned(in: rows.map { row("p\($0)") }) == []) }
    }

    @Test func oneThatIsWaitedForMayBeAnyOfThem() {
        var creates = abandoned(1, awaited: 1)
        for _ in 0..<3 {
            #expect(creates.abandoned(in: [row("p")]) == [])
            #expect(creates.abandoned(in: [row("p"), row("q")]) == [])
        }
    }

    @Test func whatBelongsToOthersDoesNotCount() {
        var creates = abandoned(1)
        creates.note("known")
        let rows = [
            row("known"), row("done", ["n": 1], .succeeded), row("web", source: "web"), row("other", ["n": 2]),
            row("p"),
        ]
        #expect(creates.abandoned(in: rows) == [])
        #expect(creates.abandoned(in: rows) == ["p"])
    }

    @Test func aChangeBetweenTwoLooksIsNoProof() {
        var creates = abandoned(1)
        #expect(creates.abandoned(in: [row("p")]) == [])
        #expect(creates.abandoned(in: [row("q")]) == [])
        #expect(creates.abandoned(in: [row("q")]) == ["q"])
    }

    @Test func oneThatIsAnsweredIsNotLookedForAnyMore() {
        var creates = PendingCreates()
        let (early, late) = (creates.begin(["n": 1], at: start), creates.begin(["n": 1], at: start + 5))
        #expect(creates.abandonedSince == nil)
        creates.abandon(late)
        #expect(creates.abandonedSince == start + 5)
        creates.abandon(early)
        creates.abandon(early)
        #expect(creates.abandonedSince == start)
        _ = creates.abandoned(in: [row("p"), row("q")])
        creates.end(early)
        #expect(creates.abandonedSince == start + 5)
        #expect(creates.abandoned(in: [row("p"), row("q")]) == [])
        #expect(creates.abandoned(in: [row("q")]) == [])
        #expect(creates.abandoned(in: [row("q")]) == ["q"])
        creates.end(late)
        #expect(creates.abandonedSince == nil)
        #expect(creates.abandoned(in: [row("q")]) == [])
        // Nothing is remembered of those that are over.
        creates.abandon(creates.begin(["n": 1], at: start))
        #expect(creates.abandoned(in: [row("q")]) == [])
        #expect(creates.abandoned(in: [row("q")]) == ["q"])
    }

    @Test func onlyTheNewestIDsAreRemembered() {
        var creates = abandoned(1)
        creates.note("first")
        for number in 1..<4096 { creates.note("n\(number)") }
        for _ in 0..<2 { #expect(creates.abandoned(in: [row("first")]) == []) }
        creates.note("one more")
        _ = creates.abandoned(in: [row("first")])
        #expect(creates.abandoned(in: [row("first")]) == ["first"])
        for _ in 0..<2 { #expect(creates.abandoned(in: [row("n1")]) == []) }
    }
}
