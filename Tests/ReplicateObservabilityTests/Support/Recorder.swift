import Foundation
import Replicate
import ReplicateServer
import Synchronization

/// The innermost middleware, which keeps what really happened.
final class Recorder: Middleware {
    struct Attempt: Sendable {
        var request: TransportRequest
        /// The status, or the kind of failure.
        var outcome: String
    }

    private let recorded = Mutex<[Attempt]>([])

    var attempts: [Attempt] { recorded.withLock { $0 } }

    func send(_ request: TransportRequest, next: any Transport) async throws(TransportError) -> TransportResponse {
        do throws(TransportError) {
            let response = try await next.send(request)
            note(request, "\(response.status)")
            return response
        } catch {
            note(request, "\(error.code)")
            throw error
        }
    }

    private func note(_ request: TransportRequest, _ outcome: String) {
        recorded.withLock { $0.append(Attempt(request: request, outcome: outcome)) }
    }
}

/// A transport that gives these answers one after the other.
final class Script: Transport {
    private let answers: Mutex<[Result<TransportResponse, TransportError>]>

    init(_ answers: [Result<TransportResponse, TransportError>]) {
        self.answers = Mutex(answers.reversed())
    }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let next = answers.withLock { $0.popLast() }
        guard let next else { throw TransportError(.invalidRequest, delivery: .notSent, message: "no answer is left") }
        return try next.get()
    }
}

extension Result<TransportResponse, TransportError> {
    static func answer(
        _ status: Int, _ headers: HeaderFields = [:], _ body: String = #"{"username": "ada"}"#
    ) -> Self {
        .success(TransportResponse(status: status, headers: headers, body: TransportBody(Array(body.utf8))))
    }

    static func failure(_ code: TransportError.Code) -> Self {
        .failure(TransportError(code, delivery: .unknown, message: "it went wrong"))
    }

    /// A body that breaks off after some bytes.
    static func brokenAnswer(bytes: Int) -> Self {
        let body = AsyncThrowingStream<[UInt8], any Error> { continuation in
            continuation.yield(Array(repeating: 0x20, count: bytes))
            continuation.finish(throwing: TransportError(.connectionLost, delivery: .unknown, message: "it broke off"))
        }
        return .success(TransportResponse(status: 200, body: TransportBody(TransportChunks(stream: body))))
    }
}

/// A stream of chunks with the transport's error.
private struct TransportChunks: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = TransportError
    let stream: AsyncThrowingStream<[UInt8], any Error>

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(iterator: stream.makeAsyncIterator()) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var iterator: AsyncThrowingStream<[UInt8], any Error>.AsyncIterator

        mutating func next(isolation: isolated (any Actor)?) async throws(TransportError) -> [UInt8]? {
            do {
                return try await iterator.next(isolation: isolation)
            } catch let error as TransportError {
                throw error
            } catch {
                throw TransportError(.canceled, delivery: .unknown, message: "\(error)")
            }
        }
    }
}

/// Calls, downloads and a stream against the embedded server, which misbehaves: throttles, errors, lost connections, broken
/// downloads.
enum FaultyNight {
    static let token = "r8_0123456789abcdef0123456789"
    static let secretText = "nobody may read this"

    static func run(through middleware: [any Middleware]) async throws -> [Recorder.Attempt] {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults = try Faults(
            parsing: "429=0.1,429-time=20ms,5xx-reads=0.2,lost-before=0.1,5xx-downloads=0.3,truncate=0.3,seed=3")
        let recorder = Recorder()
        try await EmbeddedServer.withServer(configuration) { base in
            var retry = RequestRetry()
            retry.initial = .milliseconds(1)
            retry.maximumAttempts = 20
            let client = try Client(
                token: token, baseURL: base, transport: HTTPClientTransport(maximumConnections: 4),
                middleware: middleware + [recorder], retry: retry)
            let target = PredictionTarget.model(owner: "nightshift", name: "hello-world")
            for _ in 0..<30 {
                // A create whose connection is lost is not sent again, and throws.
                let made = try? await client.predictions.create(target, input: ["text": .string(secretText)])
                if let made { _ = try await client.predictions.get(made.id) }
            }
            _ = try await client.predictions.list(createdAfter: .now)
            for seed in 0..<6 {
                let poster = try? await client.run(
                    "nightshift/poster", input: ["prompt": .string(secretText), "seed": .integer(seed)])
                _ = try await poster?.files.first?.data()
            }
        }
        return recorder.attempts
    }
}
