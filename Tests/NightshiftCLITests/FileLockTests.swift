import Foundation
import LosslessJSON
import TestSupport
import Testing

#if os(Linux)
/// A file system on which locks fail as such: a library that is loaded before the system's says so.
@Suite(.timeLimit(.minutes(3)), .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/cc")))
struct FileLockTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// What makes `flock` fail with such an error.
    private func environment(failingWith error: String) async throws -> [String: String] {
        let source = try folder.write(
            "noflock.c",
            "#include <errno.h>\nint flock(int fd, int operation) { errno = \(error); return -1; }\n")
        let library = folder.path("\(error).so")
        let made = try await BuiltExecutable(path: "/usr/bin/cc").run(["-shared", "-fPIC", "-o", library, source])
        try #require(made.code == 0, "\(made.errors)")
        return ["LD_PRELOAD": library]
    }

    private func job() throws -> String {
        try folder.write(
            "job.yaml",
            """
            job: hello
            model: nightshift/hello-world
            provider: local
            inputs: { range: [1, 2] }
            input: { text: "t{{ value }}" }
            """)
    }

    @Test(arguments: ["EBADF", "ENOLCK", "ENOSYS", "EOPNOTSUPP"])
    func aFileSystemWithoutLocksIsNoOtherProcess(error: String) async throws {
        let job = try job()
        let environment = try await environment(failingWith: error)
        for command in ["run", "cancel", "pause"] {
            if command != "run" { _ = try await BuiltExecutable.nightshift.run(["run", job]) }
            let result = try await BuiltExecutable.nightshift.run([command, job], environment: environment)
            #expect(result.code == 2, "\(command): \(result.errors)")
            #expect(result.errors.contains("has no locks (") && result.errors.contains("--state"), "\(result.errors)")
        }
        let status = try await BuiltExecutable.nightshift.run(["status", job, "--json"], environment: environment)
        #expect(status.code == 0)
        #expect(try JSONValue(parsing: status.output)["is_alive"] == false)
        let jobs = try await BuiltExecutable.nightshift.run(["jobs", folder.root], environment: environment)
        #expect(jobs.output.contains("completed"))
    }

    @Test func whoOnlyLooksDoesNotKeepARunFromStarting() async throws {
        let job = try job()
        _ = try await BuiltExecutable.nightshift.run(["run", job])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<10 { _ = try await BuiltExecutable.nightshift.run(["status", job]) }
                }
            }
            for _ in 0..<10 {
                let run = try await BuiltExecutable.nightshift.run(["run", job, "--quiet"])
                #expect(run.code == 0, "\(run.errors)")
            }
            try await group.waitForAll()
        }
    }
}
#endif
