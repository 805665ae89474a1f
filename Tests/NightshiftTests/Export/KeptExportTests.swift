import Foundation
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// Exports that a manifest asks for, which each session keeps up to date.
@Suite(.timeLimit(.minutes(2)))
struct KeptExportTests {
    private func manifest(_ more: String, rows: String = "[1, 3]") -> String {
        """
        job: kept
        model: nightshift/sleeper
        provider: local
        inputs: { range: \(rows) }
        input: { seconds: 0, bytes: 10, text: "n {{ value }}" }
        outputs: { directory: out, name: "n-{{ value }}" }
        concurrency: 1
        rate: unlimited
        \(more)
        """
    }

    private func summary(_ folder: JobFolder, _ directory: String) throws -> JSONValue {
        try JSONValue(parsing: try folder.folder.text("\(directory)/export.json"))
    }

    @Test func eachSessionBringsThemUpToDate() async throws {
        let exports = "export: [{ to: results, format: [jsonl, csv] }, { to: two, where: 'name=n-2', files: copy }]"
        let folder = try JobFolder(manifest(exports))
        let report = try await folder.run()
        #expect(report.end == .completed)
        #expect(report.exports.map(\.failure) == [nil, nil])
        #expect(report.exports.map { $0.report?.items } == [3, 1])
        #expect(report.exports[0].formats == [.jsonl, .csv])
        #expect(try folder.lines("results/results.jsonl").count == 3)
        #expect(folder.folder.names(in: "two").contains("n-2.bin"))
        #expect(!folder.folder.names(in: "two").contains("n-1.bin"))
        try folder.folder.write("job.yaml", manifest(exports, rows: "[2, 5]"))
        let next = try await folder.run()
        #expect(next.exports.map { $0.report?.items } == [4, 1])
        #expect(next.exports[0].report?.removedFiles == 1)
        #expect(
            try folder.lines("results/results.jsonl").compactMap { $0["name"]?.stringValue }
                == (2...5).map { "n-\($0)" })
        // Where nothing is to do, what was thought of results is still brought along.
        try await folder.engine.job(at: folder.manifest).remark(.rating(2), on: ["n-2"])
        _ = try await folder.run()
        #expect(try folder.lines("two/results.jsonl")[0]["rating"] == 2)
    }

    @Test func aSessionThatEndsEarlySaysSoInTheExport() async throws {
        let folder = try JobFolder(manifest("budget: { predictions: 2 }\nexport: { to: results }"))
        let report = try await folder.run()
        #expect(report.exhaustedBudget != nil)
        let summary = try summary(folder, "results")
        #expect(summary["complete"] == false)
        #expect(summary["succeeded"] == 2)
        #expect(summary["unfinished"] == 1)
        #expect(report.exports.first?.report?.isComplete == false)
    }

    @Test func oneThatFailsIsToldAndKeepsNoOtherFromBeingMade() async throws {
        let folder = try JobFolder(manifest("export: [{ to: taken/results }, { format: csv }]"))
        try folder.folder.write("taken", "a file where a folder is needed")
        let (updates, told) = AsyncStream.makeStream(of: ExportOutcome.self)
        let report = try await folder.engine.job(at: folder.manifest).run { update in
            if case .exported(let outcome) = update { told.yield(outcome) }
        }
        told.finish()
        #expect(report.end == .completed)
        #expect(report.counts.succeeded == 3)
        #expect(report.exports[0].failure?.cause == .disk)
        #expect(report.exports[0].failure?.message.contains("taken") == true)
        #expect(report.exports[1].report?.items == 3)
        #expect(folder.folder.names(in: "out-export").contains("results.csv"))
        var outcomes: [ExportOutcome] = []
        for await outcome in updates { outcomes.append(outcome) }
        #expect(outcomes == report.exports)
    }

    @Test func oneThatWouldReplaceASourceIsRefusedBeforeAnythingIsSent() async throws {
        let folder = try JobFolder(
            """
            job: kept
            model: nightshift/sleeper
            provider: local
            inputs: { jsonl: results.jsonl }
            input: { seconds: 0, text: "n {{ n }}" }
            export: { to: "." }
            """)
        try folder.folder.write("results.jsonl", "{\"n\": 1}\n")
        #expect(await folder.failure()?.cause == .exportReplacesSource)
        #expect(try folder.folder.text("results.jsonl") == "{\"n\": 1}\n")
        #expect(folder.folder.names(in: "out") == [])
    }

    /// A request to stop ends the export, and the next session makes it.
    @Test func aRequestToStopEndsIt() async throws {
        let folder = try JobFolder(manifest("export: { to: results, format: [parquet, jsonl] }"))
        let mark = folder.folder.path("started")
        let path = try folder.folder.write("duckdb", "#!/bin/sh\necho $$ >'\(mark)'; sleep 1000\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        var engine = folder.engine
        engine.duckDB = DuckDBProgram(path: path)
        let job = try engine.job(at: folder.manifest)
        let (stops, requests) = AsyncStream.makeStream(of: StopRequest.self)
        let running = Task { try await job.run(stops: stops) }
        while text(ofFile: mark)?.hasSuffix("\n") != true { try await Task.sleep(for: .milliseconds(10)) }
        requests.yield(.drain)
        let report = try await running.value
        requests.finish()
        #expect(report.end == .completed)
        #expect(report.exports.first?.failure?.cause == .canceled)
        // Copies that were made already stay for the next session; nothing says that the export is made.
        let names = folder.folder.names(in: "results")
        #expect(!names.contains("export.json") && !names.contains("results.jsonl"))
    }

    @Test func aPlanShowsThem() async throws {
        let folder = try JobFolder(
            manifest("export: [{ to: best, format: csv, where: rating>=4, only_rated: true }, { format: jsonl }]"))
        let job = try folder.engine.job(at: folder.manifest)
        let plan = try await job.plan(options: PlanOptions(offline: true))
        #expect(
            plan.exports == [
                PlanReport.PlannedExport(
                    directory: folder.folder.path("best"), formats: [.csv], filter: "rating>=4", onlyRated: true),
                PlanReport.PlannedExport(directory: job.usualExportDirectory, formats: [.jsonl]),
            ])
    }

    @Test(.enabled(if: DuckDBProgram.find() == nil, "duckdb is on the PATH"))
    func aProgramThatIsMissingIsToldBeforeAnythingIsSent() async throws {
        let folder = try JobFolder(manifest("export: { to: results, format: parquet }"))
        let job = try folder.engine.job(at: folder.manifest)
        let plan = try await job.plan(options: PlanOptions(offline: true))
        #expect(plan.notices.contains { $0.contains("duckdb") })
        let (updates, told) = AsyncStream.makeStream(of: String.self)
        let report = try await job.run { update in
            switch update {
            case .warning(let sentence): told.yield(sentence)
            case .started: told.yield("started")
            default: break
            }
        }
        told.finish()
        var first: String?
        for await sentence in updates where first == nil { first = sentence }
        #expect(first?.contains("duckdb") == true)
        #expect(report.exports.first?.failure?.cause == .programMissing)
        #expect(report.counts.succeeded == 3)
    }
}
