import Foundation
import LosslessJSON
import Synchronization
import Testing

@testable import Replicate
@testable import ReplicateAPI

/// Parts that everything else is made of, at their edges.
@Suite(.timeLimit(.minutes(1)))
struct SmallPartsTests {
    private let transport = HTTPClientTransport(maximumConnections: 4)

    // MARK: - Headers and addresses

    @Test func headersAreOrderedAndFoundWhateverTheirCase() {
        var headers: HeaderFields = ["A": "1", "b": "2"]
        headers.append("a", "3")
        #expect(headers["a"] == "1")
        #expect(headers["B"] == "2")
        #expect(headers["ab"] == nil)
        #expect(headers.map(\.value) == ["1", "2", "3"])
        headers["A"] = "4"
        #expect(headers.map(\.name) == ["b", "A"])
        headers["A"] = nil
        #expect(headers.map(\.name) == ["b"])
        #expect(HeaderFields(["x": "1", "a": "2"]).map(\.name) == ["a", "x"])
        // By ASCII alone: the Kelvin sign is no k.
        headers["Key"] = "v"
        #expect(headers["\u{212A}ey"] == nil)
        headers["Cookie"] = "secret"
        #expect(!"\(headers)".contains("secret"))
    }

    @Test(arguments: [
        ("https://api.example/v1?x", "api.example"), ("http://u:p@h:8080/x", "h:8080"), ("https://h#a", "h"),
        ("nonsense", "the server"), ("https:///x", "the server"), ("http://[::1]:5/x", "[::1]:5"),
    ])
    func messagesNameTheServerAndNothingElse(url: String, origin: String) {
        #expect(URLOrigin.text(of: url) == origin)
    }

    @Test(arguments: [
        ("a b", "a%20b"), ("o/n", "o%2Fn"), ("..", "%2E%2E"), (".", "%2E"), ("...", "..."), ("a.b", "a.b"),
        ("é", "%C3%A9"),
        ("aZ09-_~", "aZ09-_~"), ("?&=#%", "%3F%26%3D%23%25"), ("\r\n", "%0D%0A"), ("@[`{/:", "%40%5B%60%7B%2F%3A"),
    ])
    func aSegmentStaysOne(text: String, encoded: String) {
        #expect(PathSegment.encode(text) == encoded)
    }

