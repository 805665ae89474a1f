import InMemoryTracing
import Replicate
import ReplicateObservability
import Testing
import Tracing

@Suite(.timeLimit(.minutes(1)))
struct TracingMiddlewareTests {
    private let tracer = InMemoryTracer()

    private func client(
        _ answers: [Result<TransportResponse, TransportError>], propagates: Bool = false,
        recorder: Recorder = Recorder()
    ) throws -> Client {
        var retry = RequestRetry()
        retry.initial = .zero
        return try Client(
            token: FaultyNight.token, baseURL: "https://api.example/v1", transport: Script(answers),
            middleware: [TracingMiddleware(tracer: tracer, propagatesContext: propagates), recorder], retry: retry)
    }

    @Test func eachAttemptIsASpanBelowTheCallers() async throws {
        let client = try client([.answer(503), .failure(.connectionLost), .answer(200)])
        try await tracer.withSpan("job") { _ in _ = try await client.account.get() }
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["GET /account", "GET /account", "GET /account", "job"])
        #expect(Set(spans.map(\.traceID)).count == 1)
        #expect(spans.prefix(3).allSatisfy { $0.parentSpanID == spans[3].spanID && $0.kind == .client })
        #expect(spans.prefix(2).allSatisfy { $0.status?.code == .error })
        #expect(spans[2].status == nil)
        #expect(spans[1].errors.count == 1)
        let last = spans[2].attributes
        #expect(last.get("http.request.method") == .string("GET"))
        #expect(last.get("url.template") == .string("/account"))
        #expect(last.get("server.address") == .string("api.example"))
        #expect(last.get("server.port") == .int64(443))
        #expect(last.get("http.response.status_code") == .int64(200))
        #expect(last.get("http.request.resend_count") == .int64(2))
        #expect(last.get("http.response.body.size") == .int64(19))
        #expect(spans[1].attributes.get("error.type") == .string("connection_lost"))
        #expect(tracer.activeSpans.isEmpty)
    }

    @Test func aSpanEndsWithItsBodyWhoeverReadsIt() async throws {
        let client = try client([.brokenAnswer(bytes: 7), .answer(200)])
        var request = TransportRequest(url: "https://files.example/a?signature=1")
        var response: TransportResponse? = try await client.transport.send(request)
        #expect(tracer.finishedSpans.isEmpty)
        await #expect(throws: TransportError.self) { try await response?.body.collect(upTo: 100) }
        #expect(tracer.popFinishedSpans().map(\.operationName) == ["GET file"])
        request.isLongLived = true
        response = try await client.transport.send(request)
        #expect(tracer.activeSpans.count == 1)
        // Let go of without being read.
        response = nil
        #expect(tracer.finishedSpans.map(\.operationName) == ["GET stream"])
    }

    @Test(arguments: [true, false])
    func theContextGoesToTheAPIAloneAndOnlyIfAsked(propagates: Bool) async throws {
        let recorder = Recorder()
        let client = try client([.answer(200), .answer(200)], propagates: propagates, recorder: recorder)
        _ = try await client.account.get()
        _ = try await client.transport.send(TransportRequest(url: "https://files.example/a"))
        let carried = recorder.attempts.map { $0.request.headers[InMemoryTracer.spanIDKey] != nil }
        #expect(carried == [propagates, false])
    }

    @Test func aNightHasASpanForEachAttemptAndTellsNoSecret() async throws {
        let attempts = try await FaultyNight.run(through: [TracingMiddleware(tracer: tracer)])
        let spans = tracer.finishedSpans
        #expect(spans.count == attempts.count)
        #expect(tracer.activeSpans.isEmpty)
        let isAgain = spans.count { $0.attributes.get("http.request.resend_count") != nil }
        #expect(isAgain == attempts.count { $0.request.attempt > 1 })
        #expect(Set(spans.map(\.operationName)).count <= 5)
        var everything = ""
        for span in spans {
            everything += "\(span.operationName) \(span.errors.map(\.error)) \(span.status?.message ?? "")"
            span.attributes.forEach { everything += " \($0)=\($1)" }
        }
        for secret in [FaultyNight.token, FaultyNight.secretText, "created_after"] {
            #expect(!everything.contains(secret), "\(secret) was traced")
        }
    }
}
