import Foundation
import Replicate
import Testing

/// What every transport does, the same tests for each.
@Suite(.timeLimit(.minutes(1)))
struct TransportTests {
    private static let bodies: [TransportRequestBody] = [.none, .bytes([1, 2]), .parts([.bytes([1, 2])])]

    @Test(arguments: TransportKind.allCases, bodies)
    func knowsThatARefusedConnectionSentNothing(kind: TransportKind, body: TransportRequestBody) async throws {
        let port = try await RawServer.unusedPort()
        let error = await kind.make().failure(
            of: TransportRequest(method: "POST", url: "http://127.0.0.1:\(port)/x?secret=1", body: body)
        )
        #expect(error?.code == .connect)
        #expect(error?.delivery == .notSent)
        let reason = kind == .httpClient ? "connection refused" : "it takes no connections"
        #expect(error?.message == "no connection to 127.0.0.1:\(port): \(reason)")
    }

    @Test(arguments: TransportKind.allCases)
    func knowsThatAnUnknownHostGotNothing(kind: TransportKind) async {
        let error = await kind.make(connectTimeout: .seconds(3)).failure(
            of: TransportRequest(method: "POST", url: "http://no-such-host.invalid/", body: .bytes([1])))
        #expect(error?.delivery == .notSent)
    }

    @Test(arguments: TransportKind.allCases)
    func knowsThatNothingIsSentWithoutEncryption(kind: TransportKind) async throws {
        try await RawServer.run(greeting: "this is no TLS\r\n", { _ in .silence }) { server in
            let error = await kind.make().failure(
                of: TransportRequest(method: "POST", url: "https://127.0.0.1:\(server.port)/", body: .bytes([1])))
            #expect(error?.delivery == .notSent)
            #expect(error?.code == .connect)
        }
    }

    /// A server that takes the connection and says nothing to the greeting of TLS.
    @Test(arguments: TransportKind.allCases)
    func knowsThatNothingIsSentBeforeEncryption(kind: TransportKind) async throws {
        let transport = kind.make(connectTimeout: .milliseconds(500))
        try await RawServer.run({ _ in .silence }) { server in
            let start = ContinuousClock.now
            let error = await transport.failure(
                of: TransportRequest(
                    method: "POST", url: "https://127.0.0.1:\(server.port)/", body: .bytes([1]),
                    timeout: kind == .httpClient ? .seconds(30) : .milliseconds(500)))
            #expect(error?.delivery == .notSent)
            #expect(error?.code == .timeout)
            // Half a second was asked for, and not the default of ten.
            #expect(ContinuousClock.now - start < .seconds(9))
        }
    }

    @Test(arguments: TransportKind.allCases, ["", "nonsense", "ftp://127.0.0.1/", "http:///x"])
    func sendsNothingToWhatIsNoURL(kind: TransportKind, url: String) async {
        let error = await kind.make().failure(
            of: TransportRequest(method: "POST", url: url, body: .bytes([1])))
        #expect(error?.delivery == .notSent)
        #expect(error?.code == .invalidRequest)
    }

