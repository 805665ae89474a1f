import GRDB
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import TestSupport
import Testing

@testable import Nightshift

/// An input set becomes the run's as a whole or not at all, and keeps nobody else waiting.
@Suite(.timeLimit(.minutes(1)))
struct ItemSynchronizationTests {
    let folder: TemporaryFolder
    let now = Timestamp(milliseconds: 1_700_000_000_000)

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open() throws -> Store { try Store(path: folder.path("checkpoints.sqlite")) }

    private func item(
        _ position: Int, key: String? = nil, digest: String? = nil, step: String = "", needs: [Item] = [],
        problem: String? = nil
    ) -> Item {
        var item = StoreTests.item(position, key: key, digest: digest, name: key)
        item.step = step
        item.needs = needs.map { ItemNeed($0) }
        item.problem = problem
        return item
    }

    private func record(_ store: Store, _ run: RunRecord, _ key: String, _ changes: [Transition.Change]) async throws {
        let item = try #require(try await store.checkpoints.adoptee(key: key, in: run)).item
        for change in changes {
            _ = try await store.checkpoints.record(
                [Transition(item: item.id, key: key, attempt: 1, at: now, change: change)],
                totals: RunTotals(), in: run)
        }
    }

    private func running(_ id: String) -> [Transition.Change] {
        [
            .submitting(attempt: 1, CreateIntent(at: now, requestDigest: "d"), changes: nil),
            .running(predictionID: id, since: now),
        ]
    }

    private func succeeding(_ id: String) -> [Transition.Change] {
        running(id) + [
            .fetching(Prediction(id: id, output: "done", status: .succeeded), name: id), .succeeded([]),
        ]
    }

    /// All that anybody can see of a run.
    private struct View: Equatable {
        var items: [ItemSummary]
        var exported: [Int]
        var details: [ItemDetail?]
        var totals: RunTotals
        var pending: [ItemID]
        var inFlight: [ItemID]
        var reasons: [String]
        var run: RunRecord?
    }

    private func view(_ store: Store) async throws -> View {
        let run = try #require(try await store.latestRun())
        let items = try await store.reports.items(of: run, in: Set(ItemState.allCases), limit: 99)
        var details: [ItemDetail?] = []
        for item in items { details.append(try await store.reports.detail(ofItem: item.key, in: run)) }
        return View(
            items: items, exported: try store.reports.exportItems(of: run, after: nil, limit: 99).map(\.position),
            details: details, totals: try await store.reports.totals(of: run),
            pending: try await store.pendingItems.pending(of: run, count: 99, after: .start, at: now).page.items.map(
                \.id),
            inFlight: try await store.pendingItems.inFlight(of: run).map(\.id),
            reasons: try await store.reports.failureReasons(of: run, limit: 9).map(\.reason), run: run)
    }

