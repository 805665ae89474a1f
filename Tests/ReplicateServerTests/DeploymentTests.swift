import LosslessJSON
import NIOHTTP1
import ReplicateServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DeploymentTests {
    private func order(_ api: API, name: String = "mine", model: String = "nightshift/hello-world") async throws
        -> [String: JSONValue]
    {
        [
            "name": .string(name), "model": .string(model), "version": .string(try await api.version(of: model)),
            "hardware": "gpu-t4", "min_instances": 1, "max_instances": 5,
        ]
    }

    @Test func aDeploymentIsCreatedRunsAndIsDeleted() async throws {
        try await API.withServer { api in
            let order = try await order(api)
            let created = try await api.post("/deployments", .object(order))
            #expect(created.status == 200)
            #expect(created["owner"] == "nightshift")
            #expect(created["name"] == "mine")
            let release = created["current_release"]
            #expect(release?["number"] == 1)
            #expect(release?["model"] == "nightshift/hello-world")
            #expect(release?["version"] == order["version"])
            #expect(release?["created_by"]?["username"] == "nightshift")
            #expect(release?["configuration"] == ["hardware": "gpu-t4", "min_instances": 1, "max_instances": 5])
            let path = "/deployments/nightshift/mine"
            #expect(try await api.get(path).json == created.json)

            let run = try await api.post(
                "\(path)/predictions", ["input": ["text": "Ada"]], ["Prefer": "wait=10"])
            #expect(run.status == 201)
            #expect(run["deployment"] == "mine")
            #expect(run["model"] == "nightshift/hello-world")
            #expect(run["version"] == order["version"])
            #expect(run["output"] == "hello Ada")

            let changed = try await api.patch(path, ["min_instances": 3, "max_instances": 10])
            #expect(changed.status == 200)
            #expect(changed["current_release"]?["number"] == 2)
            #expect(
                changed["current_release"]?["configuration"] == [
                    "hardware": "gpu-t4", "min_instances": 3, "max_instances": 10,
                ])
            #expect(try await api.patch(path, ["hardware": "cpu"])["current_release"]?["number"] == 3)
            #expect(try await api.patch(path, [:])["current_release"]?["number"] == 3)
            #expect(try await api.post("/deployments", .object(order)).status == 409)

            #expect(try await api.delete(path).status == 204)
            #expect(try await api.delete(path).status == 404)
            #expect(try await api.get(path).status == 404)
            #expect(try await api.patch(path, [:]).status == 404)
            #expect(try await api.post("\(path)/predictions", ["input": ["text": "Ada"]]).status == 404)
        }
    }

    @Test func aDeploymentRunsTheVersionItWasGiven() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { base in
            let api = API(base: base)
            #expect(try await api.makeModel("poet").status == 201)
            var versions: [JSONValue] = []
            for text in ["one one", "two two"] {
                let training = try await api.train("nightshift/poet", ["text": .string(text), "steps": 1])
                server.advanceClock(by: .seconds(1))
                #expect(try await api.ended(training["id"])["status"] == "succeeded")
                versions.append(.string(try await api.version(of: "nightshift/poet")))
            }
            var order = try await order(api, name: "poets", model: "nightshift/poet")
            order["version"] = versions[0]
            #expect(try await api.post("/deployments", .object(order)).status == 200)
            let path = "/deployments/nightshift/poets"
            let input: JSONValue = ["input": ["prompt": "", "words": 2]]
            let first = try await api.post("\(path)/predictions", input, ["Prefer": "wait=10"])
            #expect(first["output"] == "one one")
            #expect(first["version"] == versions[0])
            #expect(try await api.patch(path, ["version": versions[1]]).status == 200)
            let second = try await api.post("\(path)/predictions", input, ["Prefer": "wait=10"])
            #expect(second["output"] == "two two")
            #expect(second["version"] == versions[1])

            let model = "/models/nightshift/poet/versions"
            let used = try await api.delete("\(model)/\(versions[1].stringValue ?? "")")
            #expect(used.status == 403)
            #expect(used["detail"]?.stringValue?.contains("nightshift/poets runs this version") == true)
            #expect(try await api.delete("\(model)/\(versions[0].stringValue ?? "")").status == 202)
        }
    }

    @Test func aDeploymentHasToBeInOrder() async throws {
        try await API.withServer { api in
            #expect(try await api.post("/deployments", [:]).mistakes.count == 4)
            for (change, mistakes) in [
                (
                    ["min_instances": 6, "max_instances": 21],
                    ["min_instances number_lte", "max_instances number_lte"]
                ),
                (["min_instances": -1], ["min_instances number_gte"]),
                (["max_instances": 0.5], ["max_instances invalid_type"]),
                (["max_instances": 0], ["min_instances number_lte"]), (["hardware": "abacus"], ["hardware enum"]),
                (["name": "Not so"], ["name pattern"]), (["model": "poster"], ["model pattern"]),
                (["model": "nightshift/nothing"], ["model enum"]),
                (["zone": "moon"], [" additional_property_not_allowed"]),
            ] as [([String: JSONValue], [String])] {
                let wrong = try await order(api).merging(change) { $1 }
                let answer = try await api.post("/deployments", .object(wrong))
                #expect(answer.status == 422)
                #expect(answer.mistakes == mistakes)
            }
            let old = try await order(api).merging(["version": "0000"]) { $1 }
            let refused = try await api.post("/deployments", .object(old))
            #expect(refused.status == 422)
            #expect(refused["title"] == "Invalid version or not permitted")

            #expect(try await api.post("/deployments", .object(try await order(api))).status == 200)
            let path = "/deployments/nightshift/mine"
            for (change, mistake) in [
                (["min_instances": 6], "min_instances number_lte"), (["max_instances": 0], "min_instances number_lte"),
                (["hardware": "abacus"], "hardware enum"),
                (["model": "nightshift/poster"], " required"), (["model": "poster"], " required"),
                (["zone": "moon"], " additional_property_not_allowed"),
            ] as [(JSONValue, String)] {
                let answer = try await api.patch(path, change)
                #expect(answer.status == 422)
                #expect(answer.mistakes == [mistake])
            }
            let other = try await api.version(of: "nightshift/poster")
            #expect(try await api.patch(path, ["version": .string(other)]).status == 422)
            #expect(try await api.get(path)["current_release"]?["number"] == 1)
        }
    }

    @Test func aDeploymentWithoutCountsHasNoneToOneInstances() async throws {
        try await API.withServer { api in
            for (given, expected) in [
                ([:], (0, 1)), (["min_instances": 1], (1, 1)), (["max_instances": 4], (0, 4)),
            ] as [([String: JSONValue], (JSONValue, JSONValue))] {
                var order = try await order(api, name: "counts-\(expected.1)-\(given.count)")
                order["min_instances"] = given["min_instances"]
                order["max_instances"] = given["max_instances"]
                let made = try await api.post("/deployments", .object(order))
                #expect(made.status == 200)
                #expect(
                    made["current_release"]?["configuration"]
                        == ["hardware": "gpu-t4", "min_instances": expected.0, "max_instances": expected.1])
            }
            var order = try await order(api)
            order["min_instances"] = 2
            order["max_instances"] = nil
            #expect(try await api.post("/deployments", .object(order)).mistakes == ["min_instances number_lte"])
        }
    }

    @Test func anUpdateMayNameTheModel() async throws {
        try await API.withServer { api in
            #expect(try await api.post("/deployments", .object(try await order(api))).status == 200)
            let path = "/deployments/nightshift/mine"
            // As the clients send it beside what is to be changed.
            let same = try await api.patch(path, ["model": "nightshift/hello-world", "max_instances": 7])
            #expect(same.status == 200)
            #expect(same["current_release"]?["configuration"]?["max_instances"] == 7)
            #expect(same["current_release"]?["model"] == "nightshift/hello-world")

            let old = try #require(same["current_release"]?["version"])
            let new = JSONValue.string(try await api.version(of: "nightshift/storyteller"))
            let changed = try await api.patch(path, ["model": "nightshift/storyteller", "version": new])
            #expect(changed.status == 200)
            #expect(changed["current_release"]?["model"] == "nightshift/storyteller")
            #expect(changed["current_release"]?["version"] == new)
            let run = try await api.post("\(path)/predictions", ["input": ["prompt": "Ada"]], ["Prefer": "wait=10"])
            #expect(run["model"] == "nightshift/storyteller")
            #expect(run["status"] == "succeeded")

            for (change, title) in [
                (["model": "nightshift/storyteller", "version": old], "Invalid version or not permitted"),
                (["model": "nightshift/hello-world", "version": new], "Invalid version or not permitted"),
                (["model": "nightshift/nothing", "version": new], "Input validation failed"),
                (["model": "storyteller", "version": new], "Input validation failed"),
                (["model": 7], "Input validation failed"),
            ] as [(JSONValue, JSONValue)] {
                let refused = try await api.patch(path, change)
                #expect(refused.status == 422)
                #expect(refused["title"] == title)
            }
            #expect(try await api.get(path).json == changed.json)
        }
    }

    @Test func everyServedModelHasADeploymentThatStays() async throws {
        try await API.withServer { api in
            let path = "/deployments/nightshift/hello-world"
            let deployment = try await api.get(path)
            #expect(deployment["current_release"]?["number"] == 1)
            #expect(try await api.delete(path).status == 403)
            #expect(try await api.patch(path, ["min_instances": 1]).status == 403)
            #expect(try await api.post("/deployments", .object(try await order(api, name: "poster"))).status == 409)
        }
    }

    @Test func deploymentsAreListedNewestFirstInPages() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { base in
            let api = API(base: base)
            for number in 0..<24 {
                let answer = try await api.post(
                    "/deployments", .object(try await order(api, name: "deployment-\(number)")))
                #expect(answer.status == 200)
                server.advanceClock(by: .seconds(1))
            }
            let pages = try await api.pages("/deployments")
            #expect(pages.map(\.count) == [25, 4])
            let names = pages.joined().compactMap { $0["name"]?.stringValue }
            #expect(names.filter { $0.hasPrefix("deployment-") } == (0..<24).reversed().map { "deployment-\($0)" })
            #expect(Set(names).isSuperset(of: ["hello-world", "poster", "sleeper", "storyteller", "tuner"]))
        }
    }
}
