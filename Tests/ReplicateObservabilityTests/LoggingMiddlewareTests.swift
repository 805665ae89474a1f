import Logging
import Replicate
import ReplicateObservability
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LoggingMiddlewareTests {
    private let entries = LogEntries()

    private func client(
        _ answers: [Result<TransportResponse, TransportError>], _ middleware: LoggingMiddleware
    ) throws -> Client {
        var retry = RequestRetry()
        retry.initial = .zero
        return try Client(
            token: FaultyNight.token, baseURL: "https://api.example/v1", transport: Script(answers),
            middleware: [middleware], retry: retry)
    }

    @Test func eachAttemptIsOneEntry() async throws {
        let client = try client(
            [.answer(429, ["Retry-After": "0"]), .failure(.connectionLost), .answer(200)],
            LoggingMiddleware(entries.logger()))
        _ = try await client.request("GET", "/account", query: [(name: "secret", value: "yes")])
        let all = entries.all
        #expect(
            all.map(\.text) == [
                "GET /account was answered with 429", "GET /account failed: it went wrong",
                "GET /account was answered with 200",
            ])
        #expect(all.map(\.level) == [.info, .info, .debug])
        #expect(all.map { $0.metadata["attempt"] } == ["1", "2", "3"])
        #expect(all.map { $0.metadata["method"] } == ["GET", "GET", "GET"])
        #expect(all.map { $0.metadata["path"] } == ["/account", "/account", "/account"])
        #expect(all.map { $0.metadata["status"] } == ["429", nil, "200"])
        #expect(all.map { $0.metadata["error"] } == [nil, "connection_lost", nil])
        #expect(Set(all.compactMap { $0.metadata["request_id"]?.description }).count == 1)
        #expect(all.allSatisfy { $0.metadata["duration_ms"] != nil })
    }

    @Test func levelsCanBeChosen() async throws {
        let middleware = LoggingMiddleware(entries.logger(.warning), level: .trace, failureLevel: .warning)
        _ = try await client([.answer(500), .answer(200)], middleware).account.get()
        #expect(entries.all.map(\.level) == [.warning])
    }

    @Test func headersOfAnswersAreLoggedWithoutTheToken() async throws {
        let headers: HeaderFields = [
            "X-Request-ID": "abc-1", "X-Echo": "you sent \(FaultyNight.token)", "X-Other": "1",
            "X-Long": String(repeating: "x", count: 1000),
        ]
        let middleware = LoggingMiddleware(
            entries.logger(), answerHeaders: ["x-request-id", "X-Echo", "x-long", "x-none"])
        _ = try await client([.answer(200, headers)], middleware).account.get()
        let metadata = try #require(entries.all.first).metadata
        #expect(metadata["x-request-id"] == "abc-1")
        #expect(Set(metadata.keys).isDisjoint(with: ["x-echo", "x-long", "x-none", "x-other"]))
    }

    @Test func anAnswerThatBreaksOffIsAnEntry() async throws {
        let middleware = LoggingMiddleware(entries.logger())
        _ = try await client([.brokenAnswer(bytes: 7), .answer(200)], middleware).account.get()
        #expect(entries.all.map(\.level) == [.debug, .info, .debug])
        #expect(entries.all[1].text == "the answer to GET /account broke off: it broke off")
        #expect(entries.all[1].metadata["received_bytes"] == "7")
    }

    @Test func aNightIsLoggedAsItWasAndTellsNoSecret() async throws {
        let attempts = try await FaultyNight.run(through: [LoggingMiddleware(entries.logger())])
        let all = entries.all.filter { $0.metadata["received_bytes"] == nil }
        #expect(Set(attempts.map(\.outcome)).isSuperset(of: ["201", "200"]))
        #expect(all.map { $0.metadata["status"]?.description } == attempts.map { Int($0.outcome).map(String.init) })
        #expect(all.map { $0.metadata["request_id"]?.description } == attempts.map(\.request.id))
        #expect(entries.all.contains { $0.text.contains("broke off") })
        let everything = "\(entries.all)"
        for secret in [FaultyNight.token, FaultyNight.secretText, "created_after", "Bearer"] {
            #expect(!everything.contains(secret), "\(secret) was logged")
        }
    }
}
