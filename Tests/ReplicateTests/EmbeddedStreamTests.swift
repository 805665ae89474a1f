import Foundation
import Replicate
import ReplicateAPI
import ReplicateServer
import Testing

/// Streams and webhooks of the package's own server, over real connections.
@Suite(.timeLimit(.minutes(2)))
struct EmbeddedStreamTests {
    private let transport = HTTPClientTransport(maximumConnections: 32)

    private func client(_ base: String) throws -> Client {
        let retry = RequestRetry(maximumAttempts: 20, initial: .milliseconds(1), maximum: .milliseconds(20))
        return try Client(token: "t", baseURL: base, transport: transport, retry: retry, timeout: .seconds(50))
    }

    @Test func aTextArrivesWhileTheModelRunsAndIsTheOutput() async throws {
        var configuration = EmbeddedServer.Configuration()
        // Long enough for a read on a busy machine.
        configuration.runTime = .seconds(4)
        try await EmbeddedServer.withServer(configuration) { base in
            let client = try client(base)
            let stream = try await client.stream(
                "nightshift/storyteller", input: ["prompt": "a robot", "sentences": 20])
            var text = ""
            var early: PredictionStatus?
            for try await piece in stream.text {
                if early == nil { early = try await client.predictions.get(stream.prediction.id).status }
                text += piece
            }
            #expect(early == .processing)
            let done = try await client.predictions.get(stream.prediction.id)
            #expect(done.status == .succeeded)
            #expect(client.output(of: done).text == text)
        }
    }

    @Test func noPieceIsLostOrRepeatedWhenStreamsAreCut() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults = try Faults(parsing: "stream-cut=0.7,5xx-reads=0.1,seed=5")
        try await EmbeddedServer.withServer(configuration) { base in
            let client = try client(base)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        let stream = try await client.stream(
                            "nightshift/storyteller", input: ["prompt": .string("robot \(number)"), "sentences": 15])
                        var text = ""
                        var ends: [StreamEvent] = []
                        for try await event in stream {
                            if case .output(let piece) = event { text += piece }
                            if case .done = event { ends.append(event) }
                        }
                        let done = try await client.predictions.get(stream.prediction.id)
                        #expect(client.output(of: done).text == text)
                        #expect(ends == [.done(.succeeded)])
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func theEndOfAPredictionIsTold() async throws {
        try await EmbeddedServer.withServer { base in
            let client = try client(base)
            var events: [StreamEvent] = []
            for try await event in try await client.stream(
                "nightshift/sleeper:\(try await version(client))", input: ["seconds": 0, "fail": "boom"])
            {
                events.append(event)
            }
            #expect(events.suffix(2) == [.error("boom"), .done(.failed)])

            let stream = try await client.stream(
                "nightshift/sleeper:\(try await version(client))", input: ["seconds": 600])
            try await client.predictions.cancel(stream.prediction.id)
            var last: StreamEvent?
            for try await event in stream { last = event }
            #expect(last == .done(.canceled))
        }
    }

    @Test func cancelingTheReaderCancelsThePredictionAtTheServer() async throws {
        try await EmbeddedServer.withServer { base in
            let client = try client(base)
            let version = try await version(client)
            let reading = Task {
                for try await _ in try await client.stream("nightshift/sleeper:\(version)", input: ["seconds": 600]) {}
            }
            var id: String?
            while id == nil {
                id = try await client.predictions.list().results.first { $0.status == .processing }?.id
            }
            reading.cancel()
            await #expect(throws: ReplicateError.self) { try await reading.value }
            #expect(try await client.predictions.get(try #require(id)).status == .canceled)
        }
    }

    @Test func filesAreStreamedAsAddresses() async throws {
        try await EmbeddedServer.withServer { base in
            let client = try client(base)
            var outputs: [String] = []
            for try await event in try await client.stream("nightshift/poster", input: ["prompt": "night"]) {
                if case .output(let address) = event { outputs.append(address) }
            }
            let address = try #require(outputs.first)
            #expect(outputs.count == 1)
            #expect(try await client.file(at: address).data().prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
        }
    }

    // MARK: - Webhooks

    @Test func deliveriesAreGenuineAndTellTheEnd() async throws {
        try await RawServer.run(answers: [.reply(200)]) { receiver in
            try await EmbeddedServer.withServer { base in
                let client = try client(base)
                let options = PredictionOptions(
                    webhook: "\(receiver.url)/hook?item=5", webhookEvents: [.start, .completed])
                let prediction = try await client.predictions.create(
                    .model(owner: "nightshift", name: "hello-world"), input: ["text": "Ada"], options: options)
                let secret = try WebhookSecret(EmbeddedServer.Configuration().webhookSecret)
                while receiver.requests.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
                let deliveries = try receiver.requests.map { request in
                    #expect(request.path == "/hook?item=5")
                    return try Webhook.receive(
                        headers: HeaderFields(request.headers), body: Data(request.body.utf8), secret: secret)
                }
                #expect(deliveries.map(\.prediction.id) == [prediction.id, prediction.id])
                #expect(deliveries.map(\.prediction.status) == [.processing, .succeeded])
                #expect(deliveries[1].prediction.output == "hello Ada")
                let forged = receiver.requests[1]
                #expect(throws: WebhookError.wrongSignature) {
                    try Webhook.verify(
                        headers: HeaderFields(forged.headers), body: Data((forged.body + " ").utf8), secret: secret)
                }
            }
        }
    }

    private func version(_ client: Client) async throws -> String {
        try #require(try await client.models.get("nightshift", "sleeper").latestVersion?.id)
    }
}
