import Foundation
import Replicate
import ReplicateAPI
import ReplicateServer
import Testing

/// The groups of calls against the package's own server: what is made is there, what is changed has changed, what is
/// deleted is gone.
@Suite(.timeLimit(.minutes(1)))
struct EmbeddedResourceTests {
    private let transport = HTTPClientTransport(maximumConnections: 8)

    private func withClient(_ body: (Client, EmbeddedServer) async throws -> Void) async throws {
        let server = EmbeddedServer(configuration: EmbeddedServer.Configuration())
        try await server.whileRunning { base in
            try await body(
                try Client(token: "t", baseURL: base, transport: transport, retry: .none, timeout: .seconds(50)), server
            )
        }
    }

    private func code(_ body: () async throws -> Void) async throws -> ReplicateError.Code {
        try await #require(throws: ReplicateError.self) { try await body() }.code
    }

    @Test func modelsAreMadeChangedAndDeleted() async throws {
        try await withClient { client, _ in
            let owner = try await client.account.get().username
            let made = try await client.models.create(
                owner, "mine", visibility: .private, hardware: "cpu", description: "first")
            #expect(made.visibility == "private")
            #expect(made.latestVersion == nil)
            let noReadme = try await code { _ = try await client.models.readme(owner, "mine") }
            #expect(noReadme == .notFound)
            let changed = try await client.models.update(owner, "mine", description: "second", readme: "# Mine")
            #expect(changed.description == "second")
            let readme = try await client.models.readme(owner, "mine")
            #expect(readme == "# Mine")
            let again = try await code {
                try await client.models.create(owner, "mine", visibility: .private, hardware: "cpu")
            }
            #expect(again == .refused || again == .invalidInput)
            let noHardware = try await code {
                try await client.models.create(owner, "other", visibility: .private, hardware: "abacus")
            }
            #expect(noHardware == .invalidInput)
            let hasNoVersion = try await code { try await client.run("\(owner)/mine", input: [:]) }
            #expect(hasNoVersion == .notFound)
            try await client.models.delete(owner, "mine")
            let gone = try await code { _ = try await client.models.get(owner, "mine") }
            #expect(gone == .notFound)
            let builtIn = try await code { try await client.models.delete("nightshift", "poster") }
            #expect(builtIn == .forbidden || builtIn == .refused)
        }
    }

    @Test func modelsAreListedSearchedAndShown() async throws {
        try await withClient { client, _ in
            var names: [String] = []
            for try await model in client.paginate({ try await client.models.list() }) { names.append(model.name) }
            #expect(names.contains("hello-world") && names.contains("poster"))
            let oldest = try await client.models.list(sortBy: .modelCreatedAt, direction: .ascending).results
            let newest = try await client.models.list(sortBy: .modelCreatedAt, direction: .descending).results
            #expect(oldest.map(\.name).sorted() == newest.map(\.name).sorted())
            let found = try await client.models.search("poster").results
            #expect(found.map(\.name) == ["poster"])
            let everything = try await client.search("poster", limit: 2)
            #expect(everything.models.first?.model.name == "poster")
            #expect(everything.query == "poster")
            let examples = try await client.models.examples("nightshift", "hello-world").results
            #expect(examples.first?.status == .succeeded)
            let readme = try await client.models.readme("nightshift", "poster")
            #expect(readme.hasPrefix("#"))
            let collections = try await client.collections.list().results
            let slug = try #require(collections.first?.slug)
            let collection = try await client.collections.get(slug)
            #expect(!collection.models.isEmpty)
            let hardware = try await client.hardware.list()
            #expect(hardware.contains { $0.sku == "cpu" })
        }
    }

