import AsyncHTTPClient
import Foundation
import LosslessJSON
import NIOCore
import NIOHTTP1
import ReplicateServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FaultTests {
    private func withFaults(_ text: String, _ body: (API, EmbeddedServer) async throws -> Void) async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults = try Faults(parsing: text)
        let server = EmbeddedServer(configuration: configuration)
        try await server.whileRunning { base in try await body(API(base: base), server) }
    }

    private func hello(_ api: API) async throws -> API.Answer {
        try await api.post("/models/nightshift/hello-world/predictions", ["input": ["text": "Ada"]])
    }

    private func count(_ api: API) async throws -> Int? {
        try await api.get("/predictions")["results"]?.arrayValue?.count
    }

    @Test func anAnswerIsLostBeforeOrAfterTheCreateWasAccepted() async throws {
        for (fault, created) in [("lost-before=1", 0), ("lost-after=1", 1)] {
            try await withFaults(fault) { api, server in
                await #expect(throws: (any Error).self) { try await hello(api) }
                let count = try await count(api)
                #expect(count == created)
                #expect(server.counts.creates == 1)
                #expect(server.counts.accepted == created)
            }
        }
    }

    @Test func aCreateFailsBeforeOrAfterItWasAccepted() async throws {
        for (fault, created) in [("5xx-before=1", 0), ("5xx-after=1", 1)] {
            try await withFaults(fault) { api, _ in
                let status = try await hello(api).status
                #expect((500...520).contains(status))
                #expect(try await count(api) == created)
            }
        }
    }

    @Test func readsFailWithBodiesOfManyKinds() async throws {
        try await withFaults("5xx-reads=1") { api, _ in
            var bodies: Set<String> = []
            for _ in 0..<40 {
                let answer = try await api.get("/predictions")
                #expect(answer.status >= 500)
                bodies.insert(answer.text)
            }
            #expect(bodies.count == 4)
        }
    }

    @Test func throttlingComesInBursts() async throws {
        try await withFaults("429=1,429-time=20s") { api, server in
            for _ in 0..<3 {
                let answer = try await hello(api)
                #expect(answer.status == 429)
                #expect(answer["retry_after"] == 20)
            }
            #expect(try await count(api) == 0)
            #expect(server.counts.throttled == 3)
        }
    }

    @Test func creditRunsOut() async throws {
        try await withFaults("402=1") { api, _ in
            let answer = try await hello(api)
            #expect(answer.status == 402)
            #expect(answer["title"] == "Insufficient credit")
        }
    }

    @Test(
        arguments: [
            ("interrupt=1", "failed", "Prediction interrupted; please retry (code: PA)"), ("abort=1", "aborted", nil),
        ] as [(String, JSONValue, JSONValue)])
    func predictionsAreHit(fault: String, status: JSONValue, error: JSONValue) async throws {
        try await withFaults(fault) { api, _ in
            let done = try await api.ended(try await hello(api)["id"])
            #expect(done["status"] == status)
            #expect(done["error"] == error)
        }
    }

    @Test func transientErrorsAreThePlatformsOwn() async throws {
        try await withFaults("fail=1") { api, _ in
            let error = try await api.ended(try await hello(api)["id"])["error"]?.stringValue
            #expect(Faults.transientErrors.contains(error ?? ""))
        }
    }

    @Test func aDownloadIsCutInTheMiddle() async throws {
        try await withFaults("truncate=1,seed=3") { api, _ in
            let created = try await api.sleep(["seconds": 0, "bytes": 500_000])
            let url = try #require(try await api.ended(created["id"])["output"]?.stringValue)
            let request = HTTPClientRequest(url: url)
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(50))
            #expect(response.headers.first(name: "content-length") == "500000")
            var received = 0
            await #expect(throws: (any Error).self) {
                for try await chunk in response.body { received += chunk.readableBytes }
            }
            #expect(received < 500_000)
        }
    }

    @Test func aCorruptDownloadDoesNotMatchItsETag() async throws {
        try await withFaults("corrupt=1") { api, _ in
            let created = try await api.sleep(["seconds": 0, "bytes": 5000, "text": "x"])
            let url = try #require(try await api.ended(created["id"])["output"]?.stringValue)
            let first = try await api.get(url)
            let second = try await api.get(url)
            #expect(first.bytes.count == 5000)
            #expect(first.bytes != second.bytes)
            #expect(first.headers.first(name: "etag") == second.headers.first(name: "etag"))
        }
    }

    @Test func slowAnswersComeLate() async throws {
        try await withFaults("slow=1,slow-time=300ms") { api, _ in
            let clock = ContinuousClock()
            let time = try await clock.measure { _ = try await api.get("/predictions") }
            #expect(time >= .milliseconds(300))
        }
    }

    @Test func theRequestLogHasALineForEveryAcceptedCreate() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("log-\(UUID()).jsonl").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var configuration = EmbeddedServer.Configuration()
        configuration.requestLog = path
        configuration.faults = try Faults(parsing: "lost-after=0.5,seed=2")
        try await API.withServer(configuration) { api in
            var answered: [String] = []
            for _ in 0..<20 {
                if let answer = try? await hello(api), let id = answer["id"]?.stringValue { answered.append(id) }
            }
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
                .map { try JSONValue(parsing: String($0)) }
            #expect(lines.count == 20)
            #expect(lines.filter { $0["answered"] == true }.compactMap { $0["id"]?.stringValue } == answered)
            #expect(answered.count > 2 && answered.count < 18)
            #expect(lines.allSatisfy { $0["input"] == ["text": "Ada"] && $0["model"] == "nightshift/hello-world" })
            #expect(Set(lines.compactMap { $0["input_digest"]?.stringValue }).map(\.utf8.count) == [64])
        }
    }

    @Test func aRequestLogThatCannotBeWrittenIsTold() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.requestLog = "/no/such/folder/log.jsonl"
        let error = await #expect(throws: EmbeddedServerError.self) {
            try await EmbeddedServer.withServer(configuration) { _ in }
        }
        #expect(error?.description.contains("'/no/such/folder/log.jsonl'") == true)
    }
}
