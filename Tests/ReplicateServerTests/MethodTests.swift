import HTTPTypes
import LosslessJSON
import NIOHTTP1
import Testing

@testable import ReplicateServer

/// What methods and forms of addresses the routes answer to.
@Suite(.timeLimit(.minutes(1)))
struct MethodTests {
    @Test func aHeadHasTheHeadersOfAGet() async throws {
        try await API.withServer { api in
            let made = try await api.ended(try await api.sleep(["seconds": 0, "bytes": 1000])["id"])
            let output = try #require(made["output"]?.stringValue)
            let web = try #require(made["urls"]?["web"]?.stringValue)
            let version = try await api.version(of: "nightshift/sleeper")
            #expect(try await api.makeModel("poet").status == 201)
            let training = try await api.train("nightshift/poet")
            let trainingID = training["id"]?.stringValue ?? ""
            while try await api.get("/trainings/\(trainingID)")["completed_at"] == nil {}
            let form =
                "--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"f\"\r\n\r\nhello\r\n--b--\r\n"
            let file = try await api.send(
                .POST, "/files", ["Content-Type": "multipart/form-data; boundary=b"], body: Array(form.utf8))
            let fileURL = try #require(file["urls"]?["get"]?.stringValue)
            let paths = [
                "/predictions", "/predictions/\(made["id"]?.stringValue ?? "")", "/models",
                "/models/nightshift/sleeper",
                "/models/nightshift/poster/examples", "/models/nightshift/poster/readme",
                "/models/nightshift/sleeper/versions", "/models/nightshift/sleeper/versions/\(version)", "/trainings",
                "/trainings/\(trainingID)", "/deployments", "/deployments/nightshift/poster", "/search?query=poster",
                "/collections", "/collections/text-to-image", "/files", fileURL, fileURL + "/download", "/account",
                "/hardware", "/webhooks/default/secret", output, web,
            ]
            func headers(_ answer: API.Answer) -> [String] {
                answer.headers.map { "\($0.name.lowercased()): \($0.value)" }.filter { !$0.hasPrefix("date:") }.sorted()
            }
            for path in paths {
                let whole = try await api.get(path)
                let head = try await api.send(.HEAD, path)
                #expect(whole.status == 200 && head.status == 200, "\(path)")
                #expect(headers(head) == headers(whole), "\(path)")
                #expect(!whole.bytes.isEmpty && head.bytes.isEmpty, "\(path)")
            }
            let stream = try await api.send(.HEAD, try #require(made["urls"]?["stream"]?.stringValue))
            #expect(stream.status == 200 && stream.bytes.isEmpty)
            #expect(stream.headers.first(name: "content-type") == "text/event-stream")
            let missing = try await api.send(.HEAD, "/predictions/nothing")
            #expect(missing.status == 404 && missing.bytes.isEmpty)
        }
    }

    @Test(arguments: [
        (HTTPMethod.PUT, "/models", "GET, HEAD, POST, QUERY, OPTIONS"),
        (.DELETE, "/models", "GET, HEAD, POST, QUERY, OPTIONS"),
        (.DELETE, "/predictions", "GET, HEAD, POST, OPTIONS"), (.POST, "/account", "GET, HEAD, OPTIONS"),
        (.GET, "/predictions/x/cancel", "POST, OPTIONS"), (.PUT, "/models/a/b", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        (.POST, "/deployments/a/b", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        (.PATCH, "/files/x", "GET, HEAD, DELETE, OPTIONS"),
    ])
    func aMethodThatAPathDoesNotKnowIsRefused(method: HTTPMethod, path: String, allowed: String) async throws {
        try await API.withServer { api in
            let refused = try await api.send(method, path)
            #expect(refused.status == 405)
            #expect(refused.headers.first(name: "allow") == allowed)
            #expect(refused.json == ["detail": .string("Method \"\(method.rawValue)\" not allowed.")])
            let options = try await api.send(.OPTIONS, path)
            #expect(options.status == 204)
            #expect(options.headers.first(name: "allow") == allowed)
            #expect(options.headers["access-control-allow-origin"].isEmpty)
            var stranger = api
            stranger.token = nil
            for method in [method, .OPTIONS] {
                let answer = try await stranger.send(method, path)
                #expect(answer.status == 401)
                #expect(answer.headers["allow"].isEmpty)
            }
            #expect(try await api.send(.OPTIONS, "/no/such/path").status == 404)
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.post, "/predictions"), (.get, "/predictions"), (.get, "/predictions/x"),
        (.post, "/predictions/x/cancel"), (.get, "/models"), (.get, "/models/a/b"), (.patch, "/models/a/b"),
        (.post, "/models/a/b/predictions"), (.get, "/models/a/b/versions/v"),
        (.post, "/models/a/b/versions/v/trainings"),
        (.get, "/deployments"), (.post, "/deployments/a/b/predictions"), (.get, "/trainings/x"),
        (.get, "/collections/c"), (.get, "/hardware"), (.get, "/account"), (.get, "/search"), (.post, "/files"),
        (.get, "/files/x/download"), (.get, "/webhooks/default/secret"),
    ])
    func aPathMeansTheSameWithAndWithoutTheVersion(method: HTTPRequest.Method, path: String) throws {
        let route = try #require(Route(method, path: path))
        #expect(Route(method, path: "/v1" + path) == route)
        #expect(Route(method, path: "/v1/v1" + path) == nil)
    }

    @Test func linksHaveTheFormOfTheRequest() async throws {
        try await API.withServer { versioned in
            let plain = API(base: String(versioned.base.dropLast(3)))
            for number in 0..<101 {
                let body: JSONValue = ["input": ["text": .string("\(number)")]]
                let created = try await plain.post("/models/nightshift/hello-world/predictions", body)
                #expect(created.status == 201)
                #expect(created["urls"]?["get"]?.stringValue?.hasPrefix(versioned.base + "/predictions/") == true)
            }
            func ids(_ page: API.Answer) -> [JSONValue?] { page["results"]?.arrayValue?.map { $0["id"] } ?? [] }
            for api in [plain, versioned] {
                let first = try await api.get("/predictions")
                let next = try #require(first["next"]?.stringValue)
                #expect(next.hasPrefix("\(api.base)/predictions?cursor="))
                let second = try await api.get(next)
                #expect(second["results"]?.arrayValue?.count == 1)
                let back = try await api.get(try #require(second["previous"]?.stringValue))
                #expect(ids(back) == ids(first))
                let urls = second["results"]?[0]?["urls"]
                #expect(try await api.get(try #require(urls?["get"]?.stringValue))["status"] == "succeeded")
                let stream = try #require(urls?["stream"]?.stringValue)
                var reader = try await EventReader(stream)
                #expect(try await reader.events().text(of: "output") == "hello 0")
            }
        }
    }
}
