import Foundation
import Replicate
import ReplicateAPI
import ReplicateServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct InputTests {
    private let transport = HTTPClientTransport(maximumConnections: 8)

    /// The body of a create, as a server got it.
    private func sent(
        _ input: InputValue, files: FileEncodingStrategy? = nil,
        uploads: [RawServer.Answer] = []
    ) async throws -> (input: JSONValue?, requests: [RawServer.Request]) {
        let created = RawServer.Answer.reply(201, body: #"{"id": "p", "status": "starting"}"#)
        return try await RawServer.run(answers: uploads + [created]) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            _ = try await client.predictions.create(.version("v"), input: input, files: files)
            let body = try JSONValue(parsing: try #require(server.requests.last).body)
            return (body["input"], server.requests)
        }
    }

    private func upload(_ name: String) -> RawServer.Answer {
        .reply(
            201,
            body: #"{"id": "f", "expires_at": "2099-01-01T00:00:00Z", "urls": {"get": "https://api/files/\#(name)"}}"#)
    }

    private struct Order: Encodable {
        struct Part: Encodable {
            var name: String
            var file: InputFile
        }

        var prompt = "a \"quoted\" é"
        var seed: UInt64 = .max
        var scale = Decimal(string: "0.1000000000000000000000001")!
        var day = Date(timeIntervalSince1970: 1_700_000_000.25)
        var link = URL(string: "https://example.com/a?b=c")!
        var none: String?
        var bytes = Data([1, 2, 3])
        var parts: [Part]
    }

    @Test func anyEncodableValueBecomesAnInput() async throws {
        let order = Order(parts: [.init(name: "x", file: .data([104, 105], name: "hi.txt"))])
        let (input, _) = try await sent(try InputValue(encoding: order))
        #expect(
            input == [
                "prompt": "a \"quoted\" é", "seed": .number(JSONNumber(literal: "18446744073709551615")!),
                "scale": .number(JSONNumber(literal: "0.1000000000000000000000001")!),
                "day": "2023-11-14T22:13:20.250000Z", "link": "https://example.com/a?b=c",
                "bytes": "data:application/octet-stream;base64,AQID",
                "parts": [["name": "x", "file": "data:text/plain;base64,aGk="]],
            ])
    }

    @Test func whileTheFilesAPIIsDownFilesTravelInTheRequest() async throws {
        let large = [UInt8](repeating: 1, count: FileEncodingStrategy.inlineLimit + 1)
        let down = [RawServer.Answer.reply(503)]
        let (input, requests) = try await sent(["file": .data(large, name: "a.png")], uploads: down)
        #expect(requests.map(\.path) == ["/v1/files", "/v1/predictions"])
        #expect(input?["file"]?.stringValue?.hasPrefix("data:image/png;base64,AQEB") == true)
        let huge = [UInt8](repeating: 1, count: FileEncodingStrategy.inlineTotalLimit + 1)
        let tooLarge = await #expect(throws: ReplicateError.self) {
            try await sent(["file": .data(huge)], uploads: down)
        }
        #expect(tooLarge?.status == 503)
        let asked = await #expect(throws: ReplicateError.self) {
            try await sent(["file": .data(large)], files: .upload, uploads: down)
        }
        #expect(asked?.status == 503)
        let refused = await #expect(throws: ReplicateError.self) {
            try await sent(["file": .data(large)], uploads: [.reply(401)])
        }
        #expect(refused?.status == 401)
    }

    @Test func whatCannotBeWrittenAsJSONIsRefused() throws {
        let error = try #require(throws: ReplicateError.self) {
            try InputValue(encoding: ["x": ["y": Double.infinity]])
        }
        #expect(error.code == .invalidArgument)
        #expect(error.message.contains("x.y"))
        #expect(throws: EncodingError.self) { try JSONEncoder().encode(InputFile.data([1])) }
    }

    @Test func filesStandAnywhereAndSmallOnesAreInlined() async throws {
        try await withTemporaryFile(named: "a.png", [1, 2, 3]) { path in
            let (input, requests) = try await sent([
                "image": .path(path), "deep": ["list": [.data([104, 105], name: "hi.txt"), 5, nil, true]],
                "far": .url(URL(string: "https://example.com/b.png")!), "near": .url(URL(fileURLWithPath: path)),
            ])
            #expect(
                input == [
                    "image": "data:image/png;base64,AQID", "far": "https://example.com/b.png",
                    "near": "data:image/png;base64,AQID",
                    "deep": ["list": ["data:text/plain;base64,aGk=", 5, nil, true]],
                ])
            #expect(requests.count == 1)
        }
    }

    @Test func aFileIsFoundWhateverItsNameHolds() async throws {
        try await withTemporaryFile(named: "my cat 100% é#1?.png", [1, 2, 3]) { path in
            let (input, _) = try await sent(["a": .path(path), "b": .url(URL(fileURLWithPath: path))])
            #expect(input == ["a": "data:image/png;base64,AQID", "b": "data:image/png;base64,AQID"])
        }
    }

    @Test func largeFilesAreUploadedAndEqualContentOnce() async throws {
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: FileEncodingStrategy.inlineLimit + 1)
        try await withTemporaryFile(named: "a.txt", large) { path in
            let (input, requests) = try await sent(
                [
                    "one": .path(path), "two": [.data(large, name: "b.txt"), .path(path)],
                    "small": .data([65], name: "c.txt"),
                ],
                uploads: [upload("1")])
            #expect(
                input == [
                    "one": "https://api/files/1", "two": ["https://api/files/1", "https://api/files/1"],
                    "small": "data:text/plain;base64,QQ==",
                ])
            #expect(requests.map(\.path) == ["/v1/files", "/v1/predictions"])
        }
    }

    @Test func theSameBytesUnderAnotherTypeAreAnotherUpload() async throws {
        let (input, requests) = try await sent(
            ["a": [.data([1], name: "a.png"), .data([1], name: "a.txt")]], files: .upload,
            uploads: [upload("1"), upload("2")])
        #expect(input == ["a": ["https://api/files/1", "https://api/files/2"]])
        #expect(requests.count == 3)
    }

    @Test func concurrentCallsUploadEqualContentOnce() async throws {
        try await EmbeddedServer.withServer { base in
            let client = try Client(token: "t", baseURL: base, transport: transport, files: .upload)
            let version = try #require(try await client.models.get("nightshift", "sleeper").latestVersion?.id)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        _ = try await client.predictions.create(
                            .version(version), input: ["seconds": 0, "n": .integer(number), "file": .data([7, 7, 7])])
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await client.files.list().results.count == 1)
        }
    }

    @Test func dataURIsHaveALimitInSum() async throws {
        let half = [UInt8](repeating: 0, count: FileEncodingStrategy.inlineTotalLimit / 2)
        let error = try await #require(throws: ReplicateError.self) {
            _ = try await sent(["a": [.data(half), .data(half), .data([1])]], files: .dataURI)
        }
        #expect(error.code == .tooLarge)
    }

    @Test(
        arguments: [
            (
                InputValue.array([1, 2]),
                "the input is of type array; expected an object with the model's inputs by name"
            ),
            (
                ["image": [.path("/nowhere/at/all.png")]],
                "input.image[0]: there is no file '/nowhere/at/all.png'; expected a file to send"
            ),
            (["image": .path("/tmp")], "input.image: '/tmp' is not a regular file; expected a file to send"),
            (
                ["image": .url(URL(string: "ftp://a/b")!)],
                "input.image: the URL of a file begins with 'ftp'; expected https, http or data"
            ),
        ] as [(InputValue, String)])
    func aBadInputIsToldBeforeAnythingIsSent(input: InputValue, message: String) async throws {
        try await RawServer.run(answers: [.close]) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            let error = try await #require(throws: ReplicateError.self) {
                _ = try await client.predictions.create(.version("v"), input: input, files: .upload)
            }
            #expect(error.message == message)
            #expect(server.requests.isEmpty)
        }
    }

    @Test func aFileBeyondTheLimitOfTheAPIIsNotSent() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "large-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: UInt64(Files.maximumSize) + 1)
        try handle.close()
        try await RawServer.run(answers: [.close]) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            let error = try await #require(throws: ReplicateError.self) {
                _ = try await client.files.create(path: path)
            }
            #expect(error.code == .tooLarge)
            #expect(error.message.contains("100000001 bytes"))
            #expect(server.requests.isEmpty)
        }
    }
}
