import Replicate
import Testing

/// What the transport over AsyncHTTPClient does besides.
@Suite(.timeLimit(.minutes(1)))
struct HTTPClientTransportTests {
    @Test func decodesNothing() async throws {
        let transport = HTTPClientTransport(maximumConnections: 1)
        try await RawServer.run(answers: [.reply(200, headers: ["Content-Encoding": "gzip"], body: "x")]) { server in
            let response = try await transport.send(TransportRequest(url: server.url))
            #expect(try await response.body.collect(upTo: 10) == [UInt8(ascii: "x")])
            #expect(response.headers["content-encoding"] == "gzip")
            #expect(server.requests[0].headers["accept-encoding"] == nil)
        }
    }

    @Test func failsAfterItWasShutDown() async {
        let transport = HTTPClientTransport()
        await transport.shutdown()
        await transport.shutdown()
        let error = await transport.failure(
            of: TransportRequest(method: "POST", url: "http://127.0.0.1:9/", body: .bytes([1])))
        #expect(error?.delivery == .notSent)
    }
}
