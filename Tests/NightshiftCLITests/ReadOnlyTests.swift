import Foundation
import LosslessJSON
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// Looking at a job whose folder cannot be written, on the real executable: as another user where the tests are root's.
@Suite(.timeLimit(.minutes(3)), .enabled(if: Reader.isAvailable))
struct ReadOnlyTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var store: String { folder.path(".nightshift/sleepers/checkpoints.sqlite") }

    private func job(_ count: Int, seconds: Double = 0.01, provider: String = "provider: local") throws -> String {
        try folder.write(
            "job.yaml",
            """
            job: sleepers
            model: nightshift/sleeper
            \(provider)
            inputs: { range: [1, \(count)] }
            input: { seconds: \(seconds), text: "item {{ value }}" }
            outputs: { directory: out, name: "{{ value }}" }
            concurrency: 4
            """)
    }

    private func expectAllReadersWork(_ job: String, succeeded: Int) async throws {
        let status = try await Reader.run(["status", job, "--json"])
        #expect(status.code == 0, "\(status.errors)")
        #expect(try JSONValue(parsing: status.output)["counts"]?["succeeded"]?.intValue == succeeded)
        for arguments in [
            ["items", job], ["show", job, "1"], ["verify", job], ["plan", job, "--offline"], ["jobs", folder.root],
        ] {
            let result = try await Reader.run(arguments)
            #expect(result.code == 0, "\(arguments[0]): \(result.errors)")
            #expect(!result.output.isEmpty)
        }
        let destination = try TemporaryFolder()
        chmod(destination.root, 0o777)
        let export = try await Reader.run(["export", job, "--to", destination.path("results")])
        #expect(export.code == 0, "\(export.errors)")
    }

    @Test func aJobThatHasEndedCanBeReadByWhoMayNotWrite() async throws {
        let job = try job(3)
        #expect(try await BuiltExecutable.nightshift.run(["run", job]).code == 0)
        try await Reader.whileReadOnly(folder) {
            try await expectAllReadersWork(job, succeeded: 3)
        }
        #expect(folder.names(in: ".nightshift/sleepers").contains("checkpoints.sqlite-shm") == false)
    }

    @Test func aCrashedJobCanBeReadByWhoMayNotWriteWithItsLastCommits() async throws {
        let job = try job(40, seconds: 0.05, provider: "rate: unlimited")
        try await ServerProcess.with { server in
            let run = try BuiltExecutable.nightshift.start(["run", job, "--json"], environment: server.environment)
            for await line in run.outputLines where try JSONValue(parsing: line)["state"] == "succeeded" { break }
            run.kill()
            _ = await run.end()
        }
        #expect(try folder.size(".nightshift/sleepers/checkpoints.sqlite-wal") > 0)
        try await Reader.whileReadOnly(folder) {
            let status = try await Reader.run(["status", job, "--json"])
            #expect(status.code == 0, "\(status.errors)")
            #expect(try JSONValue(parsing: status.output)["counts"]?["succeeded"]?.intValue ?? 0 > 0)
        }
        // As a backup has it: the index of the log is no part of one.
        try FileManager.default.removeItem(atPath: store + "-shm")
        try await Reader.whileReadOnly(folder) {
            let status = try await Reader.run(["status", job, "--json"])
            #expect(status.code == 0, "\(status.errors)")
            #expect(try JSONValue(parsing: status.output)["counts"]?["succeeded"]?.intValue ?? 0 > 0)
        }
    }

    @Test func aLiveRunCanBeReadByWhoMayNotWrite() async throws {
        let job = try job(40, seconds: 0.2, provider: "rate: unlimited")
        try await ServerProcess.with { server in
            let run = try BuiltExecutable.nightshift.start(["run", job, "--json"], environment: server.environment)
            defer { run.kill() }
            for await line in run.outputLines where try JSONValue(parsing: line)["state"] == "succeeded" { break }
            try await Reader.whileReadOnly(folder) {
                let status = try await Reader.run(["status", job, "--json"])
                #expect(status.code == 0, "\(status.errors)")
                let json = try JSONValue(parsing: status.output)
                #expect(json["is_alive"] == true)
                #expect(json["counts"]?["succeeded"]?.intValue ?? 0 > 0)
            }
            for await _ in run.outputLines {}
            #expect(await run.end().code == 0)
        }
    }

    @Test func aStoreThatMayNotBeReadIsNoJobThatWasNeverRun() async throws {
        let job = try job(1)
        #expect(try await BuiltExecutable.nightshift.run(["run", job]).code == 0)
        chmod(folder.path(".nightshift/sleepers"), 0)
        defer { chmod(folder.path(".nightshift/sleepers"), 0o755) }
        for command in ["status", "items", "plan"] {
            let result = try await Reader.run([command, job])
            #expect(result.code == 3)
            #expect(result.errors.contains("may not look into its folder"), "\(result.errors)")
        }
        let jobs = try await Reader.run(["jobs", folder.root])
        #expect(jobs.code == 3)
        #expect(jobs.output.contains("may not look into its folder"))
    }
}

/// Somebody who may read a folder and not write it.
private enum Reader {
    private static let setpriv = BuiltExecutable(path: "/usr/bin/setpriv")

    /// Nothing is read-only for root.
    static var isAvailable: Bool { geteuid() != 0 || FileManager.default.isExecutableFile(atPath: setpriv.path) }

    static func run(_ arguments: [String]) async throws -> (code: Int32, output: String, errors: String) {
        let environment = ["NIGHTSHIFT_ACCOUNT_DIRECTORY": "/nonexistent"]
        guard geteuid() == 0 else {
            return try await BuiltExecutable.nightshift.run(arguments, environment: environment)
        }
        return try await setpriv.run(
            ["--reuid=65534", "--regid=65534", "--clear-groups", BuiltExecutable.nightshift.path] + arguments,
            environment: environment)
    }

    /// Takes the right to write from the folders of a job, as far as that means anything to who runs the tests.
    static func whileReadOnly(_ folder: TemporaryFolder, _ body: () async throws -> Void) async throws {
        let folders = [folder.root, folder.path(".nightshift"), folder.path(".nightshift/sleepers")]
        for path in folders { chmod(path, 0o555) }
        do {
            try await body()
        } catch {
            for path in folders { chmod(path, 0o755) }
            throw error
        }
        for path in folders { chmod(path, 0o755) }
    }
}
