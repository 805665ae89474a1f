import Foundation
import TestSupport
import Testing

/// What stands in the environment and on the command line: a sentence and an exit code, never a backtrace.
@Suite(.timeLimit(.minutes(3)))
struct OddEnvironmentTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            "job.yaml",
            "job: x\nmodel: o/n\ninputs: { list: [a] }\ninput: { text: \"{{ value }}\" }\noutputs: { directory: out }\n"
        )
    }

    private static let bases = [
        "http://127.0.0.1:99999/v1", "http://127.0.0.1:0", "http://127.0.0.1:-1",
        "http://127.0.0.1:999999999999999999999",
        "http://[::1", "http://[::1]:99999", "https://", "://", "http://0127.0.0.1:80", "%", "http://127.0.0.1:8a",
    ]

    @Test(arguments: bases)
    func aBaseURLThatIsNoneEndsWithASentence(base: String) async throws {
        for command in [["run", "--quiet"], ["plan"], ["schema"]] {
            let job = command[0] == "schema" ? [] : [folder.path("job.yaml")]
            let run = try await BuiltExecutable.nightshift.run(
                command + job,
                environment: ["REPLICATE_BASE_URL": base, "REPLICATE_API_TOKEN": "r8_never_shown_0123456789"])
            #expect((0...4).contains(run.code), "\(command): \(run.code) \(run.errors)")
            #expect(!run.errors.contains("Fatal error") && !run.errors.contains("Domain="), "\(run.errors)")
            #expect(!(run.errors + run.output).contains("never_shown"))
            if command[0] == "run" { #expect(run.code == 2 && run.errors.contains("base URL"), "\(run.errors)") }
        }
    }

    @Test(arguments: [
        ["serve", "--port", "99999"], ["serve", "--start-delay", "nan"], ["serve", "--start-delay", "inf"],
        ["serve", "--run-time", "1e300"], ["serve", "--creates", "9223372036854775808"],
        ["serve", "--retention", "-1"],
        ["run", "JOB", "--concurrency", "99999999999999999999"], ["run", "JOB", "--canary", "-9223372036854775808"],
        ["run", "JOB", "--grace", "99999999999h"], ["items", "JOB", "--limit", "0"],
        ["set", "JOB", "rate=99999999999999999999/s"], ["set", "JOB", "concurrency=1e9"],
    ])
    func anArgumentThatIsOutOfRangeEndsWithASentence(arguments: [String]) async throws {
        let run = try await BuiltExecutable.nightshift.run(
            arguments.map { $0 == "JOB" ? folder.path("job.yaml") : $0 })
        #expect(run.code == 2 || run.code == 64, "\(run.code): \(run.errors)")
        #expect(!run.errors.contains("Fatal error") && !run.errors.isEmpty)
    }
}
