import LosslessJSON
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
        "see https://replicate.delivery/a.png", "https://replicate.delivery/a.png is what I made", "plain text",
        "data: not really", "data: one, two and three", "data:,", "http://192.168.1.2:8080/x.mp4",
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

    private let uri: JSONValue = ["type": "string", "format": "uri"]
    private let text: JSONValue = ["type": "string"]

    @Test func aSchemaSaysWhatElseIsAFile() {
        let anywhere: JSONValue = "https://example.com/x.png"
        #expect(OutputPlan(anywhere, schema: schema(uri)).outputs == [file("https://example.com/x.png", "png")])
        #expect(
            OutputPlan([anywhere, anywhere], schema: schema(["type": "array", "items": uri])).outputs == [
                file("https://example.com/x.png", "png"), file("https://example.com/x.png", "png", at: 1),
            ])
        #expect(OutputPlan(anywhere, schema: schema(text)).outputs == [self.text("https://example.com/x.png")])
    }

    @Test func whatIsDeliveredIsAFileThoughTheSchemaSaysText() {
        let delivered: JSONValue = "https://replicate.delivery/x.png"
        let base = "http://localhost:8080/v1"
        #expect(
            OutputPlan(delivered, schema: schema(text)).outputs == [file("https://replicate.delivery/x.png", "png")])
        #expect(
            OutputPlan(" https://replicate.delivery/x.png\n", schema: schema(text)).outputs
                == [file("https://replicate.delivery/x.png", "png")])
        // Another port of the machine that the API is on.
        #expect(
            OutputPlan("http://127.0.0.1:9090/x.mp4", schema: schema(text), baseURL: base).outputs
                == [file("http://127.0.0.1:9090/x.mp4", "mp4")])
        #expect(
            OutputPlan("data:text/plain,hi", schema: schema(text)).outputs
                == [PlannedOutput(index: 0, content: .dataURI("data:text/plain,hi"), fileExtension: "txt")])
        let nested: JSONValue = ["caption": "a cat", "images": [["url": delivered]]]
        let object: JSONValue = ["type": "object", "properties": ["caption": text]]
        #expect(
            OutputPlan(nested, schema: schema(object)).outputs == [
                file("https://replicate.delivery/x.png", "png"),
                json(["caption": "a cat", "images": [["url": ["output": 0]]]], at: 1),
            ])
    }

    @Test func piecesOfATextAreNoFiles() {
        let pieces: JSONValue = [
            "type": "array", "items": text, "x-cog-array-type": "iterator", "x-cog-array-display": "concatenate",
        ]
        let plan = OutputPlan(["https://replicate.delivery/a", " b"], schema: schema(pieces))
        #expect(plan.outputs == [self.text("https://replicate.delivery/a b")])
    }

    @Test func theTypeOfADataURIIsFoundByItsContent() {
        let webp = "data:application/octet-stream;base64,UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
        #expect(OutputPlan(.string(webp), schema: nil).outputs.map(\.fileExtension) == ["webp"])
        let png = "data:;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
        #expect(OutputPlan(.string(png), schema: schema(uri)).outputs.map(\.fileExtension) == ["png"])
    }

    private func failure(_ output: JSONValue, _ promise: JSONValue) -> FetchFailure? {
        OutputPlan(output, schema: schema(promise)).failure
    }

    private enum Kind { case none, empty, refused }

    private func kind(_ output: JSONValue, _ promise: JSONValue) -> Kind? {
        switch failure(output, promise) {
        case nil: Kind.none
        case .empty: .empty
        case .refused: .refused
        default: nil
        }
    }

    @Test(arguments: ["output/tmp/speech.wav", "s3://bucket/key.png", "file:///tmp/x.png", "ftp://host/x", "nowhere"])
    func whatIsNoAddressIsNoFile(text: String) {
        let list: JSONValue = ["type": "array", "items": uri]
        #expect(kind(.string(text), uri) == .refused)
        #expect(kind(["https://replicate.delivery/a.png", .string(text)], list) == .refused)
        #expect(kind(["image": .string(text)], ["type": "object", "properties": ["image": uri]]) == .refused)
        #expect(kind(.string(text), self.text) == Kind.none)
    }

    @Test(
        arguments: [
            (
                "output/speech.wav",
                "the model's output is 'output/speech.wav', which is no address that a file can be fetched from"
            ),
            (
                "two\nlines\u{7}",
                "the model's output is 'two lines ', which is no address that a file can be fetched from"
            ),
        ] as [(JSONValue, String)])
    func theRefusalSaysWhatTheModelPutOut(output: JSONValue, sentence: String) {
        #expect(failure(output, uri) == .refused(sentence))
    }

    @Test func theRefusalOfALongTextShowsItsBeginningAndItsPlace() {
        let long = JSONValue.string(String(repeating: "word ", count: 10_000))
        let object: JSONValue = [
            "type": "object", "properties": ["images": ["type": "array", "items": uri]],
        ]
        guard case .refused(let message) = failure(["images": ["https://a.b/c.png", long]], object) else {
            Issue.record("a long text was taken for a file")
            return
        }
        #expect(message.hasPrefix("the model's output at 'images', number 2 is 'word word "))
        #expect(message.contains("…', which is no address"))
        #expect(message.utf8.count < 250)
    }

    @Test func anOutputThatHoldsOtherThingsNeedsNoFile() {
        let object: JSONValue = [
            "type": "object", "properties": ["mask": uri, "score": ["type": "number"], "note": text],
        ]
        for output in [["score": 7], ["note": "nothing found"], ["score": nil, "found": [false]]] as [JSONValue] {
            #expect(kind(output, object) == Kind.none)
        }
        for output in [[:], ["score": nil], ["found": [[:], []]]] as [JSONValue] {
            #expect(kind(output, object) == .empty)
        }
    }

    @Test func whereTheSchemaPromisesFilesThereMustBeSome() {
        let list: JSONValue = ["type": "array", "items": uri]
        #expect(kind("", uri) == .empty)
        #expect(kind(" \n", uri) == .empty)
        #expect(kind([], list) == .empty)
        #expect(kind([nil, nil], list) == .empty)
        #expect(kind(["https://replicate.delivery/a.png", nil], list) == .empty)
        #expect(kind(["https://replicate.delivery/a.png"], list) == Kind.none)
        #expect(kind([7], list) == .refused)
        #expect(kind(true, uri) == .refused)
        #expect(kind([], ["type": "array", "items": text]) == Kind.none)
        #expect(kind("", text) == Kind.none)
    }

    @Test func onlyWhatTheSchemaRequiresMustBeThere() {
        let object: JSONValue = [
            "type": "object", "required": ["image"],
            "properties": ["image": uri, "mask": uri, "note": ["anyOf": [uri, ["type": "null"]]]],
        ]
        let image: JSONValue = "https://replicate.delivery/a.png"
        #expect(kind(["image": image, "mask": nil, "note": nil], object) == Kind.none)
        #expect(kind(["image": nil, "mask": image], object) == .empty)
        #expect(kind(["mask": image], object) == .empty)
        #expect(
            kind(["images": []], ["type": "object", "properties": ["images": ["type": "array", "items": uri]]])
                == .empty)
        let either: JSONValue = ["anyOf": [uri, ["type": "array", "items": uri]]]
        #expect(kind("a/b.png", either) == .refused)
        #expect(kind([nil], either) == .empty)
        #expect(kind([image], either) == Kind.none)
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
