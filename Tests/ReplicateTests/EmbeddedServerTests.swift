import Foundation
import LosslessJSON
import Replicate
import ReplicateAPI
import ReplicateServer
import Testing

/// The client against the package's own server, over real connections.
@Suite(.timeLimit(.minutes(1)))
struct EmbeddedServerTests {
    private let transport = HTTPClientTransport(maximumConnections: 16)

    private func client(_ base: String, token: String = "r8_test", retry: RequestRetry = .none) throws -> Client {
        try Client(token: token, baseURL: base, transport: transport, retry: retry, timeout: .seconds(50))
    }

    private func withClient(
        _ configuration: EmbeddedServer.Configuration = .init(), _ body: (Client) async throws -> Void
    ) async throws {
        try await EmbeddedServer.withServer(configuration) { base in try await body(try client(base)) }
    }

    private func failure(_ body: () async throws -> Void) async throws -> ReplicateError {
        try await #require(throws: ReplicateError.self) { try await body() }
    }

    // MARK: - Running

    @Test func runsOfficialAndCommunityModelsAndVersions() async throws {
        try await withClient { client in
            #expect(try await client.run("nightshift/hello-world", input: ["text": "Ada"]).text == "hello Ada")
            let sleep: JSONValue = ["seconds": 0, "text": "done"]
            #expect(try await client.run("nightshift/sleeper", input: sleep).text == "done")
            let version = try #require(try await client.models.get("nightshift", "sleeper").latestVersion?.id)
            #expect(try await client.run("nightshift/sleeper:\(version)", input: sleep).text == "done")
            #expect(try await client.run(version, input: sleep, wait: .poll(interval: .milliseconds(1))).text == "done")
        }
    }

    @Test func tellsAFailedRunWithItsPrediction() async throws {
        try await withClient { client in
            let error = try await failure {
                _ = try await client.run("nightshift/sleeper", input: ["seconds": 0, "fail": "out of memory (E1001)"])
            }
            #expect(error.code == .predictionFailed)
            #expect(error.prediction?.error == "out of memory (E1001)")
        }
    }

    @Test(arguments: ["version", "model", "deployment"])
    func createsByVersionOfficialModelAndDeployment(way: String) async throws {
        try await withClient { client in
            let version = try #require(try await client.models.get("nightshift", "hello-world").latestVersion?.id)
            let target: PredictionTarget =
                switch way {
                case "version": .version(version)
                case "model": .model(owner: "nightshift", name: "hello-world")
                default: .deployment(owner: "nightshift", name: "hello-world")
                }
            let created = try await client.predictions.create(target, input: ["text": "Ada"])
            #expect(created.input == ["text": "Ada"])
            #expect(created.deployment == (way == "deployment" ? "hello-world" : nil))
            var seen: [PredictionStatus] = []
            let done = try await client.wait(
                for: created, interval: .milliseconds(1), progress: { seen.append($0.status) })
            #expect(done.status == .succeeded)
            #expect(done.output == "hello Ada")
            #expect(done.predictTime != nil)
            #expect(seen.first == created.status && seen.last == .succeeded)
        }
    }

    @Test func numbersComeBackAsTheyWereSent() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.commands = ["me/echo": "cat"]
        let input: JSONValue = try JSONValue(
            parsing: #"{"integer":9007199254740993,"big":123456789012345678901234567890,"decimal":0.1000,"whole":2.0}"#)
        try await withClient(configuration) { client in
            let output = try await client.run("me/echo", input: input).json
            #expect(output["integer"]?.jsonString() == "9007199254740993")
            #expect(output["big"]?.jsonString() == "123456789012345678901234567890")
            #expect(output["decimal"]?.doubleValue == 0.1)
            #expect(output["whole"]?.doubleValue == 2)
        }
    }

    @Test func holdsACreateForItsResultAndNoLonger() async throws {
        try await withClient { client in
            let version = try #require(try await client.models.get("nightshift", "sleeper").latestVersion?.id)
            let quick = try await client.predictions.create(
                .version(version), input: ["seconds": 0.05, "text": "now"],
                options: PredictionOptions(wait: .seconds(9)))
            #expect(quick.status == .succeeded)
            #expect(quick.output == "now")
            let long = try await client.predictions.create(
                .version(version), input: ["seconds": 600], options: PredictionOptions(wait: .seconds(1)))
            #expect(long.status == .processing)
            #expect(try await client.predictions.cancel(long.id).status == .canceled)
            #expect(try await client.predictions.get(long.id).status == .canceled)
        }
    }

    // MARK: - Lists

    @Test func pagesThroughAllPredictionsNewestFirst() async throws {
        try await withClient { client in
            let target = PredictionTarget.model(owner: "nightshift", name: "hello-world")
            var made: [String] = []
            for number in 0..<230 {
                made.append(try await client.predictions.create(target, input: ["text": "\(number)"]).id)
            }
            var ids: [String] = []
            var sizes: [Int] = []
            for try await page in client.paginate({ try await client.predictions.list() }).pages {
                ids += page.results.map(\.id)
                sizes.append(page.results.count)
            }
            #expect(sizes == [100, 100, 30])
            #expect(ids == made.reversed())

            let middle = try #require(try await client.predictions.get(made[115]).createdAt)
            let after = try await client.predictions.list(createdAfter: middle).results.map(\.id)
            #expect(Set(after).isSuperset(of: made[116...]) || after.count == 100)
            #expect(Set(after).isDisjoint(with: made[..<115]))
            let before = try await client.predictions.list(createdBefore: middle).results.map(\.id)
            #expect(Set(before).isDisjoint(with: made[115...]))
        }
    }

