import Foundation
import LosslessJSON
import TestSupport
import Testing

/// What becomes of printing that fails, on the real executable.
@Suite(.timeLimit(.minutes(3)))
struct StandardStreamTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func job(_ count: Int) throws -> String {
        try folder.write(
            "job.yaml",
            """
            job: sleepers
            model: nightshift/sleeper
            provider: local
            inputs: { range: [1, \(count)] }
            input: { seconds: 0.01, text: "item {{ value }}" }
            outputs: { directory: out, name: "{{ value }}" }
            """)
    }

    /// Runs a line of shell in which `"$@"` is the executable with its arguments.
    private func shell(
        _ line: String, _ arguments: [String]
    ) async throws -> (code: Int32, output: String, errors: String) {
        try await BuiltExecutable(path: "/bin/sh").run(
            ["-c", line, "sh", BuiltExecutable.nightshift.path] + arguments)
    }

    #if os(Linux)
    @Test(arguments: [["--help"], ["--version"], ["schema"], ["plan", "JOB"], ["items", "JOB"], ["status", "JOB"]])
    func aFullDiskOnStandardOutputIsNoSuccess(arguments: [String]) async throws {
        let job = try job(3)
        _ = try await BuiltExecutable.nightshift.run(["run", job])
        let result = try await shell("exec \"$@\" > /dev/full", arguments.map { $0 == "JOB" ? job : $0 })
        #expect(result.code == 3)
        #expect(result.errors.contains("error: cannot write to standard output: no space left on device"))
    }

    @Test func aRunWhoseEventsCannotBeWrittenGoesOnAndIsNoSuccess() async throws {
        let job = try job(5)
        let result = try await shell("exec \"$@\" > /dev/full", ["run", job, "--json"])
        #expect(result.code == 3)
        #expect(result.errors.contains("the run goes on without printing events"))
        #expect(folder.names(in: "out").count == 5)
    }
    #endif

    @Test func aReaderThatHasGoneEndsAListQuietly() async throws {
        let job = try job(50)
        _ = try await BuiltExecutable.nightshift.run(["run", job])
        // The reader has gone before anything is printed: nothing can be written to it any more.
        let line = "{ trap '' PIPE; while echo x 2>/dev/null; do :; done; \"$@\"; echo \"code $?\" >&2; } | true"
        let result = try await shell(line, ["items", job])
        #expect(result.errors == "code 141\n")
    }

    @Test func aRunWhoseReaderHasGoneGoesOn() async throws {
        let job = try job(50)
        let result = try await shell("{ \"$@\"; echo \"code $?\" >&2; } | head -1 | cut -c1-9", ["run", job, "--json"])
        #expect(result.errors == "code 0\n")
        #expect(folder.names(in: "out").count == 50)
    }

    @Test func closedStandardStreamsAreNoFilesOfTheRun() async throws {
        let job = try job(3)
        let closed = try await shell("exec \"$@\" <&- >&- 2>&-", ["run", job])
        #expect(closed.code == 0)
        let status = try await BuiltExecutable.nightshift.run(["status", job, "--json"])
        #expect(try JSONValue(parsing: status.output)["counts"]?["succeeded"] == 3)
        let list = try await shell("exec \"$@\" >&-", ["items", job])
        #expect(list.code == 3)
        #expect(list.errors.contains("cannot write to standard output: bad file descriptor"))
    }
}