    @Test(arguments: TransportKind.allCases, bodies)
    func doesNotKnowWhatBecameOfARequestWhoseAnswerIsLost(kind: TransportKind, body: TransportRequestBody) async throws
    {
        try await RawServer.run(answers: [.close]) { server in
            let error = await kind.make().failure(of: TransportRequest(method: "POST", url: server.url, body: body))
            #expect(error?.code == .connectionLost)
            #expect(error?.delivery == .unknown)
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func doesNotKnowWhatBecameOfARequestThatIsNotAnsweredInTime(kind: TransportKind) async throws {
        try await RawServer.run(answers: [.silence]) { server in
            let error = await kind.make().failure(
                of: TransportRequest(method: "POST", url: server.url, body: .bytes([1]), timeout: .milliseconds(200)))
            #expect(error?.isTimeout == true)
            #expect(error?.delivery == .unknown)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func knowsThatARequestWithoutAFreeConnectionWasNotSent(kind: TransportKind) async throws {
        try await withAFullPool(kind) { transport, server, open in
            for body in [TransportRequestBody.bytes([1]), .none] {
                let error = await transport.failure(
                    of: TransportRequest(
                        method: "POST", url: server.url, body: body, connectionWait: .milliseconds(20)))
                #expect(error?.isTimeout == true)
                #expect(error?.delivery == .notSent)
                #expect(
                    error?.message
                        == "no connection to 127.0.0.1:\(server.port) became free in 0.02 seconds, since all 1 "
                        + "were in use; make fewer calls at a time, or set maximumConnections of the transport higher")
            }
            #expect(open.status == 200)
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func waitsForAFreeConnectionLongerThanForAServer(kind: TransportKind) async throws {
        try await withAFullPool(kind) { transport, server, open in
            let waiting = Task { try await transport.send(TransportRequest(url: server.url)) }
            // Longer than making a connection may take, which must not count.
            try await Task.sleep(for: .milliseconds(3500))
            #expect(server.requests.count == 1)
            var body: TransportBody.AsyncIterator? = open.body.makeAsyncIterator()
            _ = try await body?.next()
            // There is more to come on it.
            let other = await transport.failure(of: TransportRequest(url: server.url, connectionWait: .zero))
            #expect(other?.delivery == .notSent)
            body = nil
            #expect(try await waiting.value.status == 200)
            #expect(server.requests.count == 2)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func answersThatTakeLongHaveConnectionsOfTheirOwn(kind: TransportKind) async throws {
        try await withAFullPool(kind) { transport, server, open in
            let long = try await transport.send(TransportRequest(url: server.url, isLongLived: true))
            let error = await transport.failure(
                of: TransportRequest(url: server.url, isLongLived: true, connectionWait: .zero))
            #expect(error?.message.contains("maximumLongConnections") == true)
            #expect(long.status == 200)
            #expect(open.status == 200)
        }
    }

    /// Gives a transport whose only connection, of each kind, is taken as long as an answer is held.
    private func withAFullPool(
        _ kind: TransportKind, _ body: (any Transport, RawServer, TransportResponse) async throws -> Void
    ) async throws {
        let transport = kind.make(connections: 1, longConnections: 1, connectTimeout: .seconds(3))
        try await RawServer.run(answers: [.bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", thenClose: false)]) {
            server in
            let open = try await transport.send(TransportRequest(url: server.url))
            try await body(transport, server, open)
        }
    }

    @Test(
        arguments: TransportKind.allCases,
        [
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        ]
    )
    func failsWhenABodyEndsTooSoon(kind: TransportKind, answer: String) async throws {
        try await RawServer.run(answers: [.bytes(answer, thenClose: true)]) { server in
            let error = try await kind.make().bodyFailure(of: TransportRequest(url: server.url))
            #expect(error?.code == .connectionLost)
            let what = "the connection to 127.0.0.1:\(server.port) was lost in the middle of an answer: "
            #expect(error?.message.hasPrefix(what) == true)
            if kind == .httpClient { #expect(error?.message == what + "it ended before its announced length") }
        }
    }

    @Test(arguments: TransportKind.allCases)
    func failsWhenABodyStalls(kind: TransportKind) async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"
        try await RawServer.run(answers: [.bytes(answer, thenClose: false)]) { server in
            let error = try await kind.make(idleTimeout: .seconds(2)).bodyFailure(of: TransportRequest(url: server.url))
            #expect(error?.isTimeout == true)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func readsOnWhenOnlyTheReaderIsLeft(kind: TransportKind) async throws {
        let transport = kind.make(idleTimeout: .milliseconds(500))
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"
        try await RawServer.run(answers: [.bytes(answer, thenClose: false)]) { server in
            let reader = try await transport.send(TransportRequest(url: server.url)).body.makeAsyncIterator()
            #expect(try await reader.next() == Array("only this".utf8))
            // The server stalls; had the reader been forgotten with the answer, it would be canceled.
            let error = await #expect(throws: TransportError.self) { try await reader.next() }
            #expect(error?.code == .timeout)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func takesNoMoreThanItWasTold(kind: TransportKind) async throws {
        let transport = kind.make()
        try await RawServer.run(answers: [.reply(200, body: String(repeating: "x", count: 5000))]) { server in
            let response = try await transport.send(TransportRequest(url: server.url))
            let error = await #expect(throws: TransportError.self) { try await response.body.collect(upTo: 4999) }
            #expect(error?.code == .tooLong)
            let again = try await transport.send(TransportRequest(url: server.url))
            #expect(try await again.body.collect(upTo: 5000).count == 5000)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func readsABodyThatEndsWithTheConnection(kind: TransportKind) async throws {
        let transport = kind.make()
        try await RawServer.run(answers: [.bytes("HTTP/1.1 200 OK\r\n\r\nall of it", thenClose: true)]) { server in
            let response = try await transport.send(TransportRequest(url: server.url))
            #expect(String(decoding: try await response.body.collect(upTo: 100), as: UTF8.self) == "all of it")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func followsNoRedirectAndAsksForNoCompression(kind: TransportKind) async throws {
        let transport = kind.make()
        try await RawServer.run(answers: [.reply(302, headers: ["Location": "/elsewhere"], body: "x")]) { server in
            let redirect = try await transport.send(TransportRequest(url: server.url))
            #expect(redirect.status == 302)
            #expect(redirect.headers["location"] == "/elsewhere")
            #expect(try await redirect.body.collect(upTo: 10) == [UInt8(ascii: "x")])
            #expect(server.requests.map(\.path) == ["/"])
            #expect((server.requests[0].headers["accept-encoding"] ?? "identity") == "identity")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func sendsExactlyTheHeadersItIsGiven(kind: TransportKind) async throws {
        let transport = kind.make()
        try await RawServer.run(answers: [.reply(206, headers: ["Content-Range": "bytes 2-3/4"], body: "cd")]) {
            server in
            let response = try await transport.send(
                TransportRequest(url: "\(server.url)/out-0.png", headers: ["Range": "bytes=2-", "If-Range": "\"e\""])
            )
            var bytes: [UInt8] = []
            for try await chunk in response.body { bytes += chunk }
            #expect(response.status == 206)
            #expect(bytes == Array("cd".utf8))
            let headers = server.requests[0].headers
            #expect(headers["range"] == "bytes=2-")
            #expect(headers["if-range"] == "\"e\"")
            #expect(headers["authorization"] == nil)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func keepsConnectionsAliveAndNeedsNoneOfABodyHalfRead(kind: TransportKind) async throws {
        let transport = kind.make(connections: 1)
        let long = String(repeating: "x", count: 3_000_000)
        try await RawServer.run({ $0.path == "/long" ? .reply(200, body: long) : .reply(200, body: "ok") }) { server in
            for _ in 0..<3 {
                let response = try await transport.send(TransportRequest(url: server.url))
                #expect(try await response.body.collect(upTo: 10).count == 2)
            }
            #expect(server.connections == 1)
            func readALittle() async throws {
                for try await _ in try await transport.send(TransportRequest(url: "\(server.url)/long")).body { return }
            }
            try await readALittle()
            let response = try await transport.send(TransportRequest(url: server.url))
            #expect(try await response.body.collect(upTo: 10).count == 2)
            // URLSession reads ahead of who asks for the body, here to its end.
            #expect(kind == .httpClient ? server.connections == 2 : server.connections <= 2)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func endsTheRequestWithItsTask(kind: TransportKind) async throws {
        let transport = kind.make()
        try await RawServer.run(answers: [.silence]) { server in
            let (arrived, arrival) = AsyncStream.makeStream(of: Void.self)
            let url = server.url
            let task = Task { [transport] in
                arrival.yield()
                return await transport.failure(of: TransportRequest(method: "POST", url: url, body: .bytes([1])))
            }
            for await _ in arrived { break }
            task.cancel()
            #expect(await task.value?.code == .canceled)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func endsABodyWithItsTask(kind: TransportKind) async throws {
        let transport = kind.make()
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"
        try await RawServer.run(answers: [.bytes(answer, thenClose: false)]) { server in
            let response = try await transport.send(TransportRequest(url: server.url))
            let (arrived, arrival) = AsyncStream.makeStream(of: Void.self)
            let task = Task { () -> TransportError? in
                do throws(TransportError) {
                    for try await _ in response.body { arrival.yield() }
                    return nil
                } catch {
                    return error
                }
            }
            for await _ in arrived { break }
            task.cancel()
            #expect(await task.value?.code == .canceled)
            await server.waitUntilAConnectionEnds()
        }
    }

    @Test(arguments: TransportKind.allCases)
    func sendsManyRequestsAtATime(kind: TransportKind) async throws {
        let transport = kind.make(connections: 200)
        try await RawServer.run({ .reply(200, body: $0.body) }) { server in
            let url = server.url
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<500 {
                    group.addTask {
                        let request = TransportRequest(method: "POST", url: url, body: .bytes(Array("\(number)".utf8)))
                        let bytes = try await transport.send(request).body.collect(upTo: 100)
                        return Int(String(decoding: bytes, as: UTF8.self)) ?? -1
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 499 * 500 / 2)
            // On Linux each POST has a connection of its own with URLSession.
            if kind == .httpClient { #expect(server.connections <= 200) }
        }
    }
}
