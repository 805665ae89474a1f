import Foundation
import LosslessJSON
import Nightshift
import ReplicateServer
import Synchronization
import TestSupport
import Testing

/// What a program that imports the library can do; nothing here reaches behind its public symbols.
@Suite(.timeLimit(.minutes(2)))
struct LibraryTests {
    private func manifest(items: Int, seconds: Double = 0) -> JSONValue {
        [
            "job": "rest", "model": "nightshift/sleeper", "concurrency": 4,
            "inputs": ["range": [1, .number(JSONNumber(items))]],
            "key": "{{ value }}",
            "input": ["seconds": .number(JSONNumber(seconds) ?? JSONNumber(0)), "text": "{{ value | text }}"],
            "outputs": ["directory": "out"],
        ]
    }

    private func withJob(
        items: Int, seconds: Double = 0, _ body: (Job, TemporaryFolder) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try await EmbeddedServer.withServer { baseURL in
            let engine = Engine(settings: Engine.Settings(token: "t", baseURL: baseURL))
            try await body(engine.job(manifest(items: items, seconds: seconds), in: folder.root), folder)
        }
    }

    @Test func aJobMadeInCodeRunsAndShowsItsItems() async throws {
        try await withJob(items: 5) { job, folder in
            let report = try await job.run()
            #expect(report.end == .completed)
            #expect(report.counts.succeeded == 5)
            var keys: [String] = []
            for try await item in job.items(in: [.succeeded]) { keys.append(item.key) }
            #expect(keys == ["1", "2", "3", "4", "5"])
            let exported = try await job.export(to: folder.path("exported"))
            #expect((exported.items, exported.files) == (5, 5))
            #expect(try await job.verify().badFiles.isEmpty)
            let shown = try await job.show(item: "3")
            #expect(shown.input["text"] == "3")
            #expect(shown.files.map(\.isThere) == [true])
            #expect(shown.result?["model"] == "nightshift/sleeper")
            #expect(shown.result?["version"]?.stringValue?.count == 64)
            #expect(shown.result?["metrics"]?["predict_time"] != nil)
            for time in ["created_at", "started_at", "completed_at"] {
                #expect(shown.result?[time]?.stringValue?.hasSuffix("Z") == true, "\(time)")
            }
            #expect(try await job.status().counts.succeeded == 5)
            #expect(try await job.run().counts.predictions == 5, "a second run pays for nothing")
        }
    }

    @Test func itemsAreReadPageByPageUpToALimit() async throws {
        try await withJob(items: 1203) { job, _ in
            #expect(try await job.plan().items == 1203)
            _ = try await job.run(options: RunOptions(selection: ItemSelection(limit: 1)))
            for (limit, expected) in [(nil, 1203), (500, 500), (501, 501), (1, 1), (0, 0)] as [(Int?, Int)] {
                var keys: [String] = []
                for try await item in job.items(limit: limit) { keys.append(item.key) }
                #expect(keys == (1...1203).prefix(expected).map(String.init))
            }
        }
    }

    @Test func oneCollisionRefusesTheRunAndStoresNothing() async throws {
        let folder = try TemporaryFolder()
        var manifest: JSONValue = [
            "job": "twins", "provider": "local", "model": "nightshift/sleeper", "inputs": ["list": ["a", "b"]],
            "key": "same", "input": ["seconds": 0, "text": "{{ value }}"], "outputs": ["directory": "out"],
        ]
        let error = await #expect(throws: EngineError.self) {
            try await Engine().job(manifest, in: folder.root).run()
        }
        #expect(error?.cause == .collidingItems)
        #expect(error?.message.contains("row 2 of list") == true)
        manifest = manifest.replacing(at: [.key("key")], with: "{{ value }}")
        #expect(try await Engine().job(manifest, in: folder.root).run().counts.succeeded == 2)
    }

    @Test func mistakesOfAManifestMadeInCodeAreToldTogether() throws {
        let error = #expect(throws: EngineError.self) {
            try Engine().job(["job": "a/b", "model": "nightshift/sleeper", "inputs": 3, "inptu": [:]], in: "jobs")
        }
        #expect(error?.code == .invalidManifest)
        for part in ["'job' cannot be", "'inputs'", "inptu", "jobs/(manifest):"] {
            #expect(error?.message.contains(part) == true, "\(part)")
        }
    }

    @Test func whoFollowsARunHearsItsEndAndCanStopIt() async throws {
        try await withJob(items: 40, seconds: 0.3) { job, _ in
            let last = Mutex<RunCounts?>(nil)
            let report = try await job.run { run in
                for await update in run.updates {
                    guard case .progressed(let counts, _, _) = update else { continue }
                    last.withLock { $0 = counts }
                    if counts.succeeded >= 4 { run.stop() }
                }
            }
            #expect(report.end == .interrupted)
            #expect((4..<40).contains(report.counts.succeeded))
            #expect(report.counts.running == 0, "what ran was finished")
            #expect(last.withLock { $0 }?.succeeded == report.counts.succeeded, "the last update is heard")
            #expect(try await job.run().counts.succeeded == 40)
        }
    }

    @Test func aRunGoesOnWhenItsFollowerReturns() async throws {
        try await withJob(items: 6, seconds: 0.1) { job, _ in
            let report = try await job.run { _ in }
            #expect(report.counts.succeeded == 6)
        }
    }

    @Test func aPersonsWordIsKeptForTheNextRun() async throws {
        try await withJob(items: 3) { job, _ in
            await #expect(throws: EngineError.self) { try await job.pause() }
            _ = try await job.run(options: RunOptions(selection: ItemSelection(limit: 1)))
            try await job.pause()
            try await job.set(concurrency: 2)
            try await job.set(rate: "60/min")
            var orders = try await job.status().orders
            #expect((orders.isPaused, orders.concurrency, orders.rate) == (true, 2, "60/min"))
            try await job.resume()
            try await job.set(concurrency: nil)
            try await job.set(rate: nil)
            orders = try await job.status().orders
            #expect((orders.isPaused, orders.concurrency, orders.rate) == (false, nil, nil))
            let error = await #expect(throws: EngineError.self) { try await job.set(concurrency: 0) }
            #expect(error?.code == .usage)
            #expect(try await job.cancel() == 0)
        }
    }

    @Test func anItemIsRetriedByTheBeginningOfItsKey() async throws {
        let folder = try TemporaryFolder()
        let manifest: JSONValue = [
            "job": "rest", "model": "nightshift/sleeper", "inputs": ["list": ["fine", "broken"]], "key": "{{ value }}",
            "input": ["seconds": 0, "text": "{{ value }}", "fail": "{{ value }}"], "retry": ["attempts": 1],
            "outputs": ["directory": "out"],
        ]
        try await EmbeddedServer.withServer { baseURL in
            let job = try Engine(settings: Engine.Settings(token: "t", baseURL: baseURL)).job(
                manifest, in: folder.root)
            #expect(try await job.run().counts.failed == 2)
            #expect(try await job.retry(["bro"]) == 1)
            await #expect(throws: EngineError.self) { try await job.retry(["nobody"]) }
            #expect(try await job.status().counts.pending == 1)
        }
    }
}
