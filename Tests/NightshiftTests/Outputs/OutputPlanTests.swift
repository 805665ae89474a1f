import JSON
import NightshiftCore
import ReplicateAPI
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct OutputPlanTests {
    private func text(_ text: String, at index: Int = 0) -> PlannedOutput {
        PlannedOutput(index: index, content: .text(text), fileExtension: "txt")
    }

    private func json(_ value: JSONValue, at index: Int = 0) -> PlannedOutput {
        PlannedOutput(index: index, content: .json(value), fileExtension: "json")
    }

    private func file(_ url: String, _ fileExtension: String, at index: Int = 0) -> PlannedOutput {
        PlannedOutput(index: index, content: .file(url: url), fileExtension: fileExtension)
    }

    @Test func withoutASchemaOnlyKnownHostsAndDataURIsAreFiles() {
        let base = "http://127.0.0.1:8080/v1"
        let output: JSONValue = [
            "https://replicate.delivery/a/out-0.PNG", "https://pb.replicate.delivery/out",
            "data:image/webp;base64,AA==",
            "http://127.0.0.1:8080/files/x.mp4",
        ]
        #expect(
            OutputPlan(output, schema: nil, baseURL: base).outputs == [
                file("https://replicate.delivery/a/out-0.PNG", "png"),
                file("https://pb.replicate.delivery/out", "bin", at: 1),
                PlannedOutput(index: 2, content: .dataURI("data:image/webp;base64,AA=="), fileExtension: "webp"),
                file("http://127.0.0.1:8080/files/x.mp4", "mp4", at: 3),
            ])
    }

    @Test(arguments: [
        "https://example.com/a.png", "http://replicate.delivery/a.png", "https://replicate.delivery.evil.com/a.png",
        "http://127.0.0.1:9090/x.mp4", "see https://replicate.delivery/a.png", "plain text", "data: not really",
    ])
    func anyOtherStringIsText(string: String) {
        let plan = OutputPlan(.string(string), schema: nil, baseURL: "http://127.0.0.1:8080/v1")
        #expect(plan.outputs == [text(string)])
    }

    @Test(arguments: [3, true, 0.5, [1, 2], ["a": "b"], [], [:]] as [JSONValue])
    func otherValuesAreJSON(output: JSONValue) {
        #expect(OutputPlan(output, schema: nil).outputs == [json(output)])
    }

    @Test func nothingIsNothingToStore() {
        #expect(OutputPlan(nil, schema: nil).outputs == [])
    }

    @Test func piecesOfTextAreJoinedOnlyIfTheModelSaysSo() {
        let pieces: JSONValue = ["Hel", "lo", ""]
        #expect(OutputPlan(pieces, joinsText: true) { _, _ in false }.outputs == [text("Hello")])
        #expect(OutputPlan(pieces, joinsText: false) { _, _ in false }.outputs == [json(pieces)])
        #expect(OutputPlan(["a", 1], joinsText: true) { _, _ in false }.outputs == [json(["a", 1])])
    }

    @Test func filesInsideAnObjectAreFollowedByTheRest() {
        let output: JSONValue = [
            "score": 0.5, "masks": ["https://replicate.delivery/m0.png", nil, "https://replicate.delivery/m1.png"],
            "audio": "https://replicate.delivery/a.wav",
        ]
        #expect(
            OutputPlan(output, schema: nil).outputs == [
                file("https://replicate.delivery/a.wav", "wav"),
                file("https://replicate.delivery/m0.png", "png", at: 1),
                file("https://replicate.delivery/m1.png", "png", at: 2),
                json(["score": 0.5, "audio": ["output": 0], "masks": [["output": 1], nil, ["output": 2]]], at: 3),
            ])
    }

    private func schema(_ output: JSONValue) -> ModelSchema {
        ModelSchema(openAPI: ["components": ["schemas": ["Input": ["type": "object"], "Output": output]]])
    }

    @Test func aSchemaAloneSaysWhatIsAFile() {
        let uri: JSONValue = ["type": "string", "format": "uri"]
        let anywhere: JSONValue = "https://example.com/x.png"
        #expect(OutputPlan(anywhere, schema: schema(uri)).outputs == [file("https://example.com/x.png", "png")])
        #expect(
            OutputPlan([anywhere, anywhere], schema: schema(["type": "array", "items": uri])).outputs == [
                file("https://example.com/x.png", "png"), file("https://example.com/x.png", "png", at: 1),
            ])
        let delivered: JSONValue = "https://replicate.delivery/x.png"
        #expect(
            OutputPlan(delivered, schema: schema(["type": "string"])).outputs
                == [text("https://replicate.delivery/x.png")])
        #expect(
            OutputPlan("data:text/plain,hi", schema: schema(["type": "string"])).outputs
                == [text("data:text/plain,hi")])
        // What no address can be is kept as it is.
        #expect(OutputPlan("nowhere", schema: schema(uri)).outputs == [text("nowhere")])
    }

    @Test func aSchemaSaysWhetherPiecesAreJoined() {
        let pieces: JSONValue = ["type": "array", "items": ["type": "string"], "x-cog-array-type": "iterator"]
        guard case .object(var joined) = pieces else { return }
        joined["x-cog-array-display"] = "concatenate"
        #expect(OutputPlan(["a", "b"], schema: schema(.object(joined))).outputs == [text("ab")])
        #expect(OutputPlan(["a", "b"], schema: schema(pieces)).outputs == [json(["a", "b"])])
    }

    @Test func pathsAreNumberedIfThereAreSeveral() {
        let one = OutputPlan("https://replicate.delivery/a.wav", schema: nil)
        #expect(one.paths(named: "sub/name") == ["sub/name.wav"])
        let two = OutputPlan(["https://replicate.delivery/a.wav", "https://replicate.delivery/b.wav"], schema: nil)
        #expect(two.paths(named: "n") == ["n.0.wav", "n.1.wav"])
    }
}
