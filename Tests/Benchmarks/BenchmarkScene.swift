import Foundation
import LosslessJSON
import Replicate
import Synchronization

/// A folder with a job, a server as a process of its own, and the orchestrator as another.
struct BenchmarkScene {
    private let folder: URL
    private let executable: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightshift-benchmark-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        executable =
            URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("nightshift").path
        guard FileManager.default.isExecutableFile(atPath: executable) else {
            throw BenchmarkError("\(executable) is missing; build it first: swift build -c release")
        }
    }

    /// The scene is over. Its folder goes when everything is measured: a file system that looks for room among entries
    /// which were removed a minute ago makes the next run twice as dear.
    func remove() {
        Self.over.withLock { $0.append(folder) }
    }

    private static let over = Mutex<[URL]>([])

    static func removeAll() {
        for folder in over.withLock({ $0 }) { try? FileManager.default.removeItem(at: folder) }
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func text(_ name: String) -> String { (try? String(contentsOfFile: path(name), encoding: .utf8)) ?? "" }

    func writeJob(_ manifest: String) throws {
        try Data("job: benchmark\n\(manifest)\n".utf8).write(to: folder.appendingPathComponent("job.yaml"))
    }

    func startServer(_ arguments: [String] = []) throws -> BenchmarkServer {
        let process = try MeasuredProcess(
            executable, ["serve", "--port", "0"] + arguments, environment: ProcessInfo.processInfo.environment,
            output: path("server.log"))
        do {
            return BenchmarkServer(process: process, base: try address())
        } catch {
            process.stop()
            throw error
        }
    }

    func startRun(_ options: [String], base: String, output: String) throws -> MeasuredProcess {
        try start(executable, ["run", path("job.yaml")] + options, base: base, output: output)
    }

    /// Starts a program that knows the server by its environment.
    func start(_ program: String, _ arguments: [String], base: String, output: String) throws -> MeasuredProcess {
        var environment = ProcessInfo.processInfo.environment
        environment["REPLICATE_BASE_URL"] = base
        environment["REPLICATE_API_TOKEN"] = "benchmark"
        return try MeasuredProcess(program, arguments, environment: environment, output: output)
    }

    /// Waits until the server has said where it listens.
    private func address() throws -> String {
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while ContinuousClock.now < deadline {
            let text = text("server.log")
            if let range = text.range(of: #"http://127\.0\.0\.1:[0-9]+(?=[^0-9])"#, options: .regularExpression) {
                return String(text[range])
            }
            usleep(20_000)
        }
        throw BenchmarkError("the server did not start: \(text("server.log"))")
    }
}

struct BenchmarkServer {
    var process: MeasuredProcess
    var base: String

    struct Counts {
        var creates: Int
        var throttled: Int
        var gets: Int
        var lists: Int
    }

    /// What the server was asked for so far.
    func counts() async throws -> Counts {
        let response = try await HTTPClientTransport.shared.send(TransportRequest(url: base + "/"))
        let json = try JSONValue(parsing: try await response.body.collect(upTo: 1 << 20))
        func number(_ name: String) throws -> Int {
            guard let number = json["requests"]?[name]?.intValue else {
                throw BenchmarkError("the server does not count '\(name)'")
            }
            return number
        }
        return Counts(
            creates: try number("creates"), throttled: try number("throttled"), gets: try number("gets"),
            lists: try number("lists"))
    }

    /// Those of the predictions that failed because the platform took their instance away.
    func interrupted(among ids: [String]) async throws -> Set<String> {
        let client = try Client(token: "benchmark", baseURL: base)
        var found: Set<String> = []
        for try await prediction in client.paginate({ try await client.predictions.list() })
        where prediction.status == .failed {
            found.insert(prediction.id)
        }
        return found.intersection(ids)
    }
}