    @Test func aTrainingMakesAVersionThatRuns() async throws {
        try await withClient { client, server in
            let owner = try await client.account.get().username
            try await client.models.create(owner, "tuned", visibility: .private, hardware: "cpu")
            let base = try #require(try await client.models.get("nightshift", "tuner").latestVersion)
            let training = try await client.trainings.create(
                "nightshift", "tuner", version: base.id, destination: "\(owner)/tuned",
                input: ["text": "fog and lamp", "steps": 1])
            let done = try await client.wait(for: training, interval: .milliseconds(5))
            #expect(done.status == .succeeded)
            let version = try #require(done.output?.version)
            let text = try await client.run(version, input: ["prompt": "good evening"]).text
            #expect(text?.hasPrefix("good evening") == true)
            let versions = try await client.models.versions.list(owner, "tuned").results
            #expect(versions.count == 1)
            let listed = try await client.trainings.list().results
            #expect(listed.map(\.id) == [training.id])
            try await client.models.versions.delete(owner, "tuned", versions[0].id)
            let left = try await client.models.versions.list(owner, "tuned").results
            #expect(left.isEmpty)

            let slow = try await client.trainings.create(
                "nightshift", "tuner", version: base.id, destination: "\(owner)/tuned",
                input: ["text": "fog", "steps": 100_000])
            let canceled = try await client.trainings.cancel(slow.id)
            #expect(canceled.status == .canceled)
            let nowhere = try await code {
                _ = try await client.trainings.create(
                    "nightshift", "tuner", version: base.id, destination: "\(owner)/nowhere", input: ["text": "x"])
            }
            #expect(nowhere == .notFound)
            let poster = try #require(try await client.models.get("nightshift", "poster").latestVersion)
            let untrainable = try await code {
                _ = try await client.trainings.create(
                    "nightshift", "poster", version: poster.id, destination: "\(owner)/tuned", input: ["text": "x"])
            }
            #expect(untrainable == .badRequest)
        }
    }

    @Test func deploymentsAreMadeRunChangedAndDeleted() async throws {
        try await withClient { client, _ in
            let owner = try await client.account.get().username
            let version = try #require(try await client.models.get("nightshift", "hello-world").latestVersion).id
            let made = try await client.deployments.create(
                name: "greeter", model: "nightshift/hello-world", version: version, hardware: "cpu", minInstances: 0,
                maxInstances: 1)
            #expect(made.currentRelease?.number == 1)
            let created = try await client.deployments.predictions.create(owner, "greeter", input: ["text": "Ada"])
            let done = try await client.wait(for: created, interval: .milliseconds(1))
            #expect(done.output == "hello Ada")
            #expect(done.deployment == "greeter")
            let changed = try await client.deployments.update(owner, "greeter", maxInstances: 2)
            #expect(changed.currentRelease?.number == 2)
            #expect(changed.currentRelease?.maxInstances == 2)
            let names = try await client.deployments.list().results.map(\.name)
            #expect(names.contains("greeter"))
            try await client.deployments.delete(owner, "greeter")
            let gone = try await code { _ = try await client.deployments.get(owner, "greeter") }
            #expect(gone == .notFound)
        }
    }

    @Test func theAccountsSecretSignsItsWebhooks() async throws {
        try await withClient { client, _ in
            let secret = try await client.webhooks.defaultSecret()
            try await RawServer.run(answers: [.reply(200)]) { receiver in
                try await client.run(
                    "nightshift/hello-world", input: ["text": "Ada"], webhook: receiver.url, webhookEvents: [.completed]
                )
                while receiver.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
                let request = try #require(receiver.requests.first)
                let delivery = try Webhook.receive(
                    headers: HeaderFields(request.headers), body: Data(request.body.utf8), secret: secret)
                #expect(delivery.prediction.output == "hello Ada")
            }
        }
    }

    @Test func anyCallCanBeMadeByItsRoute() async throws {
        try await withClient { client, _ in
            let answer = try await client.request("GET", "/models/nightshift/poster/versions")
            #expect(answer.status == 200)
            #expect(answer.headers["ratelimit-remaining"] != nil)
            #expect(try answer.decode(JSONValue.self)["results"]?.arrayValue?.count == 1)
            let whole = try await client.request("GET", "\(client.baseURL)/account")
            #expect(try whole.json["username"] == "nightshift")
            let missing = try await code { _ = try await client.request("GET", "/nothing/here") }
            #expect(missing == .notFound)
        }
    }
}
