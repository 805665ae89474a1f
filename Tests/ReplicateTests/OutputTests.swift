import Foundation
import Replicate
import ReplicateAPI
import ReplicateServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct OutputTests {
    private let transport = HTTPClientTransport(maximumConnections: 8)

    private func client(_ base: String) throws -> Client {
        let retry = RequestRetry(maximumAttempts: 5, initial: .milliseconds(1), maximum: .milliseconds(5))
        return try Client(token: "r8_test", baseURL: base, transport: transport, retry: retry, timeout: .seconds(50))
    }

    private func output(_ json: JSONValue) throws -> ModelOutput {
        try client("http://127.0.0.1:9").output(of: Prediction(id: "p", output: json, status: .succeeded))
    }

    // MARK: - Reading

    @Test(
        arguments: [
            ("a text", "a text"), (["Once", " upon", ""], "Once upon"), ([], ""), (["a", 1], nil), (5, nil), (nil, nil),
            (["k": "v"], nil),
        ] as [(JSONValue, String?)])
    func textIsJoined(json: JSONValue, text: String?) throws {
        #expect(try output(json).text == text)
    }

    private struct Detection: Decodable, Equatable {
        var label: String
        var score: Decimal
        var box: [Int]?
    }

    @Test func anOutputBecomesATypeOfOnesOwn() throws {
        let json = try JSONValue(parsing: #"[{"label": "cat", "score": 0.12345678901234567890123, "box": [1, 2]}]"#)
        let found = try output(json).decode([Detection].self)
        #expect(found == [Detection(label: "cat", score: Decimal(string: "0.12345678901234567890123")!, box: [1, 2])])
        #expect(try output(json).decode(JSONValue.self) == json)
        let error = try #require(throws: ReplicateError.self) { try output([["label": 5]]).decode([Detection].self) }
        #expect(error.code == .unexpectedAnswer)
        #expect(error.message.contains("[0].label"))
    }

    @Test func filesAreFoundByTheirFormOrBySchema() throws {
        let json: JSONValue = [
            "b": ["https://replicate.delivery/x/out-1.png", "not one"], "a": "data:text/plain;base64,aGk=",
            "text": "https: is a scheme", "page": "https://example.com/page",
        ]
        #expect(
            try output(json).files.map(\.url)
                == [
                    "data:text/plain;base64,aGk=", "https://replicate.delivery/x/out-1.png", "https://example.com/page",
                ])
        let schema = ModelSchema(openAPI: [
            "components": [
                "schemas": ["Output": ["type": "object", "properties": ["a": ["type": "string", "format": "uri"]]]]
            ]
        ])
        #expect(try output(json).files(by: schema).map(\.url) == ["data:text/plain;base64,aGk="])
        #expect(try output(json).files[1].name == "out-1.png")
        #expect(try output(json).files[0].name == "output.txt")
    }

    // MARK: - Fetching

    @Test func aFileIsReadAndSaved() async throws {
        try await EmbeddedServer.withServer { base in
            let output = try await client(base).run("nightshift/poster", input: ["prompt": "night", "seed": 1])
            let file = try #require(output.files.first)
            let data = try await file.data()
            #expect(data.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
            try await withTemporaryFile(named: "old.png", [1]) { path in
                try await file.save(to: path)
                #expect(FileManager.default.contents(atPath: path) == data)
                let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["old.png"])
                try await file.save(to: folder.appending(path: "new.png"))
                #expect(try Data(contentsOf: folder.appending(path: "new.png")) == data)
            }
        }
    }

    @Test func aBrokenDownloadGoesOnWhereItBroke() async throws {
        let body = String(repeating: "0123456789", count: 100)
        try await RawServer.run({ request in
            guard let range = request.headers["range"] else {
                let head = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 1000\r\n\r\n"
                return .bytes(head + body.prefix(300), thenClose: true)
            }
            let start = Int(range.dropFirst("bytes=".count).prefix { $0 != "-" })!
            let rest = body.dropFirst(start)
            let head =
                "HTTP/1.1 206 Partial\r\nContent-Range: bytes \(start)-999/1000\r\nContent-Length: \(rest.count)\r\n\r\n"
            return .bytes(head + rest.prefix(300), thenClose: true)
        }) { server in
            let file = try client("http://127.0.0.1:9").file(at: "\(server.url)/out.txt")
            #expect(String(decoding: try await file.data(), as: UTF8.self) == body)
            #expect(server.requests.map { $0.headers["range"] } == [nil, "bytes=300-", "bytes=600-", "bytes=900-"])
            #expect(server.requests.allSatisfy { $0.headers["authorization"] == nil })
            #expect(server.requests[1].headers["if-range"] == "\"e\"")
        }
    }

    /// The policy counts tries without any progress: a long file may break off more often than that.
    @Test func whatArrivesIsWorthAsManyTriesAgain() async throws {
        let body = String(repeating: "0123456789", count: 10)
        let policy = RequestRetry(maximumAttempts: 2, initial: .milliseconds(1), maximum: .milliseconds(5))
        try await RawServer.run({ request in
            guard let range = request.headers["range"], let start = Int(range.dropFirst(6).prefix { $0 != "-" }) else {
                return .bytes(
                    "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 100\r\n\r\n" + body.prefix(1), thenClose: true)
            }
            let head =
                "HTTP/1.1 206 P\r\nContent-Range: bytes \(start)-99/100\r\nContent-Length: \(100 - start)\r\n\r\n"
            return .bytes(head + body.dropFirst(start).prefix(20), thenClose: true)
        }) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: policy)
            #expect(String(decoding: try await client.file(at: "\(server.url)/f").data(), as: UTF8.self) == body)
            #expect(server.requests.map { $0.headers["range"] }.prefix(3) == [nil, "bytes=1-", "bytes=21-"])
            #expect(server.requests.count == 6)
        }
    }

    @Test(arguments: [1, 2, 4])
    func aFileThatNeverComesIsAskedForAsOftenAsThePolicySays(attempts: Int) async throws {
        let policy = RequestRetry(maximumAttempts: attempts, initial: .milliseconds(1), maximum: .milliseconds(5))
        try await RawServer.run(answers: [.close]) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: policy)
            let error = try await #require(throws: ReplicateError.self) {
                _ = try await client.file(at: "\(server.url)/f").data()
            }
            #expect(error.code == .connectionLost)
            #expect(server.requests.count == attempts)
        }
    }

    @Test func aFileThatChangedMeanwhileIsNotPatchedTogether() async throws {
        try await RawServer.run({ request in
            let head = "HTTP/1.1 200 OK\r\nETag: \"\(request.connection)\"\r\nContent-Length: 10\r\n\r\n"
            return .bytes(head + "01234", thenClose: true)
        }) { server in
            let file = try client("http://127.0.0.1:9").file(at: "\(server.url)/out.txt")
            let error = try await #require(throws: ReplicateError.self) { _ = try await file.data() }
            #expect(error.code == .unexpectedAnswer)
            #expect(server.requests.count == 2)
        }
    }

    @Test func nothingIsLeftOfAFileThatCannotBeFetched() async throws {
        try await RawServer.run(answers: [.reply(404, body: "gone")]) { server in
            let file = try client("http://127.0.0.1:9").file(at: "\(server.url)/out.txt")
            try await withTemporaryFile(named: "old.txt", [1]) { path in
                let error = try await #require(throws: ReplicateError.self) { try await file.save(to: path) }
                #expect(error.code == .notFound)
                #expect(FileManager.default.contents(atPath: path) == Data([1]))
                let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["old.txt"])
                let nowhere = try await #require(throws: ReplicateError.self) { try await file.save(to: "\(path)/x/y") }
                #expect(nowhere.code == .unwritableFile)
            }
            let limited = try client("http://127.0.0.1:9").file(at: "data:,0123456789")
            let error = try await #require(throws: ReplicateError.self) { _ = try await limited.data(upTo: 9) }
            #expect(error.code == .tooLarge)
            #expect(try await limited.data(upTo: 10) == Data("0123456789".utf8))
        }
    }

    @Test func redirectsAreFollowedWithCare() async throws {
        try await RawServer.run(answers: [.reply(200, body: "there")]) { other in
            let target = "\(other.url)/there.txt"
            try await RawServer.run({ request in
                switch request.path {
                case "/here": .reply(302, headers: ["Location": "/next"])
                case "/next": .reply(307, headers: ["Location": target])
                case "/away": .reply(302, headers: ["Location": "http://example.com/x"])
                default: .reply(302, headers: ["Location": "/loop"])
                }
            }) { server in
                let client = try client(server.url)
                let data = try await client.file(at: "\(server.url)/here").data()
                #expect(data == Data("there".utf8))
                #expect(other.requests.first?.headers["authorization"] == nil)
                let away = try await #require(throws: ReplicateError.self) {
                    _ = try await client.file(at: "\(server.url)/away").data()
                }
                #expect(away.code == .insecureURL)
                let loop = try await #require(throws: ReplicateError.self) {
                    _ = try await client.file(at: "\(server.url)/loop").data()
                }
                #expect(loop.code == .unexpectedAnswer)
            }
        }
    }

    @Test(
        arguments: [
            ("http://example.com/x.png", ReplicateError.Code.insecureURL), ("file:///etc/passwd", .invalidArgument),
            ("ftp://a/b", .invalidArgument), ("", .invalidArgument), ("data:text/plain;base64,*", .unexpectedAnswer),
        ])
    func anAddressThatMayNotBeAskedIsRefused(url: String, code: ReplicateError.Code) async throws {
        let file = try client("http://127.0.0.1:9").file(at: url)
        let error = try await #require(throws: ReplicateError.self) { _ = try await file.data() }
        #expect(error.code == code)
        if code == .unexpectedAnswer { #expect(error.message == "the output's data URI is damaged") }
    }

    @Test func aFileIsSavedUnderAnyName() async throws {
        let file = try client("http://127.0.0.1:9").file(at: "data:,hi")
        try await withTemporaryFile(named: "old", [1]) { path in
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            let name = "my cat 100% é#1?.txt"
            try await file.save(to: folder.appending(path: name))
            #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["old", name])
        }
    }

    @Test func theTokenGoesToTheAPIsHostAlone() async throws {
        try await RawServer.run(answers: [.reply(200, body: "own")]) { own in
            try await RawServer.run(answers: [.reply(200, body: "other")]) { other in
                let client = try client(own.url)
                #expect(try await client.file(at: "\(own.url)/v1/files/f").data() == Data("own".utf8))
                #expect(try await client.file(at: "\(other.url)/v1/files/f").data() == Data("other".utf8))
                #expect(own.requests.first?.headers["authorization"] == "Bearer r8_test")
                #expect(other.requests.first?.headers["authorization"] == nil)
            }
        }
    }
}
