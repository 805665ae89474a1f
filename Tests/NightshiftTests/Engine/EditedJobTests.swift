import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateServer
import TestSupport
import Testing

@testable import Nightshift

/// What becomes of a run when the manifest or the outputs change between its sessions.
@Suite(.timeLimit(.minutes(2)))
struct EditedJobTests {
    private static func sleepers(directory: String = "out") -> String {
        """
        job: sleepers
        model: nightshift/sleeper
        inputs: { range: [1, 6] }
        input: { seconds: 0, bytes: 300, text: "item {{ value }}" }
        outputs: { directory: \(directory), name: "{{ value }}" }
        rate: unlimited
        """
    }

    @Test func anotherModelIsRunByItsOwnVersion() async throws {
        try await EmbeddedServer.withServer { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers())
            #expect(try await job.run().counts.succeeded == 6)
            try job.folder.write(
                "job.yaml",
                Self.sleepers().replacing("nightshift/sleeper", with: "nightshift/storyteller")
                    .replacing(#"{ seconds: 0, bytes: 300, text: "item {{ value }}" }"#, with: "{ prompt: Ada }")
                    .replacing(#""{{ value }}""#, with: #""story {{ value }}""#))
            let report = try await job.run()
            #expect(report.end == .completed)
            #expect(report.counts.succeeded == 6)
            #expect(report.counts.withdrawn == 6)
            #expect(try job.folder.text("out/story 1.txt").hasSuffix("Good night."))
        }
    }

    @Test(arguments: [
        (#"name: "{{ value }}""#, #"name: "n{{ value }}""#, ""), ("rate:", "key: \"k{{ value }}\"\nrate:", ""),
        (#"key: "a{{ value }}""#, #"key: "b{{ value }}""#, "key: \"a{{ value }}\"\n"),
    ])
    func whatIsInFlightIsAdoptedUnderItsNewName(old: String, new: String, key: String) async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { baseURL in
            let manifest = Self.sleepers().replacing("seconds: 0", with: "seconds: 1")
                .replacing("rate:", with: key + "rate:")
            let job = try JobFolder(baseURL: baseURL, manifest)
            try await job.leave(running: 6)
            try job.folder.write("job.yaml", manifest.replacing(old, with: new))
            let report = try await job.run()
            #expect(report.counts.succeeded == 6)
            #expect(report.counts.withdrawn == 0)
            #expect(report.missingFiles == 0)
            #expect(server.counts.accepted == 6)
        }
    }

    @Test func aNameThatCannotBeIsMendedWithoutPayingAgain() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { baseURL in
            let manifest = Self.sleepers().replacing(#"name: "{{ value }}""#, with: #"name: "sub/{{ value }}""#)
            let job = try JobFolder(baseURL: baseURL, manifest)
            try job.folder.write("out/sub", "a file where a folder belongs")
            guard case .disk = try await job.run().end else {
                Issue.record("the folder cannot be made")
                return
            }
            let paid = server.counts.accepted
            try job.folder.write("job.yaml", manifest.replacing("sub/", with: "other/"))
            let report = try await job.run()
            #expect(report.counts.succeeded == 6)
            #expect(report.counts.withdrawn == 0)
            #expect(paid > 0)
            #expect(server.counts.accepted == 6)
            #expect(FileManager.default.fileExists(atPath: job.folder.path("out/other/6.bin")))
        }
    }

    @Test func aFreshStartThatIsRefusedHasForgottenNothing() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers())
            #expect(try await job.run().counts.succeeded == 6)
            let fresh = RunOptions(fresh: true, selection: ItemSelection(keys: ["nobody"]))
            #expect(await job.failure(fresh)?.code == .usage)
            try job.folder.write("job.yaml", Self.sleepers().replacing("seconds:", with: "second:"))
            #expect(await job.failure(RunOptions(fresh: true))?.code == .invalidManifest)
            try job.folder.write("job.yaml", Self.sleepers())
            #expect(try await job.engine.job(at: job.manifest).status().ending == "completed")
            #expect(try await job.run().counts.succeeded == 6)
            #expect(server.counts.accepted == 6)
            #expect(try await job.run(RunOptions(fresh: true)).counts.succeeded == 6)
            #expect(server.counts.accepted == 12)
        }
    }

    @Test func anEditThatIsRefusedHasChangedNothing() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { baseURL in
            let manifest = Self.sleepers().replacing("rate:", with: "key: \"{{ value }}\"\nrate:")
            let job = try JobFolder(baseURL: baseURL, manifest)
            #expect(try await job.run().counts.succeeded == 6)
            try job.folder.write("job.yaml", manifest.replacing("item", with: "thing"))
            #expect(await job.failure(RunOptions(selection: ItemSelection(keys: ["nobody"])))?.code == .usage)
            try job.folder.write("job.yaml", manifest)
            #expect(try await job.run().counts.succeeded == 6)
            #expect(server.counts.accepted == 6)
        }
    }

    @Test func anotherOutputDirectoryIsRefusedUntilTheFilesAreThere() async throws {
        try await EmbeddedServer.withServer { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers())
            _ = try await job.run()
            try job.folder.write("job.yaml", Self.sleepers(directory: "elsewhere"))
            let failure = await job.failure()
            #expect(failure?.code == .invalidManifest)
            #expect(failure?.message.contains("6 files of this run are in 'out'") == true)
            try FileManager.default.moveItem(atPath: job.folder.path("out"), toPath: job.folder.path("elsewhere"))
            let report = try await job.run()
            #expect(report.end == .completed)
            #expect(report.missingFiles == 0)
            #expect(report.counts.predictions == 6)
        }
    }

    @Test func filesThatAreGoneAreToldAndFetchedAgainWithoutPaying() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers())
            _ = try await job.run()
            let content = bytes(ofFile: job.folder.path("out/2.bin"))
            for name in ["2.bin", "5.bin"] {
                try FileManager.default.removeItem(atPath: job.folder.path("out/\(name)"))
            }

            let told = try await job.run()
            #expect(told.missingFiles == 2)
            #expect(told.missingExamples == ["2.bin", "5.bin"])
            #expect(!job.folder.names(in: "out").contains("2.bin"))

            let fetched = try await job.run(RunOptions(retryMissing: true))
            #expect(fetched.counts.succeeded == 6)
            #expect(fetched.missingFiles == 0)
            #expect(fetched.counts.predictTime == told.counts.predictTime)
            #expect(server.counts.accepted == 6)
            #expect(bytes(ofFile: job.folder.path("out/2.bin")) == content)

            // After an hour the provider has nothing left to fetch.
            server.advanceClock(by: .seconds(4000))
            try FileManager.default.removeItem(atPath: job.folder.path("out/2.bin"))
            let again = try await job.run(RunOptions(retryMissing: true))
            #expect(again.counts.succeeded == 6)
            #expect(again.missingFiles == 0)
            #expect(server.counts.accepted == 7)
            #expect(bytes(ofFile: job.folder.path("out/2.bin")) == content)
        }
    }
}
