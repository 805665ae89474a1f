import Foundation
import GRDB
import NightshiftCore
import ReplicateAPI
import TestSupport
import Testing

@testable import Nightshift

/// A transition is written only over the state that it was decided for.
@Suite(.timeLimit(.minutes(1)))
struct GuardedUpdateTests {
    private let folder: TemporaryFolder
    private let store: Store
    private let now = Timestamp(milliseconds: 1_700_000_000_000)

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.path("checkpoints.sqlite"))
    }

    private func begin() async throws -> (RunRecord, [LoadedItem]) {
        let opened = try await store.openRun(job: "job", fresh: false, at: now)
        let (run, _) = try await store.synchronize(opened, [StoreTests.item(0), StoreTests.item(1)])
        return (run, try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.items)
    }

    private func transition(_ item: LoadedItem, _ change: Transition.Change) -> Transition {
        Transition(item: item.id, key: item.key, attempt: 1, at: now, change: change)
    }

    private func intent(_ item: LoadedItem) -> Transition {
        transition(item, .submitting(attempt: 1, CreateIntent(at: now, requestDigest: "d"), changes: nil))
    }

    @Test func whatAnotherProgramHasChangedIsNotWrittenOver() async throws {
        let (run, items) = try await begin()
        let (first, second) = (items[0], items[1])
        _ = try await store.checkpoints.record([intent(second)], totals: RunTotals(), in: run)
        // Somebody with a tool of their own.
        let other = try DatabaseQueue(path: store.path)
        try await other.write { database in
            try database.execute(
                sql: "UPDATE item SET state = 'failed', finished_at = 1, failure = 'by hand' WHERE key = ?",
                arguments: [second.key])
        }
        try other.close()
        var totals = RunTotals()
        totals.spend(predictions: 7, on: "")
        let error = await #expect(throws: StoreError.self) {
            try await store.checkpoints.record(
                [
                    intent(first),
                    transition(second, .waiting(AttemptFailure(.model, "x"), FailureCounts(), due: now)),
                ],
                totals: totals, in: run)
        }
        #expect(error?.cause == .storeChanged)
        #expect(
            error?.message.contains(
                "item 'key-1' was to become 'pending', but is 'failed' in the checkpoints: another program") == true)
        // Of the whole commit nothing is there.
        let after = try await store.reports.items(of: run, limit: 9)
        #expect(after.map(\.state) == [.pending, .failed])
        #expect(after[1].failure == "by hand")
        #expect(try await store.reports.totals(of: run).predictions == 0)
    }

    @Test func anItemThatIsGoneIsNoSuccess() async throws {
        let (run, items) = try await begin()
        let other = try DatabaseQueue(path: store.path)
        try await other.write { try $0.execute(sql: "DELETE FROM item WHERE key = 'key-0'") }
        try other.close()
        let error = await #expect(throws: StoreError.self) {
            try await store.checkpoints.record([intent(items[0])], totals: RunTotals(), in: run)
        }
        #expect(error?.message.contains("is no longer there in the checkpoints") == true)
    }

    @Test(arguments: ItemState.allCases)
    func onlyPendingItemsAreSent(state: ItemState) throws {
        let change = Transition.Change.submitting(
            attempt: 1, CreateIntent(at: now, requestDigest: "d"), changes: nil)
        #expect(change.predecessors.all.contains(state) == (state == .pending))
    }

    @Test(arguments: [ItemState.succeeded, .withdrawn])
    func nothingFollowsAResult(state: ItemState) {
        let failure = AttemptFailure(.model, "x")
        let changes: [Transition.Change] = [
            .returned(attempt: 1, due: now), .running(predictionID: "p", since: now),
            .found(attempt: 1, predictionID: "p", since: now),
            .fetching(Prediction(id: "p", output: nil, status: .succeeded), name: "n"), .succeeded([]),
            .waiting(failure, FailureCounts(), due: now), .failed(failure, FailureCounts()), .unmet(failure),
            .held(reason: "x"), .unshared(due: now), .canceled(reason: "x", predictTime: nil),
        ]
        for change in changes { #expect(!change.predecessors.all.contains(state), "\(change)") }
    }
}
