import Foundation
import GRDB
import LosslessJSON
import NightshiftCore
import Replicate
import ReplicateServer
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// Accounts, clocks and answers that a night must cope with, end to end against a real server.
@Suite(.timeLimit(.minutes(2)))
struct HardNightTests {
    /// Runs a job and gathers what people are told.
    private func run(
        _ job: JobFolder, _ options: RunOptions = RunOptions(), engine: Engine? = nil,
        stopAt kind: String? = nil
    ) async throws -> (report: RunReport, told: [RunAnnouncement]) {
        let told = Mutex<[RunAnnouncement]>([])
        let (stops, stop) = AsyncStream.makeStream(of: StopRequest.self)
        let report = try await (engine ?? job.engine).job(at: job.manifest).run(options: options, stops: stops) {
            notice in
            guard case .announced(let announcement) = notice else { return }
            told.withLock { $0.append(announcement) }
            if announcement.kind == kind { stop.yield(.drain) }
        }
        return (report, told.withLock { $0 })
    }

    // MARK: - Accounts

    @Test func lowCreditIsRecognisedToldOnceAndTheRunGoesOnAtItsPace() async throws {
        try await withServer(creates: EmbeddedServer.RateLimit(count: 30, per: .seconds(60), burst: 1)) {
            server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL, EngineTests.sleepers(5).replacing("rate: unlimited", with: "rate: 600/min"))
            let (report, told) = try await run(job)
            #expect(report.counts.succeeded == 5)
            #expect(report.counts.retries == 0)
            #expect(server.counts.accepted == 5)
            #expect(told.map(\.kind).filter { $0 == "low_credit" }.count == 1)
            #expect(told.first?.facts["creates_per_minute"] == "30")
            // The first creates go out together, and a few throttles more tell of the pace; then it is kept.
            #expect(server.counts.throttled <= 8)
        }
    }

    @Test func aTokenThatIsRevokedForAWhilePausesTheNightAndFailsNothing() async throws {
        try await withServer(faults: "401=0.1,401-time=1s,seed=3") { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, EngineTests.sleepers(40))
            var engine = job.engine
            engine.probeAfter = .milliseconds(200)
            let (report, told) = try await run(job, engine: engine)
            #expect(report.end == .completed)
            #expect(report.counts.succeeded == 40)
            #expect(report.counts.retries == 0)
            #expect(server.counts.accepted == 40)
            #expect(told.contains { $0.kind == "paused" && $0.facts["message"]?.contains("401") == true })
            #expect(told.last?.kind == "resumed")
        }
    }

    @Test func withoutWaitingARevokedTokenEndsTheRunAndTheNextOneGoesOn() async throws {
        try await withServer(faults: "401=0.2,401-time=300ms,seed=3") { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, EngineTests.sleepers(40))
            var sessions = 0
            var report: RunReport?
            while report?.end != .completed {
                sessions += 1
                try #require(sessions < 200)
                do {
                    report = try await run(job, RunOptions(noWait: true)).report
                } catch let error as EngineError {
                    // While nothing is accepted, the model cannot be asked for either. A command that another test starts holds
                    // the lock too, between its fork and its exec.
                    #expect(error.code == .refused || error.code == .locked)
                    #expect(!error.message.contains("test-token"))
                }
            }
            #expect(report?.counts.succeeded == 40)
            #expect(server.counts.accepted == 40)
            #expect(sessions > 1)
        }
    }

    // MARK: - Lost answers

    @Test func onHoldALostAnswerIsLeftToAPerson() async throws {
        try await withServer(faults: "lost-after=1") { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, EngineTests.sleepers(3, more: "on_unknown: hold"))
            let report = try await job.run()
            #expect(report.counts.held == 3)
            #expect(server.counts.accepted == 3)
            // Nothing is sent again by itself.
            _ = try await job.run()
            #expect(server.counts.accepted == 3)
            let status = try await job.engine.job(at: job.manifest).status()
            #expect(status.heldItems.count == 3)
            #expect(status.heldItems.allSatisfy { $0.reason.contains("'on_unknown' is hold") })
            // The person finds the predictions and hands them over.
            let client = try Client(token: "test-token", baseURL: baseURL)
            var made: [Prediction] = []
            for try await prediction in client.paginate({ try await client.predictions.list() }) {
                made.append(prediction)
            }
            for item in status.heldItems {
                let own = try #require(made.first { $0.input["text"] == .string("item \(item.key)") })
                _ = try await job.engine.job(at: job.manifest).control(.adopt(key: item.key, predictionID: own.id))
            }
            let adopted = try await job.run()
            #expect(adopted.counts.succeeded == 3)
            #expect(server.counts.accepted == 3)
        }
    }

    @Test func onRetryALostAnswerIsSentAgainAtOnce() async throws {
        try await withServer(faults: "lost-after=0.3,seed=5") { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, EngineTests.sleepers(20, more: "on_unknown: retry"))
            let report = try await job.run()
            #expect(report.counts.succeeded == 20)
            #expect(report.counts.retries > 0)
            #expect(server.counts.accepted == 20 + report.counts.retries)
        }
    }

    // MARK: - Retries

    @Test func aFlaggedInputIsTriedWithAnotherSeedThatIsOnRecord() async throws {
        let manifest = """
            job: flagged
            provider: { local: { models: { me/paint: "python3 paint.py" } } }
            model: me/paint
            inputs: { list: [a, b, c] }
            input: { prompt: "{{ value }}", seed: 1 }
            key: "{{ value }}"
            retry: { on: { nsfw: 3 }, set: { seed: "{{ random }}" }, backoff: { initial: 10ms } }
            """
        let job = try JobFolder(manifest)
        try job.folder.write(
            "paint.py",
            """
            import json, sys
            data = json.load(sys.stdin)
            if data["seed"] == 1:
                sys.exit("NSFW content detected. Try running it again, or try a different prompt.")
            print(json.dumps("%s %d" % (data["prompt"], data["seed"])))
            """)
        let report = try await job.run()
        #expect(report.counts.succeeded == 3, "\(report.failureReasons)")
        #expect(report.counts.predictions == 6)
        let queue = try DatabaseQueue(path: job.engine.job(at: job.manifest).paths.storePath)
        for value in ["a", "b", "c"] {
            // What the attempt sent instead of the manifest's word is what the result was made from.
            let changes = try await queue.read {
                try String.fetchOne($0, sql: "SELECT changes FROM item WHERE key = ?", arguments: [value])
            }
            let sent = try JSONValue(parsing: try #require(changes))
            let seed = try #require(sent["seed"]?.intValue)
            #expect(try job.folder.text("out/flagged/\(value).txt") == "\(value) \(seed)")
        }
        // Without the exception a flagged input is not tried again.
        try job.folder.write(
            "job.yaml", manifest.replacing("on: { nsfw: 3 }, ", with: "").replacing("[a, b, c]", with: "[d]"))
        let strict = try await job.run()
        #expect(strict.counts.failed == 1)
        #expect(strict.counts.predictions == 7)
    }

    @Test func answersAboutCapacityLowerWhatIsInFlight() async throws {
        // The model has room for one at a time and says so to all others.
        let job = try JobFolder(
            """
            job: crowded
            provider: { local: { models: { me/narrow: "python3 narrow.py" } } }
            model: me/narrow
            inputs: { range: [1, 60] }
            input: { n: "{{ value }}" }
            concurrency: 16
            retry: { attempts: 50, backoff: { initial: 20ms, max: 200ms } }
            budget: { same_failures: off }
            """)
        try job.folder.write(
            "narrow.py",
            """
            import fcntl, sys, time
            seat = open("seat", "w")
            try:
                fcntl.flock(seat, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.exit("Service is currently unavailable due to high demand. Please try again later. (E003)")
            time.sleep(0.05)
            print('"done"')
            """)
        let most = Mutex<[Int]>([])
        let report = try await job.engine.job(at: job.manifest).run() { notice in
            if case .progressed(let counts, _, _) = notice {
                most.withLock { $0.append(counts.running) }
            }
        }
        #expect(report.counts.succeeded == 60)
        let seen = most.withLock { $0 }
        // It began with a quarter of the bound or more, and did not end there.
        #expect((seen.max() ?? 0) > 4)
        // How high a single try goes depends on what else the machine does; how many there are on the whole does not.
        let late = seen.suffix(seen.count / 2)
        #expect(late.reduce(0, +) < 8 * late.count)
        #expect(report.counts.retries > 0)
    }

    // MARK: - Time

    /// A window of an hour, so many hours from now, by the clock on the wall.
    private func window(hoursFromNow hours: Int) -> String {
        let hour = Calendar.current.component(.hour, from: Date()) + hours
        func text(_ hour: Int) -> String { "\((hour % 24 + 24) % 24):00" }
        return "\(text(hour))-\(text(hour + 1))"
    }

    @Test func outsideOfTheWindowNothingIsCreated() async throws {
        try await withServer { server, baseURL in
            let closed = try JobFolder(
                baseURL: baseURL, EngineTests.sleepers(5, more: "window: \(window(hoursFromNow: 3))"))
            let (report, told) = try await run(closed, stopAt: "window")
            #expect(report.end == .interrupted)
            #expect(report.counts.pending == 5)
            #expect(server.counts.accepted == 0)
            #expect(told.first?.code == "window_closed")
            // The same job in a window that is open.
            let other =
                "window: \(window(hoursFromNow: -1).prefix { $0 != "-" })-\(window(hoursFromNow: 3).prefix { $0 != "-" })"
            try closed.folder.write("job.yaml", EngineTests.sleepers(5, more: other))
            #expect(try await run(closed).report.counts.succeeded == 5)
        }
    }

    @Test func afterADayItIsSaidHowManyMustBeRunAgainBeforeAnythingIs() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL, EngineTests.sleepers(12).replacing("seconds: 0.05", with: "seconds: 0.4"))
            let (seen, sight) = AsyncStream.makeStream(of: Void.self)
            let known = Mutex<Set<String>>([])
            let running = Task {
                try await job.engine.job(at: job.manifest).run() { notice in
                    guard case .progressed(_, let changes, _) = notice else { return }
                    let count = known.withLock { known in
                        known.formUnion(changes.filter { $0.state == "running" }.map(\.key))
                        return known.count
                    }
                    if count >= 6 { sight.finish() }
                }
            }
            for await _ in seen {}
            running.cancel()
            _ = await running.result
            let left = try await job.items(in: [.running]).count
            try #require(left >= 4)

            // A day passes, for the provider and for the records of this machine.
            server.advanceClock(by: .seconds(25 * 3600))
            let queue = try DatabaseQueue(path: job.engine.job(at: job.manifest).paths.storePath)
            try await queue.write {
                try $0.execute(
                    sql: "UPDATE item SET running_since = running_since - 90000000, intent_at = intent_at - 90000000")
            }
            try queue.close()
            let accepted = server.counts.accepted
            let told = Mutex<(count: String?, acceptedBefore: Int)?>(nil)
            let report = try await job.engine.job(at: job.manifest).run() { notice in
                guard case .announced(let announcement) = notice, announcement.kind == "expired" else { return }
                told.withLock { $0 = (announcement.facts["count"], server.counts.accepted) }
            }
            // What was just being sent when the run ended may have been accepted, and nobody can tell any more.
            #expect(report.counts.succeeded + report.counts.held == 12)
            let announced = try #require(told.withLock { $0 })
            #expect(announced.count == "\(left)")
            #expect(announced.acceptedBefore == accepted)
            #expect(server.counts.accepted == accepted + report.counts.succeeded)
        }
    }
}
