public import Foundation
import Hummingbird
import Logging
import NIOCore

/// Replicate's API on this machine: a real HTTP server on loopback with a few built-in models, any command as a model,
/// and faults on request. It keeps everything in memory.
public struct EmbeddedServer: Sendable {
    /// What the server is and allows.
    public struct Configuration: Sendable {
        /// The port on 127.0.0.1; 0 takes a free one.
        public var port = 0
        /// The one token that is accepted; `nil` accepts any.
        public var token: String?
        /// Commands that serve as models, by `owner/name`.
        public var commands: [String: String] = [:]
        /// Models besides the built-in ones.
        public var models: [any ServedModel] = []
        public var faults = Faults()
        /// The seed that faults are drawn with.
        public var seed: UInt64 = 1
        /// How long a prediction stays `starting`, in seconds.
        public var startDelay: TimeInterval = 0
        public var createsPerMinute = 1_000_000
        /// How many creates may come at once; `nil` for a minute's worth.
        public var createBurst: Int?
        public var readsPerMinute = 10_000_000
        /// Seconds after its end until a prediction's data are removed.
        public var retention: TimeInterval = 3600
        /// A file that gets a line for each accepted create.
        public var requestLog: String?
        /// Whether a 429 has a `Retry-After` header besides its body.
        public var sendsRetryAfter = false
        /// Answers with every oddity that the real API has shown: repeated and unknown keys, other versions than asked.
        public var isNasty = false

        public init() {}

        var allModels: [any ServedModel] {
            let builtIn: [any ServedModel] = [HelloWorld(), Poster(), Sleeper()]
            let commands = commands.sorted { $0.key < $1.key }.map { CommandModel(id: $0.key, command: $0.value) }
            return builtIn + commands + models
        }
    }

    private let configuration: Configuration

    public init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    /// Serves until the task is cancelled.
    /// - Parameter onReady: told the port that was bound.
    public func run(onReady: @escaping @Sendable (Int) async -> Void) async throws {
        let state = try ServerState(configuration)
        let (jobs, work) = AsyncStream.makeStream(of: RunningPrediction.self)
        var logger = Logger(label: "nightshift.server")
        logger.logLevel = .critical
        let routes = Routes(state: state, work: work)
        let application = Application(
            router: routes.router(),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: configuration.port)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                routes.port.set(port)
                await onReady(port)
            },
            logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { predictions in
                    for await job in jobs { predictions.addTask { await job.run() } }
                    predictions.cancelAll()
                }
            }
            group.addTask { try await application.run() }
            defer {
                work.finish()
                group.cancelAll()
            }
            try await group.next()
        }
    }

    /// Runs a server for as long as `body` takes.
    /// - Parameter body: given the base URL, such as `http://127.0.0.1:49152/v1`.
    public static func withServer<Result>(
        _ configuration: Configuration = Configuration(), _ body: (String) async throws -> Result
    ) async throws -> Result {
        let (ports, announcement) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { announcement.finish() }
                try await EmbeddedServer(configuration: configuration).run { announcement.yield($0) }
            }
            defer { group.cancelAll() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else {
                try await group.next()
                throw CancellationError()
            }
            return try await body("http://127.0.0.1:\(port)/v1")
        }
    }
}
