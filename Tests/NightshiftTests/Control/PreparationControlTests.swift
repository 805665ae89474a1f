import NightshiftCore
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// What other terminals are answered while a run is prepared.
@Suite(.timeLimit(.minutes(1)))
struct PreparationControlTests {
    private let folder: TemporaryFolder
    private let store: Store
    private let now = Timestamp(milliseconds: 1_700_000_000_000)

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.path("checkpoints.sqlite"))
    }

    @Test func ordersAreKeptForTheSession() async throws {
        let opened = try await store.openRun(job: "x", fresh: false, at: now)
        let (run, _) = try await store.synchronize(opened, [StoreTests.item(0)])
        let preparation = PreparationControl(job: "x", store: store, run: run, clock: WallClock())
        var change = OrderChange()
        change.concurrency = .to(3)
        #expect(await preparation.answer(.pause) == .overrides(RunOverrides(isPaused: true)))
        let orders = RunOverrides(isPaused: true, concurrency: 3)
        #expect(await preparation.answer(.set(change)) == .overrides(orders))
        #expect(try await store.latestRun()?.orders == orders)
        #expect(await preparation.end() == orders)
        #expect(await preparation.answer(.resume) == nil)
        #expect(try await store.latestRun()?.orders == orders)
    }

    @Test func whatNeedsTheSessionIsLeftToIt() async throws {
        let opened = try await store.openRun(job: "x", fresh: false, at: now)
        let first = PreparationControl(job: "x", store: store, run: opened, clock: WallClock())
        #expect(await first.answer(.cancel) == nil)
        #expect(await first.answer(.adopt(key: "a", predictionID: "p")) == nil)
        // There are no items yet that could be meant.
        #expect(await first.answer(.retry(keys: ["key-0"])) == nil)
        #expect(await first.answer(.status) == .refused("the run of 'x' is still being prepared"))
        let (run, _) = try await store.synchronize(opened, [StoreTests.item(0)])
        let second = PreparationControl(job: "x", store: store, run: run, clock: WallClock())
        guard case .retried(let outcome)? = await second.answer(.retry(keys: ["key-0"])) else {
            Issue.record("it was not retried")
            return
        }
        #expect(outcome.unchanged == ["key-0": .pending])
    }

    /// Who asked then finds no run, and does it in the store.
    @Test func aRunThatEndsBeforeItsSessionHasNoAnswer() async throws {
        let run = try await store.openRun(job: "x", fresh: false, at: now)
        let broker = ControlBroker(
            preparation: PreparationControl(job: "x", store: store, run: run, clock: WallClock()))
        let (ticket, answers) = broker.ticket()
        _ = ticket
        broker.close()
        for await answer in answers { Issue.record("answered \(answer)") }
        await broker.ask(.cancel) { Issue.record("answered \($0)") }
    }
}
