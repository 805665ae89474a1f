import Foundation
import LosslessJSON
import TestSupport
import Testing

/// The real executable, told by another process what to do.
@Suite(.timeLimit(.minutes(3)))
struct ControlTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var job: String { folder.path("job.yaml") }

    private func sleepers(_ count: Int, seconds: Double, at path: String = "job.yaml", more: String = "") throws {
        try folder.write(
            path,
            """
            job: sleepers
            model: nightshift/sleeper
            inputs: { range: [1, \(count)] }
            input: { seconds: \(seconds), text: "item {{ value }}" }
            key: "item-{{ value }}"
            outputs: { directory: out, name: "{{ value }}" }
            concurrency: 4
            rate: unlimited
            \(more)
            """)
    }

    private var accepted: Int {
        get throws { try folder.text("log.jsonl").split(separator: "\n").count }
    }

    private func tell(_ arguments: String...) async throws -> JSONValue {
        let told = try await BuiltExecutable.nightshift.run(arguments + ["--json"])
        #expect(told.code == 0, "\(arguments): \(told.errors)")
        return try JSONValue(parsing: told.output)
    }

    /// Asks for the status until it is so.
    private func waitForStatus(of job: String, _ isSo: (JSONValue) -> Bool) async throws {
        while true {
            let status = try await BuiltExecutable.nightshift.run(["status", job, "--json"])
            guard status.code == 0 else { continue }
            let value = try JSONValue(parsing: status.output)
            if isSo(value) { return }
            if let ending = value["ending"], !ending.isNull {
                Issue.record("the run has ended meanwhile: \(status.output)")
                return
            }
        }
    }

    /// Waits until four predictions are under way.
    private func waitForRunning(_ run: RunningExecutable) async throws {
        var running = 0
        for await line in run.outputLines where try JSONValue(parsing: line)["state"] == "running" {
            running += 1
            if running == 4 { return }
        }
        Issue.record("it ended before four predictions ran: \(run.errorText)")
    }

    private func withRun(
        environment more: [String: String] = [:], _ body: (RunningExecutable, ServerProcess) async throws -> Void
    ) async throws {
        try await ServerProcess.with(["--log", folder.path("log.jsonl")]) { server in
            let run = try BuiltExecutable.nightshift.start(
                ["run", job, "--json"], environment: server.environment.merging(more) { $1 })
            defer { run.kill() }
            try await waitForRunning(run)
            try await body(run, server)
        }
    }

    @Test func aPausedRunFinishesWhatRunsAndWaitsUntilItIsResumed() async throws {
        try sleepers(300, seconds: 0.5)
        try await withRun { run, _ in
            #expect(try await tell("pause", job)["is_paused"] == true)
            try await waitForStatus(of: job) { $0["live"]?["in_flight"] == 0 }
            let before = try accepted
            #expect(before < 300)
            let status = try await BuiltExecutable.nightshift.run(["status", job])
            #expect(status.output.contains("paused by a person"))
            #expect(try await tell("set", job, "concurrency=300")["concurrency"] == 300)
            #expect(try accepted == before)
            #expect(try await tell("resume", job)["is_paused"] == false)
            #expect(await run.end().code == 0)
            #expect(try accepted == 300)
        }
    }

    @Test func aPauseWithoutALiveRunHoldsForTheNextOne() async throws {
        try sleepers(40, seconds: 0.3)
        try await ServerProcess.with(["--log", folder.path("log.jsonl")]) { server in
            let never = try await BuiltExecutable.nightshift.run(["pause", job])
            #expect(never.code == 2)
            #expect(never.errors.contains("job 'sleepers' was never run"))
            let first = try BuiltExecutable.nightshift.start(["run", job, "--json"], environment: server.environment)
            // What is killed before its input set is stored is no run yet.
            for await line in first.outputLines where try JSONValue(parsing: line)["type"] == "started" { break }
            first.kill()
            _ = await first.end()
            _ = try await tell("pause", job)
            let before = try accepted
            let run = try BuiltExecutable.nightshift.start(["run", job], environment: server.environment)
            try await waitForStatus(of: job) { $0["live"]?["in_flight"] == 0 && $0["live"]?["is_paused"] == true }
            #expect(try accepted <= max(before, 4))
            _ = try await tell("resume", job)
            #expect(await run.end().code == 0)
            #expect(run.errorText.contains("paused: nothing new is created"))
        }
    }

    @Test func cancelEndsWhatRunsAtTheProviderAndTheRun() async throws {
        try sleepers(9, seconds: 60)
        try await withRun { run, server in
            let outcome = try await tell("cancel", job)
            #expect(outcome == ["predictions": 4, "finished": 0, "is_complete": true])
            #expect(await run.end().code == 130)
            let status = try await tell("status", job)
            #expect(status["ending"] == "canceled")
            #expect(status["counts"]?["canceled"] == 4)
            #expect(status["counts"]?["pending"] == 5)

            let nothing = try await BuiltExecutable.nightshift.run(["cancel", job], environment: server.environment)
            #expect(nothing.output == "nothing was in flight\n")
            let retry = try await BuiltExecutable.nightshift.run(["retry", job, "item-1"])
            #expect(retry.output.hasPrefix("1 item is pending again; start with: nightshift run"))
            let show = try await tell("show", job, "item-2")
            #expect(show["state"] == "canceled")
            #expect(show["failures"] == 0)
            #expect(show["failed_attempts"]?[0]?["failure_class"] == "canceled")
        }
    }

    @Test func cancelWithoutALiveRunEndsWhatAKilledOneHasLeft() async throws {
        try sleepers(9, seconds: 60)
        try await withRun { run, server in
            run.kill()
            _ = await run.end()
            let outcome = try await BuiltExecutable.nightshift.run(
                ["cancel", job, "--json"], environment: server.environment)
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(try JSONValue(parsing: outcome.output)["is_complete"] == true)
            let counts = try await tell("status", job)["counts"]
            let created = try accepted
            #expect(counts?["canceled"]?.intValue == created)
            #expect(counts?["running"] == 0)
        }
    }

    @Test func aLiveRunTakesUpWhatIsRetried() async throws {
        try sleepers(8, seconds: 0.05, more: "")
        let manifest = try folder.text("job.yaml")
        // The first item fails until the server has a file; the others take long enough for a person.
        try folder.write(
            "job.yaml",
            manifest.replacing("nightshift/sleeper", with: "me/careful")
                .replacing("seconds: 0.05, ", with: ""))
        try folder.write(
            "careful.sh",
            "read line; case $line in *'item 1\"'*) test -e good || { echo no luck >&2; exit 1; };; "
                + "*) sleep 2;; esac; echo '\"done\"'")
        let command = "me/careful=cd \(folder.root) && sh careful.sh"
        try await ServerProcess.with(["--model", command]) { server in
            let run = try BuiltExecutable.nightshift.start(["run", job, "--json"], environment: server.environment)
            for await line in run.outputLines where try JSONValue(parsing: line)["state"] == "failed" { break }
            try folder.write("good", "")
            let retried = try await tell("retry", job, "item-1")
            #expect(retried["items"] == ["failed": 1])
            #expect(await run.end().code == 0, "\(run.errorText)")
        }
    }

    @Test func aWatchEndsWhenTheRunEndsWithItsExitCode() async throws {
        try sleepers(12, seconds: 3)
        try folder.write("job.yaml", try folder.text("job.yaml").replacing("input: {", with: "input: { fail: \"no\", "))
        try await ServerProcess.with { server in
            let run = try BuiltExecutable.nightshift.start(["run", job, "--json"], environment: server.environment)
            try await waitForRunning(run)
            let watch = try await BuiltExecutable.nightshift.run(["status", job, "--watch"])
            let end = await run.end().code
            // The tenth equal failure ends the run.
            #expect(end == 3, "\(run.errorText)")
            #expect(watch.code == end)
            #expect(watch.errors.contains("/12"))
            #expect(watch.output.contains("breaker: the first 10 items have all failed in the same way"))
        }
    }

    @Test func aWatchOfAKilledRunSaysThatItDidNotEndByItself() async throws {
        try sleepers(9, seconds: 60)
        try await withRun { run, _ in
            let watch = try BuiltExecutable.nightshift.start(["status", job, "--watch"])
            for await _ in watch.errorLines { break }
            run.kill()
            _ = await run.end()
            var output = ""
            for await line in watch.outputLines { output += line }
            #expect(await watch.end().code == 130)
            #expect(output.contains("the last session did not end by itself"))
        }
    }

    @Test func theSocketWorksWhereItsPathIsTooLongForTheSystem() async throws {
        let deep = String(repeating: "a-rather-long-folder-name/", count: 5)
        try sleepers(9, seconds: 60, at: deep + "job.yaml")
        let job = folder.path(deep + "job.yaml")
        try await ServerProcess.with { server in
            let run = try BuiltExecutable.nightshift.start(["run", job, "--json"], environment: server.environment)
            defer { run.kill() }
            try await waitForRunning(run)
            #expect(!FileManager.default.fileExists(atPath: folder.path(deep + ".nightshift/sleepers/control.sock")))
            #expect(try await tell("cancel", job)["predictions"] == 4)
            #expect(await run.end().code == 130)
        }
    }

    @Test func theSocketIsForItsOwnerAloneAndGoesWithTheRun() async throws {
        try sleepers(4, seconds: 60)
        try await withRun { run, _ in
            let socket = folder.path(".nightshift/sleepers/control.sock")
            let mode = try FileManager.default.attributesOfItem(atPath: socket)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            _ = try await tell("cancel", job)
            #expect(await run.end().code == 130)
            #expect(!FileManager.default.fileExists(atPath: socket))
        }
    }

    @Test func verifyFindsWhatIsGoneOrDamagedAndRetryMissingMendsIt() async throws {
        try sleepers(5, seconds: 0.01, more: "provider: local")
        #expect(try await BuiltExecutable.nightshift.run(["run", job]).code == 0)
        let good = try await BuiltExecutable.nightshift.run(["verify", job])
        #expect(good.code == 0)
        #expect(good.output == "all 5 files (30 bytes) are as they were stored\n")

        try FileManager.default.removeItem(atPath: folder.path("out/2.txt"))
        try folder.write("out/3.txt", "item 9")
        try folder.write("out/4.txt", "item")
        let bad = try await BuiltExecutable.nightshift.run(["verify", job])
        #expect(bad.code == 1)
        #expect(
            bad.output == """
                2.txt: it is gone (item item-2)
                3.txt: its content has changed (item item-3)
                4.txt: it has 4 bytes instead of 6 (item item-4)
                1 of 5 files are missing, 2 damaged

                """)
        #expect(bad.errors.contains("nightshift run \(job) --retry-missing"))

        #expect(try await BuiltExecutable.nightshift.run(["run", job, "--retry-missing"]).code == 0)
        #expect(try await BuiltExecutable.nightshift.run(["verify", job]).code == 0)
        #expect(try folder.text("out/3.txt") == "item 3")
    }

    @Test func showTellsAllOfAnItemAndJobsListsTheFolder() async throws {
        try sleepers(2, seconds: 0.01, more: "provider: local")
        _ = try await BuiltExecutable.nightshift.run(["run", job])
        let show = try await BuiltExecutable.nightshift.run(["show", job, "item-2"])
        #expect(show.code == 0)
        for part in ["item-2", "succeeded", "\"value\": 2", "\"text\": \"item 2\"", "2.txt", "6 bytes", "sha256 "] {
            #expect(show.output.contains(part), "\(part) in \(show.output)")
        }
        let jobs = try await BuiltExecutable.nightshift.run(["jobs", folder.root])
        #expect(jobs.output == "sleepers  2/2    completed\n")
        let none = try await BuiltExecutable.nightshift.run(["jobs", folder.path("out")])
        #expect(none.code == 2)
    }
}
