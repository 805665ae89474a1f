import CoreMetrics
import MetricsTestKit
import Replicate
import ReplicateObservability
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MetricsMiddlewareTests {
    private let metrics = TestMetrics()

    private func client(_ answers: [Result<TransportResponse, TransportError>]) throws -> Client {
        var retry = RequestRetry()
        retry.initial = .zero
        return try Client(
            baseURL: "https://api.example/v1", transport: Script(answers),
            middleware: [MetricsMiddleware(factory: metrics)], retry: retry)
    }

    @Test func callsRetriesThrottlesBytesAndDurationsAreTold() async throws {
        let client = try client([
            .answer(429, ["Retry-After": "0"]), .failure(.timeout), .answer(200, [:], #"{"username": "ada"}"#),
        ])
        _ = try await client.account.get()
        let route = [("method", "GET"), ("route", "/account")]
        #expect(try metrics.expectCounter("replicate_client_calls", route).totalValue == 1)
        #expect(try metrics.expectCounter("replicate_client_retries", route).totalValue == 2)
        #expect(try metrics.expectCounter("replicate_client_throttles", route).totalValue == 1)
        // The throttle's body was read, too.
        #expect(try metrics.expectCounter("replicate_client_received_bytes", route).totalValue == 38)
        for outcome in ["429", "timeout", "200"] {
            let dimensions = route + [("outcome", outcome)]
            #expect(try metrics.expectCounter("replicate_client_attempts", dimensions).totalValue == 1)
            #expect(try metrics.expectTimer("replicate_client_duration", dimensions).values.count == 1)
        }
    }

    @Test func bytesOfBodiesCountBothWays() async throws {
        let client = try client([.answer(200, [:], "12345")])
        _ = try await client.request("POST", "/predictions/p/cancel", body: "123")
        let route = [("method", "POST"), ("route", "/predictions/{id}/cancel")]
        #expect(try metrics.expectCounter("replicate_client_sent_bytes", route).totalValue == 5)
        #expect(try metrics.expectCounter("replicate_client_received_bytes", route).totalValue == 5)
    }

    @Test func anAnswerThatBreaksOffIsCounted() async throws {
        _ = try await client([.brokenAnswer(bytes: 7), .answer(200)]).account.get()
        #expect(metrics.counterTotal(label: "replicate_client_broken_answers") == 1)
    }

    @Test func theFactoryOfTheProcessIsUsedWhereNoneIsGiven() async throws {
        let client = try Client(
            baseURL: "https://api.example/v1", transport: Script([.answer(200)]),
            middleware: [MetricsMiddleware(prefix: "mine")])
        _ = try await withMetricsFactory(metrics) { try await client.account.get() }
        #expect(metrics.counterTotal(label: "mine_calls") == 1)
    }

    @Test func aNightIsCountedAsItWasInFewDimensions() async throws {
        let attempts = try await FaultyNight.run(through: [MetricsMiddleware(factory: metrics)])
        let counters = metrics.counters(label: "replicate_client_attempts")
        #expect(counters.map(\.totalValue).reduce(0, +) == Int64(attempts.count))
        for (outcome, told) in [("connectionLost", "connection_lost"), ("429", "429"), ("201", "201"), ("200", "200")] {
            let total = metrics.counterTotal(label: "replicate_client_attempts", dimensions: [("outcome", told)])
            #expect(total == Int64(attempts.count { $0.outcome == outcome }), "\(outcome)")
        }
        let again = Int64(attempts.count { $0.request.attempt > 1 })
        #expect(again > 0)
        #expect(metrics.counterTotal(label: "replicate_client_retries") == again)
        #expect(metrics.counterTotal(label: "replicate_client_calls") == Int64(attempts.count) - again)
        #expect(metrics.counterTotal(label: "replicate_client_broken_answers") > 0)
        #expect(counters.count < 30)
    }
}
