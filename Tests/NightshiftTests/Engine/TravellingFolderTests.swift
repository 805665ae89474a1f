import Foundation
import GRDB
import TestSupport
import Testing

@testable import Nightshift

/// Job folders that came from somebody else, with files of the state folder that name or lead to the user's own: nothing of the
/// user's may be removed, written to, read out or sent away by them.
@Suite(.timeLimit(.minutes(2)))
struct TravellingFolderTests {
    private static let manifest = """
        job: x
        provider: local
        model: nightshift/hello-world
        inputs: { list: [a, b] }
        input: { text: "{{ value }}" }
        outputs: { directory: out }
        """

    private func job() throws -> (job: JobFolder, precious: String) {
        let job = try JobFolder(Self.manifest)
        try FileManager.default.createDirectory(
            atPath: job.folder.path(".nightshift/x"), withIntermediateDirectories: true)
        return (job, try job.folder.write("home/precious", "precious"))
    }

    @Test func aForgedNoteOfASocketRemovesNothing() async throws {
        let (job, precious) = try job()
        try job.folder.write(".nightshift/x/control.path", precious)
        #expect(try await job.run().counts.succeeded == 2)
        #expect(try job.folder.text("home/precious") == "precious")
    }

    @Test(arguments: [
        "lock", "checkpoints.sqlite", "checkpoints.sqlite-wal", "checkpoints.sqlite-shm", "checkpoints.sqlite-journal",
        "files.sqlite", "control.sock",
    ])
    func aLinkInTheStateFolderIsNotWrittenThrough(name: String) async throws {
        let (job, precious) = try job()
        try FileManager.default.createSymbolicLink(
            atPath: job.folder.path(".nightshift/x/\(name)"), withDestinationPath: precious)
        let error = await job.failure()
        // Where it can be done without the file, the run goes on.
        #expect((error == nil) == ["files.sqlite", "control.sock"].contains(name), "\(error?.message ?? "")")
        #expect(try job.folder.text("home/precious") == "precious")
        if let error { #expect(error.message.contains(name), "\(error.message)") }
    }

    @Test func aLinkToNowhereIsNotWrittenThrough() async throws {
        let (job, _) = try job()
        try FileManager.default.createSymbolicLink(
            atPath: job.folder.path(".nightshift/x/checkpoints.sqlite"),
            withDestinationPath: job.folder.path("home/new"))
        #expect(await job.failure()?.code == .store)
        #expect(job.folder.names(in: "home") == ["precious"])
    }

    private func rename(outputOf job: JobFolder, to path: String) throws {
        let database = try DatabaseQueue(path: job.folder.path(".nightshift/x/checkpoints.sqlite"))
        try database.write {
            try $0.execute(
                sql: "UPDATE output SET path = ? WHERE item_id = (SELECT min(item_id) FROM output)", arguments: [path])
        }
    }

    @Test(arguments: ["../home/precious", "/etc/hostname", "a/../../home/precious", "./x", "a//b", "", ".."])
    func aPathOutsideOfTheOutputDirectoryIsNeitherReadNorExported(path: String) async throws {
        let (job, _) = try job()
        #expect(try await job.run().counts.succeeded == 2)
        try rename(outputOf: job, to: path)
        let manifest = job.manifest
        await #expect(throws: (any Error).self) { try await job.engine.job(at: manifest).verify() }
        await #expect(throws: (any Error).self) {
            try await job.engine.job(at: manifest).export(to: job.folder.path("exported"))
        }
        #expect(!job.folder.names(in: "exported").contains("precious"))
        #expect(!FileManager.default.fileExists(atPath: job.folder.path("exported/results.jsonl")))
        _ = await job.failure(RunOptions(retryMissing: true))
        #expect(try job.folder.text("home/precious") == "precious")
        #expect(job.folder.names(in: "home") == ["precious"])
    }

    @Test func aLinkInTheOutputDirectoryIsNoOutput() async throws {
        let (job, _) = try job()
        #expect(try await job.run().counts.succeeded == 2)
        let database = try DatabaseQueue(path: job.folder.path(".nightshift/x/checkpoints.sqlite"))
        try await database.write {
            try $0.execute(
                sql: """
                    UPDATE output SET path = 'link/precious', size = 8
                    WHERE item_id = (SELECT min(item_id) FROM output)
                    """)
        }
        try FileManager.default.createSymbolicLink(
            atPath: job.folder.path("out/link"), withDestinationPath: job.folder.path("home"))
        let report = try await job.engine.job(at: job.manifest).export(to: job.folder.path("exported"))
        #expect(report.missingFiles == 1)
        #expect(!FileManager.default.fileExists(atPath: job.folder.path("exported/link/precious")))
        #expect(try await job.engine.job(at: job.manifest).verify().badFiles.count == 1)
    }
}
