import Foundation
import LosslessJSON
import Replicate

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What a night with many long predictions costs in calls and in time.
///
/// The server is a process of its own and is asked afterwards what it has seen.
struct OvernightRun {
    enum Mode: String {
        /// 5,000 predictions of 30 s, 1,000 in flight: how often the API is called, and how late an end is seen.
        case watch
        /// 5,000 short predictions at twenty times the account's usual 600 creates a minute.
        case rate
    }

    var mode: Mode
    var items = 5_000

    private var concurrency: Int { mode == .watch ? 1_000 : 400 }
    private var latency: Double { mode == .watch ? 30 : 0.5 }
    private var createsAMinute: Int? { mode == .watch ? nil : 12_000 }

    func measure() async throws -> [NightTable.Row] {
        let scene = try BenchmarkScene()
        defer { scene.remove() }
        let limits = createsAMinute.map { ["--creates", "\($0)"] } ?? []
        let server = try scene.startServer(limits)
        defer { server.process.stop() }
        try scene.writeJob(
            """
            model: nightshift/sleeper
            inputs: { range: [1, \(items)] }
            input: { seconds: \(latency), text: "item {{ value }}" }
            concurrency: \(concurrency)
            rate: \(createsAMinute.map { "\($0)/min" } ?? "unlimited")
            """)
        let events = scene.path("events")
        guard mkfifo(events, 0o600) == 0 else { throw BenchmarkError("cannot make a pipe at \(events)") }
        // The child's start would wait for a reader, and we for its start, so the reader comes first and waits for nobody.
        let reader = open(events, O_RDONLY | O_NONBLOCK)
        guard reader >= 0 else { throw BenchmarkError("cannot read \(events)") }
        let start = ContinuousClock.now
        let run = try scene.startRun(["--json"], base: server.base, output: events)
        _ = fcntl(reader, F_SETFL, fcntl(reader, F_GETFL) & ~O_NONBLOCK)
        let seen = timesOfEnds(in: FileHandle(fileDescriptor: reader, closeOnDealloc: true))
        let cost = run.cost()
        let wall = start.duration(to: .now) / .seconds(1)
        guard cost.status == 0 else { throw BenchmarkError("the run ended with \(cost.status >> 8)") }
        let counts = try await server.counts()
        let calls = Double(counts.creates + counts.gets + counts.lists) / Double(items)
        let delays = try await delays(seen, base: server.base)
        let ideal = max(
            createsAMinute.map { Double(items) / (Double($0) / 60) } ?? 0, Double(items) * latency / Double(concurrency)
        )
        func text(_ number: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", number) }
        let common = [
            NightTable.Row(
                measured: "items, \(Int(latency * 1000)) ms each, \(concurrency) in flight"
                    + (createsAMinute.map { ", \($0) creates a minute" } ?? ""), figure: "\(items)"),
            NightTable.Row(
                measured: "API calls a prediction", figure: text(calls, 2), goal: mode == .watch ? "1.25" : ""),
        ]
        switch mode {
        case .watch:
            return common + [
                NightTable.Row(
                    measured: "time until an end is seen, median", figure: text(delays[delays.count / 2], 2) + " s",
                    goal: "3 s"),
                NightTable.Row(
                    measured: "the same, 95 %", figure: text(delays[delays.count * 95 / 100], 2) + " s"),
                NightTable.Row(
                    measured: "peak memory", figure: text(Double(cost.peakMemory) / 1_048_576, 0) + " MB"),
            ]
        case .rate:
            return common + [
                NightTable.Row(measured: "creates that were throttled", figure: "\(counts.throttled)"),
                NightTable.Row(
                    measured: "time, \(text(ideal, 1)) s = 1", figure: text(wall / ideal, 3), goal: "1.03"),
            ]
        }
    }

    /// When the run told the end of each prediction.
    private func timesOfEnds(in file: FileHandle) -> [String: Date] {
        var times: [String: Date] = [:]
        var rest = Data()
        while true {
            let chunk = file.availableData
            if chunk.isEmpty { return times }
            let now = Date()
            rest.append(chunk)
            let end = (rest.lastIndex(of: 0x0A) ?? rest.startIndex - 1) + 1
            for line in rest[..<end].split(separator: 0x0A) {
                guard let event = try? JSONValue(parsing: line), event["state"] == "fetching",
                    let id = event["prediction"]?.stringValue
                else { continue }
                times[id] = now
            }
            rest = Data(rest[end...])
        }
    }

    /// How long after its end each prediction was seen to have ended, shortest first.
    private func delays(_ seen: [String: Date], base: String) async throws -> [Double] {
        let client = try Client(token: "benchmark", baseURL: base)
        var delays: [Double] = []
        for try await prediction in client.paginate({ try await client.predictions.list() }) {
            guard let time = seen[prediction.id], let end = prediction.completedAt else { continue }
            delays.append(time.timeIntervalSince(end))
        }
        guard delays.count == items else { throw BenchmarkError("\(delays.count) of \(items) ends were seen") }
        return delays.sorted()
    }
}
