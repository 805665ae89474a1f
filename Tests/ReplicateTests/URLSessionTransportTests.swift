import Foundation
import Replicate
import Testing

/// What the transport over URLSession does besides.
@Suite(.timeLimit(.minutes(1)))
struct URLSessionTransportTests {
    private let transport = URLSessionTransport()

    @Test(arguments: ["POST", "PATCH"], [TransportRequestBody.none, .bytes([1, 2])])
    func nothingIsSentTwiceWhenAKeptConnectionHasEnded(method: String, body: TransportRequestBody) async throws {
        try await RawServer.run(answers: [.reply(200, body: "ok"), .close]) { server in
            let first = try await transport.send(TransportRequest(url: server.url))
            #expect(try await first.body.collect(upTo: 10).count == 2)
            let error = await transport.failure(of: TransportRequest(method: method, url: server.url, body: body))
            #expect(error?.code == .connectionLost)
            #expect(error?.delivery == .unknown)
            #expect(server.requests.count == 2)
        }
    }

    @Test func aCompressedAnswerArrivesDecodedAndSaysSo() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 5\r\n\r\nnight"
        try await RawServer.run(answers: [.bytes(answer, thenClose: false)]) { server in
            let response = try await transport.send(TransportRequest(url: server.url))
            #expect(response.headers["content-length"] == "5")
            #expect(try await response.body.collect(upTo: 10) == Array("night".utf8))
        }
        try await RawServer.run(answers: [.reply(200, headers: ["Content-Encoding": "gzip"], body: "x")]) { server in
            let response = try await transport.send(TransportRequest(url: server.url))
            #expect(response.headers["content-encoding"] == nil)
            #expect(response.headers["content-length"] == nil)
        }
    }

    @Test func largePartsAreSentFromAFileThatIsRemoved() async throws {
        let content = String(repeating: "night ", count: 400_000)
        try await withTemporaryFile(content.utf8) { path in
            try await RawServer.run({ .reply(200, body: "\($0.body.utf8.count)\($0.body.suffix(3))") }) { server in
                let body = TransportRequestBody.parts(
                    [.bytes(Array("a".utf8)), .file(path: path, size: content.utf8.count), .bytes(Array("zz".utf8))])
                let response = try await transport.send(TransportRequest(method: "POST", url: server.url, body: body))
                let answer = String(decoding: try await response.body.collect(upTo: 100), as: UTF8.self)
                #expect(answer == "\(content.utf8.count + 3) zz")
                #expect(server.requests[0].headers["content-length"] == "\(content.utf8.count + 3)")
                #expect(server.requests[0].headers["transfer-encoding"] == nil)
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: FileManager.default.temporaryDirectory.path)
            #expect(!names.contains { $0.hasPrefix("replicate-upload-") })
        }
    }

    @Test(arguments: [10, 5_000_000])
    func aBodyThatCannotBeReadIsNotSent(size: Int) async throws {
        try await RawServer.run(answers: [.reply(200)]) { server in
            let body = TransportRequestBody.parts([.file(path: "/no/such/file", size: size)])
            let error = await transport.failure(of: TransportRequest(method: "POST", url: server.url, body: body))
            #expect(error?.code == .unreadableBody)
            #expect(error?.delivery == .notSent)
            #expect(server.connections == 0)
        }
    }

    @Test func headersThatWouldBeTwoAreRefused() async {
        let request = TransportRequest(url: "http://127.0.0.1:9/", headers: ["X-A": "1\r\nX-B: 2"])
        let error = await transport.failure(of: request)
        #expect(error?.code == .invalidRequest)
        #expect(error?.delivery == .notSent)
    }

    /// Where the session cannot be held back, the body is broken off, and everything before is read.
    @Test func whatNobodyReadsIsLimited() async throws {
        var configuration = URLSessionTransport.Configuration()
        configuration.maximumUnread = 1_000_000
        let transport = URLSessionTransport(configuration)
        try await FloodServer.run(events: 80_000) { base, sent in
            let response = try await transport.send(TransportRequest(url: base))
            var bytes = 0
            #if canImport(FoundationNetworking)
            let start = response.body.makeAsyncIterator()
            bytes += try await start.next()?.count ?? 0
            for await _ in sent.endings.stream { break }
            var error: TransportError?
            do throws(TransportError) {
                while let chunk = try await start.next() { bytes += chunk.count }
            } catch let failure {
                error = failure
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.message.hasSuffix("was broken off because it was read too slowly") == true)
            #expect(bytes > 1_000_000 && bytes < 75_000_000)
            #else
            for try await chunk in response.body { bytes += chunk.count }
            #expect(bytes > 80_000_000)
            #endif
        }
    }

    @Test func failsAfterItWasShutDown() async throws {
        try await RawServer.run(answers: [.silence]) { server in
            let waiting = Task { [transport] in
                await transport.failure(of: TransportRequest(method: "POST", url: server.url, body: .bytes([1])))
            }
            while server.requests.isEmpty { await Task.yield() }
            transport.shutdown()
            transport.shutdown()
            #expect(await waiting.value?.delivery == .unknown)
            let error = await transport.failure(
                of: TransportRequest(method: "POST", url: server.url, body: .bytes([1])))
            #expect(error?.delivery == .notSent)
            #expect(server.requests.count == 1)
        }
    }

    @Test func aRequestForCredentialsIsAnAnswer() async throws {
        let answer = RawServer.Answer.reply(401, headers: ["WWW-Authenticate": "Basic realm=\"x\""], body: "no")
        try await RawServer.run(answers: [answer]) { server in
            let response = try await transport.send(TransportRequest(url: server.url))
            #expect(response.status == 401)
            #expect(try await response.body.collect(upTo: 10).count == 2)
            #expect(server.requests.count == 1)
        }
    }
}
