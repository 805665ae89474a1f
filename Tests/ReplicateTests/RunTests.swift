import Foundation
import Replicate
import ReplicateAPI
import ReplicateServer
import Synchronization
import Testing

/// Runs from their create to their output.
@Suite(.timeLimit(.minutes(2)))
struct RunTests {
    private func client(_ server: RawServer) throws -> Client {
        try Client(
            token: "t", baseURL: server.url, transport: HTTPClientTransport(maximumConnections: 4), retry: .none,
            timeout: .seconds(50))
    }

    /// Far more runs than connections, each longer than a connection may take to be made.
    @Test(arguments: [(runs: 16, connections: 2, long: 2), (runs: 2000, connections: 256, long: 250)])
    func runsThatWaitForAConnectionDoNotFail(runs: Int, connections: Int, long: Int) async throws {
        var configuration = HTTPClientTransport.Configuration()
        configuration.maximumConnections = connections
        configuration.maximumLongConnections = long
        configuration.connectTimeout = .seconds(2)
        let transport = HTTPClientTransport(configuration)
        var server = EmbeddedServer.Configuration()
        server.runTime = .milliseconds(500)
        try await EmbeddedServer.withServer(server) { base in
            let client = try Client(token: "t", baseURL: base, transport: transport, timeout: .seconds(50))
            let outputs = try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<runs {
                    group.addTask {
                        try await client.run("nightshift/sleeper", input: .object(["text": .string("\(number)")])).text
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(outputs.count == runs)
        }
        await transport.shutdown()
    }

    /// As the real API is recorded to answer held creates.
    @Test func aHeldAnswerWithACompleteOutputIsLookedAtAtOnce() async throws {
        let answers: @Sendable (RawServer.Request) -> RawServer.Answer = { request in
            let status = request.method == "POST" ? "processing" : "succeeded"
            return .reply(201, body: #"{"id": "p", "status": "\#(status)", "output": "done"}"#)
        }
        try await RawServer.run(answers) { server in
            let client = try client(server)
            // Half a second is what one pause would take; a busy machine may take as long for other reasons.
            var shortest = Duration.seconds(60)
            var runs = 0
            while shortest >= .milliseconds(400), runs < 20 {
                let start = ContinuousClock.now
                #expect(try await client.run("o/n", input: ["x": 1]).text == "done")
                shortest = min(shortest, start.duration(to: .now))
                runs += 1
            }
            #expect(shortest < .milliseconds(400))
            #expect(server.requests.count == 2 * runs)
        }
    }

    @Test func aHeldAnswerWithoutOutputIsNotAskedForAgainAtOnce() async throws {
        let answers = [
            RawServer.Answer.reply(201, body: #"{"id": "p", "status": "starting"}"#),
            .reply(200, body: #"{"id": "p", "status": "succeeded", "output": "done"}"#),
        ]
        try await RawServer.run(answers: answers) { server in
            let start = ContinuousClock.now
            let output = try await client(server).run("o/n", input: ["x": 1])
            #expect(output.text == "done")
            #expect(start.duration(to: .now) >= .milliseconds(500))
        }
    }

    @Test func waitingLooksAtOnceAndThenLessAndLessOften() async throws {
        let answers = [
            RawServer.Answer.reply(200, body: #"{"id": "p", "status": "processing"}"#),
            .reply(200, body: #"{"id": "p", "status": "succeeded"}"#),
        ]
        try await RawServer.run(answers: answers) { server in
            let created = Prediction(id: "p", status: .starting)
            // The second look comes after a sixteenth of the interval, and not after an hour.
            let ended = try await client(server).wait(for: created, interval: .seconds(16))
            #expect(ended.status == .succeeded)
            #expect(server.requests.count == 2)
        }
    }

    @Test func aCommunityModelIsLookedUpOnce() async throws {
        try await RawServer.run(Self.community(known: { _ in true })) { server in
            let client = try client(server)
            for _ in 0..<3 { try await client.run("o/n", input: ["x": 1]) }
            #expect(
                server.requests.map(\.path) == ["/v1/models/o/n/predictions", "/v1/models/o/n"]
                    + Array(repeating: "/v1/predictions", count: 3))
            try await client.run("o/other", input: ["x": 1])
            #expect(server.requests.suffix(3).first?.path == "/v1/models/o/other/predictions")
        }
    }

    @Test func aVersionThatIsGoneIsLookedUpAgain() async throws {
        // The first version is taken once; then the model has another.
        let server = Self.community(known: { $0.last != "v1" || $0.count == 1 })
        try await RawServer.run(server) { server in
            let client = try client(server)
            for _ in 0..<3 { try await client.run("o/n", input: ["x": 1]) }
            #expect(
                server.requests.map(\.path) == [
                    "/v1/models/o/n/predictions", "/v1/models/o/n", "/v1/predictions", "/v1/predictions",
                    "/v1/models/o/n", "/v1/predictions", "/v1/predictions",
                ])
            #expect(server.requests.last?.body.contains("v2") == true)
        }
    }

    @Test func aRefusedInputIsNoReasonToLookAgain() async throws {
        let refusal = RawServer.Answer.reply(
            422,
            body: """
                {"title": "Input validation failed", "status": 422,
                "invalid_fields": [{"type": "required", "field": "input", "description": "x is required"}]}
                """)
        let rest = Mutex<[RawServer.Answer]>([
            .reply(404, body: #"{"detail": "not found"}"#),
            .reply(200, body: #"{"owner": "o", "name": "n", "latest_version": {"id": "v1"}}"#),
            .reply(201, body: #"{"id": "p", "status": "succeeded"}"#), refusal,
        ])
        try await RawServer.run({ _ in rest.withLock { $0.isEmpty ? refusal : $0.removeFirst() } }) { server in
            let client = try client(server)
            try await client.run("o/n", input: ["x": 1])
            let error = await #expect(throws: ReplicateError.self) { try await client.run("o/n", input: [:]) }
            #expect(error?.problem?.invalidFields.count == 1)
            #expect(server.requests.count == 4)
        }
    }

    /// What a full pool takes says nothing about the server, so a failure afterwards is met as if it came at once.
    @Test func theTimeThatACallWaitsForAConnectionIsNotThatOfItsRetries() async throws {
        let answers: [RawServer.Answer] = [
            .bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", thenClose: false), .close,
            .reply(200, body: #"{"type": "user", "username": "ada"}"#),
        ]
        try await RawServer.run(answers: answers) { server in
            let transport = HTTPClientTransport(maximumConnections: 1)
            let retry = RequestRetry(maximumAttempts: 3, initial: .milliseconds(1), deadline: .seconds(3))
            let client = try Client(
                token: "t", baseURL: server.url, transport: transport, retry: retry, timeout: .seconds(50))
            let open = try await transport.send(TransportRequest(url: server.url))
            let waiting = Task { try await client.account.get() }
            // Longer than the deadline of retries, which a busy machine must not reach by itself.
            try await Task.sleep(for: .milliseconds(3500))
            var body: TransportBody.AsyncIterator? = open.body.makeAsyncIterator()
            _ = try await body?.next()
            body = nil
            #expect(try await waiting.value.username == "ada")
            #expect(server.requests.count == 3)
        }
    }

    @Test func aVersionThatIsGoneForGoodIsToldAsItWasRefused() async throws {
        try await RawServer.run(Self.community(known: { $0.count <= 1 }, latest: { _ in "v1" })) { server in
            let client = try client(server)
            try await client.run("o/n", input: ["x": 1])
            let error = await #expect(throws: ReplicateError.self) { try await client.run("o/n", input: ["x": 1]) }
            #expect(error?.problem?.title == "Invalid version or not permitted")
        }
    }

    /// A server with community models alone.
    /// - Parameters:
    ///   - known: whether the version of the last create is one, by the versions of all creates.
    ///   - latest: the latest version, by the number of creates before.
    private static func community(
        known: @escaping @Sendable ([String]) -> Bool,
        latest: @escaping @Sendable (Int) -> String = { $0 == 0 ? "v1" : "v2" }
    ) -> @Sendable (RawServer.Request) -> RawServer.Answer {
        let creates = Versions()
        return { request in
            switch request.path {
            case "/v1/predictions":
                let version = (try? JSONValue(parsing: request.body))?["version"]?.stringValue ?? ""
                guard known(creates.add(version)) else {
                    return .reply(422, body: #"{"title": "Invalid version or not permitted", "status": 422}"#)
                }
                return .reply(201, body: #"{"id": "p", "status": "succeeded"}"#)
            case let path where path.hasSuffix("/predictions"): return .reply(404, body: #"{"detail": "not found"}"#)
            default:
                let version = latest(creates.count)
                return .reply(200, body: #"{"owner": "o", "name": "n", "latest_version": {"id": "\#(version)"}}"#)
            }
        }
    }
}

private final class Versions: Sendable {
    private let seen = Mutex<[String]>([])

    var count: Int { seen.withLock { $0.count } }

    func add(_ version: String) -> [String] {
        seen.withLock { seen in
            seen.append(version)
            return seen
        }
    }
}
