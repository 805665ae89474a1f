import LosslessJSON
import NightshiftCore
import ReplicateAPI
import TestSupport
import Testing

@testable import Nightshift

/// Items that take the results of others, or need them, and which of them a session does.
@Suite(.timeLimit(.minutes(1)))
struct StoreSharingTests {
    let folder: TemporaryFolder
    let now = Timestamp(milliseconds: 1_700_000_000_000)

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open() throws -> Store { try Store(path: folder.path("checkpoints.sqlite")) }

    private func item(
        _ position: Int, digest: String? = nil, priority: Double = 0, step: String = "", needs: [Item] = []
    ) -> Item {
        var item = Item(
            position: position, key: "key-\(position)", digest: digest ?? "digest-\(position)",
            input: ["n": .number(JSONNumber(position))], name: "name-\(position)",
            origin: .line(file: "rows.csv", line: position + 2), priority: priority)
        item.step = step
        item.needs = needs.map { ItemNeed($0) }
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

    private func submitting(_ digest: String = "d") -> Transition.Change {
        .submitting(attempt: 1, CreateIntent(at: now, requestDigest: digest), changes: nil)
    }

    private func succeed(_ store: Store, _ run: RunRecord, _ key: String) async throws {
        let prediction = Prediction(id: "prediction-of-\(key)", output: "done", status: .succeeded)
        let output = StoredOutput(index: 0, path: "\(key).txt", size: 4, sha256: "00", mediaType: nil)
        try await record(
            store, run, key,
            [
                submitting(), .running(predictionID: prediction.id, since: now), .fetching(prediction, name: key),
                .succeeded([output]),
            ])
    }

    private func page(
        _ store: Store, _ run: RunRecord, step: String = "", count: Int = 9, at now: Timestamp? = nil
    ) async throws -> [LoadedItem] {
        try await store.pendingItems.pending(of: run, step: step, count: count, after: .start, at: now ?? self.now).page
            .items
    }

    // MARK: - Results of earlier runs

    @Test(arguments: [1, 3]) func resultsOfEarlierRunsAreTakenHoweverFewThereAre(count: Int) async throws {
        let store = try open()
        let items = (0..<count).map { item($0) }
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, items)
        for item in items { try await succeed(store, run, item.key) }
        var next = try await store.openRun(job: "job", fresh: true, at: now)
        (next, _) = try await store.synchronize(next, items + [item(count)])
        #expect(try await store.pendingItems.reuseEarlierResults(in: next) == count)
        // A later session knows of it as well.
        next = try await store.openRun(job: "job", fresh: false, at: now)
        #expect(next.sharesResults)
        let loaded = try await page(store, next)
        #expect(loaded.count == count + 1)
        for item in loaded.prefix(count) {
            guard case .succeeded("prediction-of-\(item.key)", _, _)? = item.shared?.outcome else {
                Issue.record("\(item.key) has \(String(describing: item.shared))")
                continue
            }
        }
        #expect(loaded.last?.shared == nil)
    }