    @Test func whatIsAskedForIsNamedWithoutItsQuery() throws {
        let base = try APIBase("https://api.example")
        #expect(
            Call("GET", "/predictions", query: [("a", "b"), ("c", "d e")]).summary(base: base) == "GET /predictions")
        #expect(Call("GET", url: "https://api.example/v1/x?cursor=s").summary(base: base) == "GET /x")
        #expect(Call("GET", url: "https://other/v1/x?cursor=s").summary(base: base) == "GET another page")
    }

    @Test(arguments: [
        ("GET", true), ("PUT", true), ("DELETE", true), ("QUERY", true), ("POST", false), ("PATCH", false),
    ])
    func onlyWhatChangesNothingTwiceIsRepeated(method: String, isIdempotent: Bool) {
        #expect(Call(method, "/x").isIdempotent == isIdempotent)
    }

    @Test(
        arguments: [
            ("r8_x", "", "r8_x", nil), ("", "", nil, nil), ("a", "https://b", "a", "https://b"),
        ] as [(String, String, String?, String?)])
    func emptyVariablesCountAsNone(token: String, base: String, foundToken: String?, foundBase: String?) {
        let environment = ClientEnvironment(["REPLICATE_API_TOKEN": token, "REPLICATE_BASE_URL": base, "OTHER": "x"])
        #expect(environment.token == foundToken)
        #expect(environment.baseURL == foundBase)
    }

    // MARK: - Options

    @Test(arguments: [
        (Duration.milliseconds(999), false), (.seconds(1), true), (.seconds(60), true), (.milliseconds(60_001), false),
    ])
    func aWaitHasBounds(wait: Duration, isTaken: Bool) {
        #expect((PredictionOptions(wait: wait).problem == nil) == isTaken)
    }

    @Test(arguments: [
        (Duration.milliseconds(4999), false), (.seconds(5), true), (.seconds(86_400), true), (.seconds(86_401), false),
    ])
    func aDeadlineHasBounds(deadline: Duration, isTaken: Bool) {
        #expect((PredictionOptions(cancelAfter: deadline).problem == nil) == isTaken)
    }

    @Test func eventsNeedAWebhook() {
        #expect(PredictionOptions(webhookEvents: [.start]).problem?.contains("no webhook") == true)
        #expect(PredictionOptions(webhookEvents: []).problem == nil)
        #expect(PredictionOptions(webhook: "https://x/y", webhookEvents: [.start]).problem == nil)
        #expect(PredictionOptions(wait: .seconds(5), cancelAfter: .milliseconds(5001)).cancelAfterHeader == "6s")
        #expect(PredictionOptions(wait: .seconds(5)).preferHeader == "wait=5")
        #expect(PredictionOptions().preferHeader == nil)
        #expect(PredictionOptions().cancelAfterHeader == nil)
    }

    @Test(arguments: [
        (0, 0, true), (5, 20, true), (6, 20, false), (0, 21, false), (-1, 1, false), (3, 2, false), (2, 2, true),
    ])
    func instancesHaveBounds(least: Int, most: Int, isTaken: Bool) async throws {
        try await RawServer.run(answers: [.reply(200, body: #"{"owner": "o", "name": "d"}"#)]) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            let made = try? await client.deployments.create(
                name: "d", model: "o/n", version: "v", hardware: "cpu", minInstances: least, maxInstances: most)
            #expect((made != nil) == isTaken)
            #expect(server.requests.count == (isTaken ? 1 : 0))
        }
    }

    @Test func aDeploymentNeedsANameAndAModelWithoutVersion() async throws {
        try await RawServer.run(answers: [.close]) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            for (name, model) in [("", "o/n"), ("d", "n"), ("d", "o/n:v")] {
                let error = await #expect(throws: ReplicateError.self) {
                    try await client.deployments.create(
                        name: name, model: model, version: "v", hardware: "cpu", minInstances: 0, maxInstances: 1)
                }
                #expect(error?.code == .invalidArgument)
            }
            for options in [PredictionOptions(wait: .seconds(5)), PredictionOptions(cancelAfter: .seconds(5))] {
                let error = await #expect(throws: ReplicateError.self) {
                    try await client.trainings.create(
                        "o", "n", version: "v", destination: "me/x", input: [:] as InputValue, options: options)
                }
                #expect(error?.message == "a training takes neither a wait nor a time to cancel after")
            }
            for limit in [0, 51] {
                await #expect(throws: ReplicateError.self) { try await client.search("x", limit: limit) }
            }
            #expect(server.requests.isEmpty)
        }
    }

    // MARK: - Files

    @Test(arguments: [
        ("https://d.example/a/out-0.png?x=1", "out-0.png"), ("https://d.example/", "output"),
        ("https://d.example", "output"),
        ("https://d.example/a/..", "output"), ("data:image/png;base64,AA==", "output.png"), ("data:,x", "output.bin"),
    ])
    func aFileIsCalledByTheEndOfItsAddress(url: String, name: String) throws {
        let client = try Client(token: "t", baseURL: "http://127.0.0.1:9", transport: transport)
        #expect(client.file(at: url).name == name)
    }

    @Test func aFileOfMegabytesPrintsItsBeginning() throws {
        let client = try Client(token: "t", baseURL: "http://127.0.0.1:9", transport: transport)
        let long = "data:text/plain;base64," + String(repeating: "A", count: 10_000)
        #expect(client.file(at: long).description.utf8.count < 100)
        #expect(client.file(at: "https://x/y").description == "https://x/y")
        #expect(client.file(at: long) == client.file(at: long))
        #expect(client.file(at: long) != client.file(at: "https://x/y"))
    }

    @Test func theTokenGoesAlongToTheAPIsOwnFilesAlone() async throws {
        try await RawServer.run(answers: [.reply(200, body: "theirs")]) { other in
            try await RawServer.run({ request in
                request.path == "/v1/files/1/away"
                    ? .reply(302, headers: ["Location": "\(other.url)/file"]) : .reply(200, body: "ours")
            }) { server in
                let client = try Client(token: "r8_test", baseURL: server.url, transport: transport, retry: .none)
                #expect(try await client.file(at: "\(server.url)/v1/files/1").data() == Data("ours".utf8))
                #expect(try await client.file(at: "\(server.url)/v1/files/1/away").data() == Data("theirs".utf8))
                #expect(try await client.file(at: "\(other.url)/file").data() == Data("theirs".utf8))
                #expect(server.requests.map { $0.headers["authorization"] } == ["Bearer r8_test", "Bearer r8_test"])
                #expect(other.requests.map { $0.headers["authorization"] } == [nil, nil])
                #expect(server.requests[0].headers["accept"] == "*/*")
            }
        }
    }

    @Test(arguments: [5, 6])
    func redirectsAreFollowedFiveTimes(count: Int) async throws {
        let left = Mutex(count)
        try await RawServer.run({ _ in
            let isLast = left.withLock { left in
                left -= 1
                return left < 0
            }
            return isLast ? .reply(200, body: "there") : .reply(307, headers: ["Location": "/next"])
        }) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            let data = try? await client.file(at: "\(server.url)/f").data()
            #expect((data != nil) == (count == 5))
        }
    }

    @Test func aFileBeyondTheLimitIsRefused() async throws {
        try await RawServer.run(answers: [.reply(200, body: "12345")]) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            #expect(try await client.file(at: "\(server.url)/f").data(upTo: 5).count == 5)
            let error = await #expect(throws: ReplicateError.self) {
                try await client.file(at: "\(server.url)/f").data(upTo: 4)
            }
            #expect(error?.code == .tooLarge)
            await #expect(throws: ReplicateError.self) { try await client.file(at: "data:,12345").data(upTo: 4) }
            #expect(try await client.file(at: "data:,12345").data(upTo: 5).count == 5)
            #expect(try await client.file(at: "data:,").data().isEmpty)
            await #expect(throws: ReplicateError.self) { try await client.file(at: "data:x;base64,***").data() }
        }
    }

    /// A first answer without a length, then a server that gives only a part of the rest: the total says that it is not all.
    @Test func aPartIsNotTakenForTheRest() async throws {
        let parts = Mutex(
            [
                "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                "HTTP/1.1 206 P\r\nETag: \"e\"\r\nContent-Range: bytes 5-7/11\r\nContent-Length: 3\r\n\r\n wo",
                "HTTP/1.1 206 P\r\nETag: \"e\"\r\nContent-Range: bytes 8-10/11\r\nContent-Length: 3\r\n\r\nrld",
            ][...])
        try await RawServer.run({ _ in
            .bytes(parts.withLock { $0.popFirst() } ?? "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", thenClose: true)
        }) { server in
            let client = try Client(
                token: "t", baseURL: server.url, transport: transport, retry: RequestRetry(initial: .milliseconds(1)))
            #expect(try await client.file(at: "\(server.url)/f").data() == Data("hello world".utf8))
            #expect(server.requests.map { $0.headers["range"] } == [nil, "bytes=5-", "bytes=8-"])
            #expect(server.requests[1].headers["if-range"] == "\"e\"")
        }
    }

    @Test(arguments: [
        "HTTP/1.1 206 P\r\nETag: \"other\"\r\nContent-Range: bytes 5-10/11\r\nContent-Length: 6\r\n\r\n world",
        "HTTP/1.1 206 P\r\nETag: \"e\"\r\nContent-Range: bytes 4-10/11\r\nContent-Length: 7\r\n\r\no world",
        "HTTP/1.1 206 P\r\nETag: \"e\"\r\nContent-Range: bytes 5-11/12\r\nContent-Length: 7\r\n\r\n world!",
        "HTTP/1.1 206 P\r\nETag: \"e\"\r\nContent-Length: 6\r\n\r\n world",
        "HTTP/1.1 200 OK\r\nETag: \"e2\"\r\nContent-Length: 11\r\n\r\nhello world",
    ])
    func anotherFilesRestIsNotJoined(second: String) async throws {
        let answers = Mutex(
            ["HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 11\r\n\r\nhello", second][...])
        try await RawServer.run({ _ in .bytes(answers.withLock { $0.popFirst() } ?? second, thenClose: true) }) {
            server in
            let client = try Client(
                token: "t", baseURL: server.url, transport: transport, retry: RequestRetry(initial: .milliseconds(1)))
            let error = await #expect(throws: ReplicateError.self) {
                try await client.file(at: "\(server.url)/f").data()
            }
            #expect(error?.code == .unexpectedAnswer)
            #expect(error?.message.contains("broke off after 5 bytes") == true)
        }
    }

    @Test func aNameInAFormIsQuotedAndShortenedFromTheFront() throws {
        func head(_ name: String, type: String = "a/b") -> String {
            let parts = Upload(name: name, contentType: type, metadata: [:]).parts(content: .bytes([]))
            guard case .bytes(let bytes) = parts[0] else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(head("a\"b\r\nc.png").contains("filename=\"a%22b%0D%0Ac.png\"\r\n"))
        let long = String(repeating: "x", count: 300) + ".png"
        #expect(head(long).contains("filename=\"\(long.suffix(255))\""))
        let fits = String(repeating: "y", count: 255)
        #expect(head(fits).contains("filename=\"\(fits)\""))
        #expect(head("a", type: "text/plain\r\nX: y").contains("Content-Type: text/plainX: y\r\n\r\n"))
        #expect(!head("a").contains("metadata"))
        guard
            case .bytes(let bytes) = Upload(name: "a", contentType: "a/b", metadata: ["k": 1]).parts(
                content: .bytes([]))[0]
        else { return }
        #expect(
            String(decoding: bytes, as: UTF8.self).contains(
                "name=\"metadata\"\r\nContent-Type: application/json\r\n\r\n{\"k\":1}\r\n"))
    }

    // MARK: - Answers

    @Test func aRawAnswerIsReadAsTextJSONOrAType() throws {
        let answer = RawResponse(status: 200, body: Array(#"{"a": [1, 2]}"#.utf8))
        #expect(answer.text == #"{"a": [1, 2]}"#)
        #expect(try answer.json == ["a": [1, 2]])
        #expect(try answer.decode([String: [Int]].self) == ["a": [1, 2]])
        let error = #expect(throws: ReplicateError.self) { try answer.decode([String: [String]].self) }
        #expect(error?.message.contains("a.[0]") == true)
        #expect(try RawResponse(status: 204).json == nil)
        #expect(throws: ReplicateError.self) { try RawResponse(status: 200, body: [0x7B]).json }
    }

    @Test(
        arguments: [
            (429, "7", Duration.seconds(7)), (429, nil, .seconds(10)), (503, "7", .seconds(7)), (503, nil, nil),
            (500, "7", nil),
        ] as [(Int, String?, Duration?)])
    func aWaitIsReadWhereOneIsMeant(status: Int, header: String?, wait: Duration?) async throws {
        let headers = header.map { ["Retry-After": $0] } ?? [:]
        try await RawServer.run(answers: [.reply(status, headers: headers, body: "{}")]) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            let error = await #expect(throws: ReplicateError.self) { try await client.account.get() }
            #expect(error?.retryAfter == wait)
            #expect(error?.status == status)
        }
    }

    @Test func theClientKnowsTheAPIsCountAndClock() async throws {
        let now = Date(timeIntervalSinceNow: 3600)
        try await RawServer.run({ request in
            .reply(
                200,
                headers: [
                    "Ratelimit-Remaining": request.method == "POST" ? "7" : "99", "Ratelimit-Reset": "3",
                    "Date": APITime.formatHTTPDate(now),
                ], body: #"{"id": "p", "status": "starting"}"#)
        }) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            #expect(client.clockOffset == nil && client.createLimit == nil)
            _ = try await client.predictions.get("p")
            // Reads have a count of their own.
            #expect(client.createLimit == nil)
            let offset = try #require(client.clockOffset)
            #expect((.seconds(3500)...(.seconds(3610))).contains(offset))
            _ = try await client.predictions.create(.version("v"), input: [:] as InputValue)
            #expect(client.createLimit == RateLimitStatus(remaining: 7, reset: .seconds(3)))
        }
    }

    @Test func aClockThatWasNeverSetIsNotBelieved() async throws {
        try await RawServer.run(
            answers: [.reply(200, headers: ["Date": "Thu, 01 Jan 1970 00:00:01 GMT"], body: #"{"username": "u"}"#)]
        ) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            _ = try await client.account.get()
            #expect(client.clockOffset == nil)
        }
    }

    @Test func anAnswerOfTheWrongFormIsNamed() async throws {
        for (body, words) in [("{}", "an array"), (#"[{"name": "x"}]"#, "'sku' of the hardware is missing")] {
            try await RawServer.run(answers: [.reply(200, body: body)]) { server in
                let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
                let error = await #expect(throws: ReplicateError.self) { try await client.hardware.list() }
                #expect(error?.code == .unexpectedAnswer)
                #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
            }
        }
    }

    // MARK: - Doing a thing once

    private final class Count: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    @Test func aValueIsMadeOnceForAllWhoAsk() async throws {
        let values = OncePerKey<String, Int>()
        let made = Count()
        let sum = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await values.value(of: "k", isUsable: { _ in true }) {
                        await Task.yield()
                        return made.next()
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == 20)
        #expect(made.next() == 2)
        let again = await values.value(of: "k", isUsable: { _ in false }) { 5 }
        #expect(again == 5)
        let other = await values.value(of: "other", isUsable: { _ in true }) { 6 }
        #expect(other == 6)
    }

    private struct Refused: Error {}

    @Test func aFailureIsToldToItsMakerAndTheNextOneTries() async throws {
        let values = OncePerKey<String, Int>()
        await #expect(throws: Refused.self) {
            try await values.value(of: "k", isUsable: { _ in true }) { () throws(Refused) -> Int in throw Refused() }
        }
        let value = await values.value(of: "k", isUsable: { _ in true }) { 7 }
        #expect(value == 7)
    }

    /// Whoever has been canceled does not wait for what another makes, and takes no other one's turn.
    @Test func aCanceledTaskWaitsForNobody() async throws {
        let values = OncePerKey<String, Int>()
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        async let first = values.value(of: "k", isUsable: { _ in true }) {
            beginning.finish()
            for await _ in released {}
            return 1
        }
        for await _ in begun {}
        let patient = (0..<4).map { _ in
            Task { await values.value(of: "k", isUsable: { _ in true }) { 5 } }
        }
        for _ in 0..<1000 { await Task.yield() }
        let canceled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await values.value(of: "k", isUsable: { _ in true }) { () throws(Refused) -> Int in
                throw Refused()
            }
        }
        await #expect(throws: Refused.self) { try await canceled.value }
        release.finish()
        #expect(await first == 1)
        for task in patient { #expect(await task.value == 1) }
        #expect(await values.value(of: "k", isUsable: { _ in true }) { 2 } == 1)
    }
}
