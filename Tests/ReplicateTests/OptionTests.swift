import Foundation
import LosslessJSON
import Replicate
import ReplicateAPI
import Synchronization
import Testing

/// What a caller asks for besides the output must reach the API, or be seen: each parameter of a call, one by one.
@Suite(.timeLimit(.minutes(1)))
struct OptionTests {
    private let transport = HTTPClientTransport(maximumConnections: 4)

    private func client(_ server: RawServer, files: FileEncodingStrategy = .automatic) throws -> Client {
        try Client(
            token: "r8_test", baseURL: server.url, userAgent: "my-app/2.1", transport: transport, retry: .none,
            timeout: .seconds(50), files: files)
    }

    private static let hook = "https://example.com/hook"

    private static func isUpload(_ request: RawServer.Request) -> Bool { request.path == "/v1/files" }

    private static let uploaded = RawServer.Answer.reply(
        201, body: #"{"id": "f", "expires_at": "2099-01-01T00:00:00Z", "urls": {"get": "https://api.example/files/f"}}"#
    )

    /// Creates are answered with a prediction that has a stream, the rest with one that has succeeded.
    private static func answer(_ request: RawServer.Request) -> RawServer.Answer {
        let host = request.headers["host"] ?? ""
        if isUpload(request) { return uploaded }
        if request.path == "/stream" {
            return .bytes(
                "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nevent: done\nid: 1\ndata: {}\n\n", thenClose: true)
        }
        let status = request.method == "POST" ? "starting" : "succeeded"
        return .reply(
            201, body: #"{"id": "p", "status": "\#(status)", "urls": {"stream": "http://\#(host)/stream"}}"#)
    }

    /// Checks the create among the requests: webhook, events and deadline as below, and the file uploaded.
    private func expectEveryOption(in server: RawServer, wait: String?) throws {
        #expect(server.requests.filter(Self.isUpload).count == 1)
        let create = try #require(server.requests.first { $0.path.hasSuffix("/predictions") })
        #expect(create.headers["cancel-after"] == "90s")
        #expect(create.headers["prefer"] == wait)
        #expect(create.headers["user-agent"] == "my-app/2.1")
        #expect(create.headers["authorization"] == "Bearer r8_test")
        let body = try JSONValue(parsing: create.body)
        #expect(body["webhook"] == .string(Self.hook))
        #expect(body["webhook_events_filter"] == ["start", "completed"])
        #expect(body["input"] == ["image": "https://api.example/files/f", "n": 1])
    }

    private static let input: InputValue = ["image": .data([1, 2, 3], name: "a.png"), "n": 1]

    private struct Order: Encodable {
        var image = InputFile.data([1, 2, 3], name: "a.png")
        var n = 1
    }

    @Test(arguments: [false, true])
    func aRunSendsEveryOption(isEncodable: Bool) async throws {
        try await RawServer.run(Self.answer) { server in
            let client = try client(server)
            if isEncodable {
                try await client.run(
                    "o/n", input: Order(), wait: .poll(interval: .milliseconds(1)), webhook: Self.hook,
                    webhookEvents: [.start, .completed], cancelAfter: .seconds(90), files: .upload)
            } else {
                try await client.run(
                    "o/n", input: Self.input, wait: .poll(interval: .milliseconds(1)), webhook: Self.hook,
                    webhookEvents: [.start, .completed], cancelAfter: .seconds(90), files: .upload)
            }
            try expectEveryOption(in: server, wait: nil)
        }
    }

    @Test(arguments: [false, true])
    func aStreamSendsEveryOption(isEncodable: Bool) async throws {
        try await RawServer.run(Self.answer) { server in
            let client = try client(server)
            let stream =
                isEncodable
                ? try await client.stream(
                    "o/n", input: Order(), webhook: Self.hook, webhookEvents: [.start, .completed],
                    cancelAfter: .seconds(90),
                    files: .upload)
                : try await client.stream(
                    "o/n", input: Self.input, webhook: Self.hook, webhookEvents: [.start, .completed],
                    cancelAfter: .seconds(90), files: .upload)
            for try await _ in stream {}
            try expectEveryOption(in: server, wait: nil)
        }
    }

    private static let options = PredictionOptions(
        webhook: hook, webhookEvents: [.start, .completed], wait: .milliseconds(6500), cancelAfter: .seconds(90))

    @Test(arguments: [false, true])
    func aCreateSendsEveryOption(isEncodable: Bool) async throws {
        try await RawServer.run(Self.answer) { server in
            let client = try client(server)
            if isEncodable {
                _ = try await client.predictions.create(
                    .model(owner: "o", name: "n"), input: Order(), options: Self.options, files: .upload)
            } else {
                _ = try await client.predictions.create(
                    .model(owner: "o", name: "n"), input: Self.input, options: Self.options, files: .upload)
            }
            try expectEveryOption(in: server, wait: "wait=7")
        }
    }

    @Test(arguments: [false, true])
    func aCreateByADeploymentSendsEveryOption(isEncodable: Bool) async throws {
        try await RawServer.run(Self.answer) { server in
            let deployments = try client(server).deployments
            if isEncodable {
                _ = try await deployments.predictions.create(
                    "o", "d", input: Order(), options: Self.options, files: .upload)
            } else {
                _ = try await deployments.predictions.create(
                    "o", "d", input: Self.input, options: Self.options, files: .upload)
            }
            try expectEveryOption(in: server, wait: "wait=7")
            #expect(server.requests.last?.path == "/v1/deployments/o/d/predictions")
        }
    }

    @Test(arguments: [false, true])
    func aTrainingSendsEveryOption(isEncodable: Bool) async throws {
        try await RawServer.run(Self.answer) { server in
            let trainings = try client(server).trainings
            let options = PredictionOptions(webhook: Self.hook, webhookEvents: [.start, .completed])
            if isEncodable {
                _ = try await trainings.create(
                    "o", "n", version: "v", destination: "me/x", input: Order(), options: options, files: .upload)
            } else {
                _ = try await trainings.create(
                    "o", "n", version: "v", destination: "me/x", input: Self.input, options: options, files: .upload)
            }
            #expect(server.requests.filter(Self.isUpload).count == 1)
            let body = try JSONValue(parsing: try #require(server.requests.last).body)
            #expect(
                body == [
                    "destination": "me/x", "webhook": .string(Self.hook),
                    "webhook_events_filter": ["start", "completed"],
                    "input": ["image": "https://api.example/files/f", "n": 1],
                ])
        }
    }

    @Test func theClientsWayToSendFilesCountsWhereNoneIsSaid() async throws {
        try await RawServer.run(Self.answer) { server in
            _ = try await client(server, files: .upload).predictions.create(.version("v"), input: Self.input)
            #expect(server.requests.filter(Self.isUpload).count == 1)
            _ = try await client(server, files: .upload).predictions.create(
                .version("v"), input: Self.input, files: .dataURI)
            #expect(server.requests.filter(Self.isUpload).count == 1)
        }
    }

    @Test func aModelIsMadeAndChangedWithEveryAddress() async throws {
        try await RawServer.run(answers: [.reply(200, body: #"{"owner": "o", "name": "n"}"#)]) { server in
            let models = try client(server).models
            try await models.create(
                "o", "n", visibility: .public, hardware: "cpu", description: "d", githubURL: "https://g",
                paperURL: "https://p", licenseURL: "https://l", coverImageURL: "https://c")
            try await models.update(
                "o", "n", description: "", readme: "r", githubURL: "https://g", paperURL: "https://p",
                weightsURL: "https://w",
                licenseURL: "https://l")
            #expect(
                try server.requests.map { try JSONValue(parsing: $0.body) } == [
                    [
                        "owner": "o", "name": "n", "visibility": "public", "hardware": "cpu", "description": "d",
                        "github_url": "https://g", "paper_url": "https://p", "license_url": "https://l",
                        "cover_image_url": "https://c",
                    ],
                    [
                        "description": "", "readme": "r", "github_url": "https://g", "paper_url": "https://p",
                        "weights_url": "https://w", "license_url": "https://l",
                    ],
                ])
        }
    }

    @Test func aListSendsItsFiltersInWords() async throws {
        try await RawServer.run(answers: [.reply(200, body: #"{"results": []}"#)]) { server in
            let predictions = try client(server).predictions
            _ = try await predictions.list(source: "web")
            _ = try await predictions.list(createdBefore: Date(timeIntervalSince1970: 60))
            #expect(
                server.requests.map(\.path) == [
                    "/v1/predictions?source=web", "/v1/predictions?created_before=1970-01-01T00%3A01%3A00.000000Z",
                ])
        }
    }

    @Test func anyCallTakesHeadersOfOnesOwnButNoOtherCredentials() async throws {
        try await RawServer.run(answers: [.reply(200, body: "{}"), .reply(200, body: "{}")]) { server in
            _ = try await client(server).request(
                "GET", "/account",
                headers: ["X-Team": "night", "Accept": "text/plain", "Authorization": "Bearer other"])
            let headers = try #require(server.requests.first).headers
            #expect(headers["x-team"] == "night")
            #expect(headers["accept"] == "text/plain")
            #expect(headers["authorization"] == "Bearer r8_test")
        }
    }

    @Test func anyCallIsRepeatedIfItsCallerSaysThatItMayBe() async throws {
        for isIdempotent in [nil, false, true] {
            try await RawServer.run(answers: [.reply(503), .reply(200, body: "{}")]) { server in
                let client = try Client(
                    token: "t", baseURL: server.url, transport: transport,
                    retry: RequestRetry(initial: .milliseconds(1)))
                let answer = try? await client.request("POST", "/x", isIdempotent: isIdempotent)
                #expect((answer != nil) == (isIdempotent == true))
                #expect(server.requests.count == (isIdempotent == true ? 2 : 1))
            }
        }
    }

    // MARK: - Waiting

    /// Statuses one after the other, by reads; the last one for ever.
    private static func statuses(_ statuses: String...) -> @Sendable (RawServer.Request) -> RawServer.Answer {
        let rest = Mutex(statuses[...])
        return { _ in
            let status = rest.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? "" }
            return .reply(200, body: #"{"id": "p", "status": "\#(status)", "output": "x"}"#)
        }
    }

    @Test func progressSeesEveryStateOfARun() async throws {
        try await RawServer.run(Self.statuses("starting", "processing", "succeeded")) { server in
            var seen: [PredictionStatus] = []
            try await client(server).run("o/n", input: [:], wait: .poll(interval: .milliseconds(1))) {
                seen.append($0.status)
            }
            #expect(seen == [.starting, .processing, .succeeded])
            seen = []
            try await client(server).run("o/n", input: ["n": 1] as [String: Int]) { seen.append($0.status) }
            #expect(seen == [.succeeded])
        }
    }

    @Test func progressSeesEveryStateOfATraining() async throws {
        try await RawServer.run(Self.statuses("processing", "succeeded")) { server in
            var seen: [PredictionStatus] = []
            let training = try await client(server).wait(
                for: Training(id: "p", status: .starting), interval: .milliseconds(1)
            ) { seen.append($0.status) }
            #expect(training.status == .succeeded)
            #expect(seen == [.starting, .processing, .succeeded])
            #expect(server.requests.allSatisfy { $0.path == "/v1/trainings/p" })
        }
    }

    @Test func aRunLooksAsSeldomAsItWasAskedTo() async throws {
        try await RawServer.run(Self.statuses("starting", "succeeded")) { server in
            let begin = ContinuousClock.now
            try await client(server).run("o/n", input: [:], wait: .poll(interval: .milliseconds(800)))
            #expect(begin.duration(to: .now) >= .milliseconds(800))
            #expect(server.requests.count == 2)
        }
    }

    @Test func aRunLooksAsOftenAsItWasAskedTo() async throws {
        let states = Array(repeating: "processing", count: 100) + ["succeeded"]
        let rest = Mutex(states[...])
        try await RawServer.run({ _ in
            let status = rest.withLock { $0.popFirst() ?? "succeeded" }
            return .reply(200, body: #"{"id": "p", "status": "\#(status)"}"#)
        }) { server in
            let begin = ContinuousClock.now
            try await client(server).run("o/n", input: [:], wait: .poll(interval: .milliseconds(1)))
            // Half a second each by default: fifty.
            #expect(begin.duration(to: .now) < .seconds(25))
            #expect(server.requests.count == 101)
        }
    }

    @Test(arguments: [(Duration.seconds(300), "wait=60"), (.milliseconds(20), "wait=1"), (.seconds(7), "wait=7")])
    func aRunHoldsAsLongAsTheAPIAllows(timeout: Duration, header: String) async throws {
        try await RawServer.run(Self.statuses("succeeded")) { server in
            try await client(server).run("o/n", input: [:], wait: .block(timeout: timeout))
            #expect(server.requests[0].headers["prefer"] == header)
        }
    }

    @Test func waitingEndsInTimeAndTellsWhatItSawLast() async throws {
        try await RawServer.run(Self.statuses("processing")) { server in
            let client = try client(server)
            let error = try await #require(throws: ReplicateError.self) {
                try await client.wait(
                    for: Prediction(id: "p", status: .starting), interval: .milliseconds(1), timeout: .milliseconds(500)
                )
            }
            #expect(error.code == .timeout)
            #expect(error.prediction?.status == .processing)
            #expect(error.message.contains("prediction p is still processing"))
            let training = try await #require(throws: ReplicateError.self) {
                try await client.wait(
                    for: Training(id: "p", status: .starting), interval: .milliseconds(1), timeout: .zero)
            }
            #expect(training.code == .timeout)
        }
    }

    @Test func waitingStopsWhereItIsToldTo() async throws {
        try await RawServer.run(Self.statuses("processing", "succeeded")) { server in
            let seen = try await client(server).wait(
                for: Prediction(id: "p", status: .starting), interval: .milliseconds(1),
                stop: { $0.status == .processing })
            #expect(seen.status == .processing)
            #expect(server.requests.count == 1)
        }
    }

    @Test func waitingForWhatHasNoIDAsksForNothing() async throws {
        try await RawServer.run(answers: [.close]) { server in
            let client = try client(server)
            let error = await #expect(throws: ReplicateError.self) {
                try await client.wait(for: Prediction(id: "", status: .starting))
            }
            #expect(error?.code == .invalidArgument)
            #expect(server.requests.isEmpty)
        }
    }

    @Test func aStreamComesAgainNoSoonerThanTheServerAsks() async throws {
        let isFirst = Mutex(true)
        try await RawServer.run({ request in
            guard request.path == "/stream" else {
                return .reply(
                    200,
                    body:
                        #"{"id": "p", "status": "processing", "urls": {"stream": "http://\#(request.headers["host"] ?? "")/stream"}}"#
                )
            }
            let first = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            let event = first ? "retry: 900\n\nevent: output\nid: 1\ndata: a\n\n" : "event: done\nid: 2\ndata: {}\n\n"
            return .bytes("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + event, thenClose: true)
        }) { server in
            let stream = try await client(server).stream("o/n", input: [:])
            let begin = ContinuousClock.now
            for try await _ in stream {}
            #expect(begin.duration(to: .now) >= .milliseconds(900))
        }
    }
}
