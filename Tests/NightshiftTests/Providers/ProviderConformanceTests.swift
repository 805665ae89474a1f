import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import ReplicateServer
import Testing

@testable import Nightshift

/// A provider with a model, and what is to be sent to see it succeed, fail, take its time, and refuse. A fourth provider is
/// added to the list, and has to do all that the tests below ask.
struct ConformingProvider: Sendable, CustomTestStringConvertible {
    let name: String
    /// The inputs of runs that answer with a text, fail, take 20 seconds, and do not fit the model.
    var succeeding: JSONValue = ["seconds": 0, "text": "a"]
    var output: JSONValue
    var failing: JSONValue
    var slow: JSONValue = ["seconds": 20, "text": "a"]
    var unfit: JSONValue
    /// Gives a provider to work with, as a run of a manifest has it.
    let with: @Sendable (_ folder: String, _ body: (any Provider) async throws -> Void) async throws -> Void

    var testDescription: String { name }

    static let all: [ConformingProvider] =
        [
            ConformingProvider(
                name: "replicate", output: "a", failing: ["seconds": 0, "fail": "deliberate failure"],
                unfit: ["seconds": "long"]
            ) { folder, body in
                try await EmbeddedServer.withServer { baseURL in
                    try await host(.replicate, folder, baseURL: baseURL).run { try await body($0[0]) }
                }
            },
            ConformingProvider(
                name: "local", output: "a", failing: ["seconds": 0, "fail": "deliberate failure"],
                unfit: ["seconds": "long"]
            ) { folder, body in
                try await host(.local(commands: [:]), folder).run { try await body($0[0]) }
            },
        ]
        + StandInCog.Generation.allCases.map { generation in
            ConformingProvider(
                name: "cog, \(generation.rawValue)", output: "hello a", failing: ["text": "a", "mode": "fail"],
                unfit: ["seconds": 0]
            ) { folder, body in
                let servers = try (0..<2).map { _ in try StandInCog(generation) }
                try await host(.cog(servers: servers.map(\.url)), folder).run { try await body($0[0]) }
            }
        }

    private static func host(_ choice: ProviderChoice, _ folder: String, baseURL: String? = nil) throws -> ProviderHost
    {
        ProviderHost(
            choice: choice,
            models: [ProviderHost.Model(target: .model(try ModelReference(parsing: "nightshift/sleeper")))],
            filesDirectory: folder, token: "any", baseURL: baseURL, connections: 16, clock: WallClock())
    }
}

/// What a run relies on at any provider.
@Suite(.timeLimit(.minutes(2)))
struct ProviderConformanceTests {
    private func request(_ input: JSONValue, _ id: String = UUID().uuidString) -> CreateRequest {
        CreateRequest(input: input, predictionID: id)
    }

    /// Creates a prediction and reads it until it has ended.
    private func predict(_ input: JSONValue, at provider: any Provider) async throws -> Prediction {
        var prediction = try await provider.create(request(input))
        if provider.traits.answersWhenFinished { #expect(prediction.status.isTerminal) }
        while !prediction.status.isTerminal { prediction = try await provider.prediction(prediction.id) }
        return prediction
    }

    @Test(arguments: ConformingProvider.all)
    func aResultCarriesItsOutputAndWhatItCost(_ conformer: ConformingProvider) async throws {
        try await conformer.with(".") { provider in
            let prediction = try await predict(conformer.succeeding, at: provider)
            #expect(prediction.status == .succeeded)
            #expect(prediction.output == conformer.output)
            #expect(prediction.predictTime != nil)
            #expect(!prediction.id.isEmpty)
        }
    }

    @Test(arguments: ConformingProvider.all)
    func aFailureOfTheModelIsAResultWithItsWords(_ conformer: ConformingProvider) async throws {
        try await conformer.with(".") { provider in
            let prediction = try await predict(conformer.failing, at: provider)
            #expect(prediction.status == .failed)
            #expect(prediction.error?.description.contains("deliberate failure") == true)
        }
    }

    @Test(arguments: ConformingProvider.all)
    func anInputThatDoesNotFitIsRefusedForGood(_ conformer: ConformingProvider) async throws {
        try await conformer.with(".") { provider in
            let error = await #expect(throws: ProviderError.self) {
                try await provider.create(request(conformer.unfit))
            }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.isEmpty == false)
        }
    }

    @Test(arguments: ConformingProvider.all)
    func predictionsAtTheSameTimeHaveNamesOfTheirOwn(_ conformer: ConformingProvider) async throws {
        try await conformer.with(".") { provider in
            let count = min(8, max(2, provider.usualConcurrency))
            var creates: [CreateRequest] = []
            for _ in 0..<count { creates.append(request(conformer.succeeding)) }
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for create in creates { group.addTask { try await provider.create(create).id } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == count)
        }
    }

    @Test(arguments: ConformingProvider.all)
    func whoGivesUpWaitingIsFreeAtOnce(_ conformer: ConformingProvider) async throws {
        try await conformer.with(".") { provider in
            let create = request(conformer.slow, "given-up")
            let start = ContinuousClock.now
            let waiting = Task { try await provider.create(create) }
            if provider.traits.answersWhenFinished {
                waiting.cancel()
                await #expect(throws: (any Error).self) { try await waiting.value }
            } else {
                let prediction = try await waiting.value
                #expect(!prediction.status.isTerminal)
                try await provider.cancel(prediction.id)
                let canceled = try await provider.prediction(prediction.id)
                #expect([.canceled, .aborted].contains(canceled.status))
            }
            #expect(start.duration(to: .now) < .seconds(15), "long before the model would have ended")
        }
    }

    @Test(arguments: ConformingProvider.all)
    func whatItRemembersCanBeReadAndListed(_ conformer: ConformingProvider) async throws {
        try await conformer.with(".") { provider in
            guard provider.traits.remembersPredictions else {
                #expect(provider.traits.answersWhenFinished, "else nobody would ever hear of a result")
                return
            }
            var ids: [String] = []
            for _ in 0..<3 { ids.append(try await provider.create(request(conformer.succeeding)).id) }
            let page = try await provider.predictions(
                createdAfter: .distantPast, createdBefore: nil, continuation: nil)
            #expect(page.results.prefix(3).map(\.id) == ids.reversed())
            let gone = await #expect(throws: ProviderError.self) { try await provider.prediction("nosuchprediction") }
            #expect(gone?.code == .notFound)
        }
    }

    @Test(arguments: ConformingProvider.all)
    func aFileBecomesPartOfTheInputThatIsRecorded(_ conformer: ConformingProvider) async throws {
        try await withTestFolder { folder in
            let content = patternBytes(1000)
            try Data(content).write(to: URL(filePath: "\(folder)/scan.png"))
            let file = ItemFile(
                pointer: [.key("image")], path: "scan.png", sha256: ContentDigest.sha256(content), size: content.count)
            try await conformer.with(folder) { provider in
                let input = try await provider.prepare(["image": nil, "text": "a"], files: [file])
                let text = try #require(input["image"]?.stringValue)
                #expect(text.hasPrefix("data:image/png;base64,") || text.hasPrefix("http"))
                #expect(input["text"] == "a")
                #expect(try await provider.prepare(["image": nil, "text": "a"], files: [file]) == input)
                let changed = ItemFile(
                    pointer: [.key("image")], path: "scan.png", sha256: String(repeating: "0", count: 64), size: 1000)
                await #expect(throws: ProviderError.self, "the file is another than the item was made with") {
                    try await provider.prepare(["image": nil], files: [changed])
                }
            }
        }
    }
}
