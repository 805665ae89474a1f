import Foundation
import GRDB
import NightshiftCore
import ReplicateServer
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// What others see and do while a run reads its input set, and after it could not read it to its end.
@Suite(.timeLimit(.minutes(2)))
struct InputReadingTests {
    private static let manifest = """
        job: numbers
        model: nightshift/hello-world
        provider: local
        inputs: { csv: rows.csv }
        input: { text: "{{ n }}" }
        key: "{{ n }}"
        outputs: { directory: out, name: "{{ n }}" }
        """

    private func rows(_ numbers: ClosedRange<Int>, then last: String = "") -> String {
        "n,m\n" + numbers.map { "\($0),x\n" }.joined() + last
    }

    /// A job whose run of three items has ended.
    private func ended() async throws -> JobFolder {
        let job = try JobFolder(Self.manifest)
        try job.folder.write("rows.csv", rows(1...3))
        #expect(try await job.run().counts.succeeded == 3)
        return job
    }

    private func view(_ job: JobFolder) async throws -> [ItemSummary] {
        try await job.items(in: Set(ItemState.allCases))
    }

    @Test func whoIsToldOfItMayUseTheStore() async throws {
        let job = try await ended()
        let before = try await view(job)
        try job.folder.write("rows.csv", rows(1...5000))
        let path = try job.engine.job(at: job.manifest).paths.storePath
        let told = Mutex<[Int]>([])
        var options = RunOptions()
        // Nothing is to be created after all.
        options.selection.keys = ["1"]
        let report = try await job.engine.job(at: job.manifest).run(options: options) { update in
            guard case .expanding(let items) = update else { return }
            told.withLock { $0.append(items) }
            do {
                let store = try Store(path: path)
                let run = try #require(try store.latestRunNow())
                #expect(try store.reports.exportItems(of: run, after: nil, limit: 99).map(\.key) == before.map(\.key))
                try store.pool.writeWithoutTransaction { database in
                    try database.execute(sql: "UPDATE run SET account = ?", arguments: ["told \(items)"])
                }
            } catch {
                Issue.record(error)
            }
        }
        #expect(report.counts.items == 5000)
        #expect(told.withLock(\.self) == [1000, 2000, 3000, 4000, 5000])
        #expect(try await Store(readingAt: path).latestRun()?.account == "told 5000")
    }

    @Test(arguments: ["3,again\n1,\"", "5001,x,y\n"]) func aRowThatIsWrongLeavesWhatThereWas(last: String) async throws
    {
        let job = try await ended()
        let before = try await view(job)
        try job.folder.write("rows.csv", rows(2...5000, then: last))
        #expect(await job.failure()?.cause == .invalidInputs)
        #expect(try await view(job) == before)
        try job.folder.write("rows.csv", rows(2...4))
        let report = try await job.run()
        #expect((report.counts.succeeded, report.counts.withdrawn, report.counts.predictions) == (3, 1, 4))
    }

    @Test func aStopLeavesWhatThereWas() async throws {
        let job = try await ended()
        let before = try await view(job)
        try job.folder.write("rows.csv", rows(2...5000))
        let (stops, stop) = AsyncStream.makeStream(of: StopRequest.self)
        let report = try await job.engine.job(at: job.manifest).run(stops: stops) { update in
            if case .expanding = update { stop.yield(.drain) }
        }
        #expect(report.end == .interrupted)
        #expect(try await view(job) == before)
        try job.folder.write("rows.csv", rows(1...3))
        #expect(try await job.run().counts.predictions == 3)
        #expect(try await view(job) == before)
    }
}
