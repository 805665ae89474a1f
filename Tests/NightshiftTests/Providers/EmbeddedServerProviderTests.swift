import Foundation
import LosslessJSON
import NightshiftCore
import Replicate
import ReplicateAPI
import ReplicateServer
import Testing

@testable import Nightshift

/// The providers against the package's own server, as `provider: local` and `provider: replicate` use it.
@Suite(.timeLimit(.minutes(1)))
struct EmbeddedServerProviderTests {
    private func host(
        _ choice: ProviderChoice, model: String, baseURL: String? = nil, folder: String = "."
    ) throws -> ProviderHost {
        ProviderHost(
            choice: choice, models: [ProviderHost.Model(target: .model(try ModelReference(parsing: model)))],
            filesDirectory: folder, token: "any",
            baseURL: baseURL, connections: 16, clock: WallClock())
    }

    /// Creates a prediction and reads it until it has ended.
    private func predict(_ input: JSONValue, at provider: any Provider) async throws -> Prediction {
        var prediction = try await provider.create(CreateRequest(input: input, predictionID: "own"))
        while !prediction.status.isTerminal { prediction = try await provider.prediction(prediction.id) }
        return prediction
    }

    private func outputs(_ provider: any Provider, in folder: String) -> OutputStore {
        OutputStore(
            directory: folder, transport: provider.downloadTransport,
            settings: DownloadSettings(
                allowsLoopback: provider.allowsLoopbackDownloads, initialBackoff: .milliseconds(5),
                maximumBackoff: .milliseconds(20)))
    }

    @Test func aLocalModelGreetsWithoutTokenOrNetwork() async throws {
        try await host(.local(commands: [:]), model: "nightshift/hello-world").run { providers in
            let provider = providers[0]
            let prediction = try await predict(["text": "Ada"], at: provider)
            #expect(prediction.status == .succeeded)
            let schema = try await provider.schema()
            let greeting = try #require(prediction.output?.stringValue)
            #expect(greeting.contains("Ada"))
            let plan = OutputPlan(.string(greeting), schema: schema, baseURL: provider.baseURL)
            #expect(plan.outputs == [PlannedOutput(index: 0, content: .text(greeting), fileExtension: "txt")])
            #expect(!provider.traits.survivesRestart)
        }
    }

    @Test func aCommandIsAModel() async throws {
        let commands = ["me/echo": "cat > /dev/null; printf '\"from a command\"'"]
        try await host(.local(commands: commands), model: "me/echo").run { providers in
            let provider = providers[0]
            let prediction = try await predict(["text": "a"], at: provider)
            #expect(prediction.status == .succeeded)
            #expect(prediction.output == "from a command")
        }
    }

    @Test func anUnknownModelIsToldBeforeAnythingRuns() async throws {
        let error = await #expect(throws: ProviderSetupError.self) {
            try await host(.local(commands: [:]), model: "no/such").run { _ in }
        }
        #expect(error?.isRefusal == false)
        #expect(error?.message.hasPrefix("there is no 'no/such' at http://127.0.0.1:") == true)
    }

    @Test func anInputThatDoesNotFitIsRefusedWithItsField() async throws {
        try await host(.local(commands: [:]), model: "nightshift/hello-world").run { providers in
            let provider = providers[0]
            let error = await #expect(throws: ProviderError.self) { try await predict([:], at: provider) }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains("text is required") == true)
        }
    }

    @Test func predictionsAreListedNewestFirstAndCanBeCanceled() async throws {
        try await host(.local(commands: [:]), model: "nightshift/sleeper").run { providers in
            let provider = providers[0]
            var ids: [String] = []
            for _ in 0..<3 {
                let request = CreateRequest(input: ["seconds": 30], predictionID: "own")
                ids.append(try await provider.create(request).id)
            }
            let page = try await provider.predictions(createdAfter: .distantPast, createdBefore: nil, continuation: nil)
            #expect(page.results.map(\.id) == ids.reversed())
            for id in ids { try await provider.cancel(id) }
            let canceled = try await provider.prediction(ids[0])
            #expect(canceled.status == .canceled || canceled.status == .aborted)
            let gone = await #expect(throws: ProviderError.self) { try await provider.prediction("nosuchprediction") }
            #expect(gone?.code == .notFound)
        }
    }

    @Test func cutDownloadsEndWholeAllTheSame() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults.truncate = 0.5
        try await withTestFolder { folder in
            try await EmbeddedServer.withServer(configuration) { baseURL in
                try await host(.replicate, model: "nightshift/poster", baseURL: baseURL).run { providers in
                    let provider = providers[0]
                    let schema = try await provider.schema()
                    let outputs = outputs(provider, in: folder)
                    for seed in 0..<6 {
                        let input: JSONValue = [
                            "prompt": "a lighthouse", "seed": .number(JSONNumber(seed)), "width": 64, "height": 64,
                        ]
                        let prediction = try await predict(input, at: provider)
                        let output = try #require(prediction.output)
                        for planned in OutputPlan(output, schema: schema).outputs {
                            let stored = try await outputs.store(
                                planned, at: "\(seed).\(planned.fileExtension)", in: folder)
                            #expect(stored.mediaType == "image/png")
                            let content = try #require(bytes(ofFile: "\(folder)/\(stored.path)"))
                            #expect(content.starts(with: [0x89, 0x50, 0x4E, 0x47]))
                            #expect(content.count == Int(stored.size))
                        }
                    }
                }
            }
            #expect(files(below: folder).count == 6)
        }
    }

    @Test func largeFilesReachTheModelThroughAnUpload() async throws {
        let commands = ["me/size": "cat"]
        try await withTestFolder { folder in
            let content = patternBytes(300_000)
            try Data(content).write(to: URL(filePath: "\(folder)/scan.png"))
            let file = ItemFile(
                pointer: [.key("image")], path: "scan.png", sha256: ContentDigest.sha256(content), size: content.count)
            try await host(.local(commands: commands), model: "me/size", folder: folder).run { providers in
                let provider = providers[0]
                let input = try await provider.prepare(["image": nil], files: [file])
                let url = try #require(input["image"]?.stringValue)
                #expect(url.hasPrefix("http://127.0.0.1:"))
                let again = try await provider.prepare(["image": nil], files: [file])
                #expect(again == input)
            }
        }
    }

    @Test func answersLostAfterAcceptanceLeaveTheOutcomeOpen() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults.lostAfter = 1
        try await EmbeddedServer.withServer(configuration) { baseURL in
            try await host(.replicate, model: "nightshift/hello-world", baseURL: baseURL).run { providers in
                let provider = providers[0]
                let request = CreateRequest(input: ["text": "lost"], predictionID: "own")
                let error = await #expect(throws: ProviderError.self) { try await provider.create(request) }
                #expect(error?.code == .unknownOutcome)
                // The list shows what became of it.
                let page = try await provider.predictions(
                    createdAfter: .distantPast, createdBefore: nil, continuation: nil)
                #expect(page.results.map(\.input) == [["text": "lost"]])
            }
        }
    }
}
