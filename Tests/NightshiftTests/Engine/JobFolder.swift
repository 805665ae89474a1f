import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateServer
import TestSupport

@testable import Nightshift

/// A job in a folder of its own, and an engine that runs it against a server.
struct JobFolder {
    let folder: TemporaryFolder
    let manifest: String
    let engine: Engine

    /// - Parameter baseURL: of the server that speaks Replicate's API; `nil` for jobs that bring their own provider.
    init(baseURL: String? = nil, token: String? = "test-token", _ manifest: String) throws {
        folder = try TemporaryFolder()
        self.manifest = try folder.write("job.yaml", manifest)
        var engine = Engine(settings: Engine.Settings(token: token, baseURL: baseURL))
        // The embedded server shows a prediction in its list at once.
        engine.reconciling.settle = .milliseconds(200)
        engine.reconciling.lag = .seconds(1)
        self.engine = engine
    }

    func run(_ options: RunOptions = RunOptions()) async throws -> RunReport {
        try await engine.job(at: manifest).run(options: options)
    }

    /// Ends a run while so many items are in flight, as a crash or a second Ctrl-C does.
    func leave(running count: Int) async throws {
        let (seen, sight) = AsyncStream.makeStream(of: Void.self)
        let running = Task {
            try await engine.job(at: manifest).run() { notice in
                if case .progressed(let counts, _, _) = notice, counts.running >= count { sight.finish() }
            }
        }
        for await _ in seen {}
        running.cancel()
        _ = await running.result
    }

    /// The message of the error that running the job throws.
    func failure(_ options: RunOptions = RunOptions()) async -> EngineError? {
        do {
            _ = try await run(options)
            return nil
        } catch {
            return error as? EngineError
        }
    }

    func items(in states: Set<ItemState>? = nil) async throws -> [ItemSummary] {
        var items: [ItemSummary] = []
        for try await item in try engine.job(at: manifest).items(in: states) { items.append(item) }
        return items
    }

    /// The lines of a file as JSON values.
    func lines(_ path: String) throws -> [JSONValue] {
        try folder.text(path).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }
}

/// Gives `body` an embedded server with faults while it runs, and its address.
func withServer(
    faults: String = "", creates: EmbeddedServer.RateLimit? = nil, log: String? = nil,
    _ body: (EmbeddedServer, String) async throws -> Void
) async throws {
    var configuration = EmbeddedServer.Configuration()
    configuration.faults = try Faults(parsing: faults)
    configuration.creates = creates
    configuration.requestLog = log
    let server = EmbeddedServer(configuration: configuration)
    try await server.whileRunning { try await body(server, $0) }
}

extension RunReport {
    /// Which budget was used up, if that is what ended the run.
    var exhaustedBudget: RunEnd.SpentBudget? {
        if case .budget(let budget) = end { budget } else { nil }
    }
}
