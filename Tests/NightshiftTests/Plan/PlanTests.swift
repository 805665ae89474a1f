import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateServer
import TestSupport
import Testing

@testable import Nightshift

/// What `plan` says before anything is sent, and what `run` does with it.
@Suite(.timeLimit(.minutes(2)))
struct PlanTests {
    private static let posters = """
        job: posters
        model: nightshift/poster
        provider: local
        inputs: { csv: rows.csv }
        input: { prompt: "{{ prompt }}", style: "{{ style }}", width: "{{ width }}", height: 64 }
        key: "{{ prompt }}"
        """

    private func folder(_ rows: [String], manifest: String = posters) throws -> JobFolder {
        let job = try JobFolder(manifest)
        try job.folder.write("rows.csv", (["prompt,style,width"] + rows).joined(separator: "\n") + "\n")
        return job
    }

    @Test func everyItemIsCheckedAndTheSameMistakeIsToldOnce() async throws {
        let bad = (1...7).map { "bad \($0),night,\($0 + 1600)" }
        let job = try folder(["good,night,64", "odd,nigth,65"] + bad + ["short,dusk,6.5"])
        defer { withExtendedLifetime(job) {} }
        let plan = try await job.engine.job(at: job.manifest).plan()
        #expect(plan.schema.isChecked)
        #expect(plan.schema.doubt == nil)
        #expect((plan.items, plan.new, plan.invalid, plan.problemCount) == (10, 1, 9, 9))
        #expect(plan.problems.map(\.kind) == ["choice", "range", "type"])
        #expect(plan.problems.map(\.count) == [1, 7, 1])
        let rows = job.folder.path("rows.csv").split(separator: "/").last ?? ""
        #expect(plan.problems[1].examples.map(\.place) == (4...8).map { "\(rows):\($0)" })
        #expect(plan.problems[1].examples.map(\.found).first == "1601")
        #expect(plan.problems[0].title.hasSuffix("did you mean 'night'?"))
        #expect(plan.problems[2].title == "'width' is '6.5'; the model takes a whole number from 64 to 1536")
        #expect(!FileManager.default.fileExists(atPath: job.folder.path(".nightshift")))
    }

