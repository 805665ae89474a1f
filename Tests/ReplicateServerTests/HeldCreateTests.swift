import LosslessJSON
import NIOHTTP1
import ReplicateServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HeldCreateTests {
    private func configuration(_ way: String) throws -> EmbeddedServer.Configuration {
        var configuration = EmbeddedServer.Configuration()
        configuration.earlyOutput = way == "option"
        if way != "option" { configuration.faults = try Faults(parsing: way) }
        configuration.commands = ["me/echo": "cat"]
        return configuration
    }

    @Test(arguments: ["option", "early-output=1", "nasty"])
    func aHeldCreateIsAnsweredBeforeItsEndIsWrittenDown(way: String) async throws {
        try await API.withServer(try configuration(way)) { api in
            for (path, input, output) in [
                ("nightshift/hello-world", ["text": "Ada"], "hello Ada"), ("me/echo", ["a": 1], ["a": 1]),
                ("nightshift/storyteller", ["prompt": "Ada"], nil),
            ] as [(String, JSONValue, JSONValue?)] {
                let held = try await api.post("/models/\(path)/predictions", ["input": input], ["Prefer": "wait=10"])
                #expect(held.status == 201)
                #expect(held["status"] == "processing")
                // As in the recordings: nothing but the output tells that it is over.
                for key in ["started_at", "completed_at", "metrics"] { #expect(held[key] == nil) }
                #expect(held["logs"] == "")
                #expect(held["error"] == .null)
                let done = try await api.get("/predictions/\(held["id"]?.stringValue ?? "")")
                #expect(done["status"] == "succeeded")
                #expect(done["completed_at"] != nil)
                #expect(held["output"] == (output ?? done["output"]))
                #expect(done["output"] == held["output"])
            }
        }
    }

    @Test func onlyASuccessIsAnsweredEarly() async throws {
        try await API.withServer(try configuration("option")) { api in
            let failed = try await api.sleep(["seconds": 0, "fail": "no luck"], ["Prefer": "wait=10"])
            #expect(failed["status"] == "failed")
            #expect(failed["error"] == "no luck")
            #expect(try await api.sleep(["seconds": 0])["output"] == .null)
            let late = try await api.sleep(["seconds": 30, "text": "x"], ["Prefer": "wait=1"])
            #expect(late["status"] == "processing")
            #expect(late["started_at"] != nil)
            #expect(late["output"] == .null)
        }
    }

    @Test func byDefaultAHeldCreateTellsTheEnd() async throws {
        try await API.withServer { api in
            let held = try await api.sleep(["seconds": 0], ["Prefer": "wait=10"])
            #expect(held["status"] == "succeeded")
        }
    }

    @Test func aShareOfHeldCreatesIsAnsweredEarly() async throws {
        try await API.withServer(try configuration("early-output=0.5,seed=3")) { api in
            var statuses: [String: Int] = [:]
            for _ in 0..<30 {
                let held = try await api.sleep(["seconds": 0], ["Prefer": "wait=10"])
                statuses[held["status"]?.stringValue ?? "", default: 0] += 1
            }
            #expect(Set(statuses.keys) == ["processing", "succeeded"])
        }
    }

    @Test func aListOfPreferencesHoldsTheCreate() async throws {
        try await API.withServer { api in
            let held = try await api.sleep(["seconds": 0.1], ["Prefer": "respond-async, wait = \"5\""])
            #expect(held["status"] == "succeeded")
            #expect(held.headers.first(name: "preference-applied") == "wait=5")
        }
    }
}
