import AsyncHTTPClient
import Foundation
import LosslessJSON
import NIOHTTP1
import ReplicateServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PredictionTests {
    @Test func aPredictionStartsRunsAndSucceeds() async throws {
        try await API.withServer { api in
            let created = try await api.sleep(["text": "good morning", "seconds": 0.1])
            #expect(created.status == 201)
            #expect(created["status"] == "starting")
            #expect(created["output"] == .null)
            #expect(created["source"] == "api")
            #expect(created["model"] == "nightshift/sleeper")
            #expect(created["version"]?.stringValue == (try await api.version(of: "nightshift/sleeper")))
            #expect(created.text.contains(#""input":{"seconds":0.1,"text":"good morning"}"#))
            #expect(created["id"]?.stringValue?.utf8.count == 26)
            let done = try await api.ended(created["id"])
            #expect(done.status == 200)
            #expect(done["status"] == "succeeded")
            #expect(done["output"] == "good morning")
            #expect(done["error"] == .null)
            #expect(done["data_removed"] == false)
            #expect(done["metrics"]?["predict_time"] == 0.1)
            #expect(done["logs"]?.stringValue?.contains("100%|██████████| 10/10") == true)
            #expect(done["urls"]?["get"]?.stringValue == "\(api.base)/predictions/\(created["id"]?.stringValue ?? "")")
        }
    }

    @Test func aPredictionThatStartsHasNeitherAStartNorLogs() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.startDelay = .seconds(60)
        let server = EmbeddedServer(configuration: configuration)
        try await server.whileRunning { base in
            let api = API(base: base)
            func isFresh(_ prediction: JSONValue?, logs: JSONValue?) {
                #expect(prediction?["status"] == "starting")
                #expect(prediction?["started_at"] == nil)
                #expect(prediction?["completed_at"] == nil)
                #expect(prediction?["metrics"] == nil)
                #expect(prediction?["output"] == .null)
                #expect(prediction?["logs"] == logs)
            }
            let created = try await api.sleep(["seconds": 30])
            isFresh(created.json, logs: "")
            let path = "/predictions/\(created["id"]?.stringValue ?? "")"
            isFresh(try await api.get(path).json, logs: "")
            isFresh(try await api.get("/predictions")["results"]?[0], logs: nil)
            isFresh(try await api.sleep(["seconds": 30], ["Prefer": "wait=1"]).json, logs: "")
            server.advanceClock(by: .seconds(61))
            let running = try await api.get(path)
            #expect(running["status"] == "processing")
            #expect(running["started_at"]?.stringValue != nil)
            #expect(running["logs"]?.stringValue?.isEmpty == false)
        }
    }

    /// A run that begins at once has begun before its create was answered, and the answer says `starting` all the same.
    @Test func theAnswerToACreateTellsNothingOfTheRun() async throws {
        try await API.withServer { api in
            for created in [
                try await api.sleep(["seconds": 0]),
                try await api.post("/models/nightshift/storyteller/predictions", ["input": ["prompt": "Ada"]]),
            ] {
                #expect(created["status"] == "starting")
                #expect(created["started_at"] == nil)
                #expect(created["completed_at"] == nil)
                #expect(created["metrics"] == nil)
                #expect(created["output"] == .null)
                #expect(created["logs"] == "")
            }
        }
    }

    @Test func theSameInstantHasNineDigitsFirstAndSixLater() async throws {
        try await API.withServer { api in
            let created = try await api.sleep(["seconds": 0])
            let first = try #require(created["created_at"]?.stringValue)
            let later = try #require(try await api.ended(created["id"])["created_at"]?.stringValue)
            #expect(first.utf8.count == 30)
            #expect(later.utf8.count == 27)
            #expect(first.dropLast(4) == later.dropLast())
        }
    }

    @Test(
        arguments: [
            (["fail": "CUDA out of memory (E1001)"], "failed", "CUDA out of memory (E1001)"),
            (["abort": true], "aborted", nil),
            (["cancel": true], "canceled", nil),
        ] as [(JSONValue, JSONValue, JSONValue)])
    func aPredictionEndsAsItsInputSays(input: JSONValue, status: JSONValue, error: JSONValue) async throws {
        try await API.withServer { api in
            var input = input.objectValue ?? [:]
            input["seconds"] = 0
            let done = try await api.ended(try await api.sleep(.object(input))["id"])
            #expect(done["status"] == status)
            #expect(done["error"] == error)
            #expect(done["output"] == .null)
        }
    }

    @Test(arguments: ["version", "owner/name:version", "official owner/name", "official route", "deployment"])
    func thereAreFiveWaysToCreate(way: String) async throws {
        try await API.withServer { api in
            let hello = try await api.version(of: "nightshift/hello-world")
            let input: JSONValue = ["text": "Ada"]
            let answer =
                switch way {
                case "version": try await api.post("/predictions", ["version": .string(hello), "input": input])
                case "owner/name:version":
                    try await api.post(
                        "/predictions", ["version": .string("nightshift/hello-world:\(hello)"), "input": input])
                case "official owner/name":
                    try await api.post("/predictions", ["version": "nightshift/hello-world", "input": input])
                case "official route":
                    try await api.post("/models/nightshift/hello-world/predictions", ["input": input])
                default: try await api.post("/deployments/nightshift/hello-world/predictions", ["input": input])
                }
            #expect(answer.status == 201)
            #expect(answer["version"]?.stringValue == (way.contains("version") ? hello : "hidden"))
            #expect(answer["deployment"] == (way == "deployment" ? "hello-world" : nil))
            #expect(try await api.ended(answer["id"])["output"] == "hello Ada")
        }
    }

    @Test func aCreateCanWaitForTheResult() async throws {
        try await API.withServer { api in
            let answer = try await api.sleep(["seconds": 0.2, "text": "done"], ["Prefer": "wait=10"])
            #expect(answer.status == 201)
            #expect(answer.headers.first(name: "preference-applied") == "wait=10")
            #expect(answer["status"] == "succeeded")
            #expect(answer["output"] == "done")
            let late = try await api.sleep(["seconds": 30], ["Prefer": "wait=1"])
            #expect(late["status"] == "processing")
            #expect(late["output"] == .null)
        }
    }

    @Test func aCancelEndsARunAndAWaitForIt() async throws {
        try await API.withServer { api in
            let created = try await api.sleep(["seconds": 100])
            let id = try #require(created["id"]?.stringValue)
            let canceled = try await api.send(.POST, "/predictions/\(id)/cancel")
            #expect(canceled.status == 200)
            #expect(canceled["status"] == "canceled")
            #expect(try await api.send(.POST, "/predictions/\(id)/cancel")["status"] == "canceled")

            async let waiting = api.sleep(["seconds": 100, "text": "waits"], ["Prefer": "wait=50"])
            var newest: String?
            while newest == nil {
                let rows = try await api.get("/predictions")["results"]?.arrayValue ?? []
                newest = rows.first { $0["input"]?["text"] == "waits" }?["id"]?.stringValue
            }
            _ = try await api.send(.POST, "/predictions/\(newest ?? "")/cancel")
            #expect(try await waiting["status"] == "canceled")
        }
    }

    @Test func aFinishedPredictionIsNotCanceled() async throws {
        try await API.withServer { api in
            let id = try await api.ended(try await api.sleep(["seconds": 0])["id"])["id"]?.stringValue ?? ""
            let answer = try await api.send(.POST, "/predictions/\(id)/cancel")
            #expect(answer.status == 200)
            #expect(answer["status"] == "succeeded")
        }
    }

    @Test func aDeadlineCancelsARunAndAbortsWhatWaits() async throws {
        for (delay, status) in [(Duration.zero, "canceled"), (.seconds(3600), "aborted")] {
            var configuration = EmbeddedServer.Configuration()
            configuration.startDelay = delay
            let server = EmbeddedServer(configuration: configuration)
            try await server.whileRunning { base in
                let api = API(base: base)
                let created = try await api.sleep(["seconds": 3000], ["Cancel-After": "1m"])
                #expect(created["deadline"]?.stringValue != nil)
                server.advanceClock(by: .seconds(61))
                #expect(try await api.ended(created["id"])["status"]?.stringValue == status)
            }
        }
    }

    @Test func anIteratorsOutputGrows() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.runTime = .seconds(1000)
        let server = EmbeddedServer(configuration: configuration)
        try await server.whileRunning { base in
            let api = API(base: base)
            let created = try await api.post(
                "/models/nightshift/storyteller/predictions", ["input": ["prompt": "Ada", "sentences": 9]])
            let path = "/predictions/\(created["id"]?.stringValue ?? "")"
            server.advanceClock(by: .seconds(500))
            let half = try await api.get(path)["output"]?.texts ?? []
            server.advanceClock(by: .seconds(500))
            let whole = try await api.ended(created["id"])["output"]?.texts ?? []
            #expect(!half.isEmpty && half.count < whole.count)
            #expect(whole.starts(with: half))
            #expect(whole.joined().hasSuffix("Good night."))
        }
    }

    @Test func theListIsNewestFirstInPagesOfAHundred() async throws {
        try await API.withServer { api in
            let version = try await api.version(of: "nightshift/sleeper")
            var ids: [String] = []
            var times: [String] = []
            for number in 0..<205 {
                let answer = try await api.post(
                    "/predictions", ["version": .string(version), "input": ["seconds": 0, "text": "\(number)"]])
                ids.append(answer["id"]?.stringValue ?? "")
                times.append(answer["created_at"]?.stringValue ?? "")
            }
            var link: String? = "/predictions"
            var pages: [[String]] = []
            while let next = link {
                let page = try await api.get(next)
                pages.append((page["results"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue })
                #expect(page["results"]?[0]?["logs"] == nil)
                link = page["next"]?.stringValue
                if let link { #expect(link.hasPrefix("\(api.base)/predictions?cursor=")) }
            }
            #expect(pages.map(\.count) == [100, 100, 5])
            #expect(pages.flatMap { $0 } == ids.reversed())

            // Both as a create shows a time and as a read does.
            for digits in [0, 3] {
                let after = String(times[200].dropLast(digits + 1)) + "Z"
                let since = try await api.get("/predictions?created_after=\(after)")["results"]?.arrayValue ?? []
                #expect(since.count == 5)
                let before = try await api.get("/predictions?created_before=\(after)")
                #expect(before["results"]?[0]?["id"]?.stringValue == ids[199])
                #expect(before["next"]?.stringValue?.contains("created_before=") == true)
            }
            #expect(try await api.get("/predictions?source=web")["results"] == [])
            for source in ["api", "", "WEB"] {
                let refused = try await api.get("/predictions?source=\(source)")
                #expect(refused.status == 400)
                #expect(
                    refused["detail"]?.stringValue
                        == "source is '\(source)'; expected web, or no source for all predictions")
            }
            #expect(try await api.get("/predictions?cursor=bm9uc2Vuc2U").status == 404)
            #expect(try await api.get("/predictions?created_after=yesterday").status == 400)
        }
    }

    @Test func dataIsRemovedAnHourAfterTheEnd() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { base in
            let api = API(base: base)
            let created = try await api.sleep(["seconds": 0, "bytes": 100])
            let url = try #require(try await api.ended(created["id"])["output"]?.stringValue)
            server.advanceClock(by: .seconds(3500))
            #expect(try await api.get(url).status == 200)
            server.advanceClock(by: .seconds(101))
            #expect(try await api.get(url).status == 404)
            let removed = try await api.ended(created["id"])
            #expect(removed["status"] == "succeeded")
            #expect(removed["data_removed"] == true)
            #expect(removed["input"] == [:])
            #expect(removed["output"] == .null)
            #expect(removed["logs"] == "")
            #expect(removed["metrics"]?["predict_time"] == 0)
        }
    }

    @Test func nastyBodiesAreAsStrangeAsTheWildOnes() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults.nasty = true
        try await API.withServer(configuration) { api in
            let version = try await api.version(of: "nightshift/sleeper")
            let created = try await api.sleep(["seconds": 0.1, "text": "x"])
            #expect(created["version"]?.stringValue != version)
            #expect(created["output"] == nil)
            #expect(created.text.components(separatedBy: "\"model\":").count == 3)
            let done = try await api.ended(created["id"])
            #expect(done["output"] == "x")
            #expect(done["webhook_completed"] == .null)
            let waited = try await api.sleep(["seconds": 0.05, "text": "x"], ["Prefer": "wait=5"])
            #expect(waited["status"] == "processing")
            #expect(waited["output"] == "x")
        }
    }
}
