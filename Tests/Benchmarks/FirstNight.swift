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
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightshift-benchmark-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let benchmarks = URL(fileURLWithPath: CommandLine.arguments[0])
        let executable = benchmarks.deletingLastPathComponent().appendingPathComponent("nightshift").path
        guard FileManager.default.isExecutableFile(atPath: executable) else {
            throw BenchmarkError("\(executable) is missing; build it first: swift build -c release")
        }
        let serverOutput = folder.appendingPathComponent("server.log").path
        let server = try MeasuredProcess(
            executable, ["serve", "--port", "0"], environment: ProcessInfo.processInfo.environment, output: serverOutput
        )
        defer { server.stop() }
        let base = try address(in: serverOutput)
        try writeJob(in: folder)
        var environment = ProcessInfo.processInfo.environment
        environment["REPLICATE_BASE_URL"] = base
        environment["REPLICATE_API_TOKEN"] = "benchmark"
        let start = ContinuousClock.now
        let command =
            switch mode {
            case .bare: [benchmarks.path] + BareRequests(items: items, base: base, folder: folder.path).arguments
            case .creates: [benchmarks.path] + ClientCreates(items: items).arguments
            case .sweep, .wait: [executable, "run", folder.appendingPathComponent("job.yaml").path, "--quiet"]
            }
        let process = try MeasuredProcess(
            command[0], Array(command.dropFirst()), environment: environment,
            output: folder.appendingPathComponent("run.log").path
        )
        let cost = process.cost()
        let wall = start.duration(to: .now)
        if cost.status != 0 {
            let log = try? String(contentsOf: folder.appendingPathComponent("run.log"), encoding: .utf8)
            throw BenchmarkError("the run ended with \(cost.status >> 8): \(log ?? "")")
        }
        let seconds = Double(wall.components.seconds) + Double(wall.components.attoseconds) / 1e18
        return Result(
            items: items, mode: mode, wall: seconds, ideal: Double(items) * latency / Double(concurrency), cost: cost
        )
    }

    private func writeJob(in folder: URL) throws {
        let manifest = """
            job: benchmark
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
            """
        try Data(manifest.utf8).write(to: folder.appendingPathComponent("job.yaml"))
    }

    /// Waits until the server has said where it listens.
    private func address(in log: String) throws -> String {
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while ContinuousClock.now < deadline {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            if let range = text.range(of: #"http://127\.0\.0\.1:[0-9]+(?=[^0-9])"#, options: .regularExpression) {
                return String(text[range])
            }
            usleep(20_000)
        }
        throw BenchmarkError("the server did not start: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
    }
}