    /// Six items: succeeded, failed, running, pending, pending, and one that was withdrawn.
    private func scene() async throws -> (store: Store, run: RunRecord) {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, (0..<6).map { item($0) })
        (run, _) = try await store.synchronize(run, (0..<5).map { item($0) })
        try await record(store, run, "key-0", succeeding("p0"))
        try await record(
            store, run, "key-1",
            running("p1") + [.failed(AttemptFailure(.model, "no mask"), FailureCounts(counted: 1))])
        try await record(store, run, "key-2", running("p2"))
        return (store, run)
    }

    /// Another manifest: it drops an item, moves and renames one, changes one and brings one back, and has new ones.
    private var edited: [Item] {
        [
            item(0, key: "first"), item(1, key: "key-1", digest: "digest-1"),
            item(2, key: "key-0", digest: "digest-0"), item(3, key: "key-3", digest: "other"),
            item(4, key: "key-5", digest: "digest-5"),
            item(5, key: "equal", digest: "digest-0"), item(6, key: "taken", digest: "digest-2"),
            item(7, key: "unfit", problem: "no"),
        ]
    }

    @Test func othersReadAndWriteWhileASetIsRead() async throws {
        let (store, run) = try await scene()
        let before = try await view(store)
        var synchronization = try await ItemSynchronization(of: run, in: store, at: now)
        for item in edited { _ = try await synchronization.add([item]) }
        _ = try await synchronization.review()

        let reader = try Store(readingAt: store.path)
        #expect(try await view(reader) == before)
        let writer = try open()
        let orders = RunOverrides(isPaused: true)
        try await writer.keep(orders, of: run)
        #expect(try await writer.checkpoints.retry(keys: ["key-1"], in: run).retried == [.failed: 1])

        let sealed = try await synchronization.seal()
        #expect(try await reader.latestRun()?.orders == orders)
        let states = try await store.reports.items(of: sealed, limit: 99).map { [$0.key, $0.state.rawValue] }
        #expect(
            states == [
                ["first", "pending"], ["key-1", "pending"], ["key-0", "succeeded"], ["key-3", "pending"],
                ["key-5", "pending"], ["equal", "pending"], ["taken", "running"], ["unfit", "failed"],
            ])
        #expect(try await store.reports.items(of: sealed, in: [.withdrawn], limit: 99).map(\.key) == ["key-4"])
    }

    @Test func theReportTellsWhatTheSetMeans() async throws {
        let (store, run) = try await scene()
        let (_, report) = try await store.synchronize(run, edited)
        #expect((report.items, report.new, report.changed, report.done) == (8, 2, 1, 1))
        #expect((report.failed, report.unfinished, report.invalid, report.withdrawn) == (1, 2, 1, 1))
        #expect(report.toDo == 5)
    }

    @Test(arguments: [0, 1, 5, 8]) func aSetThatIsNotSealedChangesNothing(count: Int) async throws {
        let (store, run) = try await scene()
        let before = try await view(store)
        var synchronization = try await ItemSynchronization(of: run, in: store, at: now)
        _ = try await synchronization.add(Array(edited.prefix(count)))
        #expect(try await view(store) == before)
        // The next one begins from what there was, and nothing of this one is left.
        let (again, report) = try await store.synchronize(run, (0..<5).map { item($0) })
        #expect((report.new, report.changed, report.unfinished, report.withdrawn) == (0, 0, 3, 1))
        var after = try await view(store)
        #expect(after.run == again)
        after.run = before.run
        #expect(after == before)
        let rows = try await store.pool.read { database in
            try ["item", "item_change", "need_change"].map {
                try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \($0)") ?? 0
            }
        }
        #expect(rows == [6, 0, 0])
    }

    @Test func aFirstSetThatIsNotSealedIsNoRun() async throws {
        let store = try open()
        let run = try await store.openRun(job: "job", fresh: false, at: now)
        var synchronization = try await ItemSynchronization(of: run, in: store, at: now)
        _ = try await synchronization.add((0..<2500).map { item($0) })
        #expect(try await store.latestRun() == nil)
        var next = try await store.openRun(job: "job", fresh: false, at: now)
        (next, _) = try await store.synchronize(next, [item(7)])
        #expect(try await store.reports.totals(of: next).items == 1)
        let rows = try await store.pool.read { database in
            try ["run", "item"].map { try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \($0)") ?? 0 }
        }
        #expect(rows == [1, 1])
    }

    @Test func aFreshStartThatIsNotSealedLeavesTheRunBefore() async throws {
        let (store, run) = try await scene()
        let before = try await view(store)
        let fresh = try await store.openRun(job: "job", fresh: true, at: now)
        var synchronization = try await ItemSynchronization(of: fresh, in: store, at: now)
        _ = try await synchronization.add(edited)
        #expect(try await view(store) == before)
        #expect(try await store.openRun(job: "job", fresh: false, at: now) == run)
    }

    @Test func aSetThatAnotherOneHasReplacedIsNotSealed() async throws {
        let (store, run) = try await scene()
        var synchronization = try await ItemSynchronization(of: run, in: store, at: now)
        _ = try await synchronization.add(edited)
        _ = try await store.synchronize(run, [item(0)])
        let before = try await view(store)
        let error = await #expect(throws: StoreError.self) { try await synchronization.seal() }
        #expect(error?.cause == .storeChanged)
        #expect(try await view(store) == before)
    }

    /// Keys change places while one is in flight: what is paid for goes with its input, not with its key.
    @Test(arguments: [true, false]) func whatIsInFlightGoesWithItsInput(isFirst: Bool) async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [item(0, key: "a", digest: "one")])
        try await record(store, run, "a", running("p"))
        let items =
            isFirst
            ? [item(0, key: "b", digest: "one"), item(1, key: "a", digest: "two")]
            : [item(0, key: "a", digest: "two"), item(1, key: "b", digest: "one")]
        let report: SynchronizationReport
        (run, report) = try await store.synchronize(run, items)
        #expect((report.items, report.new, report.changed, report.unfinished, report.withdrawn) == (2, 0, 1, 1, 0))
        #expect(try await store.pendingItems.inFlight(of: run).map(\.key) == ["b"])
        let pending = try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.items
        #expect(pending.map(\.key) == ["a"])
        guard case .pending = pending.first?.checkpoint else {
            Issue.record("the item with the new content goes on with what was sent for the old one")
            return
        }
        #expect(try await store.reports.items(of: run, limit: 9).map(\.position) == [0, 1])
    }

    /// One that comes before the item in flight whose result it shares does not compute it once more.
    @Test func oneThatComesFirstWaitsForTheOneInFlight() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [item(0, digest: "same"), item(1, digest: "same")])
        try await record(store, run, "key-0", running("p"))
        (run, _) = try await store.synchronize(
            run,
            [
                item(0, key: "new", digest: "same"), item(1, key: "key-1", digest: "same"),
                item(2, key: "key-0", digest: "same"),
            ])
        #expect(try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.items.isEmpty)
        try await record(
            store, run, "key-0",
            [.fetching(Prediction(id: "p", output: "x", status: .succeeded), name: "n"), .succeeded([])])
        let taken = try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.items
        #expect(Set(taken.map(\.key)) == ["new", "key-1"])
        #expect(taken.allSatisfy { $0.shared?.key == "key-0" })
    }

    @Test func whoHasAnotherLeaderThanBeforeFollowsThatOne() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        let equal = (0..<4).map { item($0, digest: "same") }
        (run, _) = try await store.synchronize(run, equal)
        // The leader's content is another now, and the last one comes first.
        (run, _) = try await store.synchronize(
            run,
            [
                item(0, key: "key-3", digest: "same"), item(1, key: "key-0", digest: "other"),
                item(2, key: "key-1", digest: "same"), item(3, key: "key-2", digest: "same"),
            ])
        let pending = try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.items
        #expect(pending.map(\.key) == ["key-3", "key-0"])
        try await record(store, run, "key-3", succeeding("p"))
        let taken = try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.items
        #expect(Set(taken.map(\.key)) == ["key-0", "key-1", "key-2"])
    }

    @Test func namesAreComparedAcrossKnownAndNewItems() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [StoreTests.item(0, name: "a"), StoreTests.item(1, name: "b")])
        func conflicts(_ items: [Item]) async throws -> [String] {
            let report: SynchronizationReport
            (run, report) = try await store.synchronize(run, items)
            return report.conflicts.map(\.place)
        }
        // A known one that stays, one that was renamed, and one whose name has become free.
        #expect(try await conflicts([StoreTests.item(0, name: "a"), StoreTests.item(1, name: "A")]) == ["rows.csv:3"])
        #expect(
            try await conflicts([
                StoreTests.item(0, name: "c"), StoreTests.item(1, name: "b"), StoreTests.item(2, name: "c"),
            ]) == ["rows.csv:4"])
        #expect(
            try await conflicts([
                StoreTests.item(0, name: "b"), StoreTests.item(1, name: "a"), StoreTests.item(2, name: "d"),
            ]) == [])
        #expect(try await conflicts([StoreTests.item(3, name: "b"), StoreTests.item(0, name: "b")]) == ["rows.csv:2"])
    }

    @Test func needsFollowTheManifest() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        let (one, two) = (item(0, key: "one", step: "a"), item(1, key: "two", step: "a"))
        (run, _) = try await store.synchronize(run, [one, two, item(2, key: "made", step: "b", needs: [one])])
        func needs() async throws -> [String] {
            try await store.pool.read { database in
                try String.fetchAll(database, sql: "SELECT key FROM need JOIN item ON item.id = needs_id ORDER BY key")
            }
        }
        #expect(try await needs() == ["one"])
        (run, _) = try await store.synchronize(run, [one, two, item(2, key: "made", step: "b", needs: [two])])
        #expect(try await needs() == ["two"])
        try await record(store, run, "one", succeeding("p1"))
        #expect(
            try await store.pendingItems.pending(of: run, step: "b", count: 9, after: .start, at: now).page.items
                .isEmpty)
        try await record(store, run, "two", succeeding("p2"))
        #expect(
            try await store.pendingItems.pending(of: run, step: "b", count: 9, after: .start, at: now).page.items.map(
                \.key)
                == ["made"])
    }
}
