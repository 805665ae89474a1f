import Foundation
import TestSupport
import Testing

/// What a run logs, on the real executable.
@Suite(.timeLimit(.minutes(3)))
struct LogTests {
    let folder: TemporaryFolder
    private static let token = "r8_secret-token-of-the-tests"

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            "job.yaml",
            """
            job: sleepers
            model: nightshift/sleeper
            inputs: { list: ["fine one", broken] }
            key: "{{ value }}"
            input: { seconds: 0.01, text: x, fail: "{{ value }}" }
            outputs: { directory: out }
            retry: { attempts: 1 }
            """)
        try folder.write("fine.yaml", try folder.text("job.yaml").replacing(", fail: \"{{ value }}\"", with: ""))
    }

    private func run(
        _ job: String, _ options: [String], _ server: ServerProcess
    ) async throws -> (code: Int32, output: String, errors: String) {
        var environment = server.environment
        environment["REPLICATE_API_TOKEN"] = Self.token
        return try await BuiltExecutable.nightshift.run(["run", folder.path(job)] + options, environment: environment)
    }

    @Test func aLineTellsTimeLevelJobItemAndPrediction() async throws {
        try await ServerProcess.with([]) { server in
            let run = try await run("fine.yaml", ["--log-file", folder.path("night.log")], server)
            #expect(run.code == 0)
            let lines = try folder.text("night.log").split(separator: "\n").map(String.init)
            let item = try #require(lines.first { $0.contains("succeeded") && $0.contains("item=\"fine one\"") })
            let form =
                #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z info job=sleepers item="fine one" attempt=1 prediction=[0-9a-z]+: succeeded/#
            #expect(item.wholeMatch(of: form) != nil, Comment(rawValue: item))
            #expect(lines.last?.contains(" notice job=sleepers: the run ended: completed; 2 succeeded") == true)
            #expect(!lines.contains { $0.contains(" debug ") })
            // The next run appends.
            _ = try await self.run("fine.yaml", ["--log-file", folder.path("night.log")], server)
            #expect(try folder.text("night.log").hasPrefix(lines.joined(separator: "\n")))
        }
    }

    @Test func theLevelBoundsWhatIsLogged() async throws {
        try await ServerProcess.with([]) { server in
            let all = try await run("job.yaml", ["--log-level", "debug", "--log-file", folder.path("all.log")], server)
            #expect(all.code == 1)
            let text = try folder.text("all.log")
            #expect(text.contains("debug job=sleepers"))
            #expect(text.contains("POST /predictions was answered with 201"))
            #expect(text.contains("duration_ms="))
            #expect(text.contains("warning job=sleepers item=broken"))
            #expect(!text.contains(Self.token))
            // Who asks for a log means it, and wants nothing else.
            let few = try await run("job.yaml", ["--fresh", "--quiet", "--log-level", "warning"], server)
            let logged = few.errors.split(separator: "\n").filter { $0.contains("job=sleepers") }
            #expect(logged.count == 2)
            #expect(logged.allSatisfy { $0.contains("Z warning job=sleepers item=") })
        }
    }

    @Test func whatOthersSayIsOneLineThatCommandsNoTerminal() async throws {
        let words = #""red \e[31m\nand a=\"quote\"""#
        try folder.write(
            "job.yaml", try folder.text("job.yaml").replacing(#"fail: "{{ value }}""#, with: "fail: \(words)"))
        try await ServerProcess.with([]) { server in
            _ = try await run("job.yaml", ["--log-file", folder.path("night.log")], server)
            let text = try folder.text("night.log")
            #expect(text.contains("and a="))
            #expect(!text.contains("\u{1B}"))
            for line in text.split(separator: "\n") {
                #expect(line.prefixMatch(of: #/\d{4}-\d\d-\d\dT/#) != nil, "\(line)")
            }
        }
    }

    @Test func withoutOptionsNothingIsLogged() async throws {
        try await ServerProcess.with([]) { server in
            let run = try await run("fine.yaml", [], server)
            #expect(!run.errors.contains("job=sleepers"))
        }
    }

    @Test func aFileThatCannotBeOpenedRefusesTheRunBeforeAnythingIsSent() async throws {
        try await ServerProcess.with(["--log", folder.path("created.jsonl")]) { server in
            let run = try await run("fine.yaml", ["--log-file", folder.path("no/such/folder.log")], server)
            #expect(run.code == 2)
            #expect(run.errors.contains("cannot open the log file '\(folder.path("no/such/folder.log"))'"))
            #expect(try folder.text("created.jsonl").isEmpty)
            let level = try await self.run("fine.yaml", ["--log-level", "loud"], server)
            #expect(level.code == 2)
            #expect(level.errors.contains("--log-level is 'loud'; expected one of: trace, debug, info"))
        }
    }

    #if os(Linux)
    @Test func aFullDiskEndsTheLogAndNotTheRun() async throws {
        try await ServerProcess.with([]) { server in
            let run = try await run("fine.yaml", ["--log-file", "/dev/full"], server)
            #expect(run.code == 0)
            #expect(
                run.errors.split(separator: "\n").count { $0.contains("the log file '/dev/full' cannot be written") }
                    == 1)
        }
    }
    #endif
}
