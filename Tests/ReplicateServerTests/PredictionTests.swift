import AsyncHTTPClient
import JSON
import ReplicateServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PredictionTests {
    @Test func aPredictionStartsRunsAndSucceeds() async throws {
        try await API.withServer { api in
            let created = try await api.sleep(["seconds": 0.1, "text": "good morning"])
            #expect(created.status == 201)
            #expect(created["status"] == "starting")
            #expect(created["output"] == .null)
            #expect(created["source"] == "api")
            #expect(created["model"] == "nightshift/sleeper")
            let done = try await api.ended(created["id"])
            #expect(done.status == 200)
            #expect(done["status"] == "succeeded")
            #expect(done["output"] == "good morning")
            #expect(done["error"] == .null)
            #expect((done["metrics"]?["predict_time"]?.doubleValue ?? 0) == 0.1)
            #expect(done["logs"]?.stringValue?.contains("100%|██████████| 10/10") == true)
        }
    }
}
