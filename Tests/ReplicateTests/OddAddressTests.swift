import Foundation
import Replicate
import ReplicateAPI
import Testing

/// Addresses that nobody can speak to, from arguments, answers and redirects: each is an error with a sentence.
@Suite(.timeLimit(.minutes(1)))
struct OddAddressTests {
    private let transport = HTTPClientTransport(maximumConnections: 4)

    private static let ports = ["0", "65536", "99999", "18446744073709551617", "-1", "+80"]

    @Test(arguments: ports)
    func aBaseWithoutSuchAPortIsRefused(port: String) {
        let error = #expect(throws: ReplicateError.self) {
            try Client(token: "t", baseURL: "http://127.0.0.1:\(port)/v1")
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test func theSentenceNamesThePort() {
        let error = #expect(throws: ReplicateError.self) {
            try Client(token: "t", baseURL: "http://127.0.0.1:99999/v1")
        }
        #expect(error?.message == "the base URL of the API has the port '99999'; expected one from 1 to 65535")
    }

    @Test(arguments: ports)
    func theTransportSendsNothingThere(port: String) async {
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(TransportRequest(url: "http://127.0.0.1:\(port)/x"))
        }
        #expect(error?.delivery == .notSent)
    }

    @Test(arguments: ports)
    func filesStreamsPagesAndRedirectsLeadNowhereThere(port: String) async throws {
        let odd = "http://127.0.0.1:\(port)/x"
        try await RawServer.run({ request in
            switch request.path {
            case "/file": .reply(302, headers: ["Location": odd])
            default: .reply(200, body: #"{"id": "p", "status": "processing", "urls": {"stream": "\#(odd)"}}"#)
            }
        }) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            await #expect(throws: ReplicateError.self) { try await client.file(at: odd).data() }
            await #expect(throws: ReplicateError.self) { try await client.file(at: "\(server.url)/file").data() }
            await #expect(throws: ReplicateError.self) { try await client.page(at: odd, of: Prediction.self) }
            await #expect(throws: ReplicateError.self) { try await client.request("GET", odd) }
            let stream = try await client.stream("o/n", input: [:])
            await #expect(throws: ReplicateError.self) { for try await _ in stream {} }
        }
    }

    /// Time-outs and policies of any size are used as the longest that makes sense.
    @Test func anyDurationCanBeGiven() async throws {
        let longest = Duration.seconds(Int64.max)
        try await RawServer.run(answers: [.reply(200, body: #"{"id": "p", "status": "succeeded"}"#)]) { server in
            let client = try Client(
                token: "t", baseURL: server.url, transport: transport,
                retry: RequestRetry(
                    maximumAttempts: .max, initial: longest, factor: .infinity, maximum: longest, deadline: longest),
                timeout: longest)
            #expect(try await client.predictions.get("p").status == .succeeded)
            let done = try await client.wait(
                for: Prediction(id: "p", status: .starting), interval: .zero - longest, timeout: longest)
            #expect(done.status == .succeeded)
            #expect(try await client.run("o/n", input: [:], wait: .block(timeout: longest)).json == nil)
        }
    }

    @Test(arguments: [0, 1, 2, 1e300, .infinity, .nan, -1] as [Double])
    func anyFactorGivesAWait(factor: Double) throws {
        var generator = SeededGenerator(seed: 3)
        let longest = Duration.seconds(Int64.max)
        var error = ReplicateError(.throttled, "x", delivery: .refused)
        for asked in [nil, .zero, .seconds(5), longest, .zero - longest] as [Duration?] {
            error.retryAfter = asked
            for maximum in [Duration.zero, .seconds(30), longest] {
                let retry = RequestRetry(
                    maximumAttempts: .max, initial: .milliseconds(500), factor: factor, maximum: maximum,
                    deadline: longest)
                for attempt in [1, 2, 1000] {
                    let delay = retry.delay(
                        afterAttempt: attempt, error: error, isIdempotent: true, elapsed: longest, using: &generator)
                    #expect(delay.map { $0 >= .zero && $0 <= .seconds(3_000_000_000) } ?? true)
                }
            }
        }
    }

    @Test(arguments: ["-5", "99999999999999999999", "1e3", "nan", "+7", ""])
    func aLengthThatIsNoneDoesNotMatter(length: String) async throws {
        // Framed by chunks, so that the length says nothing to the library below.
        let answer = RawServer.Answer.bytes(
            "HTTP/1.1 200 OK\r\nX-Length: \(length)\r\nContent-Range: bytes \(length)-\(length)/\(length)\r\n"
                + "Ratelimit-Remaining: \(length)\r\nRatelimit-Reset: \(length)\r\nRetry-After: \(length)\r\n"
                + "Date: Sun, \(length) Nov \(length) 08:49:37 GMT\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            thenClose: false)
        try await RawServer.run(answers: [answer]) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            #expect(try await client.file(at: "\(server.url)/f").data() == Data("hello".utf8))
            await #expect(throws: ReplicateError.self) {
                try await client.predictions.create(.version("v"), input: [:] as InputValue)
            }
        }
    }
}
