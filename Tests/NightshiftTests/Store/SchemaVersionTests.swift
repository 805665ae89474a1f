import Foundation
import GRDB
import NightshiftCore
import ReplicateServer
import TestSupport
import Testing

@testable import Nightshift

/// Stores as each version of the schema has them are opened, brought up to date, and their runs finished.
@Suite(.timeLimit(.minutes(3)))
struct SchemaVersionTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Stores")
    private static let versions = Array(1...Migrations.migrator.migrations.count)

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// Makes a job with the store of a version, beside the outputs that it speaks of.
    private func job(version: Int, baseURL: String? = nil) throws -> JobFolder {
        let job = try JobFolder(baseURL: baseURL, try Self.text("job.yaml"))
        for name in ["done", "also-done"] { try job.folder.write("out/\(name).txt", name) }
        let paths = try job.engine.job(at: job.manifest).paths
        try FileManager.default.createDirectory(atPath: paths.directory, withIntermediateDirectories: true)
        // The tables of a dump refer to each other in any order.
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: paths.storePath, configuration: configuration)
        let sql = try Self.text(version < 10 ? "v0\(version).sql" : "v\(version).sql")
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
        return job
    }

    private func columns(_ path: String) throws -> [String: [String]] {
        let queue = try DatabaseQueue(path: path)
        return try queue.read { database in
            var columns: [String: [String]] = [:]
            let tables = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            for table in tables {
                columns[table] = try database.columns(in: table).map { "\($0.name) \($0.type) \($0.isNotNull)" }
            }
            columns["indexes"] = try String.fetchAll(
                database,
                sql: "SELECT name || sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1"
            ).map { $0.filter { !$0.isWhitespace } }
            return columns
        }
    }

    @Test(arguments: versions)
    func comesUpToDateWithAllThatItKnew(version: Int) async throws {
        let job = try job(version: version)
        let path = try job.engine.job(at: job.manifest).paths.storePath
        let store = try Store(path: path)
        let run = try #require(try await store.latestRun())
        #expect(run.job == "old")
        let items = try await store.reports.items(of: run, limit: 99)
        let states = Dictionary(uniqueKeysWithValues: items.map { ($0.key, $0.state) })
        #expect(
            states == [
                "done": .succeeded, "also-done": .succeeded, "broken": .failed, "waits": .pending, "runs": .running,
                "sent": .submitting, "held": .held, "fresh": .pending, "canceled": version < 4 ? .failed : .canceled,
            ])
        #expect(items.first { $0.key == "done" }?.files == ["done.txt"])
        #expect(items.first { $0.key == "broken" }?.failure == "no such luck")
        let waits = try #require(try await store.reports.detail(ofItem: "waits", in: run))
        #expect(waits.attempts.map(\.predictionID) == ["tired000000000000000000000"])
        #expect(waits.failures == 1)
        #expect(run.pins.count == (version < 2 ? 0 : 1), "version 1 did not say which model its version is of")

        let fresh = try TemporaryFolder()
        _ = try Store(path: fresh.path("new.sqlite"))
        #expect(try columns(path) == columns(fresh.path("new.sqlite")))
        #expect(try await store.pool.read { try $0.foreignKeyViolations().next() == nil })
    }

    @Test(arguments: versions)
    func itsRunIsFinished(version: Int) async throws {
        let log = try TemporaryFolder()
        try await withServer(log: log.path("created.jsonl")) { _, baseURL in
            let job = try job(version: version, baseURL: baseURL)
            let report = try await job.run()
            #expect(report.counts.items == 9)
            var states: [String: ItemState] = [:]
            for item in try await job.items() { states[item.key] = item.state }
            for key in ["done", "also-done", "waits", "fresh"] { #expect(states[key] == .succeeded, "\(key)") }
            #expect(states["broken"] == .failed)
            #expect(states["canceled"] == (version < 4 ? .failed : .canceled))
            #expect(states["held"] == .held)
            // The provider knows neither of them: each is made again, or held for a person, and never forgotten.
            for key in ["runs", "sent"] {
                #expect([.succeeded, .held].contains(states[key]), "\(key) is \(states[key]?.rawValue ?? "gone")")
            }
            let created = try log.text("created.jsonl")
            for key in ["done", "also-done", "broken", "held", "canceled"] {
                #expect(!created.contains("\"text\":\"\(key)\""), "\(key) was paid for again")
            }
            #expect(try await job.engine.job(at: job.manifest).verify().badFiles.isEmpty)
            #expect(try job.folder.text("out/waits.txt") == "waits")
        }
    }
}
