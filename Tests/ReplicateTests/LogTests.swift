import Foundation
import Logging
import Replicate
import Synchronization
import Testing

/// What a client logs, if it is given a logger.
@Suite(.timeLimit(.minutes(1)))
struct LogTests {
    /// Keeps what is logged.
    private final class Entries: Sendable {
        let all = Mutex<[(level: Logger.Level, text: String, metadata: Logger.Metadata)]>([])
    }

    private struct Handler: LogHandler {
        let entries: Entries
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            entries.all.withLock { $0.append((event.level, "\(event.message)", event.metadata ?? [:])) }
        }
    }

    @Test func eachAttemptIsOneEntryWithoutSecrets() async throws {
        let entries = Entries()
        let logger = Logger(label: "tests") { _ in Handler(entries: entries) }
        let answers: [RawServer.Answer] = [
            .reply(500, body: #"{"detail": "broken r8_0123456789abcdef0123456789"}"#),
            .reply(200, body: #"{"id": "p1", "status": "starting", "created_at": "2025-12-23T17:38:33.938Z"}"#),
        ]
        try await RawServer.run(answers: answers) { server in
            var retry = RequestRetry()
            retry.initial = .milliseconds(1)
            let client = try Client(
                token: "r8_0123456789abcdef0123456789", baseURL: server.url,
                transport: HTTPClientTransport(maximumConnections: 1),
                retry: retry, logger: logger)
            _ = try await client.predictions.get("p1")
        }
        let all = entries.all.withLock { $0 }
        #expect(all.map(\.level) == [.info, .debug])
        #expect(all.map { $0.metadata["attempt"] } == ["1", "2"])
        #expect(all.first?.text.contains("GET /predictions/p1") == true)
        #expect(all.last?.text == "GET /predictions/p1 was answered with 200")
        #expect(!"\(all)".contains("r8_0123"))
    }
}
