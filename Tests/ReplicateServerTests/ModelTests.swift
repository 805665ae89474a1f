import LosslessJSON
import NIOHTTP1
import ReplicateServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ModelTests {
    @Test func aModelShowsAllThatTheAPITells() async throws {
        try await API.withServer { api in
            let path = "/models/nightshift/hello-world"
            let model = try await api.get(path)
            #expect(
                model.json.objectValue?.keys.sorted() == [
                    "cover_image_url", "default_example", "description", "github_url", "is_official", "latest_version",
                    "license_url", "name", "owner", "paper_url", "run_count", "url", "visibility", "weights_url",
                ])
            #expect(model["is_official"] == true)
            #expect(model["run_count"] == 0)
            #expect(model["latest_version"]?["openapi_schema"]?["components"]?["schemas"]?["Input"] != nil)
            _ = try await api.post("\(path)/predictions", ["input": ["text": "Ada"]])
            _ = try await api.post("/deployments/nightshift/hello-world/predictions", ["input": ["text": "Bob"]])
            #expect(try await api.get(path)["run_count"] == 2)
        }
    }

    @Test(arguments: ["hello-world", "poster", "sleeper", "storyteller", "tuner"])
    func aBuiltInModelHasAnExampleAndAReadme(name: String) async throws {
        try await API.withServer { api in
            let path = "/models/nightshift/\(name)"
            let pages = try await api.pages("\(path)/examples")
            let example = try #require(pages.first?.first)
            #expect(pages.map(\.count) == [1])
            #expect(example["status"] == "succeeded")
            #expect(example["model"]?.stringValue == "nightshift/\(name)")
            #expect(try await api.get(path)["default_example"] == example)
            // It is a prediction like any other, and its files can be had.
            let read = try await api.get(example["urls"]?["get"]?.stringValue ?? "")
            #expect(read.status == 200)
            #expect(read.json == example)
            #expect(try await api.send(.POST, "/predictions/\(read["id"]?.stringValue ?? "")/cancel").json == example)
            if name == "poster" {
                let file = try await api.get(example["output"]?.stringValue ?? "")
                #expect(file.status == 200)
                #expect(file.bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            }
            let readme = try await api.get("\(path)/readme")
            #expect(readme.status == 200)
            #expect(readme.headers.first(name: "content-type") == "text/plain; charset=utf-8")
            #expect(readme.text.hasPrefix("# nightshift/\(name)\n"))
            #expect(try await api.get("/predictions")["results"] == [])
        }
    }

    @Test func aModelIsCreatedChangedAndDeleted() async throws {
        try await API.withServer { api in
            let created = try await api.post(
                "/models",
                [
                    "owner": "nightshift", "name": "my-model", "visibility": "private", "hardware": "gpu-t4",
                    "description": "mine", "github_url": "https://example.com/code",
                ])
            #expect(created.status == 201)
            #expect(created["visibility"] == "private")
            #expect(created["description"] == "mine")
            #expect(created["github_url"] == "https://example.com/code")
            #expect(created["is_official"] == false)
            #expect(created["latest_version"] == .null)
            #expect(created["default_example"] == .null)
            let path = "/models/nightshift/my-model"
            #expect(try await api.get(path).json == created.json)
            #expect(try await api.get("\(path)/readme").status == 404)
            #expect(try await api.pages("\(path)/examples") == [[]])
            #expect(try await api.pages("\(path)/versions") == [[]])
            #expect(try await api.post("\(path)/predictions", ["input": [:]]).status == 404)

            let again = try await api.makeModel("my-model")
            #expect(again.status == 409)
            #expect(again["detail"]?.stringValue?.contains("nightshift/my-model exists already") == true)
            #expect(try await api.makeModel("poster").status == 409)

            let changed = try await api.patch(
                path,
                [
                    "description": "ours", "readme": "# Ours", "github_url": nil, "paper_url": "https://example.com/p",
                    "weights_url": "https://example.com/w", "license_url": "https://example.com/l",
                ])
            #expect(changed.status == 200)
            #expect(changed["description"] == "ours")
            #expect(changed["github_url"] == .null)
            #expect(changed["weights_url"] == "https://example.com/w")
            #expect(try await api.get(path).json == changed.json)
            #expect(try await api.get("\(path)/readme").text == "# Ours")

            let deleted = try await api.delete(path)
            #expect(deleted.status == 204)
            #expect(deleted.bytes.isEmpty)
            #expect(try await api.get(path).status == 404)
            #expect(try await api.delete(path).status == 404)
            #expect(try await api.patch(path, [:]).status == 404)
        }
    }

    @Test func aModelHasToBeDescribedWell() async throws {
        try await API.withServer { api in
            let nothing = try await api.post("/models", [:])
            #expect(nothing.status == 422)
            #expect(nothing["title"] == "Input validation failed")
            #expect(nothing.mistakes == [" required", " required", " required", " required"])
            let wrong = try await api.post(
                "/models",
                ["owner": 1, "name": "x", "visibility": "secret", "hardware": "cpu", "colour": "red"])
            #expect(wrong.mistakes == ["owner invalid_type", "visibility enum", " additional_property_not_allowed"])
            let bad = try await api.post(
                "/models",
                [
                    "owner": "somebody", "name": "-Mine", "visibility": "public", "hardware": "abacus",
                    "paper_url": "paper",
                ])
            #expect(bad.mistakes == ["owner enum", "name pattern", "hardware enum", "paper_url format"])
            #expect(bad["detail"]?.stringValue?.contains(#"one of the following: "cpu", "gpu-t4""#) == true)
            #expect(try await api.post("/models", ["a", "list"]).mistakes == [" invalid_type"])
            #expect(try await api.send(.POST, "/models", body: Array("{".utf8)).status == 400)

            #expect(try await api.makeModel("mine").status == 201)
            let change = try await api.patch("/models/nightshift/mine", ["name": "yours", "readme": 5])
            #expect(change.status == 422)
            #expect(change.mistakes == ["readme invalid_type", " additional_property_not_allowed"])
        }
    }

    @Test func whatCameWithTheServerStaysAsItIs() async throws {
        try await API.withServer { api in
            let path = "/models/nightshift/poster"
            let version = try await api.version(of: "nightshift/poster")
            for answer in [
                try await api.delete(path), try await api.patch(path, ["description": "x"]),
                try await api.delete("\(path)/versions/\(version)"),
            ] {
                #expect(answer.status == 403)
                #expect(answer.headers.first(name: "content-type") == "application/problem+json")
                #expect(answer["detail"]?.stringValue?.contains("came with the server") == true)
            }
            #expect(try await api.makeModel("open", "public").status == 201)
            let open = try await api.delete("/models/nightshift/open")
            #expect(open.status == 403)
            #expect(open["detail"] == "Only private models can be deleted")
        }
    }

    @Test func publicModelsAreListedInPagesOfTwentyFive() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { base in
            let api = API(base: base)
            for number in 0..<30 {
                #expect(try await api.makeModel("model-\(number)", "public").status == 201)
                server.advanceClock(by: .seconds(1))
            }
            #expect(try await api.makeModel("hidden").status == 201)
            let newest = (0..<30).reversed().map { "model-\($0)" }
            func names(_ query: String) async throws -> [[String]] {
                try await api.pages("/models\(query)").map { $0.compactMap { $0["name"]?.stringValue } }
            }
            let builtIns = ["hello-world", "poster", "sleeper", "storyteller", "tuner"]
            let listed = try await names("?sort_by=model_created_at")
            #expect(listed.map(\.count) == [25, 10])
            #expect(Set(listed.joined()) == Set(newest + builtIns))
            #expect(listed.joined().filter { $0.hasPrefix("model-") } == newest)
            #expect(listed.joined().filter { builtIns.contains($0) } == builtIns)
            #expect(try await names("") == listed)
            let turned = try await names("?sort_direction=asc&sort_by=model_created_at")
            #expect(turned.flatMap { $0 } == listed.flatMap { $0 }.reversed())

            let first = try await api.get("/models?sort_direction=asc")
            #expect(first["previous"] == .null)
            let second = try await api.get(first["next"]?.stringValue ?? "")
            #expect(second["next"] == .null)
            let back = try await api.get(second["previous"]?.stringValue ?? "")
            #expect(back["results"] == first["results"])
            #expect(back["previous"] == .null)

            for query in ["sort_by=name", "sort_direction=up"] {
                #expect(try await api.get("/models?\(query)").status == 400)
            }
            #expect(try await api.get("/models?cursor=bm9uc2Vuc2U").status == 404)
        }
    }

    @Test func modelsAreFoundByTheMethodQuery() async throws {
        try await API.withServer { api in
            #expect(try await api.makeModel("lamp-post", "public").status == 201)
            #expect(try await api.makeModel("poster-lamp").status == 201)
            for text in ["lamp", #""lamp""#, "LAMP"] {
                let answer = try await api.send(
                    .RAW(value: "QUERY"), "/models", ["Content-Type": "text/plain"], body: Array(text.utf8))
                #expect(answer.status == 200)
                #expect(answer["next"] == .null)
                #expect(answer["results"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["lamp-post"])
            }
            let posters = try await api.send(.RAW(value: "QUERY"), "/models", body: Array("draws a poster".utf8))
            #expect(posters["results"]?[0]?["name"] == "poster")
            let nothing = try await api.send(.RAW(value: "QUERY"), "/models", body: Array("xylophone".utf8))
            #expect(nothing["results"] == [])
            #expect(try await api.send(.RAW(value: "QUERY"), "/models", body: [0xFF, 0xFE]).status == 400)
        }
    }

    @Test func theSearchFindsModelsAndCollections() async throws {
        try await API.withServer { api in
            let answer = try await api.get("/search?query=text%20image")
            #expect(answer.status == 200)
            #expect(answer["query"] == "text image")
            #expect(answer["pages"] == [])
            #expect(answer["collections"]?[0]?["slug"] == "text-to-image")
            let first = try #require(answer["models"]?[0])
            #expect(first["model"]?["latest_version"] != nil)
            #expect(first["metadata"]?["score"]?.doubleValue ?? 0 > 0)
            let poster = try await api.get("/search?query=poster&limit=1")
            #expect(poster["models"]?.arrayValue?.count == 1)
            #expect(poster["models"]?[0]?["model"]?["name"] == "poster")
            #expect(poster["models"]?[0]?["metadata"]?["tags"] == ["text-to-image"])
            for query in ["", "?query=", "?query=x&limit=0", "?query=x&limit=51", "?query=x&limit=many"] {
                let refused = try await api.get("/search\(query)")
                #expect(refused.status == 400)
                #expect(refused.json.objectValue?.keys.sorted() == ["detail"])
            }
        }
    }
}
