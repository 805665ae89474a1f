import Foundation
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift
@testable import NightshiftCLI

/// Metrics as a parser of the text format reads them.
@Suite(
    .timeLimit(.minutes(2)),
    .enabled(if: PythonPackage.prometheus.problem == nil, "there is no parser of Prometheus' text format here"))
struct RunMetricsTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Every sample: its name, labels and value.
    private static func samples(_ text: String) throws -> [(name: String, labels: JSONValue, value: Double)] {
        let script = """
            import json, sys
            from prometheus_client.parser import text_string_to_metric_families
            text = json.load(sys.stdin)
            print(json.dumps([[s.name, s.labels, s.value] for f in text_string_to_metric_families(text) for s in f.samples]))
            """
        let answer = try PythonPackage.prometheus.answer(script, to: .string(text))
        return (answer.arrayValue ?? []).map {
            ($0[0]?.stringValue ?? "", $0[1] ?? .null, $0[2]?.doubleValue ?? .nan)
        }
    }

    private static func value(_ text: String, _ name: String, _ label: (String, JSONValue)? = nil) throws -> Double? {
        try samples(text).first { sample in
            sample.name == name && label.map { sample.labels[$0.0] == $0.1 } ?? true
        }?.value
    }

    private static var metrics: RunMetrics {
        var totals = RunTotals()
        (totals[.succeeded], totals[.running], totals[.failed]) = (7, 2, 1)
        (totals.predictions, totals.predictTime, totals.throttles) = (10, 12.5, 3)
        var metrics = RunMetrics(job: "a \"b\" \\ c\nd", startedAt: Date(timeIntervalSince1970: 1_800_000_000))
        metrics.take(.started(RunCounts(totals)))
        var pace = RunPace(activeTime: 1, ended: 1, isHalted: false)
        (pace.inFlight, pace.mostSlots, pace.cost) = (2, 8, 0.75)
        metrics.take(.paced(pace))
        metrics.take(.held(RunHold(CreateHold(.throttled))))
        return metrics
    }

    @Test func aParserReadsWhatARunIsLike() throws {
        let text = Self.metrics.text
        for sample in try Self.samples(text) { #expect(sample.labels["job"] == "a \"b\" \\ c\nd") }
        #expect(try Self.value(text, "nightshift_items", ("state", "succeeded")) == 7)
        #expect(try Self.value(text, "nightshift_items", ("state", "failed")) == 1)
        #expect(try Self.value(text, "nightshift_predictions_total") == 10)
        #expect(try Self.value(text, "nightshift_predict_seconds_total") == 12.5)
        #expect(try Self.value(text, "nightshift_throttles_total") == 3)
        #expect(try Self.value(text, "nightshift_cost_total") == 0.75)
        #expect(try Self.value(text, "nightshift_in_flight") == 2)
        #expect(try Self.value(text, "nightshift_slots") == 8)
        #expect(try Self.value(text, "nightshift_hold", ("reason", "throttled")) == 1)
        #expect(try Self.value(text, "nightshift_hold", ("reason", "paused")) == 0)
        #expect(try Self.value(text, "nightshift_session_start_timestamp_seconds") == 1_800_000_000)
        #expect(try Self.value(text, "nightshift_session_end_timestamp_seconds") == nil)
    }

    @Test func theEndIsASample() throws {
        var metrics = Self.metrics
        metrics.end(
            RunReport(end: .canceled, counts: RunCounts(RunTotals()), outputDirectory: "out", failureReasons: []),
            at: Date(timeIntervalSince1970: 1_800_000_060.5))
        let name = "nightshift_session_end_timestamp_seconds"
        #expect(try Self.value(metrics.text, name, ("end", "canceled")) == 1_800_000_060.5)
        #expect(try Self.value(metrics.text, "nightshift_in_flight") == 0)
        #expect(try Self.value(metrics.text, "nightshift_hold", ("reason", "throttled")) == 0)
    }

    /// Nothing of a run is known before its session begins.
    @Test func aParserReadsTheBeginning() throws {
        #expect(try Self.value(RunMetrics(job: "x").text, "nightshift_in_flight") == 0)
    }

    private func write(_ directory: String = "out") throws -> String {
        try folder.write(
            "job.yaml",
            """
            job: measured
            model: nightshift/sleeper
            provider: local
            inputs: { range: [1, 5] }
            input: { seconds: 0.01, text: "n {{ value }}" }
            price: { per_prediction: 0.25 }
            rate: unlimited
            """)
        return folder.path("job.yaml")
    }

    @Test func aRunLeavesItsFigures() async throws {
        let file = folder.path("run.prom")
        let run = try await BuiltExecutable.nightshift.run(["run", try write(), "--metrics-file", file])
        #expect(run.code == 0)
        let text = try folder.text("run.prom")
        #expect(try Self.value(text, "nightshift_items", ("state", "succeeded")) == 5)
        #expect(try Self.value(text, "nightshift_predictions_total", ("job", "measured")) == 5)
        #expect(try Self.value(text, "nightshift_cost_total") == 1.25)
        #expect(
            try Self.value(text, "nightshift_session_end_timestamp_seconds", ("end", "completed")) ?? 0 > 1_700_000_000)
        // A collector is another user, and no half of a file is left beside it.
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect((mode ?? 0) & 0o044 == 0o044)
        #expect(folder.names(in: ".").filter { $0.contains("prom") } == ["run.prom"])
    }

    @Test func aFileThatCannotBeWrittenIsSaidBeforeAnythingIsSent() async throws {
        let file = folder.path("no such folder/run.prom")
        let run = try await BuiltExecutable.nightshift.run(["run", try write(), "--metrics-file", file])
        #expect(run.code == 2)
        #expect(run.errors.contains("cannot write the metrics file '\(file)': no such file or directory"))
    }
}
