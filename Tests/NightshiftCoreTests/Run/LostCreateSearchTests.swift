import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// What of the account's list may answer a lost create. What is overlooked here would be paid for twice.
struct LostCreateSearchTests {
    private static let ours: JSONValue = ["n": 1]
    private let search = LostCreateSearch(wanted: [RequestDigest.of(ours)], fingerprints: [])

    private func page(_ rows: JSONValue...) throws -> Page<Prediction> {
        try Page(json: ["results": .array(rows), "next": .null])
    }

    private func candidates(_ page: Page<Prediction>) -> [ReconcileCandidate] {
        search.candidates(among: page.results) + search.candidates(amongUnreadable: page.unreadable)
    }

    @Test func aRowThatCannotBeReadIsNotOverlooked() throws {
        let found = candidates(
            try page(
                ["id": "a", "status": "succeeded", "input": ["n": 2]],
                ["id": "ours", "status": .null, "input": Self.ours],
                ["id": "other", "status": .null, "input": ["n": 3]]))
        #expect(found.map(\.prediction.id) == ["ours"])
        #expect(found.first?.likeness?.digests == [RequestDigest.of(Self.ours)])
    }

    @Test func oneThatHidesItsInputMayBeAny() throws {
        let found = candidates(
            try page(["id": "a", "status": "succeeded", "input": ["n": 2]], ["id": "hidden", "created_at": "soon"]))
        #expect(found.map(\.prediction.id) == ["hidden"])
        #expect(found.first?.isBare == true)
    }

    @Test func aPageWithNothingThatCanBeReadIsRefused() {
        #expect(throws: ResourceDecodingError.self) { try page(["id": 1], ["status": .null]) }
    }

    @Test(arguments: [
        ([5, 4, 2], true), ([5, 4, 3], false), ([2], true), ([], false),
        // Neither order is what the search goes by, so older rows say nothing of those that follow.
        ([1, 2, 5], false), ([5, 1, 2], false), ([1, 5, 2], false),
    ])
    func endsOnlyBehindTheTimeInAListInOrder(seconds: [Int], ends: Bool) {
        let predictions = seconds.map {
            Prediction(
                id: "\($0)", status: .succeeded, createdAt: Timestamp(milliseconds: Int64($0) * 1000).date)
        }
        #expect(ListPage(predictions, candidates: []).reachesBehind(Timestamp(milliseconds: 3000)) == ends)
    }
}
