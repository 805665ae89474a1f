import LosslessJSON
import ReplicateAPI
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RequestTests {
    @Test(
        arguments: [
            ("a/b", "a", "b", nil), ("a/b:c", "a", "b", "c"), ("a/b:c:d", "a", "b", "c:d"),
            ("stability-ai/sdxl.1:latest", "stability-ai", "sdxl.1", "latest"), ("a:x/b", "a:x", "b", nil),
        ] as [(String, String, String, String?)]
    )
    func readsReferences(text: String, owner: String, name: String, version: String?) throws {
        let reference = try ModelReference(parsing: text)
        #expect(reference == ModelReference(owner: owner, name: name, version: version))
        #expect(reference.description == text)
    }

    @Test(arguments: ["", "a", "/b", "a/", "a//b", "a/b/c", "a/b:", "a/:c", "a/b c", " a/b", "a/b\n"])
    func refusesWhatNamesNoModel(text: String) {
        let error = #expect(throws: ModelReferenceError.self) { try ModelReference(parsing: text) }
        #expect(error?.description == "'\(text)' does not name a model; expected owner/name or owner/name:version")
    }

    @Test
    func choosesThePathByTheTarget() throws {
        let id = String(repeating: "5c7D", count: 16)
        #expect(try PredictionTarget(parsing: "o/n") == .model(owner: "o", name: "n"))
        #expect(try PredictionTarget(parsing: "o/n:v") == .version("v"))
        #expect(try PredictionTarget(parsing: id) == .version(id))
        #expect(throws: ModelReferenceError.self) { try PredictionTarget(parsing: String(id.dropLast())) }
        #expect(PredictionTarget.version("v").path == "/predictions")
        #expect(PredictionTarget.model(owner: "o", name: "n").path == "/models/o/n/predictions")
        #expect(PredictionTarget.deployment(owner: "o", name: "n").path == "/deployments/o/n/predictions")
    }

    @Test(
        arguments: [
            ("a.b-c_d~9", "a.b-c_d~9"), ("../x?y#z", "..%2Fx%3Fy%23z"), ("..", "%2E%2E"), (".", "%2E"), ("é", "%C3%A9"),
        ]
    )
    func letsNoNameLeaveItsSegment(text: String, encoded: String) {
        #expect(PathSegment.encode(text) == encoded)
    }

    @Test
    func putsTheVersionIntoTheBodyAndNothingThatWasNotAskedFor() {
        #expect(PredictionRequest(target: .version("v"), input: ["x": 1]).body == ["version": "v", "input": ["x": 1]])
        #expect(PredictionRequest(target: .model(owner: "o", name: "n"), input: [:]).body == ["input": [:]])
        let options = PredictionOptions(webhook: "https://example/hook", webhookEvents: [.start, .completed])
        #expect(
            PredictionRequest(target: .deployment(owner: "o", name: "n"), input: [:], options: options).body == [
                "input": [:], "webhook": "https://example/hook", "webhook_events_filter": ["start", "completed"],
            ]
        )
    }

    @Test(
        arguments: [
            (.seconds(1), "wait=1"), (.seconds(60), "wait=60"), (.milliseconds(1200), "wait=2"), (nil, nil),
        ] as [(Duration?, String?)]
    )
    func asksForWholeSeconds(wait: Duration?, header: String?) {
        #expect(PredictionOptions(wait: wait).preferHeader == header)
        #expect(PredictionOptions(wait: wait).problem == nil)
        #expect(PredictionOptions(cancelAfter: wait).cancelAfterHeader == header.map { "\($0.dropFirst(5))s" })
    }

    @Test(
        arguments: [
            PredictionOptions(wait: .milliseconds(500)), PredictionOptions(wait: .seconds(61)),
            PredictionOptions(cancelAfter: .seconds(4)), PredictionOptions(cancelAfter: .seconds(86_401)),
        ]
    )
    func knowsWhatTheAPIWouldNotTake(options: PredictionOptions) throws {
        #expect(try #require(options.problem).contains("expected"))
    }
}
