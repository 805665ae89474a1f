import Foundation
import LosslessJSON
import TestSupport
import Testing

/// Two real processes that store their outputs in one directory at the same time.
@Suite(.timeLimit(.minutes(3)))
struct SharedDirectoryTests {
    private func job(_ name: String, bytes: Int) -> String {
        """
        job: \(name)
        model: nightshift/sleeper
        inputs: { range: [1, 40] }
        input: { seconds: 0.05, bytes: \(bytes), text: "\(name) {{ value }}" }
        outputs: { directory: ../out, name: "pic-{{ value }}" }
        rate: unlimited
        concurrency: 16
        """
    }

    @Test(arguments: [4_000, 600_000])
    func neitherReplacesAFileOfTheOther(bytes: Int) async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with { server in
            let manifests = try ["left", "right"].map { try folder.write("\($0)/job.yaml", job($0, bytes: bytes)) }
            let runs = try manifests.map {
                try BuiltExecutable.nightshift.start(["run", $0], environment: server.environment)
            }
            for run in runs {
                for await _ in run.outputLines {}
                #expect(await run.end().code == 0, "\(run.errorText)")
            }
            #expect(folder.names(in: "out").count == 80)
            for manifest in manifests {
                let verified = try await BuiltExecutable.nightshift.run(["verify", manifest])
                #expect(verified.code == 0, "\(verified.errors)")
            }
            #expect(try parts(in: folder).isEmpty)
            // Who comes second is told.
            let plan = try await BuiltExecutable.nightshift.run(
                ["plan", manifests[1]], environment: server.environment)
            #expect(plan.errors.contains("is also the output directory of the job 'left'"), "\(plan.errors)")
        }
    }

    /// One manifest, with its checkpoints in two places.
    @Test func twoStatesOfOneJobAreTwoJobs() async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with { server in
            let manifest = try folder.write("a/job.yaml", job("same", bytes: 4_000))
            let runs = try ["one", "two"].map {
                try BuiltExecutable.nightshift.start(
                    ["run", manifest, "--state", folder.path($0)], environment: server.environment)
            }
            for run in runs {
                for await _ in run.outputLines {}
                #expect(await run.end().code == 0, "\(run.errorText)")
            }
            #expect(folder.names(in: "out").count == 80)
            for state in ["one", "two"] {
                let verified = try await BuiltExecutable.nightshift.run(
                    ["verify", manifest, "--state", folder.path(state)])
                #expect(verified.code == 0, "\(verified.errors)")
            }
        }
    }

    private func parts(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).filter { $0.hasSuffix(".part") }
    }
}
