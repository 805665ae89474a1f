import Foundation
import Replicate
import ReplicateAPI
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FilesTests {
    private let transport = HTTPClientTransport(maximumConnections: 4)
    private let answer = RawServer.Answer.reply(
        201, body: #"{"id": "f", "urls": {"get": "https://api.example/v1/files/f"}}"#
    )

    private func client(_ server: RawServer) throws -> Client {
        try Client(token: "r8_test", baseURL: server.url, transport: transport, retry: .none, timeout: .seconds(50))
    }

    @Test
    func uploadsAFileAsAForm() async throws {
        let content = (0..<400_000).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        try await withTemporaryFile(named: "scan \"1\".txt", content) { path in
            try await RawServer.run(answers: [answer]) { server in
                let file = try await client(server).files.create(
                    path: path, contentType: "text/plain", metadata: ["k": [1]]
                )
                #expect(file.url == "https://api.example/v1/files/f")
                let request = try #require(server.requests.first)
                let type = try #require(request.headers["content-type"])
                let boundary = try #require(type.split(separator: "=").last)
                #expect(type.hasPrefix("multipart/form-data; boundary="))
                #expect(request.path == "/v1/files")
                #expect(request.headers["content-length"] == "\(request.body.utf8.count)")
                #expect(
                    request.body == """
                        --\(boundary)\r
                        Content-Disposition: form-data; name="metadata"\r
                        Content-Type: application/json\r
                        \r
                        {"k":[1]}\r
                        --\(boundary)\r
                        Content-Disposition: form-data; name="content"; filename="scan %221%22.txt"\r
                        Content-Type: text/plain\r
                        \r
                        \(String(decoding: content, as: UTF8.self))\r
                        --\(boundary)--\r\n
                        """
                )
            }
        }
    }

    @Test
    func shortensALongNameFromTheFront() async throws {
        try await RawServer.run(answers: [answer]) { server in
            let name = String(repeating: "é", count: 200) + ".png"
            _ = try await client(server).files.create(bytes: [1], name: name)
            let sent = String(repeating: "é", count: 125) + ".png"
            #expect(server.requests[0].body.contains("filename=\"\(sent)\""))
        }
    }

    @Test
    func writesNoLineOfTheFormFromANameOrType() async throws {
        try await RawServer.run(answers: [answer]) { server in
            _ = try await client(server).files.create(bytes: [1], name: "a\r\nb", contentType: "x/y\r\nEvil: 1")
            #expect(server.requests[0].body.contains("filename=\"a%0D%0Ab\""))
            #expect(!server.requests[0].body.contains("\nEvil"))
        }
    }

    @Test
    func sendsNothingOfAFileThatIsNotThere() async throws {
        try await RawServer.run(answers: [answer]) { server in
            let client = try client(server)
            for path in ["/no/such/file", FileManager.default.temporaryDirectory.path] {
                let error = await #expect(throws: ReplicateError.self) { try await client.files.create(path: path) }
                #expect(error?.code == .unreadableFile)
                #expect(error?.isCertainlyNotAccepted == true)
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test
    func failsWhenAFileIsShorterThanItWasSaidToBe() async throws {
        try await withTemporaryFile([1, 2, 3]) { path in
            try await RawServer.run(answers: [answer]) { server in
                let body = TransportRequestBody.parts([.bytes([0]), .file(path: path, size: 5)])
                let error = await #expect(throws: TransportError.self) {
                    try await transport.send(TransportRequest(method: "POST", url: server.url, body: body))
                }
                #expect(error?.code == .unreadableBody)
                #expect(error?.delivery == .notSent)
                #expect(error?.message == "'\(path)' became shorter by 2 bytes while it was being sent")
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test
    func readsABodyInPieces() async throws {
        let content = [UInt8](repeating: 7, count: 600_000)
        try await withTemporaryFile(content) { path in
            let body = TransportRequestBody.parts([
                .bytes([1]), .file(path: path, size: 599_999), .bytes([]), .bytes([2]),
            ])
            var sizes: [Int] = []
            for try await chunk in body.chunks { sizes.append(chunk.count) }
            #expect(sizes == [1, 262_144, 262_144, 75_711, 1])
            #expect(body.length == 600_001)
        }
    }

    @Test
    func readsListsAndDeletesFiles() async throws {
        try await RawServer.run({ request in
            switch (request.method, request.path) {
            case ("DELETE", "/v1/files/a%2Fb"): .bytes("HTTP/1.1 204 No Content\r\n\r\n", thenClose: false)
            case ("GET", "/v1/files/f"): .reply(200, body: #"{"id": "f", "urls": {"get": "u"}}"#)
            case ("GET", "/v1/files"): .reply(200, body: #"{"results": [{"id": "f", "urls": {"get": "u"}}]}"#)
            default: .reply(404)
            }
        }) { server in
            let client = try client(server)
            try await client.files.delete("a/b")
            #expect(try await client.files.get("f").url == "u")
            #expect(try await client.files.list().results.map(\.id) == ["f"])
        }
    }
}
