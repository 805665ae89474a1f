import Foundation
import LosslessJSON
import TestSupport
import Testing

/// Every rung of the stop ladder, on the real executable: what runs is never lost and never made twice.
@Suite(.timeLimit(.minutes(3)))
struct StopLadderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var job: String { folder.path("job.yaml") }

    /// Starts a run, gives it to `body` when four predictions are under way, and checks that the next run ends well, with one
    /// create for each item.
    /// - Parameter seconds: how long a prediction takes; `nil` for as long as `body` does.
    private func withRun(
        seconds: Double? = nil, items: Int = 8, options: [String] = [],
        through wrapper: (BuiltExecutable, [String])? = nil,
        goesOn: Bool = true, _ body: (RunningExecutable) async throws -> Void
    ) async throws {
        let gate = try GatedModel(in: folder)
        try folder.write(
            "job.yaml",
            """
            job: sleepers
            model: \(seconds == nil ? GatedModel.name : "nightshift/sleeper")
            inputs: { range: [1, \(items)] }
            input: { \(seconds.map { "seconds: \($0), " } ?? "")text: "item {{ value }}" }
            outputs: { directory: out, name: "{{ value }}" }
            concurrency: 4
            rate: unlimited
            """)
        try await ServerProcess.with(["--log", folder.path("log.jsonl")] + gate.serverOptions) { server in
            let arguments = ["run", job, "--json"] + options
            let executable = BuiltExecutable.nightshift
            let run =
                if let (program, first) = wrapper {
                    try program.start(first + [executable.path] + arguments, environment: server.environment)
                } else {
                    try executable.start(arguments, environment: server.environment)
                }
            defer { run.kill() }
            var running = 0
            for await line in run.outputLines where try JSONValue(parsing: line)["state"] == "running" {
                running += 1
                if running == 4 { break }
            }
            try await body(run)
            try gate.open()
            guard goesOn else { return }
            let again = try await BuiltExecutable.nightshift.run(["run", job], environment: server.environment)
            #expect(again.code == 0, "\(again.errors)")
            #expect(try folder.text("log.jsonl").split(separator: "\n").count == items)
        }
    }

    private func running() async throws -> Int? {
        let status = try await BuiltExecutable.nightshift.run(["status", job, "--json"])
        return try JSONValue(parsing: status.output)["counts"]?["running"]?.intValue
    }

    @Test func theThirdCtrlCExitsAtOnce() async throws {
        try await withRun { run in
            run.send(SIGINT)
            // Two signals of one kind are one if the first has not been taken yet.
            for await line in run.errorLines where line.hasPrefix("finishing what runs") { break }
            run.send(SIGTERM)
            run.send(SIGINT)
            #expect(await run.end().code == 130)
        }
    }

    @Test func theFirstCtrlCEndsTheReadingOfTheInputSet() async throws {
        try folder.write(
            "job.yaml",
            """
            job: endless
            model: nightshift/hello-world
            inputs: { range: [1, 1000000000000] }
            input: { text: "item {{ value }}" }
            """)
        try await ServerProcess.with(["--log", folder.path("log.jsonl")]) { server in
            let run = try BuiltExecutable.nightshift.start(["run", job, "--json"], environment: server.environment)
            defer { run.kill() }
            var last: JSONValue?
            for await line in run.outputLines {
                let event = try JSONValue(parsing: line)
                if event["type"] == "expanding", last == nil { run.send(SIGINT) }
                last = event
            }
            #expect(await run.end().code == 130)
            #expect(last?["end"] == "interrupted")
            #expect(last?["counts"]?["items"] == 0)
            // Half an input set is none.
            try folder.write("job.yaml", folder.text("job.yaml").replacing("1000000000000", with: "3"))
            let again = try await BuiltExecutable.nightshift.run(["run", job], environment: server.environment)
            #expect(again.code == 0, "\(again.errors)")
            #expect(try folder.text("log.jsonl").split(separator: "\n").count == 3)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsAPlanAndLeavesNoCopyOfItsInputs(signal: Int32) async throws {
        try folder.write(
            "job.yaml",
            "job: endless\nmodel: a/b\ninputs: { range: [1, 1000000000000] }\ninput: { n: \"{{ value }}\" }\n")
        try folder.write("temporary/kept", "")
        let plan = try BuiltExecutable.nightshift.start(
            ["plan", job, "--offline"], environment: ["TMPDIR": folder.path("temporary")])
        defer { plan.kill() }
        for await line in plan.errorLines where line.contains("reading the input set") { break }
        plan.send(signal)
        #expect(await plan.end().code == 130)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("temporary")) == ["kept"])
    }

    @Test func aHangUpLeavesWhatRunsToTheProvider() async throws {
        try await withRun { run in
            run.send(SIGHUP)
            #expect(await run.end().code == 130)
            let left = try await running()
            #expect(left == 4)
        }
    }

    @Test func aTerminalThatClosesHangsUpTwiceAndStillLeaves() async throws {
        try await withRun { run in
            for _ in 0..<5 { run.send(SIGHUP) }
            for await line in run.errorLines where line.hasPrefix("leaving what runs") { break }
            for _ in 0..<5 { run.send(SIGHUP) }
            run.send(SIGTERM)
            #expect(await run.end().code == 130)
            let status = try await BuiltExecutable.nightshift.run(["status", job, "--json"])
            // A session that was ended hard has no ending.
            #expect(try JSONValue(parsing: status.output)["ending"] == "interrupted")
        }
    }

    @Test(arguments: [("INT", SIGINT), ("TERM", SIGTERM), ("HUP", SIGHUP)])
    func aSignalThatWasIgnoredBeforeStaysIgnored(name: String, signal: Int32) async throws {
        let shell = BuiltExecutable(path: "/bin/sh")
        let ignoring = ["-c", "trap '' \(name); exec \"$@\"", "sh"]
        try await withRun(seconds: 0.3, through: (shell, ignoring), goesOn: false) { run in
            run.send(signal)
            #expect(await run.end().code == 0)
        }
    }

    @Test func underNohupAHangUpIsIgnored() async throws {
        let nohup = BuiltExecutable(path: "/usr/bin/nohup")
        try await withRun(seconds: 0.3, through: (nohup, []), goesOn: false) { run in
            run.send(SIGHUP)
            #expect(await run.end().code == 0)
        }
    }

    @Test func theFirstCtrlCWaitsNoLongerThanTheGraceTime() async throws {
        try await withRun(options: ["--grace", "300ms"], goesOn: false) { run in
            run.send(SIGINT)
            #expect(await run.end().code == 130)
            let left = try await running()
            #expect(left == 4)
        }
    }

    @Test func aRunThatFinishesWithinTheGraceTimeLeavesNothing() async throws {
        try await withRun(seconds: 0.5, items: 60, options: ["--grace", "1m"]) { run in
            run.send(SIGINT)
            #expect(await run.end().code == 130)
            let left = try await running()
            #expect(left == 0)
        }
    }
}
