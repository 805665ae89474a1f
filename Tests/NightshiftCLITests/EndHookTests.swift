import Foundation
import LosslessJSON
import TestSupport
import Testing

@testable import NightshiftCLI

/// The command that is told how a run has ended, with a real shell.
@Suite(.timeLimit(.minutes(2)))
struct EndHookTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let event: JSONValue = [
        "job": "night", "end": "budget", "reason": "too \"much\"\nof it", "exit_status": 3, "cost": 1.25,
        "counts": ["items": 9, "succeeded": 7, "failed": 2], "output_directory": nil,
    ]

    private func hook(_ command: String, _ environment: [String: String] = [:]) -> EndHook {
        let path = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        return EndHook(command: command, manifest: "night.yaml", environment: path.merging(environment) { $1 })
    }

    @Test func findsTheEndOnItsInputAndInItsEnvironment() async throws {
        let hook = hook(
            "cat > '\(folder.path("in.json"))'; env > '\(folder.path("env"))'",
            ["REPLICATE_API_TOKEN": "secret-token", "KEPT": "yes"])
        #expect(await hook.run(Self.event) == nil)
        #expect(try JSONValue(parsing: folder.text("in.json")) == Self.event)
        let environment = try folder.text("env")
        for line in [
            "NIGHTSHIFT_JOB=night", "NIGHTSHIFT_MANIFEST=night.yaml", "NIGHTSHIFT_END=budget",
            "NIGHTSHIFT_EXIT_STATUS=3", "NIGHTSHIFT_ITEMS=9", "NIGHTSHIFT_SUCCEEDED=7", "NIGHTSHIFT_FAILED=2",
            "NIGHTSHIFT_HELD=", "NIGHTSHIFT_COST=1.25", "NIGHTSHIFT_OUTPUT_DIRECTORY=", "KEPT=yes",
        ] {
            #expect(environment.split(separator: "\n").contains(Substring(line)), "\(line)")
        }
        #expect(!environment.contains("secret-token"))
    }

    @Test(arguments: [("exit 3", "ended with 3"), ("kill -9 $$", "was ended by the signal 9"), ("true", nil)])
    func saysHowItWentWrong(command: String, problem: String?) async {
        #expect(await hook(command).run(Self.event) == problem)
    }

    @Test func isEndedWithAllThatItHasStartedWhenItTakesTooLong() async throws {
        var hook = hook("sleep 1000 & echo $! > '\(folder.path("pid"))'; wait")
        hook.timeLimit = .milliseconds(500)
        #expect(await hook.run(Self.event) == "took longer than 0.5 seconds and was ended")
        let child = try #require(Int32(folder.text("pid").trimmingCharacters(in: .whitespacesAndNewlines)))
        // Who waits for it may be slow; a process that only waits to be collected is dead.
        while kill(child, 0) == 0, !isZombie(child) { await Task.yield() }
    }

    private func isZombie(_ process: Int32) -> Bool {
        (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8))?.contains(") Z ") ?? false
    }

    // MARK: - Of a run

    private func run(
        _ more: String, command: String = "cat > \"$OUT\"", options: [String] = []
    ) async throws -> (code: Int32, errors: String, event: JSONValue?) {
        try folder.write(
            "job.yaml",
            """
            job: hooked
            model: nightshift/sleeper
            provider: local
            inputs: { range: [1, 4] }
            input: { seconds: 0.01, text: "n {{ value }}" }
            rate: unlimited
            \(more)
            """)
        let run = try await BuiltExecutable.nightshift.run(
            ["run", folder.path("job.yaml"), "--on-end", command] + options, environment: ["OUT": folder.path("end")])
        return (run.code, run.errors, try? JSONValue(parsing: folder.text("end")))
    }

    @Test func isToldOfARunThatIsDone() async throws {
        let (code, _, event) = try await run("")
        #expect(code == 0)
        #expect(event?["type"] == "ended")
        #expect(event?["end"] == "completed")
        #expect(event?["counts"]?["succeeded"] == 4)
    }

    @Test func isToldOfARunThatIsStopped() async throws {
        let (code, _, event) = try await run("budget: { predictions: 2 }", options: ["--json"])
        #expect(code == 3)
        #expect(event?["end"] == "budget")
        #expect(event?["counts"]?["succeeded"] == 2)
    }

    @Test func isToldOfARunThatCannotBegin() async throws {
        let (code, _, event) = try await run("modle: x")
        #expect(code == 2)
        #expect(event?["end"] == "error")
        #expect(event?["code"] == "invalid_manifest")
    }

    @Test func isToldOfARunThatASignalStops() async throws {
        let model = try GatedModel(in: folder)
        try folder.write(
            "job.yaml",
            """
            job: hooked
            model: \(GatedModel.name)
            inputs: { range: [1, 4] }
            input: { text: "n {{ value }}" }
            concurrency: 1
            rate: unlimited
            """)
        try await ServerProcess.with(model.serverOptions) { server in
            let run = try BuiltExecutable.nightshift.start(
                ["run", folder.path("job.yaml"), "--json", "--on-end", "cat > \"$OUT\""],
                environment: server.environment.merging(["OUT": folder.path("end")]) { $1 })
            for await line in run.outputLines where line.contains("\"running\"") { break }
            run.send(SIGTERM)
            #expect(await run.end().code == 130)
        }
        #expect(try JSONValue(parsing: folder.text("end"))["end"] == "interrupted")
    }

    @Test func whatFailsInItIsAWarning() async throws {
        let (code, errors, _) = try await run("", command: "exit 7")
        #expect(code == 0)
        #expect(errors.contains("warning: the command of --on-end ended with 7"))
    }
}
