import Foundation
import LosslessJSON
import Replicate
import ReplicateAPI
import Testing

/// A server that says the token back, in every place where a text can stand.
@Suite(.timeLimit(.minutes(1)))
struct RedactionTests {
    private static let token = "r8_Zk3vQ9xW7pLmT2bN5cYdH8fJ1gRsA4uE6oKi"
    private let transport = HTTPClientTransport(maximumConnections: 4)

    private func client(_ server: RawServer) throws -> Client {
        try Client(token: Self.token, baseURL: server.url, transport: transport, retry: .none)
    }

    /// The same secret as others may write it.
    private static let spellings: [String] = [
        token, "Bearer \(token)", token.replacing("_", with: "%5F"), token.replacing("_", with: "%5f"),
        token.replacing("_", with: #"\u005f"#),
        Data("Bearer \(token)".utf8).base64EncodedString(), Data("x:\(token)\n".utf8).base64EncodedString(),
        Data("ab\(token)".utf8).base64EncodedString(),
        token.unicodeScalars.map { "\\u00" + String($0.value, radix: 16) }.joined(),
    ]

    /// Parts of the secret, as it is and in base64.
    private static let parts: [String] =
        ["Zk3vQ9xW7pLm", #"\u005a\u006b"#]
        + (0..<3).map { offset in
            let text = Data(Array(repeating: 0, count: offset) + Array(token.utf8)).base64EncodedString()
            return String(text.dropFirst(8).prefix(16))
        }

    /// Whether a text holds the secret in any spelling.
    private func leaks(_ text: String) -> Bool { Self.parts.contains { text.contains($0) } }

    private func prediction(_ said: String) -> String {
        #"""
        {"id": "p", "status": "failed", "model": "o/\#(said)", "error": "denied: \#(said)", "logs": "GET /\n\#(said)\n",
         "input": {"key": "\#(said)"}, "output": ["https://d.example/x?t=\#(said)", {"\#(said)": 1}],
         "metrics": {"note": "\#(said)"}, "urls": {"get": "https://d.example/\#(said)"}}
        """#
    }

    @Test(arguments: spellings)
    func nothingThatIsReadHoldsTheToken(said: String) async throws {
        try await RawServer.run({ request in
            switch request.path {
            case "/v1/predictions": .reply(200, body: #"{"next": null, "results": [\#(self.prediction(said))]}"#)
            case "/v1/raw": .reply(200, headers: ["X-Echo": said], body: #"["\#(said)"]"#)
            case "/v1/models/o/n/readme": .reply(200, body: "# \(said)")
            default: .reply(200, body: self.prediction(said))
            }
        }) { server in
            let client = try client(server)
            for prediction in [try await client.predictions.get("p")] + (try await client.predictions.list().results) {
                let all = [
                    prediction.error ?? "", prediction.logs ?? "", prediction.model ?? "",
                    prediction.output?.jsonString() ?? "",
                    "\(prediction.metrics)", prediction.urls.get ?? "",
                ]
                for text in all {
                    #expect(!leaks(text), "\(text)")
                    #expect(text.contains("(hidden)"))
                }
                // What was sent is what a lost create is known by.
                #expect(prediction.input["key"] != "(hidden)")
            }
            let raw = try await client.request("GET", "/raw")
            #expect(!leaks(raw.text) && !leaks("\(raw.headers)"), "\(raw.text)")
            #expect(!leaks(try await client.models.readme("o", "n")))
        }
    }

    @Test(arguments: spellings)
    func noErrorHoldsTheToken(said: String) async throws {
        let bodies = [
            (401, #"{"title": "T", "detail": "no such token: \#(said)"}"#), (500, "<html>\(said)</html>"),
            (200, "not JSON \(said)"),
        ]
        for (status, body) in bodies {
            try await RawServer.run(answers: [.reply(status, body: body)]) { server in
                let client = try client(server)
                let error = try await #require(throws: ReplicateError.self) { try await client.predictions.get("p") }
                var dumped = ""
                dump(error, to: &dumped)
                #expect(!leaks(error.message + error.body + dumped), "\(dumped)")
            }
        }
    }

    @Test func aRunAndAStreamThatFailTellNoToken() async throws {
        try await RawServer.run({ request in
            let host = request.headers["host"] ?? ""
            switch request.path {
            case "/stream":
                return .bytes(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                        + "event: output\nid: 1\ndata: \(Self.token)\n\nevent: error\ndata: {\"detail\": \"\(Self.token)\"}\n\n"
                        + "event: \(Self.token)\ndata: x\n\nevent: done\ndata: {\"reason\": \"error\"}\n\n",
                    thenClose: true)
            default:
                return .reply(
                    201,
                    body:
                        #"{"id": "p", "status": "failed", "error": "\#(Self.token)", "urls": {"stream": "http://\#(host)/stream"}}"#
                )
            }
        }) { server in
            let client = try client(server)
            let error = try await #require(throws: ReplicateError.self) { try await client.run("o/n", input: [:]) }
            #expect(error.message == "prediction p ended as failed: (hidden)")
            var events: [StreamEvent] = []
            for try await event in try await client.stream("o/n", input: [:]) { events.append(event) }
            #expect(
                events == [
                    .output("(hidden)"), .error("(hidden)"), .other(event: "(hidden)", data: "x"), .done(.failed),
                ])
        }
    }

    @Test func theSecretOfWebhooksIsToldOnceAndHiddenAfterwards() async throws {
        let secret = "whsec_" + Data("a secret of twenty-four".utf8).base64EncodedString()
        try await RawServer.run({ request in
            request.path.hasSuffix("secret")
                ? .reply(200, body: #"{"key": "\#(secret)"}"#)
                : .reply(200, body: #"{"id": "p", "status": "failed", "error": "signed with \#(secret)"}"#)
        }) { server in
            let client = try client(server)
            #expect(try await client.webhooks.defaultSecret().text == secret)
            #expect(try await client.predictions.get("p").error == "signed with (hidden)")
            #expect(try await client.webhooks.defaultSecret().text == secret)
        }
    }

    @Test(arguments: ["local", "replicate", "nightshift", "token"])
    func aTokenThatIsAWordTakesNoWordsOutOfAnswers(token: String) async throws {
        let body =
            #"{"id": "p", "status": "succeeded", "model": "\#(token)/x", "output": "https://\#(token).delivery/a.png"}"#
        try await RawServer.run(answers: [.reply(200, body: body)]) { server in
            let client = try Client(token: token, baseURL: server.url, transport: transport, retry: .none)
            let prediction = try await client.predictions.get("p")
            #expect(prediction.model == "\(token)/x")
            #expect(prediction.output == .string("https://\(token).delivery/a.png"))
        }
    }

    @Test func whatHasNoSecretStaysAsItIs() async throws {
        let body =
            #"{"id": "p", "status": "succeeded", "output": "caf\u00e9 \u0041 r8_ Bearer", "n": 12345678901234567890.10}"#
        try await RawServer.run(answers: [.reply(200, body: body)]) { server in
            let client = try client(server)
            let answer = try await client.request("GET", "/predictions/p")
            #expect(answer.text == body)
            #expect(try await client.predictions.get("p").output == "café A r8_ Bearer")
        }
    }

    /// What is too short or a plain word may stand in any text; everything else is a secret.
    @Test(arguments: [
        ("r8_a1", false), ("r8_abc1", false), ("password", false), ("abcdefghijklmno", false), ("r8_abc12", true),
        ("12345678", true), ("abcdefghijklmnop", true), ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", true),
        ("pass-word-of-mine", true),
    ])
    func aSecretIsTakenOutUnlessItMayBeAWord(secret: String, isTakenOut: Bool) {
        #expect(Redaction(secrets: [secret])("a \(secret)!") == (isTakenOut ? "a (hidden)!" : "a \(secret)!"))
    }

    @Test func aRedactionShowsNoSecret() {
        let redaction = Redaction(secrets: [Self.token])
        var dumped = ""
        dump(redaction, to: &dumped)
        #expect(!leaks("\(redaction)\(String(reflecting: redaction))\(dumped)"))
        #expect(redaction("a \(Self.token)\(Self.token) b") == "a (hidden)(hidden) b")
        #expect(redaction("") == "")
        #expect(Redaction(secrets: [])("as it is") == "as it is")
    }
}
