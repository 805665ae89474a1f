import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTLS
import Logging
import NIOCore
import ReplicateAPI
import Synchronization

/// A server on this machine that answers like Replicate's API, with models of its own.
///
/// It keeps everything in memory and in a temporary folder and forgets it when it ends. Predictions have event
/// streams, and their webhooks are called as long as the server runs.
///
///     try await EmbeddedServer.withServer { baseURL in
///         // baseURL is "http://127.0.0.1:49152/v1"
///     }
public final class EmbeddedServer: Sendable {
    public let configuration: Configuration
    let state: ServerState

    public init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
        state = ServerState(configuration)
    }

    /// Runs until the task is cancelled; then every connection is closed and every command ended.
    ///
    /// A server runs once.
    /// - Parameter onReady: called with the port as soon as the server listens.
    /// - Throws: ``EmbeddedServerError`` if it cannot listen, cannot write its request log or its certificate, or if a
    ///   webhook secret or the id of a version in its configuration is none.
    public func run(onReady: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        do {
            _ = try WebhookSecret(configuration.webhookSecret)
        } catch {
            throw EmbeddedServerError("\(error)")
        }
        if let problem = configuration.problemWithVersions { throw EmbeddedServerError(problem) }
        let certificate = configuration.usesTLS ? try ServerCertificate() : nil
        defer { certificate?.remove() }
        state.certificateFile.withLock { $0 = certificate?.path }
        defer { state.certificateFile.withLock { $0 = nil } }
        try state.open()
        let isReady = Mutex(false)
        let application = Application(
            responder: APIResponder(server: state),
            server: try certificate.map { try .tls(tlsConfiguration: $0.configuration) } ?? .http1(),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: configuration.port), backlog: 1024),
            onServerRunning: { [state] channel in
                let port = channel.localAddress?.port ?? 0
                state.port.withLock { $0 = port }
                isReady.withLock { $0 = true }
                await onReady(port)
            },
            logger: configuration.logger ?? Logger(label: "replicate-server") { _ in SwiftLogNoOpLogHandler() })
        let failure: (any Error)?
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [state] in
                    await state.webhooks.run { state.draw({ $0.webhook() }, otherwise: .good) }
                }
                defer { group.cancelAll() }
                try await application.run()
            }
            failure = nil
        } catch {
            failure = error
        }
        await state.close()
        guard let failure, !Task.isCancelled, !(failure is CancellationError) else { return }
        guard isReady.withLock({ $0 }) else {
            throw EmbeddedServerError(
                "cannot listen on 127.0.0.1:\(configuration.port): \(ListeningFailure.reason(failure)); choose another port, "
                    + "or 0 for any")
        }
        throw failure
    }

    /// Runs a server as long as `body` runs, and gives it the API's base URL, such as `http://127.0.0.1:49152/v1`.
    public static func withServer<Result>(
        _ configuration: Configuration = Configuration(), _ body: (String) async throws -> Result
    ) async throws -> Result {
        try await EmbeddedServer(configuration: configuration).whileRunning(body)
    }

    /// Runs this server as long as `body` runs, and gives it the API's base URL.
    public func whileRunning<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let (ports, port) = AsyncThrowingStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await self.run { port.yield($0) }
                    port.finish()
                } catch {
                    port.finish(throwing: error)
                }
            }
            defer { group.cancelAll() }
            for try await port in ports {
                return try await body("\(configuration.usesTLS ? "https" : "http")://127.0.0.1:\(port)/v1")
            }
            throw CancellationError()
        }
    }

    /// Moves the server's clock forward: predictions end, webhooks are called, data is removed and files expire as if the
    /// time had passed.
    public func advanceClock(by duration: Duration) {
        state.clock.advance(by: duration)
        state.predictions.clockWasMoved()
        state.trainings.clockWasMoved()
    }

    /// The file with the certificate in PEM, which clients have to trust, as long as a server with
    /// ``Configuration/usesTLS`` runs; else `nil`.
    public var certificateFile: String? {
        state.certificateFile.withLock { $0 }
    }

    /// What was asked for so far.
    public var counts: RequestCounts {
        state.counts.withLock { $0 }
    }
}

/// Why an embedded server cannot run, as a sentence.
public struct EmbeddedServerError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// How many requests of each kind a server was sent, those that failed on purpose included.
public struct RequestCounts: Hashable, Sendable {
    /// Creates that were asked for.
    public var creates = 0
    /// Creates that made a prediction.
    public var accepted = 0
    /// Creates answered with 429.
    public var throttled = 0
    /// Reads of one prediction.
    public var gets = 0
    /// Pages of predictions.
    public var lists = 0
    public var cancels = 0
    /// Requests about uploaded files.
    public var files = 0
    /// Requests for bytes.
    public var downloads = 0
    public var others = 0

    public init() {}
}
