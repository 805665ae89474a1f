import Foundation
import Testing

@testable import Nightshift

/// The notice that a directory is used by another job too.
@Suite(.timeLimit(.minutes(1)))
struct OutputUsersTests {
    /// A job whose store is there.
    private func user(_ job: String, in folder: String, manifest: String? = nil) throws -> OutputUser {
        let store = "\(folder)/\(job).sqlite"
        try Data().write(to: URL(filePath: store))
        return OutputUser(
            job: job, manifest: manifest ?? "\(folder)/\(job).yaml", store: store, identity: "id-\(job)")
    }

    @Test func everyJobIsToldOfTheOthers() async throws {
        try await withTestFolder { folder in
            let users = OutputUsers(directory: "\(folder)/out")
            let jobs = try ["a", "b", "c"].map { try user($0, in: folder) }
            #expect(users.others(than: jobs[0].store, identity: jobs[0].identity) == [])
            for job in jobs + jobs { users.register(job) }
            for job in jobs {
                #expect(users.others(than: job.store, identity: job.identity) == jobs.filter { $0 != job })
            }
            #expect(users.others(than: "\(folder)/new.sqlite", identity: nil) == jobs)
            #expect(
                OutputUsers.notice(of: jobs[1], in: "out")
                    == "out is also the output directory of the job 'b' (\(folder)/b.yaml); where both want one name, the "
                    + "later file gets a number; give one of them a directory of its own to keep them apart")
        }
    }

    @Test func aJobIsNoOtherThanItselfAfterAMove() async throws {
        try await withTestFolder { folder in
            let users = OutputUsers(directory: folder)
            let job = try user("a", in: folder)
            users.register(job)
            // Its folder was copied or moved, or its store was made anew in the same place.
            #expect(users.others(than: "\(folder)/elsewhere.sqlite", identity: job.identity) == [])
            #expect(users.others(than: job.store, identity: "id-new") == [])
            #expect(users.others(than: job.store, identity: nil) == [])
        }
    }

    @Test func aJobThatIsGoneIsNoOther() async throws {
        try await withTestFolder { folder in
            let users = OutputUsers(directory: folder)
            let job = try user("a", in: folder)
            users.register(job)
            try FileManager.default.removeItem(atPath: job.store)
            #expect(users.others(than: "\(folder)/b.sqlite", identity: "id-b") == [])
        }
    }

    /// The file is also read by people: a line for each job, and no rest of a longer one.
    @Test func theFileHasALineForEachJob() async throws {
        try await withTestFolder { folder in
            let users = OutputUsers(directory: folder)
            let long = String(repeating: "deep/", count: 100)
            users.register(try user("a", in: folder, manifest: "\(folder)/\(long)a.yaml"))
            users.register(try user("b", in: folder))
            users.register(try user("a", in: folder))
            let lines = try #require(text(ofFile: "\(folder)/\(OutputUsers.fileName)"))
                .split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count == 3 && lines[2].isEmpty)
            #expect(lines[0].contains("b.yaml") && lines[1].contains("a.yaml"))
        }
    }
}
