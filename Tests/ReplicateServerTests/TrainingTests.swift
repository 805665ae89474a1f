import LosslessJSON
import NIOHTTP1
import ReplicateServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TrainingTests {
    @Test func aTrainingMakesAVersionThatRuns() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { base in
            let api = API(base: base)
            #expect(try await api.makeModel("rower").status == 201)
            let created = try await api.train("nightshift/rower", ["text": "row row row your boat", "steps": 6000])
            #expect(created.status == 201)
            #expect(created["status"] == "starting")
            #expect(created["model"] == "nightshift/tuner")
            #expect(created["input"]?["steps"] == 6000)
            let id = try #require(created["id"]?.stringValue)
            #expect(created["urls"]?["get"]?.stringValue == "\(base)/predictions/\(id)")

            let running = try await api.get("/trainings/\(id)")
            #expect(running["status"] == "processing")
            #expect(running["output"] == .null)
            #expect(running["urls"]?["cancel"]?.stringValue == "\(base)/trainings/\(id)/cancel")
            #expect(try await api.get("/models/nightshift/rower")["latest_version"] == .null)
            let tooEarly = try await api.delete("/models/nightshift/rower")
            #expect(tooEarly.status == 403)

            server.advanceClock(by: .seconds(60))
            let done = try await api.get("/trainings/\(id)")
            #expect(done["status"] == "succeeded")
            #expect(done["metrics"]?["predict_time"] == 60)
            let reference = try #require(done["output"]?["version"]?.stringValue)
            let version = String(try #require(reference.split(separator: ":").last))
            #expect(reference == "nightshift/rower:\(version)")
            let weights = try await api.get(done["output"]?["weights"]?.stringValue ?? "")
            #expect(weights.json == ["followers": ["row": ["row", "row", "your"], "your": ["boat"]]])
            let asPrediction = try await api.get("/predictions/\(id)")
            #expect(asPrediction["output"] == done["output"])
            #expect(asPrediction["urls"]?["get"]?.stringValue == "\(base)/predictions/\(id)")
            #expect(try await api.get("/predictions")["results"] == [])
            #expect(try await api.get("/models/nightshift/tuner")["run_count"] == 1)

            let model = try await api.get("/models/nightshift/rower")
            #expect(model["latest_version"]?["id"]?.stringValue == version)
            #expect(model["latest_version"]?["created_at"] == done["completed_at"])
            #expect(try await api.get("/models/nightshift/rower/versions/\(version)").json == model["latest_version"])

            for name in [version, reference] {
                let run = try await api.post(
                    "/predictions", ["version": .string(name), "input": ["prompt": "row", "words": 5, "seed": 3]],
                    ["Prefer": "wait=10"])
                #expect(run.status == 201)
                #expect(run["status"] == "succeeded")
                #expect(run["model"] == "nightshift/rower")
                #expect(run["version"]?.stringValue == version)
                let words = run["output"]?.stringValue?.split(separator: " ").map(String.init) ?? []
                #expect(words.count == 6)
                #expect(Set(words).isSubset(of: ["row", "your", "boat"]))
                #expect(words.first == "row")
            }
            #expect(try await api.get("/models/nightshift/rower")["run_count"] == 2)
            let refused = try await api.post("/predictions", ["version": .string(version), "input": [:]])
            #expect(refused.mistakes == ["input required"])
        }
    }

    @Test func versionsAreListedInPagesAndDeleted() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { base in
            let api = API(base: base)
            #expect(try await api.makeModel("many").status == 201)
            var ids: [String] = []
            for _ in 0..<27 {
                ids.append(try await api.train("nightshift/many")["id"]?.stringValue ?? "")
                server.advanceClock(by: .seconds(1))
            }
            var versions: [String] = []
            for id in ids {
                let reference = try await api.get("/trainings/\(id)")["output"]?["version"]?.stringValue ?? ""
                versions.append(String(reference.split(separator: ":").last ?? ""))
            }
            let pages = try await api.pages("/models/nightshift/many/versions")
            #expect(pages.map(\.count) == [25, 2])
            #expect(pages.joined().compactMap { $0["id"]?.stringValue } == versions.reversed())

            let path = "/models/nightshift/many"
            let full = try await api.delete(path)
            #expect(full.status == 403)
            #expect(full["detail"]?.stringValue?.contains("delete the versions") == true)
            for version in versions {
                #expect(try await api.delete("\(path)/versions/\(version)").status == 202)
            }
            #expect(try await api.get("\(path)/versions/\(versions[0])").status == 404)
            #expect(try await api.delete("\(path)/versions/\(versions[0])").status == 404)
            let gone = try await api.post(
                "/predictions", ["version": .string(versions[0]), "input": ["prompt": "x"]])
            #expect(gone.status == 422)
            #expect(try await api.delete(path).status == 204)

            #expect(try await api.makeModel("open", "public").status == 201)
            let open = try await api.train("nightshift/open")
            server.advanceClock(by: .seconds(1))
            #expect(try await api.ended(open["id"])["status"] == "succeeded")
            let version = try await api.version(of: "nightshift/open")
            #expect(try await api.delete("/models/nightshift/open/versions/\(version)").status == 403)
        }
    }

    @Test func trainingsAreListedInPagesOfAHundred() async throws {
        try await API.withServer { api in
            #expect(try await api.makeModel("busy").status == 201)
            var ids: [String] = []
            for _ in 0..<103 { ids.append(try await api.train("nightshift/busy")["id"]?.stringValue ?? "") }
            let pages = try await api.pages("/trainings")
            #expect(pages.map(\.count) == [100, 3])
            #expect(pages.joined().compactMap { $0["id"]?.stringValue } == ids.reversed())
            #expect(pages[0][0]["urls"]?["get"]?.stringValue == "\(api.base)/trainings/\(ids[102])")
            #expect(try await api.get("/trainings?cursor=bm9uc2Vuc2U").status == 404)
        }
    }

    @Test func aTrainingThatEndsOtherwiseMakesNoVersion() async throws {
        try await API.withServer { api in
            #expect(try await api.makeModel("none").status == 201)
            let failing = try await api.train("nightshift/none", ["text": "x", "steps": 1, "fail": "no luck"])
            let failed = try await api.ended(failing["id"])
            #expect(failed["status"] == "failed")
            #expect(failed["error"] == "no luck")
            #expect(failed["output"] == .null)
            for collection in ["trainings", "predictions"] {
                let long = try await api.train("nightshift/none", ["text": "x", "steps": 100_000])
                let path = "/\(collection)/\(long["id"]?.stringValue ?? "")"
                let canceled = try await api.send(.POST, "\(path)/cancel")
                #expect(canceled.status == 200)
                #expect(canceled["status"] == "canceled")
                #expect(try await api.get(path)["status"] == "canceled")
            }
            #expect(try await api.pages("/models/nightshift/none/versions") == [[]])
            #expect(try await api.delete("/models/nightshift/none").status == 204)
        }
    }

    @Test func aTrainingHasToBeInOrder() async throws {
        try await API.withServer { api in
            #expect(try await api.makeModel("mine").status == 201)
            for destination in ["nightshift/nothing", "nightshift/poster", "<invalid>"] {
                let answer = try await api.train(destination)
                #expect(answer.status == 404)
                #expect(
                    answer.json == ["detail": "The specified training destination does not exist", "status": 404])
                #expect(answer.headers.first(name: "ratelimit-remaining") == "2999")
            }
            let hello = try await api.version(of: "nightshift/hello-world")
            let untrainable = try await api.post(
                "/models/nightshift/hello-world/versions/\(hello)/trainings",
                ["destination": "nightshift/mine", "input": [:]])
            #expect(untrainable.status == 400)
            #expect(untrainable["detail"]?.stringValue?.contains("cannot be trained") == true)
            let unknown = try await api.post(
                "/models/nightshift/tuner/versions/\(hello)/trainings",
                ["destination": "nightshift/mine", "input": ["text": "x"]])
            #expect(unknown.status == 404)

            let input = try await api.train("nightshift/mine", ["steps": 0])
            #expect(input.status == 422)
            #expect(input.mistakes == ["input required", "input.steps number_gte"])
            let tuner = try await api.version(of: "nightshift/tuner")
            let body = try await api.post(
                "/models/nightshift/tuner/versions/\(tuner)/trainings", ["input": [], "version": "x"])
            #expect(body.mistakes == [" required", "input invalid_type", " additional_property_not_allowed"])
            for path in ["/trainings/00000000000000000000000000", "/trainings/x"] {
                #expect(try await api.get(path).status == 404)
                #expect(try await api.send(.POST, "\(path)/cancel").status == 404)
            }
            // A prediction is no training.
            let prediction = try await api.sleep(["seconds": 0])
            #expect(try await api.get("/trainings/\(prediction["id"]?.stringValue ?? "")").status == 404)
        }
    }

    @Test func aTrainingTakesAWebhookAndLosesItsDataInTime() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { base in
            let api = API(base: base)
            #expect(try await api.makeModel("kept").status == 201)
            let tuner = try await api.version(of: "nightshift/tuner")
            let created = try await api.post(
                "/models/nightshift/tuner/versions/\(tuner)/trainings",
                [
                    "destination": "nightshift/kept", "input": ["text": "a b", "steps": 1],
                    "webhook": "https://example.com/hook", "webhook_events_filter": ["completed"],
                ])
            #expect(created.status == 201)
            server.advanceClock(by: .seconds(4000))
            let removed = try await api.get("/trainings/\(created["id"]?.stringValue ?? "")")
            #expect(removed["status"] == "succeeded")
            #expect(removed["data_removed"] == true)
            #expect(removed["output"] == .null)
            // What it made stays.
            #expect(try await api.get("/models/nightshift/kept")["latest_version"]?["id"]?.stringValue != nil)
        }
    }
}
