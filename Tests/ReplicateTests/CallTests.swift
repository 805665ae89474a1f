import Foundation
import Replicate
import ReplicateAPI
import Synchronization
import Testing

/// What each call sends, by a server that writes it down.
@Suite(.timeLimit(.minutes(1)))
struct CallTests {
    private let transport = HTTPClientTransport(maximumConnections: 4)

    private struct Case: Sendable, CustomTestStringConvertible {
        var request: String
        var body = ""
        var answer = "{}"
        var call: @Sendable (Client) async throws -> Void
        var testDescription: String { request }
    }

    private struct Refusal: Sendable, CustomTestStringConvertible {
        var message: String
        var call: @Sendable (Client) async throws -> Void
        var testDescription: String { message }
    }

    private static let run = #"{"id": "t", "status": "starting"}"#
    private static let model = #"{"owner": "o", "name": "n"}"#
    private static let page = #"{"next": null, "previous": null, "results": []}"#

    private static let cases: [Case] = [
        Case(request: "GET /v1/models/o/n", answer: model) { _ = try await $0.models.get("o", "n") },
        Case(request: "GET /v1/models", answer: page) { _ = try await $0.models.list() },
        Case(request: "GET /v1/models?sort_by=model_created_at&sort_direction=asc", answer: page) {
            _ = try await $0.models.list(sortBy: .modelCreatedAt, direction: .ascending)
        },
        Case(request: "QUERY /v1/models", body: "super \"resolution\"", answer: page) {
            _ = try await $0.models.search("super \"resolution\"")
        },
        Case(request: "GET /v1/search?query=a%26b%20c&limit=3", answer: #"{"query": "a&b c"}"#) {
            let found = try await $0.search("a&b c", limit: 3)
            #expect(found.query == "a&b c")
        },
        Case(
            request: "POST /v1/models",
            body:
                #"{"description":"d","github_url":"https://g","hardware":"cpu","name":"n","owner":"o","visibility":"private"}"#,
            answer: model
        ) {
            try await $0.models.create(
                "o", "n", visibility: .private, hardware: "cpu", description: "d", githubURL: "https://g")
        },
        Case(request: "PATCH /v1/models/o/n", body: ##"{"readme":"# N","weights_url":"https://w"}"##, answer: model) {
            try await $0.models.update("o", "n", readme: "# N", weightsURL: "https://w")
        },
        Case(request: "DELETE /v1/models/o/n", answer: "") { try await $0.models.delete("o", "n") },
        Case(request: "GET /v1/models/o/n/examples", answer: page) { _ = try await $0.models.examples("o", "n") },
        Case(request: "GET /v1/models/o/n/readme", answer: "# N") {
            let readme = try await $0.models.readme("o", "n")
            #expect(readme == "# N")
        },
        Case(request: "GET /v1/models/o/n/versions", answer: page) { _ = try await $0.models.versions.list("o", "n") },
        Case(request: "GET /v1/models/o/n/versions/v%2F1", answer: #"{"id": "v/1"}"#) {
            _ = try await $0.models.versions.get("o", "n", "v/1")
        },
        Case(request: "DELETE /v1/models/o/n/versions/v", answer: "") {
            try await $0.models.versions.delete("o", "n", "v")
        },
        Case(
            request: "POST /v1/models/o/n/versions/v/trainings",
            body:
                #"{"destination":"me/mine","input":{"steps":5},"webhook":"https://h/x","webhook_events_filter":["completed"]}"#,
            answer: run
        ) {
            let options = PredictionOptions(webhook: "https://h/x", webhookEvents: [.completed])
            let training = try await $0.trainings.create(
                "o", "n", version: "v", destination: "me/mine", input: ["steps": 5], options: options)
            #expect(training.status == .starting)
        },
        Case(request: "GET /v1/trainings/t", answer: run) { _ = try await $0.trainings.get("t") },
        Case(request: "GET /v1/trainings", answer: page) { _ = try await $0.trainings.list() },
        Case(request: "POST /v1/trainings/t/cancel", answer: run) { try await $0.trainings.cancel("t") },
        Case(request: "GET /v1/deployments/o/d", answer: model) { _ = try await $0.deployments.get("o", "d") },
        Case(request: "GET /v1/deployments", answer: page) { _ = try await $0.deployments.list() },
        Case(
            request: "POST /v1/deployments",
            body: #"{"hardware":"cpu","max_instances":2,"min_instances":0,"model":"o/n","name":"d","version":"v"}"#,
            answer: model
        ) {
            try await $0.deployments.create(
                name: "d", model: "o/n", version: "v", hardware: "cpu", minInstances: 0, maxInstances: 2)
        },
        Case(
            request: "POST /v1/deployments",
            body: #"{"hardware":"cpu","max_instances":1,"min_instances":0,"model":"o/n","name":"d","version":"v"}"#,
            answer: model
        ) {
            try await $0.deployments.create(name: "d", model: "o/n", version: "v", hardware: "cpu")
        },
        Case(request: "PATCH /v1/deployments/o/d", body: #"{"max_instances":3,"version":"w"}"#, answer: model) {
            try await $0.deployments.update("o", "d", version: "w", maxInstances: 3)
        },
        Case(request: "PATCH /v1/deployments/o/d", body: #"{"model":"o/m","version":"w"}"#, answer: model) {
            try await $0.deployments.update("o", "d", model: "o/m", version: "w")
        },
        Case(request: "DELETE /v1/deployments/o/d", answer: "") { try await $0.deployments.delete("o", "d") },
        Case(request: "POST /v1/deployments/o/d/predictions", body: #"{"input":{"x":1}}"#, answer: run) {
            _ = try await $0.deployments.predictions.create("o", "d", input: ["x": 1] as InputValue)
        },
        Case(request: "GET /v1/collections", answer: page) { _ = try await $0.collections.list() },
        Case(
            request: "GET /v1/collections/super-resolution",
            answer: #"{"name": "S", "slug": "super-resolution", "full_description": "f", "models": [\#(model)]}"#
        ) {
            let collection = try await $0.collections.get("super-resolution")
            #expect(collection.models.map(\.name) == ["n"])
            #expect(collection.fullDescription == "f")
        },
        Case(request: "GET /v1/hardware", answer: #"[{"name": "CPU", "sku": "cpu"}]"#) {
            let hardware = try await $0.hardware.list()
            #expect(hardware == [Hardware(name: "CPU", sku: "cpu")])
        },
        Case(request: "GET /v1/account", answer: #"{"type": "user", "username": "u"}"#) {
            let account = try await $0.account.get()
            #expect(account.username == "u")
        },
        Case(request: "GET /v1/webhooks/default/secret", answer: #"{"key": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}"#)
        {
            _ = try await $0.webhooks.defaultSecret()
        },
        Case(request: "GET /v1/files/f", answer: #"{"id": "f", "urls": {"get": "https://x"}}"#) {
            _ = try await $0.files.get("f")
        },
        Case(request: "GET /v1/files", answer: page) { _ = try await $0.files.list() },
        Case(request: "DELETE /v1/files/f", answer: "") { try await $0.files.delete("f") },
        Case(request: "POST /v1/any/thing?a=b&a=c", body: #"{"x":1}"#, answer: "[5]") {
            let answer = try await $0.request("POST", "any/thing", query: [("a", "b"), ("a", "c")], body: ["x": 1])
            #expect(answer.status == 200)
            #expect(try answer.json == [5])
            #expect(try answer.decode([Int].self) == [5])
        },
    ]

    @Test(arguments: cases)
    private func sendsWhatTheAPIExpects(of example: Case) async throws {
        try await RawServer.run(answers: [.reply(200, body: example.answer)]) { server in
            let client = try Client(token: "r8_test", baseURL: server.url, transport: transport, retry: .none)
            try await example.call(client)
            let request = try #require(server.requests.first)
            #expect(server.requests.count == 1)
            #expect("\(request.method) \(request.path)" == example.request)
            #expect(request.body == example.body)
            #expect(request.headers["authorization"] == "Bearer r8_test")
        }
    }

    private static let refusals: [Refusal] = [
        Refusal(message: "the owner of a model is empty; nothing was sent") { _ = try await $0.models.get("", "n") },
        Refusal(message: "the id of a prediction is empty; nothing was sent") { _ = try await $0.predictions.get("") },
        Refusal(message: "an update of model o/n changes nothing") { try await $0.models.update("o", "n") },
        Refusal(message: "an update of deployment o/n changes nothing") { try await $0.deployments.update("o", "n") },
        Refusal(message: "the least number of instances is 6; expected 0 to 5") {
            try await $0.deployments.update("o", "n", minInstances: 6)
        },
        Refusal(message: "the destination 'mine' names no model; expected owner/name") {
            _ = try await $0.trainings.create("o", "n", version: "v", destination: "mine", input: [:])
        },
        Refusal(message: "a search takes a text and a limit from 1 to 50, not '' and 3") {
            _ = try await $0.search("", limit: 3)
        },
        Refusal(
            message:
                "'no reference' does not name a model; expected owner/name or owner/name:version, or the id of a version"
        ) { try await $0.run("no reference", input: [:]) },
        Refusal(message: "the webhook begins with 'http'; expected https") {
            try await $0.run("o/n", webhook: "http://example.com/x")
        },
        Refusal(message: "the webhook 'not a url' is not a URL; expected one such as https://example.com/hook") {
            try await $0.run("o/n", webhook: "not a url")
        },
        Refusal(message: "a link leads to elsewhere.example instead of ") {
            _ = try await $0.request("GET", "https://elsewhere.example/v1/account")
        },
        Refusal(message: "'get it' is no method of HTTP; expected one such as GET") {
            _ = try await $0.request("get it", "/account")
        },
    ]

    @Test(arguments: refusals)
    private func whatTheAPIWouldNotTakeIsNotSent(refusal: Refusal) async throws {
        try await RawServer.run(answers: [.close]) { server in
            let client = try Client(token: "r8_test", baseURL: server.url, transport: transport, retry: .none)
            let error = try await #require(throws: ReplicateError.self) { try await refusal.call(client) }
            #expect(error.message.hasPrefix(refusal.message), "\(error)")
            #expect(server.requests.isEmpty)
        }
    }

    // MARK: - Middleware

    private final class Timeouts: Middleware {
        let seen = Mutex<[Duration]>([])

        func send(_ request: TransportRequest, next: any Transport) async throws(TransportError) -> TransportResponse {
            seen.withLock { $0.append(request.timeout) }
            return try await next.send(request)
        }
    }

    private struct Stamp: Middleware {
        var name: String
        var log: Log

        func send(_ request: TransportRequest, next: any Transport) async throws(TransportError) -> TransportResponse {
            var request = request
            request.headers["X-Order"] = (request.headers["X-Order"] ?? "") + name
            let response = try await next.send(request)
            log.lines.withLock { $0.append("\(name) \(request.method) \(response.status) \(request.headers)") }
            return response
        }
    }

    private final class Log: Sendable {
        let lines = Mutex<[String]>([])
    }

    /// The API holds its answer for as long as it was asked to, which is no reason to give up on it.
    @Test func aWaitThatIsAskedForIsNotCutShortByTheTimeout() async throws {
        try await RawServer.run(answers: [.reply(201, body: Self.run)]) { server in
            let timeouts = Timeouts()
            let client = try Client(
                token: "t", baseURL: server.url, transport: transport, middleware: [timeouts], retry: .none,
                timeout: .seconds(40))
            let options = PredictionOptions(wait: .seconds(50))
            for target: PredictionTarget in [
                .version("v"), .model(owner: "o", name: "n"), .deployment(owner: "o", name: "n"),
            ] {
                _ = try await client.predictions.create(target, input: [:] as InputValue, options: options)
                _ = try await client.predictions.create(target, input: [:] as InputValue)
            }
            let seen = timeouts.seen.withLock { $0 }
            for (index, timeout) in seen.enumerated() {
                #expect(index.isMultiple(of: 2) ? timeout > .seconds(50) : timeout == .seconds(40))
            }
            #expect(seen.count == 6)
        }
    }

    @Test func middlewareSeesEveryRequestAndNoToken() async throws {
        let answers: [RawServer.Answer] = [.reply(503), .reply(200, body: #"{"username": "u"}"#)]
        try await RawServer.run(answers: answers) { server in
            let log = Log()
            let client = try Client(
                token: "r8_secret", baseURL: server.url, transport: transport,
                middleware: [Stamp(name: "a", log: log), Stamp(name: "b", log: log)],
                retry: RequestRetry(initial: .milliseconds(1)))
            _ = try await client.account.get()
            #expect(server.requests.map { $0.headers["x-order"] } == ["ab", "ab"])
            let lines = log.lines.withLock { $0 }
            #expect(lines.map { $0.prefix(9) } == ["b GET 503", "a GET 503", "b GET 200", "a GET 200"])
            #expect(!lines.joined().contains("r8_secret"))
            var dumped = ""
            dump(client, to: &dumped)
            #expect(!"\(client)\(dumped)".contains("r8_secret"))
        }
    }

    @Test(arguments: [("r8 x", "token"), ("r8_\nx", "token")])
    func aTokenThatCannotBeSentIsRefused(token: String, word: String) throws {
        let error = try #require(throws: ReplicateError.self) { try Client(token: token) }
        #expect(error.code == .invalidArgument)
        #expect(error.message.contains(word) && !error.message.contains(token))
        #expect(throws: ReplicateError.self) { try Client(token: "t", userAgent: "a\r\nX: y") }
    }

    // MARK: - Lists

    @Test func pagesAreFetchedWhenTheyAreAskedFor() async throws {
        try await RawServer.run({ request in
            let number = request.path.split(separator: "=").last.flatMap { Int($0) } ?? 0
            let host = request.headers["host"] ?? ""
            let next = number < 2 ? #""http://\#(host)/v1/trainings?cursor=\#(number + 1)""# : "null"
            return .reply(
                200,
                body:
                    #"{"next": \#(next), "results": [{"id": "\#(number)a", "status": "failed"}, {"id": "\#(number)b", "status": "failed"}]}"#
            )
        }) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport, retry: .none)
            var ids: [String] = []
            for try await training in client.paginate({ try await client.trainings.list() }) {
                ids.append(training.id)
                if ids.count == 3 { break }
            }
            #expect(ids == ["0a", "0b", "1a"])
            #expect(server.requests.count == 2)
            var sizes: [Int] = []
            for try await page in client.paginate({ try await client.trainings.list() }).pages {
                sizes.append(page.results.count)
            }
            #expect(sizes == [2, 2, 2])
        }
    }
}
