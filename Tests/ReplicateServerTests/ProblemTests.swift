import LosslessJSON
import NIOHTTP1
import ReplicateServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ProblemTests {
    @Test func withoutAValidTokenNothingIsTold() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.token = "the-right-one"
        try await API.withServer(configuration) { api in
            var stranger = api
            for path in ["/predictions", "/models/nightshift/hello-world", "/files", "/no/such/path"] {
                stranger.token = nil
                let missing = try await stranger.get(path)
                #expect(missing.status == 401)
                #expect(
                    missing.json == [
                        "title": "Unauthenticated", "detail": "You did not pass an authentication token", "status": 401,
                    ])
                #expect(missing.headers.first(name: "content-type") == "application/problem+json")
                #expect(missing.headers["ratelimit-remaining"].isEmpty)
            }
            stranger.token = "another"
            let wrong = try await stranger.get("/predictions")
            #expect(wrong.status == 401)
            #expect(wrong["detail"] == "You did not pass a valid authentication token")
            stranger.token = "the-right-one"
            #expect(try await stranger.get("/predictions").status == 200)
            #expect(try await api.get("/predictions", ["Authorization": "Token the-right-one"]).status == 200)
        }
    }

    @Test(arguments: [
        (HTTPMethod.GET, "/no/such/path"), (.GET, "/predictions/00000000000000000000000000"), (.GET, "/predictions/x"),
        (.POST, "/predictions/00000000000000000000000000/cancel"), (.GET, "/models/nightshift/nothing"),
        (.GET, "/models/nightshift/poster/versions/abc"), (.DELETE, "/elsewhere"), (.GET, "/deployments/a/b"),
    ])
    func whatIsNotThereIsAProblem(method: HTTPMethod, path: String) async throws {
        try await API.withServer { api in
            let answer = try await api.send(method, path)
            #expect(answer.status == 404)
            #expect(answer.json == ["detail": "The requested resource could not be found.", "status": 404])
        }
    }

    @Test func aCommunityModelDoesNotRunByNameAlone() async throws {
        try await API.withServer { api in
            let route = try await api.post("/models/nightshift/sleeper/predictions", ["input": ["text": "x"]])
            #expect(route.status == 404)
            for version in ["nightshift/sleeper", "nightshift/sleeper:latest", "", String(repeating: "0", count: 64)] {
                let answer = try await api.post(
                    "/predictions", ["version": .string(version), "input": ["text": "x"]])
                #expect(answer.status == 422)
                #expect(answer["title"] == "Invalid version or not permitted")
            }
        }
    }

    @Test func unknownKeysAtTheTopAreRefused() async throws {
        try await API.withServer { api in
            let answer = try await api.post("/predictions", ["model": "a/b", "input": [:]])
            #expect(answer.status == 422)
            #expect(
                answer.json == [
                    "detail": "- version is required\n- Additional property model is not allowed\n", "status": 422,
                    "title": "Input validation failed",
                    "invalid_fields": [
                        ["type": "required", "field": "", "description": "version is required"],
                        [
                            "type": "additional_property_not_allowed", "field": "",
                            "description": "Additional property model is not allowed",
                        ],
                    ],
                ])
        }
    }

    @Test func anInputIsCheckedByTheModelsOwnSchema() async throws {
        try await API.withServer { api in
            let version = JSONValue.string(try await api.version(of: "nightshift/poster"))
            let answer = try await api.post(
                "/predictions", ["version": version, "input": ["style": "noon", "width": 5000, "extra": 1]])
            #expect(answer.status == 422)
            #expect(answer["title"] == "Input validation failed")
            #expect(
                answer["detail"] == """
                    - input: prompt is required
                    - input.style: style must be one of the following: "dawn", "day", "dusk", "night"
                    - input.width: Must be less than or equal to 1536

                    """)
            #expect(
                answer["invalid_fields"]?.arrayValue?.compactMap { $0["type"] } == ["required", "enum", "number_lte"])
            #expect(try await api.get("/predictions")["results"] == [])
        }
    }

    @Test(arguments: [("{", 400), ("[]", 422), (#"{"input": 5}"#, 422)])
    func aBodyThatIsNoRequestIsRefused(body: String, status: Int) async throws {
        try await API.withServer { api in
            let answer = try await api.send(
                .POST, "/models/nightshift/hello-world/predictions", ["Content-Type": "application/json"],
                body: Array(body.utf8))
            #expect(answer.status == status)
        }
    }

    @Test func createsAreThrottledLikeAnAccountWithLittleCredit() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.creates = .init(count: 6, per: .seconds(60), burst: 1)
        configuration.sendsRetryAfter = true
        try await API.withServer(configuration) { api in
            let version = try await api.version(of: "nightshift/sleeper")
            let body: JSONValue = ["version": .string(version), "input": ["seconds": 0]]
            let first = try await api.post("/predictions", body)
            #expect(first.status == 201)
            #expect(first.headers.first(name: "ratelimit-remaining") == "0")
            #expect(first.headers.first(name: "ratelimit-reset") == "1")
            let second = try await api.post("/predictions", body)
            #expect(second.status == 429)
            #expect(second["status"] == 429)
            #expect(second["retry_after"] == 10)
            #expect(second.headers.first(name: "retry-after") == "10")
            #expect(
                second["detail"]
                    == """
                    Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with \
                    a burst of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~10s.
                    """)
            #expect(try await api.get("/predictions").status == 200)
        }
    }

    @Test func readsHaveABucketOfTheirOwn() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.reads = .init(count: 2, per: .seconds(60))
        try await API.withServer(configuration) { api in
            #expect(try await api.get("/predictions").headers.first(name: "ratelimit-remaining") == "1")
            _ = try await api.get("/predictions")
            let third = try await api.get("/predictions")
            #expect(third.status == 429)
            #expect(third.json == ["detail": "Request was throttled. Your rate limit resets in ~30s."])
            let create = try await api.post("/models/nightshift/hello-world/predictions", ["input": ["text": "Ada"]])
            #expect(create.status == 201)
        }
    }

    @Test func twoServersCannotHaveOnePort() async throws {
        try await EmbeddedServer.withServer { base in
            var configuration = EmbeddedServer.Configuration()
            configuration.port = Int(base.dropLast(3).split(separator: ":").last ?? "") ?? 0
            let error = await #expect(throws: EmbeddedServerError.self) {
                try await EmbeddedServer.withServer(configuration) { _ in }
            }
            #expect(error?.description.hasPrefix("cannot listen on 127.0.0.1:\(configuration.port): ") == true)
        }
    }
}
