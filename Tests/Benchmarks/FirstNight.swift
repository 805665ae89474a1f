import Foundation

/// One run of many short predictions, from an empty store to all files on disk.
struct FirstNight {
    enum Mode: String, CaseIterable {
        /// Creates answer at once, and the account's list is swept.
        case sweep
        /// Creates answer with the result, as by the manifest's `wait`.
        case wait
        /// No orchestrator: the requests and the files alone.
        case bare
        /// The client library alone: creates that wait for a short text, 64 in flight.
        case creates
    }

    var items: Int
    var mode: Mode
    var latency = 0.2
    var concurrency = 200
    var outputSize = 10_240

    struct Result {
        var items: Int
        var mode: Mode
        var wall: Double
        var ideal: Double
        var cost: MeasuredProcess.Cost

        func line(run: Int) -> String {
            let columns: [(String, Int)] = [
                ("\(items)", -9), (mode.rawValue, -5), ("\(run)", 4), (format(wall, 1), 8),
                (mode == .creates ? "-" : format(ideal, 1), 9), (mode == .creates ? "-" : format(wall / ideal, 2), 7),
                (format(cost.processorTime / Double(items) * 1000, 3), 13),
                (format(Double(cost.peakMemory) / 1_048_576, 1), 9), ("\(cost.status >> 8)", 6),
            ]
            return columns.map { text, width in
                let padding = String(repeating: " ", count: max(0, abs(width) - text.count))
                return width < 0 ? text + padding : padding + text
            }.joined()
        }

        private func format(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
    }

    func measure() throws -> Result {
        let scene = try BenchmarkScene()
        defer { scene.remove() }
        let server = try scene.startServer()
        defer { server.process.stop() }
        try writeJob(in: scene)
        let benchmarks = URL(fileURLWithPath: CommandLine.arguments[0]).path
        let start = ContinuousClock.now
        let log = scene.path("run.log")
        let process =
            switch mode {
            case .bare:
                try scene.start(
                    benchmarks, BareRequests(items: items, base: server.base, folder: scene.path("")).arguments,
                    base: server.base, output: log)
            case .creates:
                try scene.start(benchmarks, ClientCreates(items: items).arguments, base: server.base, output: log)
            case .sweep, .wait: try scene.startRun(["--quiet"], base: server.base, output: log)
            }
        let cost = process.cost()
        let wall = start.duration(to: .now)
        if cost.status != 0 {
            throw BenchmarkError("the run ended with \(cost.status >> 8): \(scene.text("run.log"))")
        }
        let seconds = Double(wall.components.seconds) + Double(wall.components.attoseconds) / 1e18
        return Result(
            items: items, mode: mode, wall: seconds, ideal: Double(items) * latency / Double(concurrency), cost: cost
        )
    }

    private func writeJob(in scene: BenchmarkScene) throws {
        try scene.writeJob(
            """
            model: nightshift/sleeper
            inputs: { range: [1, \(items)] }
            input:
              seconds: \(latency)
              bytes: \(outputSize)
              text: "item {{ value }}"
            key: "item-{{ value }}"
            outputs: { directory: out, name: "{{ value }}" }
            concurrency: \(concurrency)
            rate: unlimited
            \(mode == .wait ? "wait: 10s" : "")
            """)
    }
}
