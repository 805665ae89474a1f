import Foundation
import Replicate
import ReplicateAPI
import ReplicateServer
import Testing

/// Runs, streams, uploads and downloads against the package's own server, which misbehaves, with each transport.
@Suite(.timeLimit(.minutes(1)))
struct EmbeddedTransportTests {
    private func withClient(
        _ kind: TransportKind, faults: String = "", commands: [String: String] = [:],
        _ body: (Client) async throws -> Void
    ) async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults = try Faults(parsing: faults)
        configuration.commands = commands
        try await EmbeddedServer.withServer(configuration) { base in
            var retry = RequestRetry()
            retry.initial = .milliseconds(1)
            retry.maximumAttempts = 20
            try await body(
                try Client(
                    token: "r8_test", baseURL: base, transport: kind.make(), retry: retry, timeout: .seconds(50)))
        }
    }

    @Test(arguments: TransportKind.allCases)
    func runs(kind: TransportKind) async throws {
        try await withClient(kind, faults: "5xx-reads=0.2,seed=2") { client in
            #expect(try await client.run("nightshift/hello-world", input: ["text": "Ada"]).text == "hello Ada")
            let version = try #require(try await client.models.get("nightshift", "sleeper").latestVersion?.id)
            let held = try await client.predictions.create(
                .version(version), input: ["seconds": 0.3, "text": "now"],
                options: PredictionOptions(wait: .seconds(9)))
            #expect(held.output == "now")
            let long = try await client.predictions.create(.version(version), input: ["seconds": 600])
            #expect(try await client.predictions.cancel(long.id).status == .canceled)
            #expect(try await client.models.search("poster").results.map(\.name).contains("poster"))
            let error = try await #require(throws: ReplicateError.self) { try await client.models.get("no", "body") }
            #expect(error.code == .notFound)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func createsOnceThoughAnswersAreLost(kind: TransportKind) async throws {
        try await withClient(kind, faults: "lost-after=0.5,lost-before=0.2,seed=4") { client in
            let target = PredictionTarget.model(owner: "nightshift", name: "hello-world")
            var lost = 0
            for number in 0..<30 {
                do {
                    _ = try await client.predictions.create(target, input: ["text": .string("\(number)")])
                } catch let error as ReplicateError {
                    #expect(error.code == .connectionLost)
                    #expect(!error.isCertainlyNotAccepted)
                    lost += 1
                }
            }
            var texts: [String] = []
            for try await prediction in client.paginate({ try await client.predictions.list() }) {
                texts.append(prediction.input["text"]?.stringValue ?? "")
            }
            #expect(lost > 5)
            #expect(Set(texts).count == texts.count)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func streamsAndLosesNothingWhenStreamsAreCut(kind: TransportKind) async throws {
        try await withClient(kind, faults: "stream-cut=0.7,seed=5") { client in
            for number in 0..<4 {
                let stream = try await client.stream(
                    "nightshift/storyteller", input: ["prompt": .string("robot \(number)"), "sentences": 15])
                var text = ""
                for try await piece in stream.text { text += piece }
                let done = try await client.predictions.get(stream.prediction.id)
                #expect(client.output(of: done).text == text)
            }
        }
    }

    @Test(arguments: TransportKind.allCases)
    func uploadsAndDownloads(kind: TransportKind) async throws {
        let commands = [
            "me/count": #"python3 -c 'import json,os,sys; print(os.path.getsize(json.load(sys.stdin)["file"]))'"#
        ]
        try await withClient(kind, faults: "truncate=0.4,5xx-downloads=0.3,seed=6", commands: commands) { client in
            let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await withTemporaryFile(bytes) { path in
                let output = try await client.run("me/count", input: ["file": .file(.path(path))])
                #expect(output.json == 3_000_000)
            }
            for seed in 0..<5 {
                let poster = try await client.run(
                    "nightshift/poster", input: ["prompt": "night", "seed": .integer(seed)])
                let data = try await #require(poster.files.first).data()
                #expect(data.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
                #expect(data.suffix(8) == Data([0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]))
            }
        }
    }
}
