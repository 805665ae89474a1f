import Foundation
import ReplicateServer
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// A renamed or copied job says what is there already before it pays for it again.
@Suite(.timeLimit(.minutes(2)))
struct EarlierWorkTests {
    private static func pictures(job: String, names: [String] = ["a", "b", "c"], more: String = "") -> String {
        """
        job: \(job)
        model: nightshift/sleeper
        inputs: { list: [\(names.map { "{ name: \($0) }" }.joined(separator: ", "))] }
        input: { seconds: 0.02, bytes: 100, text: "{{ name }}" }
        outputs: { directory: out, name: "{{ name }}" }
        rate: unlimited
        \(more)
        """
    }

    /// What a run says of earlier work, if it does.
    private func run(
        _ job: JobFolder, _ manifest: String, _ options: RunOptions = RunOptions()
    ) async throws -> (report: RunReport, work: EarlierWork?) {
        let work = Mutex<EarlierWork?>(nil)
        let report = try await job.engine.job(at: job.folder.path(manifest)).run(options: options) { notice in
            if case .earlierWork(let found) = notice { work.withLock { $0 = found } }
        }
        return (report, work.withLock { $0 })
    }

    @Test func aRenamedJobIsToldOfTheResultsThatItsOldNameHas() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.pictures(job: "first"))
            _ = try await job.run()
            try job.folder.write("second.yaml", Self.pictures(job: "second", names: ["b", "c", "d"]))

            let plan = try await job.engine.job(at: job.folder.path("second.yaml")).plan()
            #expect(plan.earlier.jobs == [EarlierWork.Job(name: "first", results: 2)])
            #expect(plan.earlier.occupiedNames == 2)
            #expect(plan.earlier.mayRepeat)
            #expect(plan.estimate.creates == 3)

            // Who is asked and says no has paid for nothing.
            var careful = RunOptions()
            careful.approveRepeating = { work in
                #expect(work.results == 2)
                return false
            }
            let refused = try await run(job, "second.yaml", careful)
            #expect(refused.report.end == .interrupted)
            #expect(refused.report.counts.pending == 3)
            #expect(server.counts.accepted == 3)

            // Who is not asked is told.
            let (report, work) = try await run(job, "second.yaml")
            #expect(work?.sentences.first?.contains("the job 'first' has made 2 of these inputs already") == true)
            #expect(report.counts.succeeded == 3)
            #expect(server.counts.accepted == 6)
            #expect(Set(job.folder.names(in: "out")).count == 6)

            // An ended or resumed run has nothing to ask.
            let again = try await run(job, "second.yaml", careful)
            #expect(again.work == nil)
            #expect(again.report.end == .completed)
        }
    }

    @Test func reuseTakesTheResultsOfOtherJobs() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.pictures(job: "first"))
            _ = try await job.run()
            let source = try #require(bytes(ofFile: job.folder.path("out/\(job.folder.names(in: "out").sorted()[0])")))
            try job.folder.write(
                "second.yaml",
                Self.pictures(job: "second", names: ["a", "b", "c", "d"], more: "reuse: true")
                    .replacing("directory: out", with: "directory: elsewhere"))

            let plan = try await job.engine.job(at: job.folder.path("second.yaml")).plan()
            #expect(plan.earlier.results == 3)
            #expect(!plan.earlier.mayRepeat)
            #expect(plan.estimate.creates == 1)

            let (report, work) = try await run(job, "second.yaml")
            #expect(work?.isReused == true)
            #expect(report.counts.succeeded == 4)
            // The fourth alone was computed.
            #expect(server.counts.accepted == 4)
            let names = job.folder.names(in: "elsewhere").sorted()
            #expect(names.count == 4)
            #expect(bytes(ofFile: job.folder.path("elsewhere/\(names[0])")) == source)
            let verified = try await job.engine.job(at: job.folder.path("second.yaml")).verify()
            #expect(verified.files == 4)
            #expect(verified.badFiles.isEmpty)

            // A file that is lost is taken from there again.
            try FileManager.default.removeItem(atPath: job.folder.path("elsewhere/\(names[0])"))
            let repaired = try await run(job, "second.yaml", RunOptions(retryMissing: true))
            #expect(repaired.report.counts.succeeded == 4)
            #expect(server.counts.accepted == 4)
            #expect(job.folder.names(in: "elsewhere").sorted() == names)
        }
    }

    @Test func aResultWhoseFileHasChangedIsComputed() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.pictures(job: "first"))
            _ = try await job.run()
            let files = job.folder.names(in: "out").sorted()
            // As long as before, so only its content tells.
            try job.folder.write("out/\(files[1])", String(repeating: "x", count: 100))
            try FileManager.default.removeItem(atPath: job.folder.path("out/\(files[2])"))
            try job.folder.write("second.yaml", Self.pictures(job: "second", more: "reuse: true"))
            let (report, work) = try await run(job, "second.yaml")
            #expect(work?.results == 2)
            #expect(report.counts.succeeded == 3)
            #expect(server.counts.accepted == 5)
            let verified = try await job.engine.job(at: job.folder.path("second.yaml")).verify()
            #expect(verified.badFiles.isEmpty)
        }
    }

    @Test func aCopiedFolderWithoutCheckpointsIsToldOfItsFiles() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.pictures(job: "first"))
            _ = try await job.run()
            try FileManager.default.removeItem(atPath: job.folder.path(".nightshift"))
            try job.folder.write("out/notes.txt", "not an output")
            let plan = try await job.engine.job(at: job.manifest).plan()
            #expect(plan.earlier.jobs.isEmpty)
            #expect(plan.earlier.occupiedNames == 3)
            #expect(plan.earlier.sentences.first?.contains("outputs of 3 items with the same name are in") == true)
            var careful = RunOptions()
            careful.approveRepeating = { _ in false }
            let (report, _) = try await run(job, "job.yaml", careful)
            #expect(report.end == .interrupted)
            #expect(server.counts.accepted == 3)
        }
    }

    @Test func anotherVersionOrInputIsNotTheSameResult() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.pictures(job: "first"))
            _ = try await job.run()
            try job.folder.write(
                "second.yaml",
                Self.pictures(job: "second", names: ["x", "y"], more: "reuse: true")
                    .replacing("directory: out", with: "directory: other"))
            let (report, work) = try await run(job, "second.yaml")
            #expect(work == nil)
            #expect(report.counts.succeeded == 2)
            #expect(server.counts.accepted == 5)
        }
    }
}
