import Foundation
import LosslessJSON
import NightshiftCore
import Replicate
import ReplicateAPI
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct CogProviderTests {
    private static var quickTimes: CogProvider.Times {
        var times = CogProvider.Times()
        times.busy = [.milliseconds(2), .milliseconds(4), .milliseconds(8)]
        times.orphan = Array(repeating: .milliseconds(5), count: 20)
        times.quickLoss = .seconds(600)
        times.watch = .milliseconds(40)
        times.watchFailures = 2
        times.healthTimeout = .seconds(2)
        times.firstLook = .milliseconds(10)
        times.longestLook = .milliseconds(30)
        times.longestLookWithoutHope = .milliseconds(30)
        return times
    }

    /// Gives `body` a provider over servers, with its keeper running.
    private func withProvider<Result: Sendable>(
        _ urls: [String], folder: String = "/nonexistent", times: CogProvider.Times = quickTimes,
        _ body: (CogProvider) async throws -> Result
    ) async throws -> Result {
        let transport = HTTPClientTransport(CogProvider.transportConfiguration)
        let provider = CogProvider(
            servers: urls, transport: transport, downloadTransport: transport, filesDirectory: folder, times: times)
        do {
            let result = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await provider.run() }
                defer { group.cancelAll() }
                return try await body(provider)
            }
            await transport.shutdown()
            return result
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    private func request(_ id: String = "p1", _ input: JSONValue = ["text": "a"]) -> CreateRequest {
        CreateRequest(input: input, predictionID: id)
    }

    @Test(arguments: StandInCog.Generation.allCases)
    func aCreateIsAnsweredByTheResult(generation: StandInCog.Generation) async throws {
        let server = try StandInCog(generation)
        try await withProvider([server.url + "/"]) { provider in
            let prediction = try await provider.create(request("item-1.2", ["text": "a", "image": nil]))
            #expect(prediction.id == "item-1.2")
            #expect(prediction.status == .succeeded)
            #expect(prediction.output == "hello a")
            #expect(prediction.predictTime != nil)
            let creates = server.requests.filter { $0.method == "PUT" }
            #expect(creates.map(\.path) == ["/predictions/item-1.2"])
            #expect(creates[0].headers["prefer"] == nil)
            // The current generation refuses an explicit null.
            #expect(try JSONValue(parsing: creates[0].bodyText) == ["input": ["text": "a"]])
        }
    }

    @Test(arguments: StandInCog.Generation.allCases)
    func aFailingModelIsAFailedPredictionNotAnError(generation: StandInCog.Generation) async throws {
        let server = try StandInCog(generation)
        try await withProvider([server.url]) { provider in
            let prediction = try await provider.create(request("p1", ["text": "a", "mode": "fail"]))
            #expect(prediction.status == .failed)
            #expect(prediction.error?.contains("deliberate failure") == true)
        }
    }

    @Test(arguments: StandInCog.Generation.allCases)
    func anInputThatDoesNotFitIsNamedField(generation: StandInCog.Generation) async throws {
        let server = try StandInCog(generation)
        try await withProvider([server.url]) { provider in
            let error = await #expect(throws: ProviderError.self) { try await provider.create(request("p1", [:])) }
            #expect(error?.code == .invalidInput)
            #expect(error?.message == "\(server.url) the input was refused: text: Field required")
        }
    }

    @Test func workIsSpreadOverTheServersOneAtATimeEach() async throws {
        let servers = [try StandInCog(.older), try StandInCog(.current), try StandInCog(.current)]
        try await withProvider(servers.map(\.url)) { provider in
            let statuses = try await withThrowingTaskGroup(of: PredictionStatus.self) { group in
                for number in 0..<24 {
                    group.addTask {
                        try await provider.create(
                            CreateRequest(input: ["text": "a", "seconds": 0.02], predictionID: "p\(number)")
                        ).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count == 24)
            #expect(statuses.allSatisfy { $0 == .succeeded })
        }
        #expect(servers.allSatisfy { $0.mostAtATime == 1 && $0.predictions > 0 })
        #expect(servers.map(\.predictions).reduce(0, +) == 24)
    }

    @Test(arguments: [1, 3, 9])
    func atCapacityMeansToWaitNotToFail(refusals: Int) async throws {
        let server = try StandInCog()
        server.refuse(refusals)
        try await withProvider([server.url]) { provider in
            let prediction = try await provider.create(request())
            #expect(prediction.status == .succeeded)
        }
        #expect(server.predictions == 1)
    }

    @Test(arguments: StandInCog.Generation.allCases)
    func aServerThatIsStillStartingIsWaitedFor(generation: StandInCog.Generation) async throws {
        let server = try StandInCog(generation)
        server.setHealth("STARTING")
        try await withProvider([server.url]) { provider in
            async let prediction = provider.create(request())
            while server.requests.filter({ $0.path == "/health-check" }).count < 2 { await Task.yield() }
            server.setHealth("READY")
            let status = try await prediction.status
            #expect(status == .succeeded)
        }
    }

    @Test(arguments: StandInCog.Generation.allCases)
    func anOrphanUnderTheSameIDIsCanceledAndComputedAgain(generation: StandInCog.Generation) async throws {
        let server = try StandInCog(generation)
        server.runOrphan("orphan-1")
        try await withProvider([server.url]) { provider in
            let prediction = try await provider.create(request("orphan-1"))
            #expect(prediction.status == .succeeded)
            #expect(prediction.output == "hello a")
        }
        #expect(server.requests.contains { $0.path == "/predictions/orphan-1/cancel" })
        #expect(server.predictions == 1)
    }

    @Test func aDeadServerIsLeftAsideUntilItComesBack() async throws {
        let (dead, alive) = (try StandInCog(isDown: true), try StandInCog())
        try await withProvider([dead.url, alive.url]) { provider in
            for number in 0..<4 {
                let prediction = try await provider.create(request("p\(number)"))
                #expect(prediction.status == .succeeded)
            }
            #expect(alive.predictions == 4)

            dead.comeUp()
            while dead.predictions == 0 {
                async let first = provider.create(request("q1", ["text": "a", "seconds": 0.01]))
                async let second = provider.create(request("q2", ["text": "a", "seconds": 0.01]))
                _ = try await (first, second)
            }
        }
    }

    @Test func whenNoServerAnswersNothingWasSent() async throws {
        let server = try StandInCog(isDown: true)
        try await withProvider([server.url]) { provider in
            let error = await #expect(throws: ProviderError.self) { try await provider.create(request()) }
            #expect(error?.code == .notSent)
            #expect(error?.message.hasPrefix("no Cog server answers (\(server.url): ") == true)
        }
    }

    @Test func whenEveryServerIsBrokenTheRunHasNoModel() async throws {
        let server = try StandInCog()
        server.setHealth("UNHEALTHY")
        try await withProvider([server.url]) { provider in
            let error = await #expect(throws: ProviderError.self) { try await provider.create(request()) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("its health is UNHEALTHY") == true)
        }
    }

    @Test(arguments: ["lose", "crash"])
    func aServerThatDiesInTheMiddleLeavesTheOutcomeOpen(mode: String) async throws {
        let server = try StandInCog()
        try await withProvider([server.url]) { provider in
            let input: JSONValue = ["text": "a", "seconds": 0.01, "mode": .string(mode)]
            let error = await #expect(throws: ProviderError.self) { try await provider.create(request("p1", input)) }
            #expect(error?.code == .unknownOutcome)
            // It is back as soon as its health says so.
            let next = try await provider.create(request("p2"))
            #expect(next.status == .succeeded)
        }
    }

    @Test func aConnectionThatBreaksAtOnceIsTriedOnceMore() async throws {
        let server = try LoopbackServer { request, count in
            count == 0 ? .lost : .json(#"{"id":"p1","status":"succeeded","output":"x","logs":"","metrics":{}}"#)
        }
        try await withProvider([server.url]) { provider in
            let prediction = try await provider.create(request())
            #expect(prediction.output == "x")
        }
    }

    @Test func aServerThatFallsSilentIsGivenUp() async throws {
        let release = DispatchSemaphore(value: 0)
        let server = try LoopbackServer { request, _ in
            if request.path != "/health-check" || request.method == "GET" { release.wait() }
            return .lost
        }
        defer { for _ in 0..<50 { release.signal() } }
        var times = CogProviderTests.quickTimes
        times.healthTimeout = .milliseconds(50)
        try await withProvider([server.url], times: times) { provider in
            let error = await #expect(throws: ProviderError.self) { try await provider.create(request()) }
            #expect(error?.code == .unknownOutcome)
            #expect(error?.message.contains("gone in the middle") == true)
        }
    }

    @Test func aPredictionThatTakesTooLongIsCanceled() async throws {
        let server = try StandInCog()
        try await withProvider([server.url]) { provider in
            var request = request("p1", ["text": "a", "seconds": 30])
            request.cancelAfter = .milliseconds(50)
            let prediction = try await provider.create(request)
            #expect(prediction.status == .canceled)
        }
    }

    @Test func aRunningPredictionCanBeCanceledByItsID() async throws {
        let server = try StandInCog()
        try await withProvider([server.url]) { provider in
            async let prediction = provider.create(request("p1", ["text": "a", "seconds": 30]))
            while server.runningIDs.isEmpty { await Task.yield() }
            try await provider.cancel("p1")
            let status = try await prediction.status
            #expect(status == .canceled)
            await #expect(throws: ProviderError.self) { try await provider.cancel("p1") }
        }
    }

    @Test func cancelingTheTaskEndsTheWaitForASlot() async throws {
        let server = try StandInCog()
        try await withProvider([server.url]) { provider in
            let busy = Task { try await provider.create(request("p1", ["text": "a", "seconds": 30])) }
            while server.runningIDs.isEmpty { await Task.yield() }
            let waiting = Task { try await provider.create(request("p2")) }
            waiting.cancel()
            await #expect(throws: ProviderError.self) { try await waiting.value }
            try await provider.cancel("p1")
            _ = try await busy.value
        }
        #expect(server.predictions == 1)
    }

    @Test func idsThatCannotStandInAPathAreReplaced() async throws {
        let server = try StandInCog()
        try await withProvider([server.url]) { provider in
            let id = try await provider.create(request("a/b c")).id
            #expect(id.hasPrefix("sha256-"))
            let again = try await provider.create(request("a/b c"))
            #expect(again.id == id)
        }
    }

    @Test func filesTravelAsDataURIs() async throws {
        try await withTestFolder { folder in
            let content = patternBytes(400_000)
            try Data(content).write(to: URL(filePath: "\(folder)/scan.png"))
            let file = ItemFile(
                pointer: [.key("images"), .index(1)], path: "scan.png", sha256: ContentDigest.sha256(content),
                size: content.count)
            try await withProvider(["http://127.0.0.1:1"], folder: folder) { provider in
                let input = try await provider.prepare(["images": ["x", nil]], files: [file])
                let uri = try #require(input["images"]?[1]?.stringValue)
                #expect(DataURI(uri) == DataURI(mediaType: "image/png", bytes: content))

                try Data([1]).write(to: URL(filePath: "\(folder)/scan.png"))
                let changed = await #expect(throws: ProviderError.self) {
                    try await provider.prepare(["images": ["x", nil]], files: [file])
                }
                #expect(changed?.code == .unreadableInput)
                #expect(changed?.message.contains("'scan.png' has changed") == true)

                try FileManager.default.removeItem(atPath: "\(folder)/scan.png")
                let gone = await #expect(throws: ProviderError.self) {
                    try await provider.prepare(["images": ["x", nil]], files: [file])
                }
                #expect(gone?.code == .unreadableInput)
                #expect(gone?.message.contains("\(folder)/scan.png': no such file or directory") == true)
            }
        }
    }
}
