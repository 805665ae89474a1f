import Foundation
import TestSupport
import Testing

/// Real processes that may open few files.
@Suite(.timeLimit(.minutes(3)))
struct DescriptorLimitTests {
    private static let prlimit = "/usr/bin/prlimit"

    private func run(
        _ folder: TemporaryFolder, nofile: String, environment: [String: String], concurrency: Int
    ) async throws -> (code: Int32, output: String, errors: String) {
        let manifest = try folder.write(
            "job.yaml",
            """
            job: many
            model: nightshift/sleeper
            inputs: { range: [1, 150] }
            input: { seconds: 0.5, bytes: 2000, text: "n {{ value }}" }
            outputs: { directory: out, name: "{{ value }}" }
            rate: unlimited
            wait: 5s
            concurrency: \(concurrency)
            """)
        return try await BuiltExecutable(path: Self.prlimit).run(
            ["--nofile=\(nofile)", BuiltExecutable.nightshift.path, "run", manifest], environment: environment)
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: prlimit)),
        arguments: ["128:128", "256:256", "256:4096"])
    func withFewDescriptorsARunIsSlowerAndNothingElse(nofile: String) async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with { server in
            let run = try await run(folder, nofile: nofile, environment: server.environment, concurrency: 1000)
            #expect(run.code == 0, "\(run.errors)")
            #expect(folder.names(in: "out").count == 150)
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: prlimit)), arguments: ["40:40", "64:64"])
    func withTooFewItSaysSo(nofile: String) async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with { server in
            let run = try await run(folder, nofile: nofile, environment: server.environment, concurrency: 1000)
            #expect(run.code == 2, "\(run.errors)")
            #expect(run.errors.contains("ulimit -n"), "\(run.errors)")
        }
    }

    /// Where the runtime would crash or wait for ever, a sentence comes first.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: prlimit)),
        arguments: [("--nofile=20:20", "ulimit -n"), ("--as=300000000", "ulimit -v")])
    func whatTheRuntimeLacksIsToldAtOnce(limit: String, advice: String) async throws {
        let folder = try TemporaryFolder()
        let manifest = try folder.write("job.yaml", "job: x\n")
        let run = try await BuiltExecutable(path: Self.prlimit).run(
            [limit, BuiltExecutable.nightshift.path, "plan", manifest])
        #expect(run.code == 2, "\(run.errors)")
        #expect(run.errors.contains(advice), "\(run.errors)")
    }
}
