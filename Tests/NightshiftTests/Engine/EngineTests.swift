import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateServer
import TestSupport
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(2)))
struct EngineTests {
    private func withServer(
        faults: String = "", _ body: (String) async throws -> Void
    ) async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults = try Faults(parsing: faults)
        try await EmbeddedServer.withServer(configuration, body)
    }

    static func sleepers(_ count: Int, more: String = "") -> String {
        """
        job: sleepers
        model: nightshift/sleeper
        inputs: { range: [1, \(count)] }
        input: { seconds: 0.05, bytes: 3000, text: "item {{ value }}" }
        key: "{{ value }}"
        outputs: { directory: out, name: "{{ value }}" }
        concurrency: 16
        rate: unlimited
        retry: { attempts: 8, backoff: { initial: 50ms } }
        \(more)
        """
    }

    @Test func runsAJobFromManifestToFilesAndSaysTheSecondTimeThatAllIsDone() async throws {
        let job = try JobFolder(
            """
            job: greetings
            model: nightshift/hello-world
            provider: local
            inputs: { list: [{ name: Ada }, { name: Alan }] }
            input: { text: "{{ name }}" }
            outputs: { directory: out, name: "{{ name }}" }
            """
        )
        let first = try await job.run()
        #expect(first.end == .completed)
        #expect(first.counts.succeeded == 2)
        #expect(first.counts.predictions == 2)
        #expect(job.folder.names(in: "out") == ["Ada.txt", "Alan.txt"])
        #expect(try job.folder.text("out/Ada.txt").contains("Ada"))

        let second = try await job.run()
        #expect(second.end == .completed)
        #expect(second.counts.predictions == 2)
    }

    @Test func losesNothingAndPaysOnceAgainstAServerThatFails() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults = try Faults(parsing: "lost-after=0.1,5xx=0.05,429=0.05,truncate=0.1,interrupt=0.05")
        let server = EmbeddedServer(configuration: configuration)
        try await server.whileRunning { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers(150))
            let report = try await job.run()
            #expect(report.end == .completed)
            #expect(report.counts.succeeded == 150)
            // What was accepted beyond one for each item was interrupted by the platform and not by us.
            #expect(report.counts.retries > 0)
            #expect(server.counts.accepted == 150 + report.counts.retries)
            #expect(report.counts.predictions == server.counts.accepted)
            #expect(job.folder.names(in: "out").count == 150)
            for name in job.folder.names(in: "out") {
                #expect(bytes(ofFile: job.folder.path("out/\(name)"))?.count == 3000)
            }
        }
    }

    @Test func oneBadRowFailsAloneAndCanBeTriedAgain() async throws {
        try await withServer { baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                """
                job: mixed
                model: nightshift/sleeper
                inputs:
                  list:
                    - { name: good, fail: "" }
                    - { name: bad, fail: "CUDA out of memory (E1001)" }
                input: { seconds: 0.01, text: "{{ name }}", fail: "{{ fail }}" }
                outputs: { directory: out, name: "{{ name }}" }
                rate: unlimited
                """
            )
            let report = try await job.run()
            #expect(report.end == .completed)
            #expect(report.counts.succeeded == 1)
            #expect(report.counts.failed == 1)
            #expect(report.failureReasons.map(\.reason) == ["CUDA out of memory (E1001)"])
            #expect(try await job.items(in: [.failed]).map(\.failureClass) == ["out_of_memory"])
            let again = try await job.run(RunOptions(retryFailed: true))
            #expect(again.counts.predictions == 3)

            _ = try await job.engine.job(at: job.manifest).export(to: job.folder.path("export"))
            #expect(try job.lines("export/results.jsonl").map { $0["state"] } == ["succeeded", "failed"])
            #expect(try job.lines("export/failed.jsonl").map { $0["name"] } == ["bad"])
        }
    }

    @Test func aRefusedTokenEndsTheRunWithOneSentence() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.token = "the-right-one"
        try await EmbeddedServer.withServer(configuration) { baseURL in
            let job = try JobFolder(baseURL: baseURL, token: "a-secret-typo", Self.sleepers(20))
            let failure = await job.failure()
            #expect(failure?.code == .refused)
            #expect(failure?.message.contains("401") == true)
            #expect(failure?.message.contains("a-secret-typo") == false)
        }
    }

    @Test func aBudgetIsAHardStop() async throws {
        try await withServer { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers(50, more: "budget: { predictions: 20 }"))
            let report = try await job.run()
            #expect(report.counts.predictions == 20)
            #expect(report.counts.succeeded == 20)
            _ = try #require(report.exhaustedBudget, "ended with \(report.end)")
        }
    }

    @Test(
        arguments: [
            ("budget: { cost: 0.2 }\nprice: { per_prediction: 0.01 }", "cost", 20...20),
            ("budget: { cost: 0.2 }\nprice: { per_second: 1 }", "cost", 10...40),
            ("budget: { wall_time: 1s }\nrate: 10/s", "wall_time", 8...40),
        ])
    func moneyAndTimeAreHardStopsToo(policies: String, budget: String, made: ClosedRange<Int>) async throws {
        try await withServer { baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                """
                job: costly
                model: nightshift/sleeper
                inputs: { range: [1, 100] }
                input: { seconds: 0.01, text: "s{{ value }}" }
                concurrency: 4
                \(policies)
                """
            )
            let report = try await job.run()
            _ = try #require(report.exhaustedBudget, "ended with \(report.end)")
            #expect(report.end.code == budget)
            #expect(made.contains(report.counts.predictions), "\(report.counts.predictions)")
            #expect(report.counts.succeeded == report.counts.predictions)
        }
    }

    @Test func aRunWhoseFirstItemsAllFailInTheSameWayStops() async throws {
        let server = EmbeddedServer(configuration: EmbeddedServer.Configuration())
        try await server.whileRunning { baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                """
                job: broken
                model: nightshift/sleeper
                inputs: { range: [1, 60] }
                input: { seconds: 0.01, text: "s{{ value }}", fail: "no device for step {{ value }}" }
                concurrency: 1
                rate: unlimited
                budget: { same_failures: 4 }
                """
            )
            let report = try await job.run()
            guard case .breaker(.sameFailure(4, step: "", let reason, areFirst: true)) = report.end else {
                Issue.record("ended with \(report.end)")
                return
            }
            #expect(reason.hasPrefix("no device for step 4"))
            #expect(report.counts.failed == 4)
            #expect(server.counts.accepted == 4)
        }
    }

    @Test func aFullDiskStopsTheRunAndTheNextOneGoesOn() async throws {
        try await withServer { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers(60))
            try await withSmallDisk(at: job.folder.path("out")) { _ in
                let report = try await job.run()
                guard case .disk(let message) = report.end else {
                    Issue.record("ended with \(report.end)")
                    return
                }
                #expect(message.contains("no space left on device"))
            }
            let report = try await job.run()
            #expect(report.end == .completed)
            #expect(report.counts.succeeded == 60)
            #expect(report.counts.failed == 0)
        }
    }

    @Test func anOutputDirectoryThatIsAFileStopsTheRunBeforeAnythingIsSent() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers(5))
            try job.folder.write("out", "a file, not a folder")
            let report = try await job.run()
            guard case .disk = report.end else {
                Issue.record("ended with \(report.end)")
                return
            }
            #expect(server.counts.accepted == 0)
            try FileManager.default.removeItem(atPath: job.folder.path("out"))
            let again = try await job.run()
            #expect(again.counts.succeeded == 5)
            #expect(job.folder.names(in: "out").count == 5, "nothing is left of the trial")
            #expect(again.counts.predictions == 5)
        }
    }

    @Test func aFileOfTheInputThatCannotBeReadIsToldBeforeAnythingIsSent() async throws {
        try await withServer { baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                """
                job: files
                model: nightshift/sleeper
                inputs: { list: [{ photo: missing.png }] }
                input: { image: { file: "photos/{{ photo }}" } }
                outputs: { directory: out }
                """
            )
            let failure = await job.failure()
            #expect(failure?.code == .invalidManifest)
            #expect(failure?.message.contains("photos/missing.png") == true)
        }
    }

    @Test func aSecondProcessIsToldWhoHoldsTheRun() async throws {
        let job = try JobFolder(Self.sleepers(1))
        try FileManager.default.createDirectory(
            atPath: job.folder.path(".nightshift/sleepers"), withIntermediateDirectories: true)
        let lock = try RunLock(path: job.folder.path(".nightshift/sleepers/lock"), job: "sleepers")
        let failure = await job.failure()
        #expect(failure?.code == .locked)
        #expect(failure?.message.contains("is held by process") == true)
        withExtendedLifetime(lock) {}
    }

    @Test func aDamagedStoreIsTold() async throws {
        let job = try JobFolder(Self.sleepers(1))
        try job.folder.write(".nightshift/sleepers/checkpoints.sqlite", String(repeating: "garbage ", count: 2000))
        let failure = await job.failure()
        #expect(failure?.code == .store)
        #expect(failure?.message.contains("is damaged") == true)
    }

    @Test func cancellingTheTaskLeavesWhatRunsAndTheNextRunAdoptsIt() async throws {
        try await withServer { baseURL in
            let job = try JobFolder(
                baseURL: baseURL, Self.sleepers(30).replacing("seconds: 0.05", with: "seconds: 0.5"))
            try await job.leave(running: 10)
            let report = try await job.run()
            #expect(report.counts.succeeded == 30)
            #expect(report.counts.predictions == 30)
        }
    }

    @Test func planCountsARepeatedRowOnce() async throws {
        let job = try JobFolder(
            """
            job: repeated
            model: nightshift/hello-world
            provider: local
            inputs: { lines: names.txt }
            input: { text: "{{ line }}" }
            """
        )
        try job.folder.write("names.txt", "Ada\nAlan\nAda\n")
        let before = try await job.engine.job(at: job.manifest).plan(options: PlanOptions(offline: true))
        #expect((before.items, before.new, before.done, before.repeated) == (2, 2, 0, 1))
        _ = try await job.run()
        try job.folder.write("names.txt", "Ada\nAlan\nAda\nAlan\nEdsger\n")
        let after = try await job.engine.job(at: job.manifest).plan(options: PlanOptions(offline: true))
        #expect((after.items, after.new, after.done, after.repeated) == (3, 1, 2, 2))
    }

    @Test func planTellsWhatARunWouldDoAndSendsNothing() async throws {
        let job = try JobFolder(Self.sleepers(12))
        let plan = try await job.engine.job(at: job.manifest).plan(options: PlanOptions(offline: true))
        #expect(plan.items == 12)
        #expect(plan.new == 12)
        #expect(plan.firstItems.map(\.key) == ["1", "2", "3"])
        #expect(plan.firstItems.first?.input["seconds"] == 0.05)
        #expect(plan.problemCount == 0)
        #expect(!FileManager.default.fileExists(atPath: job.folder.path(".nightshift")))
    }
}
