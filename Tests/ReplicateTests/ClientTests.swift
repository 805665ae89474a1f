import Foundation
import Replicate
import ReplicateAPI
import Testing

/// The client against a server that plays back the API's answers, good and bad.
@Suite(.timeLimit(.minutes(1)))
struct ClientTests {
    private let transport = HTTPClientTransport(maximumConnections: 8)

    private func client(_ server: RawServer, token: String? = "r8_test", retry: RequestRetry = .none) throws -> Client {
        try Client(
            token: token, baseURL: server.url, userAgent: "tests/1", transport: transport, retry: retry,
            timeout: .seconds(50)
        )
    }

    private func row(_ id: String, _ status: String, _ more: String = "") -> String {
        #"{"id": "\#(id)", "status": "\#(status)", "created_at": "2025-12-23T17:38:33.938Z"\#(more)}"#
    }

    @Test(
        arguments: [
            (.version("5c7d"), "/v1/predictions", #"{"input":{"n":9007199254740993},"version":"5c7d"}"#),
            (.model(owner: "o", name: "n"), "/v1/models/o/n/predictions", #"{"input":{"n":9007199254740993}}"#),
            (
                .deployment(owner: "o", name: "n"), "/v1/deployments/o/n/predictions",
                #"{"input":{"n":9007199254740993}}"#
            ),
        ] as [(PredictionTarget, String, String)]
    )
    func createsAPrediction(target: PredictionTarget, path: String, body: String) async throws {
        try await RawServer.run(answers: [.reply(201, body: row("p1", "starting"))]) { server in
            let options = PredictionOptions(wait: .milliseconds(4500), cancelAfter: .seconds(90))
            let prediction = try await client(server).predictions.create(
                target, input: ["n": 9_007_199_254_740_993], options: options
            )
            #expect(prediction.id == "p1")
            let request = try #require(server.requests.first)
            #expect(request.method == "POST")
            #expect(request.path == path)
            #expect(request.body == body)
            #expect(request.headers["authorization"] == "Bearer r8_test")
            #expect(request.headers["user-agent"] == "tests/1")
            #expect(request.headers["content-type"] == "application/json")
            #expect(request.headers["prefer"] == "wait=5")
            #expect(request.headers["cancel-after"] == "90s")
        }
    }

    @Test
    func sendsNothingThatTheAPIWouldNotTake() async throws {
        try await RawServer.run(answers: [.reply(201, body: row("p1", "starting"))]) { server in
            let client = try client(server)
            let error = await #expect(throws: ReplicateError.self) {
                try await client.predictions.create(
                    .version("v"), input: [:], options: PredictionOptions(wait: .seconds(90))
                )
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.isCertainlyNotAccepted == true)
            #expect(server.requests.isEmpty)
        }
    }

    @Test
    func sendsNoCredentialsWithoutAToken() async throws {
        try await RawServer.run(answers: [.reply(200, body: row("p1", "starting"))]) { server in
            let client = try client(server, token: "")
            #expect(!client.hasToken)
            _ = try await client.predictions.get("p1")
            #expect(server.requests[0].headers["authorization"] == nil)
        }
    }

    @Test
    func readsListsBetweenTwoTimesPageByPage() async throws {
        try await RawServer.run({ request in
            let host = request.headers["host"] ?? ""
            let next = request.path.contains("cursor") ? "null" : #""http://\#(host)/v1/predictions?cursor=b%3D""#
            let id = request.path.contains("cursor") ? "old" : "new"
            return .reply(200, body: #"{"next": \#(next), "results": [{"id": "\#(id)", "status": "failed"}]}"#)
        }) { server in
            let client = try client(server)
            let first = try await client.predictions.list(
                createdAfter: Date(timeIntervalSince1970: 0), createdBefore: Date(timeIntervalSince1970: 1.5)
            )
            var ids: [String] = []
            for try await prediction in client.paginate({ first }) { ids.append(prediction.id) }
            #expect(ids == ["new", "old"])
            let query = "created_after=1970-01-01T00%3A00%3A00.000000Z&created_before=1970-01-01T00%3A00%3A01.500000Z"
            #expect(server.requests.map(\.path) == ["/v1/predictions?\(query)", "/v1/predictions?cursor=b%3D"])
            #expect(server.requests[1].headers["authorization"] == "Bearer r8_test")
            let link = try #require(first.next)
            #expect(try await client.page(at: link, of: Prediction.self).results.map(\.id) == ["old"])
        }
    }

    @Test
    func sendsNothingToAForeignPage() async throws {
        try await RawServer.run(answers: [.reply(200, body: "{}")]) { foreign in
            try await RawServer.run(answers: [.reply(200, body: "{}")]) { server in
                let client = try client(server)
                let page = Page<Prediction>(next: "\(foreign.url)/v1/predictions?cursor=secret", results: [])
                let error = await #expect(throws: ReplicateError.self) { try await client.nextPage(of: page) }
                #expect(error?.code == .foreignURL)
                #expect(error?.message.contains("secret") == false)
                #expect(foreign.requests.isEmpty && server.requests.isEmpty)
            }
        }
    }

    @Test(
        arguments: [
            (400, .badRequest, .refused), (401, .unauthorized, .refused), (402, .noCredit, .refused),
            (403, .forbidden, .refused), (404, .notFound, .refused), (408, .refused, .unknown),
            (409, .refused, .refused), (413, .tooLarge, .refused), (422, .invalidInput, .refused),
            (429, .throttled, .refused), (302, .unexpectedAnswer, .unknown), (500, .serverFailure, .unknown),
            (502, .serverFailure, .unknown), (524, .serverFailure, .unknown),
        ] as [(Int, ReplicateError.Code, ReplicateError.Delivery)]
    )
    func tellsRefusalsFromUnknownOutcomes(
        status: Int, code: ReplicateError.Code, delivery: ReplicateError.Delivery
    ) async throws {
        try await RawServer.run(answers: [.reply(status, body: #"{"title": "T", "detail": "D"}"#)]) { server in
            let client = try client(server)
            let error = await #expect(throws: ReplicateError.self) {
                try await client.predictions.create(.version("v"), input: [:])
            }
            #expect(error?.code == code)
            #expect(error?.delivery == delivery)
            #expect(error?.status == status)
            #expect(error?.message == "POST /predictions was answered with \(status): T: D")
        }
    }

    @Test
    func keepsWhatAThrottledAnswerSays() async throws {
        let answer = RawServer.Answer.reply(
            429, headers: ["Date": "Sun, 06 Nov 1994 08:49:37 GMT"],
            body: #"{"detail": "Request was throttled. Your rate limit resets in ~7s.", "status": 429}"#
        )
        try await RawServer.run(answers: [answer]) { server in
            let client = try client(server)
            let error = await #expect(throws: ReplicateError.self) { try await client.predictions.get("p") }
            #expect(error?.retryAfter == .seconds(7))
            #expect(error?.serverDate == Date(timeIntervalSince1970: 784_111_777))
            #expect(error?.problem?.status == 429)
        }
    }

    @Test
    func keepsABoundedPartOfABodyThatIsNoProblem() async throws {
        let page = "<html>" + String(repeating: "bad gateway ", count: 10_000)
        try await RawServer.run(answers: [.reply(502, body: page)]) { server in
            let client = try client(server)
            let error = await #expect(throws: ReplicateError.self) { try await client.predictions.get("p/../q?x") }
            #expect(error?.problem == nil)
            #expect(error?.body.utf8.count == 16 * 1024)
            #expect(error?.message == "GET /predictions/p%2F..%2Fq%3Fx was answered with 502")
        }
    }

    @Test(
        arguments: [
            ("", "'id' of the prediction"), ("<html>", "not JSON"),
            (#"{"status": "starting"}"#, "'id' of the prediction"),
            (#"[1]"#, "the prediction is array"),
        ]
    )
    func doesNotKnowWhatBecameOfACreateWhoseAnswerMakesNoSense(body: String, words: String) async throws {
        try await RawServer.run(answers: [.reply(201, body: body)]) { server in
            let client = try client(server)
            let error = await #expect(throws: ReplicateError.self) {
                try await client.predictions.create(.version("v"), input: [:])
            }
            #expect(error?.code == .unexpectedAnswer)
            #expect(error?.isCertainlyNotAccepted == false)
        }
    }

    @Test
    func repeatsReadsAndCancelsButNoCreateAfterAFailure() async throws {
        let retry = RequestRetry(maximumAttempts: 4, initial: .microseconds(10))
        for path in ["get", "cancel", "create"] {
            let answers: [RawServer.Answer] = [
                .reply(503), .close, .reply(500), .reply(200, body: row("p", "canceled")),
            ]
            try await RawServer.run(answers: answers) { server in
                let client = try client(server, retry: retry)
                switch path {
                case "get":
                    #expect(try await client.predictions.get("p").id == "p")
                    #expect(server.requests.count == 4)
                case "cancel":
                    #expect(try await client.predictions.cancel("p").status == .canceled)
                    #expect(server.requests.count == 4)
                default:
                    let error = await #expect(throws: ReplicateError.self) {
                        try await client.predictions.create(.version("v"), input: [:])
                    }
                    #expect(error?.isCertainlyNotAccepted == false)
                    #expect(server.requests.count == 1)
                }
            }
        }
    }

    @Test
    func asksForAFinishedPredictionAndNoLonger() async throws {
        let answers: [RawServer.Answer] = ["starting", "processing", "paused", "aborted"].map {
            .reply(200, body: row("p", $0))
        }
        try await RawServer.run(answers: answers) { server in
            var seen: [PredictionStatus] = []
            let prediction = try await client(server).wait(
                for: Prediction(id: "p", status: .starting), interval: .microseconds(10)
            ) { seen.append($0.status) }
            #expect(prediction.status == .aborted)
            #expect(seen == [.starting, .starting, .processing, .other("paused"), .aborted])
            #expect(server.requests.count == 4)
        }
    }

    @Test
    func runsAModelAndHoldsTheAnswer() async throws {
        let body = row("p", "succeeded", #", "output": ["a", "b"]"#)
        try await RawServer.run(answers: [.reply(201, body: row("p", "processing")), .reply(200, body: body)]) {
            server in
            let output = try await client(server).run("o/n", input: ["x": 1])
            #expect(output.json == ["a", "b"])
            #expect(output.text == "ab")
            #expect(server.requests.map(\.path) == ["/v1/models/o/n/predictions", "/v1/predictions/p"])
            #expect(server.requests[0].headers["prefer"] == "wait=60")
        }
    }

    @Test
    func runsTheLatestVersionOfACommunityModel() async throws {
        let answers: [RawServer.Answer] = [
            .reply(404, body: #"{"detail": "The requested resource could not be found."}"#),
            .reply(200, body: #"{"owner": "o", "name": "n", "latest_version": {"id": "5c7d"}}"#),
            .reply(201, body: row("p", "succeeded", #", "output": "done""#)),
        ]
        try await RawServer.run(answers: answers) { server in
            let output = try await client(server).run("o/n", input: [:], wait: .poll(interval: .milliseconds(1)))
            #expect(output.text == "done")
            #expect(server.requests.map(\.path) == ["/v1/models/o/n/predictions", "/v1/models/o/n", "/v1/predictions"])
            #expect(server.requests[2].headers["prefer"] == nil)
        }
    }

    @Test(arguments: [
        ("failed", ReplicateError.Code.predictionFailed), ("canceled", .predictionCanceled),
        ("aborted", .predictionAborted),
    ])
    func failsARunThatEndsWithoutSuccess(status: String, code: ReplicateError.Code) async throws {
        try await RawServer.run(answers: [.reply(201, body: row("p", status, #", "error": "boom""#))]) { server in
            let client = try client(server)
            let error = await #expect(throws: ReplicateError.self) { try await client.run("o/n:v", input: [:]) }
            #expect(error?.code == code)
            #expect(error?.message == "prediction p ended as \(status): boom")
            #expect(error?.prediction?.id == "p")
        }
    }

    @Test
    func readsModelsVersionsDeploymentsAndWhatHasNoMethod() async throws {
        try await RawServer.run({ request in
            switch request.path {
            case "/v1/models/o/n": .reply(200, body: #"{"owner": "o", "name": "n"}"#)
            case "/v1/models/o/n/versions/5c7d": .reply(200, body: #"{"id": "5c7d"}"#)
            case "/v1/deployments/o/n": .reply(200, body: #"{"owner": "o", "name": "n"}"#)
            case "/v1/account": .reply(200, body: #"{"type": "user", "username": "u"}"#)
            case "/v1/models": .reply(200, body: #"{"results": []}"#)
            case "/v1/hardware?a=b%20c": .reply(200, body: #"[{"name": "CPU", "sku": "cpu"}]"#)
            default: .reply(404)
            }
        }) { server in
            let client = try client(server)
            #expect(try await client.models.get("o", "n").name == "n")
            #expect(try await client.models.versions.get("o", "n", "5c7d").id == "5c7d")
            #expect(try await client.deployments.get("o", "n").name == "n")
            #expect(try await client.account.get().username == "u")
            #expect(try await client.models.search("fast & small").results.isEmpty)
            #expect(server.requests.last?.method == "QUERY")
            #expect(server.requests.last?.body == "fast & small")
            #expect(try await client.request("GET", "hardware", query: [("a", "b c")]).json[0]?["sku"] == "cpu")
        }
    }

    @Test
    func endsWithItsTask() async throws {
        try await RawServer.run(answers: [.silence]) { server in
            let client = try client(server, retry: RequestRetry())
            let task = Task { () -> ReplicateError.Code? in
                do throws(ReplicateError) {
                    _ = try await client.predictions.get("p")
                    return nil
                } catch {
                    return error.code
                }
            }
            task.cancel()
            #expect(await task.value == .canceled)
        }
    }

    @Test
    func showsItsTokenToNobody() async throws {
        let answer = RawServer.Answer.reply(401, body: #"{"title": "Unauthenticated", "status": 401}"#)
        try await RawServer.run(answers: [answer]) { server in
            let client = try client(server, token: "r8_verysecret")
            let error = await #expect(throws: ReplicateError.self) { try await client.predictions.get("p") }
            var dumped = ""
            dump(client, to: &dumped)
            dump(error, to: &dumped)
            let headers: HeaderFields = ["Authorization": "Bearer r8_verysecret", "Accept": "text/plain"]
            dump(headers, to: &dumped)
            dump(TransportRequest(url: server.url, headers: headers), to: &dumped)
            let texts = [
                dumped, "\(client)", String(reflecting: client), "\(try #require(error))", String(reflecting: error),
                "\(headers)", String(reflecting: headers), "\(TransportRequest(url: "x", headers: headers))",
            ]
            #expect(texts.allSatisfy { !$0.contains("verysecret") })
            #expect(server.requests[0].headers["authorization"] == "Bearer r8_verysecret")
            #expect("\(headers)" == "[Authorization: (hidden), Accept: text/plain]")
        }
    }

    @Test
    func refusesATokenThatCannotStandInAHeader() {
        let error = #expect(throws: ReplicateError.self) {
            try Client(token: "r8_a\r\nX-Evil: 1", baseURL: "https://api.example", transport: transport)
        }
        #expect(error?.code == .invalidArgument)
        #expect(
            error?.message
                == "the API token contains a space or a character that cannot be sent; expected letters and digits")
    }

    @Test(arguments: ["my-app/1.0\r\nX-Evil: 1", "my\tapp", "caf\u{E9}/1.0"])
    func refusesAUserAgentThatCannotStandInAHeader(userAgent: String) {
        let error = #expect(throws: ReplicateError.self) {
            try Client(token: "t", baseURL: "https://api.example", userAgent: userAgent, transport: transport)
        }
        #expect(error?.code == .invalidArgument)
        #expect(
            error?.message
                == "the user agent contains a line break or a character that cannot be sent; expected "
                + "plain text such as my-app/1.0")
    }
}