    /// Other jobs ask for results by what was sent.
    @Test func whatThisStoreHasIsToldWithItsPrediction() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [item(0), item(1)])
        try await store.setOutputDirectory("out", of: run)
        try await succeed(store, run, "key-0")
        #expect(try await store.openRun(job: "job", fresh: false, at: now).outputDirectory == "out")
        let results = try await store.pendingItems.results(ofDigests: ["digest-0", "digest-1", "another"])
        #expect(results.map(\.digest) == ["digest-0"])
        #expect(results.first?.predictionID == "prediction-of-key-0")
        #expect(results.first?.directory == "out")
        #expect(try await store.pendingItems.reserved(paths: ["other.txt"]).isEmpty)
    }

    @Test func whatHasNoEarlierResultLeavesTheRunAsItWas() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [item(0)])
        #expect(try await store.pendingItems.reuseEarlierResults(in: run) == 0)
        #expect(try await !store.openRun(job: "job", fresh: false, at: now).sharesResults)
    }

    // MARK: - Equal inputs

    @Test func oneWhoseLeaderIsWithdrawnIsComputedItself() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [item(0, digest: "same"), item(1, digest: "same")])
        #expect(try await page(store, run).map(\.key) == ["key-0"])
        (run, _) = try await store.synchronize(run, [item(1, digest: "same")])
        let items = try await page(store, run)
        #expect(items.map(\.key) == ["key-1"])
        #expect(items.first?.shared == nil)
    }

    @Test func thoseThatAreAboutToCopyAResultGoOnWithItWhenItIsMadeAgain() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, (0..<3).map { item($0, digest: "same") })
        try await succeed(store, run, "key-0")
        for follower in try await page(store, run) {
            let shared = try #require(follower.shared)
            try await record(store, run, follower.key, [.sharing(shared, name: follower.name)])
        }
        let outcome = try await store.checkpoints.redo([RedoOrder(key: "key-0")], in: run, at: now)
        #expect(outcome.count == 1)
        // The session ended before the files were copied.
        run = try await store.openRun(job: "job", fresh: false, at: now)
        let inFlight = try await store.pendingItems.inFlight(of: run)
        #expect(inFlight.map(\.key) == ["key-1", "key-2"])
        for item in inFlight {
            guard case .succeeded("prediction-of-key-0", _, _)? = item.shared?.outcome else {
                Issue.record("\(item.key) has \(String(describing: item.shared))")
                continue
            }
            #expect(item.shared?.directory == nil && item.shared?.name == "name-0")
        }
    }

    @Test func oneWhoseLeaderHasItsResultTakesIt() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [item(0, digest: "same")])
        try await succeed(store, run, "key-0")
        (run, _) = try await store.synchronize(run, [item(0, digest: "same"), item(1, digest: "same")])
        let items = try await page(store, run)
        #expect(items.map(\.key) == ["key-1"])
        #expect(items.first?.shared?.key == "key-0")
    }

    /// It was held with the other one, which a person has had done again alone: nobody would wake it.
    @Test func oneThatIsRetriedAfterItsLeaderHasSucceededIsDue() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [item(0, digest: "same"), item(1, digest: "same")])
        try await record(store, run, "key-0", [submitting(), .held(reason: "nobody can tell")])
        let leader = SharedResult(key: "key-0", name: "name-0", outcome: .held("nobody can tell"))
        try await record(store, run, "key-1", [.sharing(leader, name: "name-1")])
        _ = try await store.checkpoints.retry(keys: ["key-0"], in: run)
        try await succeed(store, run, "key-0")
        #expect(try await store.checkpoints.retryFailed(in: run) == 1)
        #expect(try await page(store, run).map(\.key) == ["key-1"])
    }

    /// A session that dies before its outputs are stored must not make it what the other one has become.
    @Test func oneThatHasAdoptedAPredictionTakesNothingFromItsLeader() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [item(0, digest: "same"), item(1, digest: "same")])
        try await record(store, run, "key-0", [submitting(), .held(reason: "nobody can tell")])
        let leader = SharedResult(key: "key-0", name: "name-0", outcome: .held("nobody can tell"))
        try await record(store, run, "key-1", [.sharing(leader, name: "name-1")])
        let prediction = Prediction(
            id: "p1", input: ["n": 1], output: "done", status: .succeeded, createdAt: now.date)
        let adoption = try await store.checkpoints.adoption(of: prediction, for: "key-1", in: run)
        try await store.checkpoints.adopt(adoption, totals: RunTotals(), in: run, at: now)
        try await record(store, run, "key-1", [.fetching(prediction, name: "name-1")])
        let resumed = try await store.pendingItems.inFlight(of: run)
        #expect(resumed.map(\.key) == ["key-1"])
        #expect(resumed.first?.shared == nil)
    }

    /// What is read again keeps its place: only what has waited comes before what goes first.
    @Test func itemsThatAreReadAgainKeepTheirOrder() async throws {
        let store = try open()
        let items = [item(0), item(1, priority: 5), item(2, priority: 1)]
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        for _ in 1...2 {
            (run, _) = try await store.synchronize(run, items)
            #expect(try await page(store, run).map(\.key) == ["key-1", "key-2", "key-0"])
        }
    }

    @Test func aChosenItemBringsTheOneWhoseResultItTakes() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(
            run, [item(0, digest: "same"), item(1, digest: "same"), item(2)])
        // In a session of its own, as after the manifest was read anew.
        (run, _) = try await store.synchronize(
            run, [item(0, digest: "same"), item(1, digest: "same"), item(2)])
        let (chosen, count) = try await store.pendingItems.choose(ItemChoice(keys: ["key-1"]), in: run)
        #expect(count == 2)
        #expect(try await page(store, chosen).map(\.key) == ["key-0"])
        try await succeed(store, chosen, "key-0")
        #expect(try await page(store, chosen).map(\.key) == ["key-1"])
    }

    // MARK: - Needs

    @Test(arguments: [2, 3, 5]) func aChosenItemBringsAllThatItIsMadeFrom(length: Int) async throws {
        let store = try open()
        var chain: [Item] = []
        for position in 0..<length {
            chain.append(item(position, step: "step-\(position)", needs: chain.last.map { [$0] } ?? []))
        }
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, chain + [item(length, step: "step-0")])
        #expect(run.hasSteps)
        let (chosen, count) = try await store.pendingItems.choose(ItemChoice(keys: ["key-\(length - 1)"]), in: run)
        #expect(count == length)
        // What it is made from comes first, and the one beside it not at all.
        for position in 0..<length {
            #expect(try await page(store, chosen, step: "step-\(position)").map(\.key) == ["key-\(position)"])
            if position + 1 < length {
                #expect(try await page(store, chosen, step: "step-\(position + 1)").isEmpty)
            }
            try await succeed(store, chosen, "key-\(position)")
        }
    }

    /// What had failed only because something before it had, waits for that again.
    @Test(arguments: [2, 4]) func aRetryBringsBackAllThatFollows(length: Int) async throws {
        let store = try open()
        var chain: [Item] = []
        for position in 0..<length {
            chain.append(item(position, step: "step-\(position)", needs: chain.last.map { [$0] } ?? []))
        }
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, chain)
        try await record(
            store, run, "key-0",
            [submitting(), .failed(AttemptFailure(.model, "no mask"), FailureCounts(counted: 1))])
        for position in 1..<length {
            try await record(store, run, "key-\(position)", [.unmet(AttemptFailure(.stepFailed, "as key-0"))])
        }
        #expect(try await store.reports.items(of: run, in: [.failed], limit: 9).count == length)
        _ = try await store.checkpoints.retry(keys: ["key-0"], in: run)
        #expect(try await store.reports.items(of: run, in: [.pending], limit: 9).count == length)
        #expect(try await page(store, run, step: "step-0").map(\.key) == ["key-0"])
        #expect(try await page(store, run, step: "step-1").isEmpty)
    }

    // MARK: - What is due

    @Test func whatIsDueComesInTheOrderInWhichItBecameSo() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, (0..<4).map { item($0) })
        let failure = AttemptFailure(.interrupted, "interrupted")
        for (position, seconds): (Int, Int64) in [(0, 30), (1, 10), (2, 20)] {
            let due = now.advanced(by: .seconds(seconds))
            try await record(
                store, run, "key-\(position)",
                [submitting(), .waiting(failure, FailureCounts(counted: 1), due: due)])
        }
        let later = now.advanced(by: .seconds(60))
        #expect(try await page(store, run, at: later).map(\.key) == ["key-1", "key-2", "key-0", "key-3"])
        #expect(try await page(store, run, at: now).map(\.key) == ["key-3"])
        let latest = try await store.pendingItems.pending(
            of: run, count: 2, latestFirst: true, after: .start, at: later
        ).page
        #expect(latest.items.map(\.key) == ["key-0", "key-2"])
    }
}