    @Test func readsModelsAndVersionsWithTheirSchemas() async throws {
        try await withClient { client in
            let model = try await client.models.get("nightshift", "poster")
            let versions = try await client.models.versions.list("nightshift", "poster").results
            #expect(versions.map(\.id) == [model.latestVersion?.id])
            let version = try await client.models.versions.get("nightshift", "poster", versions[0].id)
            let schema = try #require(version.openAPISchema.map(ModelSchema.init(openAPI:)))
            #expect(schema.inputs.map(\.name).contains("prompt"))
            let missing = try await failure { _ = try await client.models.get("nightshift", "nobody") }
            #expect(missing.code == .notFound)
            #expect(missing.status == 404)
        }
    }

    // MARK: - Files

    @Test func uploadsAFileOnceAndUsesItAsAnInput() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.commands = [
            "me/count": #"python3 -c 'import json,os,sys; print(os.path.getsize(json.load(sys.stdin)["file"]))'"#
        ]
        try await withClient(configuration) { client in
            let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let file = try await client.files.create(bytes: bytes, name: "scan.bin", contentType: "image/png")
            #expect(file.size == 300_000)
            #expect(file.contentType == "image/png")
            #expect(try await client.files.get(file.id).id == file.id)
            #expect(try await client.files.list().results.map(\.id) == [file.id])
            let url = file.url
            #expect(try await client.run("me/count", input: ["file": .string(url)]).json == 300_000)
            try await client.files.delete(file.id)
            #expect(try await failure { _ = try await client.files.get(file.id) }.code == .notFound)
        }
    }

    // MARK: - Refusals

    @Test func tellsWhichFieldsAreWrong() async throws {
        try await withClient { client in
            let target = PredictionTarget.model(owner: "nightshift", name: "hello-world")
            let error = try await failure { _ = try await client.predictions.create(target, input: ["text": 7]) }
            #expect(error.code == .invalidInput)
            #expect(error.problem?.invalidFields.map(\.field) == ["input.text"])
            #expect(error.isCertainlyNotAccepted)
            #expect(error.body.contains("input.text"))
        }
    }

    @Test func neverShowsTheTokenThatWasRefused() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.token = "r8_right"
        try await EmbeddedServer.withServer(configuration) { base in
            let client = try client(base, token: "r8_wrong_and_secret")
            let error = try await failure { _ = try await client.predictions.list() }
            #expect(error.code == .unauthorized)
            #expect(!"\(error) \(String(reflecting: error)) \(client)".contains("secret"))
        }
    }

    @Test func tellsTheWaitOfAThrottleAndSitsItOutWhenAsked() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.creates = EmbeddedServer.RateLimit(count: 15, per: .seconds(60), burst: 1)
        try await EmbeddedServer.withServer(configuration) { base in
            let target = PredictionTarget.model(owner: "nightshift", name: "hello-world")
            let client = try client(base)
            _ = try await client.predictions.create(target, input: ["text": "1"])
            let error = try await failure { _ = try await client.predictions.create(target, input: ["text": "2"]) }
            #expect(error.code == .throttled)
            #expect(error.isCertainlyNotAccepted)
            let wait = try #require(error.retryAfter)
            #expect(wait > .zero && wait <= .seconds(5))
            let patient = try self.client(base, retry: RequestRetry(maximumAttempts: 5))
            #expect(try await patient.predictions.create(target, input: ["text": "3"]).input == ["text": "3"])
        }
    }

    // MARK: - Faults

    @Test(arguments: ["lost-before", "lost-after", "5xx-before", "5xx-after"])
    func sendsNoCreateTwiceWhoseOutcomeIsUnknown(fault: String) async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults = try Faults(parsing: "\(fault)=1")
        let server = EmbeddedServer(configuration: configuration)
        try await server.whileRunning { base in
            let client = try client(base, retry: RequestRetry(maximumAttempts: 5, initial: .milliseconds(1)))
            let target = PredictionTarget.model(owner: "nightshift", name: "hello-world")
            let error = try await failure { _ = try await client.predictions.create(target, input: ["text": "Ada"]) }
            #expect(!error.isCertainlyNotAccepted)
            #expect(server.counts.creates == 1)
            let listed = try await client.predictions.list().results.count
            #expect(listed == (fault.hasSuffix("after") ? 1 : 0))
        }
    }

    @Test func readsAgainAfterFailuresOfTheServer() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults = try Faults(parsing: "5xx-reads=0.5,nasty,seed=3")
        try await EmbeddedServer.withServer(configuration) { base in
            let client = try client(base, retry: RequestRetry(maximumAttempts: 30, initial: .milliseconds(1)))
            let target = PredictionTarget.model(owner: "nightshift", name: "hello-world")
            for number in 0..<20 {
                let created = try await client.predictions.create(target, input: ["text": "\(number)"])
                let done = try await client.wait(for: created, interval: .milliseconds(1))
                #expect(done.id == created.id)
                #expect(done.status == .succeeded)
            }
        }
    }
}
