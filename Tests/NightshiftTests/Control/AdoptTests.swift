import LosslessJSON
import NightshiftCore
import Replicate
import ReplicateAPI
import ReplicateServer
import TestSupport
import Testing

@testable import Nightshift

/// Items of which nobody can tell what became of their creates, and the person who can.
@Suite(.timeLimit(.minutes(1)))
struct AdoptTests {
    private static let manifest = """
        job: held
        model: nightshift/sleeper
        inputs: { list: [{ name: ada }, { name: alan }] }
        input: { seconds: 0.01, text: "{{ name }}" }
        key: "{{ name }}"
        outputs: { directory: out, name: "{{ name }}" }
        rate: unlimited
        """

    private func version(_ client: Client) async throws -> String {
        try #require(try await client.models.get("nightshift", "sleeper").latestVersion?.id)
    }

    /// Gives `body` a job whose items are both held, and a client of its server.
    private func withHeldItems(_ body: (JobFolder, Client) async throws -> Void) async throws {
        try await EmbeddedServer.withServer { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.manifest)
            let (store, run) = try await job.expand()
            let now = WallClock().now
            let page = try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page
            #expect(page.items.count == 2)
            let transitions = page.items.map {
                Transition(item: $0.id, key: $0.key, attempt: 1, at: now, change: .held(reason: "nobody can tell"))
            }
            var totals = try await store.reports.totals(of: run)
            totals.predictions = 2
            _ = try await store.checkpoints.record(transitions, totals: totals, in: run)
            try await body(job, try Client(token: "test-token", baseURL: baseURL))
        }
    }

    @Test func statusListsWhatIsHeldAndAdoptGetsItsResultWithoutAnotherPrediction() async throws {
        try await withHeldItems { job, client in
            let status = try await job.engine.job(at: job.manifest).status()
            #expect(status.heldItems.map(\.key) == ["ada", "alan"])
            #expect(status.heldItems.map(\.reason) == ["nobody can tell", "nobody can tell"])

            let made = try await client.predictions.create(
                .version(try await version(client)), input: ["seconds": 0.01, "text": "ada"])
            let answer = try await job.engine.job(at: job.manifest).control(.adopt(key: "ada", predictionID: made.id))
            guard case .adopted = answer else {
                Issue.record("answered \(answer)")
                return
            }
            let report = try await job.run()
            #expect(report.counts.succeeded == 1)
            #expect(report.counts.held == 1)
            #expect(report.counts.predictions == 2)
            #expect(try job.folder.text("out/ada.txt") == "ada")
            #expect(try await job.items(in: [.succeeded]).map(\.predictionID) == [made.id])
        }
    }

    @Test func aPredictionOfAnotherInputOrOfNobodyIsRefused() async throws {
        try await withHeldItems { job, client in
            let made = try await client.predictions.create(
                .version(try await version(client)), input: ["seconds": 0.01, "text": "alan"])
            let wrong = await #expect(throws: EngineError.self) {
                try await job.engine.job(at: job.manifest).control(.adopt(key: "ada", predictionID: made.id))
            }
            #expect(wrong?.message == "the input of prediction \(made.id) is not that of item 'ada'")
            let unknown = await #expect(throws: EngineError.self) {
                try await job.engine.job(at: job.manifest).control(.adopt(key: "ada", predictionID: "nobody"))
            }
            #expect(unknown?.message == "the provider knows no prediction 'nobody'")
            #expect(try await job.items(in: [.held]).count == 2)
        }
    }

    @Test func retryMakesHeldItemsPendingAndTheNextRunCreatesThem() async throws {
        try await withHeldItems { job, _ in
            #expect(try await job.engine.job(at: job.manifest).keys(meant: ["ad"]) == ["ada"])
            let answer = try await job.engine.job(at: job.manifest).control(.retry(keys: ["ada", "nobody"]))
            guard case .retried(let outcome) = answer else {
                Issue.record("answered \(answer)")
                return
            }
            #expect(outcome.retried == [.held: 1])
            #expect(outcome.unknown == ["nobody"])
            let report = try await job.run()
            #expect(report.counts.succeeded == 1)
            #expect(report.counts.held == 1)
            #expect(report.counts.predictions == 3)
            let again = try await job.engine.job(at: job.manifest).control(.retry(keys: ["ada"]))
            guard case .retried(let nothing) = again else {
                Issue.record("answered \(again)")
                return
            }
            #expect(nothing.count == 0)
            #expect(nothing.unchanged == ["ada": .succeeded])
        }
    }

    @Test(arguments: [("a", "'a' may be 'ada', 'alan'"), ("bob", "job 'held' has no item 'bob'")])
    func aTextThatMeansNoItemOrSeveralIsRefused(text: String, sentence: String) async throws {
        try await withHeldItems { job, _ in
            let error = await #expect(throws: EngineError.self) {
                try await job.engine.job(at: job.manifest).keys(meant: [text])
            }
            #expect(error?.message.contains(sentence) == true)
        }
    }
}

extension JobFolder {
    /// Writes the items of the job as a run does before it creates anything.
    fileprivate func expand() async throws -> (Store, RunRecord) {
        let job = try engine.job(at: manifest)
        let place = job.paths
        try engine.makeDirectory(place.directory)
        let store = try Store(path: place.storePath)
        let run = try await store.openRun(job: place.job, fresh: false, at: WallClock().now)
        let inputs = InputSet(job.loaded)
        let digests = FileDigestCache(path: place.digestCachePath)
        let renewed = try await inputs.renderingAhead(digests: digests) { items in
            var synchronization = try await ItemSynchronization(of: run, in: store, at: run.startedAt)
            for try await batch in items { _ = try await synchronization.add(batch) }
            return try await synchronization.seal()
        }
        return (store, renewed)
    }
}
