import Foundation
import Replicate
import ReplicateAPI
import Synchronization
import Testing

/// Streams of a server that breaks them off wherever a test wants.
@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    private let transport = HTTPClientTransport(maximumConnections: 8)

    private func client(_ server: RawServer) throws -> Client {
        let retry = RequestRetry(maximumAttempts: 4, initial: .milliseconds(1), maximum: .milliseconds(5))
        return try Client(
            token: "r8_test", baseURL: server.url, transport: transport, retry: retry, timeout: .seconds(50))
    }

    private static func event(_ number: Int, _ data: String) -> String { event(number, "output", data) }

    private static func event(_ number: Int, _ kind: String, _ data: String) -> String {
        "event: \(kind)\nid: 169:\(number)\ndata: \(data)\n\n"
    }

    /// An answer of events that then ends; chunks are framed by the end of the connection.
    private static func stream(_ events: String...) -> RawServer.Answer {
        .bytes(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nretry: 1\n\n"
                + events.joined(),
            thenClose: true)
    }

    private static func prediction(_ host: String, _ status: String, _ more: String = "") -> RawServer.Answer {
        .reply(
            200,
            body: #"{"id": "p", "status": "\#(status)", "urls": {"stream": "http://\#(host)/stream/p"}\#(more)}"#)
    }

    /// Plays the streams one after the other, and the reads of the prediction too.
    private func withStreams<Result>(
        _ streams: [RawServer.Answer], reads: [(status: String, more: String)] = [("processing", "")],
        _ body: (Client, RawServer) async throws -> Result
    ) async throws -> Result {
        let state = Mutex((streams: streams[...], reads: reads[...]))
        return try await RawServer.run({ request in
            let host = request.headers["host"] ?? ""
            return state.withLock { state in
                switch (request.method, request.path) {
                case ("GET", "/stream/p"): return state.streams.popFirst() ?? .reply(404)
                case ("GET", _):
                    let next = state.reads.count > 1 ? state.reads.removeFirst() : state.reads.first
                    return Self.prediction(host, next?.status ?? "processing", next?.more ?? "")
                case (_, let path) where path.hasSuffix("/cancel"): return Self.prediction(host, "canceled")
                default: return Self.prediction(host, "starting")
                }
            }
        }) { server in try await body(try client(server), server) }
    }

    private func all(_ stream: PredictionStream) async throws -> [StreamEvent] {
        var events: [StreamEvent] = []
        for try await event in stream { events.append(event) }
        return events
    }

    @Test func givesEventsAndEndsWithDone() async throws {
        let answer = Self.stream(
            ": hi\n\n", Self.event(0, "Once"), Self.event(1, "logs", "seed 42"), Self.event(2, " upon"),
            Self.event(3, "done", "{}"), Self.event(4, "too late"))
        try await withStreams([answer]) { client, server in
            let stream = try await client.stream("o/n", input: ["prompt": "x"])
            #expect(try await all(stream) == [.output("Once"), .logs("seed 42"), .output(" upon"), .done(.succeeded)])
            let request = try #require(server.requests.last)
            #expect(request.headers["accept"] == "text/event-stream")
            #expect(server.requests.map(\.path) == ["/v1/models/o/n/predictions", "/stream/p"])
        }
    }

    @Test func goesOnAfterABrokenConnectionAndRepeatsNothing() async throws {
        let streams = [
            Self.stream(Self.event(0, "a"), Self.event(1, "b")),
            // A server that replays from the start whatever it was asked.
            Self.stream(Self.event(0, "a"), Self.event(1, "b"), Self.event(2, "c")),
            .close,
            Self.stream(Self.event(3, "d"), Self.event(4, "done", "{}")),
        ]
        try await withStreams(streams) { client, server in
            let stream = try await client.stream("o/n", input: [:])
            #expect(
                try await all(stream) == [.output("a"), .output("b"), .output("c"), .output("d"), .done(.succeeded)])
            let asked = server.requests.filter { $0.path == "/stream/p" }.map { $0.headers["last-event-id"] }
            #expect(asked == [nil, "169:1", "169:2", "169:2"])
        }
    }

    @Test func aHalfEventOfABrokenConnectionIsNotJoinedToTheNext() async throws {
        let streams = [
            Self.stream(Self.event(0, "a"), "event: output\nid: 169:1\ndata: hal"),
            Self.stream(Self.event(1, "half"), Self.event(2, "done", "{}")),
        ]
        try await withStreams(streams) { client, _ in
            let stream = try await client.stream("o/n", input: [:])
            #expect(try await all(stream) == [.output("a"), .output("half"), .done(.succeeded)])
        }
    }

    @Test func repeatsNothingWhereEventsHaveNoIDs() async throws {
        func plain(_ texts: String...) -> RawServer.Answer {
            Self.stream(texts.map { "event: output\ndata: \($0)\n\n" }.joined())
        }
        let streams = [plain("a", "b"), plain("a", "b", "c"), plain("a", "b", "c", "d"), .close]
        try await withStreams(
            streams,
            reads: [("processing", ""), ("processing", ""), ("succeeded", #", "output": ["a", "b", "c", "d", "e"]"#)]
        ) { client, _ in
            let stream = try await client.stream("o/n", input: [:])
            #expect(
                try await all(stream)
                    == [.output("a"), .output("b"), .output("c"), .output("d"), .output("e"), .done(.succeeded)])
        }
    }

    @Test(
        arguments: [
            ("succeeded", #", "output": ["a", "b", "c"]"#, [.output("b"), .output("c"), .done(.succeeded)]),
            ("succeeded", #", "output": "abc""#, [.output("bc"), .done(.succeeded)]),
            ("succeeded", #", "output": ["ab", "c"]"#, [.output("bc"), .done(.succeeded)]),
            ("succeeded", #", "output": ["x"]"#, [.done(.succeeded)]),
            ("canceled", "", [.done(.canceled)]),
            ("failed", #", "error": "boom""#, [.error("boom"), .done(.failed)]),
            ("failed", "", [.error("the prediction failed"), .done(.failed)]),
        ] as [(String, String, [StreamEvent])])
    func takesWhatIsOwedFromTheFinishedPrediction(status: String, more: String, rest: [StreamEvent]) async throws {
        let streams = [Self.stream(Self.event(0, "a")), Self.stream(":408: 408 Request Timeout\n\n")]
        try await withStreams(streams, reads: [("processing", ""), (status, more)]) { client, _ in
            let stream = try await client.stream("o/n", input: [:])
            #expect(try await all(stream) == [.output("a")] + rest)
        }
    }

    @Test func givesUpOnAStreamThatNeverHolds() async throws {
        try await withStreams(Array(repeating: .close, count: 10)) { client, server in
            let stream = try await client.stream("o/n", input: [:])
            let error = try await #require(throws: ReplicateError.self) { _ = try await all(stream) }
            #expect(error.code == .connectionLost)
            #expect(error.prediction?.id == "p")
            #expect(server.requests.filter { $0.path == "/stream/p" }.count == 4)
        }
    }

    /// What may pass is asked for again, and what is refused for good is not.
    @Test(
        arguments: [
            (408, .refused, 4), (410, .refused, 4), (425, .refused, 4), (404, .notFound, 4), (500, .serverFailure, 4),
            (503, .serverFailure, 4), (400, .badRequest, 1), (403, .forbidden, 1), (405, .refused, 1),
            (451, .refused, 1),
        ] as [(Int, ReplicateError.Code, Int)])
    func aStreamThatIsRefusedSaysWhy(status: Int, code: ReplicateError.Code, requests: Int) async throws {
        try await withStreams(Array(repeating: .reply(status), count: 10)) { client, server in
            let stream = try await client.stream("o/n", input: [:])
            let error = try await #require(throws: ReplicateError.self) { _ = try await all(stream) }
            #expect(error.code == code)
            #expect(error.status == status)
            #expect(server.requests.filter { $0.path == "/stream/p" }.count == requests)
        }
    }

    @Test(arguments: [
        ("error", "failed", ReplicateError.Code.predictionFailed), ("canceled", "canceled", .predictionCanceled),
    ])
    func textThrowsWhatARunThrows(reason: String, status: String, code: ReplicateError.Code) async throws {
        let failing = Self.stream(
            Self.event(0, "so "), Self.event(1, "far"), Self.event(2, "error", #"{"detail": "no memory"}"#),
            Self.event(3, "done", #"{"reason": "\#(reason)"}"#))
        let ended = (status, #", "error": "out of memory", "logs": "loading""#)
        try await withStreams([failing], reads: [ended]) { client, _ in
            var text = ""
            let error = try await #require(throws: ReplicateError.self) {
                for try await piece in try await client.stream("o/n", input: [:]).text { text += piece }
            }
            #expect(text == "so far")
            #expect(error.code == code)
            #expect(error.message == "prediction p ended as \(status): out of memory")
            #expect(error.prediction?.logs == "loading")
        }
    }

    @Test func eventsTellTheirIDsAndFilesCanBeRead() async throws {
        let answer = Self.stream(
            "retry: 30\n\n" + Self.event(0, "data:text/plain;base64,aGk="),
            "id: 169:1\nretry: 40\nevent: output\ndata: word\n\n",
            Self.event(2, "logs", "line"), Self.event(3, "done", "{}"))
        try await withStreams([answer]) { client, _ in
            let stream = try await client.stream("o/n", input: [:])
            var events: [StreamedEvent] = []
            for try await event in stream.events { events.append(event) }
            #expect(events.map(\.id) == ["169:0", "169:1", "169:2", "169:3"])
            #expect(events.map(\.retry) == [.milliseconds(30), .milliseconds(40), nil, nil])
            #expect(
                events.map(\.event) == [
                    .output("data:text/plain;base64,aGk="), .output("word"), .logs("line"), .done(.succeeded),
                ])
            #expect(events.map { $0.file != nil } == [true, false, false, false])
            #expect(try await events[0].file?.data() == Data("hi".utf8))
        }
    }

    @Test func filesArriveWithoutTheRest() async throws {
        let answer = Self.stream(
            Self.event(0, "https://example.com/a.png"), Self.event(1, "word"), Self.event(2, "logs", "line"),
            Self.event(3, "https://example.com/b.png"), Self.event(4, "done", #"{"reason": "error"}"#))
        try await withStreams([answer], reads: [("failed", #", "error": "boom""#)]) { client, _ in
            var files: [FileOutput] = []
            let error = try await #require(throws: ReplicateError.self) {
                for try await file in try await client.stream("o/n", input: [:]).files { files.append(file) }
            }
            #expect(files.map(\.url) == ["https://example.com/a.png", "https://example.com/b.png"])
            #expect(error.code == .predictionFailed)
        }
    }

    @Test func aStreamCanBeginAfterAnEvent() async throws {
        let answer = Self.stream(Self.event(4, "known"), Self.event(5, "new"), Self.event(6, "done", "{}"))
        try await withStreams([answer]) { client, server in
            let made = try await client.stream("o/n", input: [:]).prediction
            let events = try await all(client.stream(of: made, after: "169:4"))
            #expect(events == [.output("new"), .done(.succeeded)])
            let request = try #require(server.requests.first { $0.path == "/stream/p" })
            #expect(request.headers["last-event-id"] == "169:4")
        }
    }

    @Test func whatCannotBeToldApartIsNotRepeated() async throws {
        try await withStreams([], reads: [("succeeded", #", "output": ["a", "b"]"#)]) { client, _ in
            let made = try await client.stream("o/n", input: [:]).prediction
            let error = try await #require(throws: ReplicateError.self) {
                _ = try await all(client.stream(of: made, after: "169:0"))
            }
            #expect(error.code == .connectionLost)
            #expect(error.prediction?.output == ["a", "b"])
            #expect(try await all(client.stream(of: made)) == [.output("a"), .output("b"), .done(.succeeded)])
        }
    }

    @Test func textThrowsWhatTheStreamToldWhereThePredictionIsBehind() async throws {
        let failing = Self.stream(
            Self.event(0, "error", #"{"detail": "no memory"}"#), Self.event(1, "done", #"{"reason": "error"}"#))
        try await withStreams([failing]) { client, _ in
            let error = try await #require(throws: ReplicateError.self) {
                for try await _ in try await client.stream("o/n", input: [:]).text {}
            }
            #expect(error.code == .predictionFailed)
            #expect(error.message == "prediction p ended as failed: no memory")
            #expect(error.prediction?.error == "no memory")
        }
    }

    @Test func cancelingTheReaderCancelsThePrediction() async throws {
        let open = RawServer.Answer.bytes(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + Self.event(0, "a"), thenClose: false)
        try await withStreams([open]) { client, server in
            let (seen, signal) = AsyncStream.makeStream(of: Void.self)
            let reading = Task { () -> ReplicateError.Code? in
                do {
                    for try await _ in try await client.stream("o/n", input: [:]) { signal.yield() }
                    return nil
                } catch let error as ReplicateError {
                    return error.code
                }
            }
            for await _ in seen { break }
            reading.cancel()
            let code = try await reading.value
            #expect(code == .canceled)
            #expect(server.requests.last?.path == "/v1/predictions/p/cancel")
        }
    }

    @Test func aStreamOfAnotherHostGetsNoToken() async throws {
        let foreign = Self.stream(Self.event(0, "done", "{}"))
        try await RawServer.run(answers: [foreign]) { other in
            try await RawServer.run(answers: [
                .reply(201, body: #"{"id": "p", "status": "starting", "urls": {"stream": "\#(other.url)/s"}}"#)
            ]) { server in
                let stream = try await client(server).stream("o/n", input: [:])
                #expect(try await all(stream) == [.done(.succeeded)])
                #expect(other.requests.first?.headers["authorization"] == nil)
                #expect(server.requests.first?.headers["authorization"] == "Bearer r8_test")
            }
        }
    }

    @Test func aPredictionWithoutStreamSaysSo() async throws {
        try await RawServer.run(answers: [.reply(201, body: #"{"id": "p", "status": "starting"}"#)]) { server in
            let error = try await #require(throws: ReplicateError.self) {
                _ = try await client(server).stream("o/n", input: [:])
            }
            #expect(error.prediction?.id == "p")
            #expect(error.message == "prediction p has no stream; wait for it instead")
        }
    }
}