    @Test func runRefusesWhatThePlanRefusesAndSendsNothing() async throws {
        let job = try folder(["good,night,64", "bad,night,5"])
        defer { withExtendedLifetime(job) {} }
        let failure = await job.failure()
        #expect(failure?.cause == .invalidInputs)
        #expect(
            failure?.message.hasPrefix(
                "rows.csv:3: error: 'width' is 5; the model takes a whole number from 64 to 1536") == true)
        #expect(failure?.facts["can_be_skipped"] == "true")
        await #expect(throws: EngineError.self, "there is no run yet") { try await job.items() }
    }

    @Test func whatCannotBeSentFailsWithItsReasonAndCostsNothing() async throws {
        let manifest = Self.posters.replacing("height: 64", with: "height: 64, seed: \"{{ seed | int }}\"")
            .replacing("provider: local\n", with: "")
        let server = EmbeddedServer()
        try await server.whileRunning { baseURL in
            let job = try JobFolder(baseURL: baseURL, manifest)
            defer { withExtendedLifetime(job) {} }
            try job.folder.write(
                "rows.csv", "prompt,style,width,seed\na,night,64,1\nb,noon,64,2\nc,night,64,many\nd,night,64,4\ne\n")
            var options = RunOptions()
            options.skipInvalid = true
            let report = try await job.run(options)
            #expect(report.end == .completed)
            #expect((report.counts.items, report.counts.succeeded, report.counts.failed) == (5, 2, 3))
            #expect(report.counts.predictions == 2)
            #expect(server.counts.accepted == 2)
            let failed = try await job.items(in: [.failed])
            #expect(failed.map(\.key).prefix(2) == ["b", "c"])
            #expect(failed.map(\.attempts) == [0, 0, 0])
            #expect(failed[0].failure?.hasPrefix("'style' is 'noon'; the model takes one of: ") == true)
            #expect(failed[1].failure == "'seed | int': expected a whole number, found 'many'")
            #expect(failed[2].failure?.contains("the header names 4 columns") == true)

            // Trying failures again tries nothing that cannot be sent.
            options.retryFailed = true
            let again = try await job.run(options)
            #expect(again.counts.failed == 3)
            #expect(server.counts.accepted == 2)

            // A mended row is an item like any other.
            try job.folder.write(
                "rows.csv", "prompt,style,width,seed\na,night,64,1\nb,dusk,64,2\nc,night,64,3\nd,night,64,4\n")
            let mended = try await job.run()
            #expect((mended.counts.items, mended.counts.succeeded, mended.counts.failed) == (4, 4, 0))
            #expect(server.counts.accepted == 4)
        }
    }

    @Test func anItemThatFitsAnotherVersionIsTriedAfterAll() async throws {
        let folder = try TemporaryFolder()
        let store = try Store(path: folder.path("checkpoints.sqlite"))
        let run = try await store.openRun(job: "x", fresh: true, at: WallClock().now)
        @Sendable func item(_ problem: String?) -> Item {
            Item(
                position: 0, key: "a", digest: "d", input: [:], name: "a", origin: .row(1, of: "list"), problem: problem
            )
        }
        let (refused, first) = try await store.synchronize(run, [item("'a' is 5")])
        #expect((first.items, first.new, first.invalid, first.toDo) == (1, 0, 1, 0))
        #expect(try await store.reports.totals(of: refused)[.failed] == 1)
        let (taken, second) = try await store.synchronize(refused, [item(nil)])
        #expect((second.items, second.changed, second.invalid, second.toDo) == (1, 1, 0, 1))
        #expect(try await store.reports.totals(of: taken)[.pending] == 1)
        let (last, third) = try await store.synchronize(taken, [item("'a' is 5")])
        #expect((third.unfinished, third.invalid, third.toDo) == (0, 1, 0))
        #expect(try await store.reports.totals(of: last)[.failed] == 1)
    }

    @Test func withoutAProviderThePlanSaysWhatWasNotChecked() async throws {
        let job = try folder(["good,nigth,1"])
        defer { withExtendedLifetime(job) {} }
        let offline = try await job.engine.job(at: job.manifest).plan(options: PlanOptions(offline: true))
        #expect(!offline.schema.isChecked)
        #expect(offline.schema.doubt == "nobody was asked")
        #expect(offline.problemCount == 0)
        let remote = try JobFolder(token: nil, Self.posters.replacing("provider: local\n", with: ""))
        defer { withExtendedLifetime(remote) {} }
        try remote.folder.write("rows.csv", "prompt,style,width\na,night,64\n")
        let plan = try await remote.engine.job(at: remote.manifest).plan()
        #expect(!plan.schema.isChecked)
        #expect(plan.schema.doubt == "REPLICATE_API_TOKEN is not set")
    }

    @Test func theSchemaOfAPinnedVersionIsTakenFromTheStore() async throws {
        let manifest = """
            job: sleepers
            model: nightshift/sleeper
            inputs: { csv: rows.csv }
            input: { seconds: "{{ seconds }}", text: "{{ text }}", bytes: 1000 }
            outputs: { directory: out }
            price: { per_second: 2, per_prediction: 0.5 }
            rate: 600/min
            concurrency: 2
            """
        let server = EmbeddedServer()
        let job = try await server.whileRunning { baseURL in
            let job = try JobFolder(baseURL: baseURL, manifest)
            defer { withExtendedLifetime(job) {} }
            try job.folder.write("rows.csv", "seconds,text\n0.02,a\n0.02,b\n,c\n0.02,d\n")
            let before = try await job.engine.job(at: job.manifest).plan()
            #expect(before.toDo == 4)
            #expect(before.estimate.duration == nil)
            #expect(before.estimate.cost == nil)
            #expect(before.estimate.creates == 4)
            // The third row leaves out the seconds, and then the model sleeps one.
            #expect(before.firstItems[2].input == ["text": "c", "bytes": 1000])
            #expect(try await job.run().counts.succeeded == 4)
            return job
        }
        // The server is gone; its word for a version is as good as ever.
        try job.folder.write("rows.csv", "seconds,text\n0.02,a\n0.02,b\n,c\n0.02,d\n0.5,e\n-1,f\nsoon,g\n0.5,h\n")
        let plan = try await job.engine.job(at: job.manifest).plan()
        #expect(plan.schema.isChecked)
        #expect(plan.schema.doubt == nil)
        #expect(plan.schema.version?.count == 64)
        #expect((plan.items, plan.done, plan.new, plan.invalid) == (8, 4, 2, 2))
        #expect(plan.problems.map(\.kind) == ["range", "type"])
        // Two more of what took 0.27 seconds and 1000 bytes on average.
        #expect(plan.estimate.learnedFrom == 4)
        #expect(plan.estimate.diskBytes == 2000)
        let cost = try #require(plan.estimate.cost)
        #expect((1.5...3).contains(cost), "\(cost)")
        let duration = try #require(plan.estimate.duration)
        #expect((0.2...2).contains(duration), "\(duration)")
    }

    @Test func filesAreCountedAsTheyAreSent() async throws {
        let job = try JobFolder(
            """
            job: files
            model: nightshift/sleeper
            provider: local
            inputs: { list: [{ f: small.txt }, { f: large.bin }, { f: small.txt, n: 2 }] }
            input: { text: { file: "{{ f }}" }, seconds: "{{ n | default(1) | int }}" }
            """)
        defer { withExtendedLifetime(job) {} }
        try job.folder.write("small.txt", String(repeating: "a", count: 1000))
        try job.folder.write("large.bin", String(repeating: "b", count: 300_000))
        let plan = try await job.engine.job(at: job.manifest).plan()
        #expect(plan.problems.flatMap(\.lines) == [])
        #expect((plan.items, plan.distinctInputs) == (3, 3))
        #expect((plan.files, plan.fileBytes) == (2, 301_000))
        #expect((plan.uploads, plan.uploadBytes) == (1, 302_000))
    }

    @Test func anInputThatTheModelDoesNotHaveIsToldAtItsPlaceInTheManifest() async throws {
        let job = try JobFolder(
            """
            job: x
            model: nightshift/poster
            provider: local
            inputs: { list: [a, b] }
            input:
              promt: "{{ value }}"
              width: 20
            """)
        defer { withExtendedLifetime(job) {} }
        let plan = try await job.engine.job(at: job.manifest).plan()
        let lines = plan.problems.flatMap(\.lines).map { $0.replacing(job.folder.root + "/", with: "") }
        #expect(
            lines == [
                """
                job.yaml:6:3: error: 'promt' is no input of the model; did you mean 'prompt'?
                    |   promt: "{{ value }}"
                    |   ^
                """,
                """
                job.yaml:7:3: error: 'width' is 20; the model takes a whole number from 64 to 1536
                    |   width: 20
                    |   ^
                """,
                "job.yaml: error: 'prompt' is missing from 'input'; the model must be given it: "
                    + "text of at most 1000 characters",
            ])
    }

    // MARK: - Plans that are written down

    @Test func aPlanRunsExactlyOrNotAtAll() async throws {
        let job = try folder(["a,night,64", "b,night,64"])
        defer { withExtendedLifetime(job) {} }
        func plan() async throws -> PlanFile { try #require(try await job.engine.job(at: job.manifest).plan().file) }
        func failure(_ plan: PlanFile) async -> String {
            var options = RunOptions()
            options.plan = plan
            return await job.failure(options)?.message ?? "it ran"
        }
        let first = try await plan()
        #expect((first.items, first.toDo) == (2, 2))
        try job.folder.write("rows.csv", "prompt,style,width\na,night,64\nb,dusk,64\n")
        #expect(
            await failure(first).hasPrefix("this is not what was planned: the manifest or its rows give other items"))
        var other = first
        other.job = "others"
        #expect(await failure(other) == "the plan is for job 'others', the manifest for 'posters'")

        // Written, read again, run, and run once more, which is resuming it.
        let path = try job.folder.write("plan.json", try await plan().json.jsonString())
        let second = try PlanFile(path: path)
        #expect(await failure(second) == "it ran")
        #expect(await failure(second) == "it ran")
        #expect(try await job.items(in: [.succeeded]).count == 2)

        // All of it again is more than was planned, once it is done.
        let done = try await plan()
        #expect(done.toDo == 0)
        try FileManager.default.removeItem(atPath: job.folder.path(".nightshift"))
        #expect(await failure(done).contains("0 items were to do, 2 are now"))
        await #expect(throws: EngineError.self, "there is no run yet") { try await job.items() }
    }

    @Test func aFileThatIsNoPlanIsTold() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("plan.json", "{\"job\": \"x\"}")
        #expect(throws: EngineError.self) { try PlanFile(path: path) }
        #expect(throws: EngineError.self) { try PlanFile(path: folder.path("missing.json")) }
    }
}
