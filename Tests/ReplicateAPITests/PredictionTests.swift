import Foundation
import LosslessJSON
import ReplicateAPI
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PredictionTests {
    private func prediction(_ json: String) throws -> Prediction {
        try Prediction(json: JSONValue(parsing: json))
    }

    @Test
    func readsAFreshOneThatRepeatsAKey() throws {
        let prediction = try prediction(
            """
            {"id": "azaq55dbukgxg6kubr4k6g3pby", "model": "stability-ai/sdxl", "model": "stability-ai/sdxl-next",
             "version": "39ed52f2a78e", "input": {"height": 512, "prompt": "a corgi", "seed": 9007199254740993},
             "logs": "", "error": null, "status": "starting", "created_at": "2023-11-16T11:46:16.064900134Z",
             "webhook_completed": null,
             "urls": {"cancel": "https://api.example/v1/predictions/azaq/cancel",
                      "get": "https://api.example/v1/predictions/azaq"}}
            """
        )
        #expect(prediction.id == "azaq55dbukgxg6kubr4k6g3pby")
        #expect(prediction.model == "stability-ai/sdxl-next")
        #expect(prediction.input["seed"]?.intValue == 9_007_199_254_740_993)
        #expect(prediction.status == .starting)
        #expect(prediction.output == nil)
        #expect(prediction.logs == "")
        #expect(prediction.error == nil)
        #expect(prediction.startedAt == nil)
        #expect(prediction.metrics.isEmpty)
        #expect(prediction.dataRemoved == false)
        #expect(prediction.urls.get == "https://api.example/v1/predictions/azaq")
        #expect(prediction.urls.stream == nil)
        let created = try #require(prediction.createdAt)
        #expect(abs(created.timeIntervalSince1970 - 1_700_135_176.0649) < 0.001)
    }

    @Test
    func readsOneWhoseDataWasRemoved() throws {
        let prediction = try prediction(
            """
            {"id": "2wbz", "model": "kwaivgi/kling-v2.5-turbo-pro", "version": "hidden", "input": {}, "logs": "",
             "output": null, "data_removed": true, "error": null, "source": "api", "status": "succeeded",
             "created_at": "2025-12-23T17:38:33.938Z", "started_at": "2025-12-23T17:38:33.972135Z",
             "completed_at": "2025-12-23T17:40:50.521287Z",
             "urls": {"stream": "https://stream.example/v1/files/x", "web": "https://example/p/2wbz"},
             "metrics": {"predict_time": 136.549151731, "total_time": 136.5832877}}
            """
        )
        #expect(prediction.dataRemoved)
        #expect(prediction.status == .succeeded)
        #expect(prediction.output == nil)
        #expect(prediction.predictTime == 136.549151731)
        #expect(prediction.version == "hidden")
        #expect(prediction.source == "api")
    }

    @Test(
        arguments: [
            ("\"hello\"", "hello"), ("12", 12), ("[\"a\", [\"b\"]]", ["a", ["b"]]), ("{\"u\": null}", ["u": nil]),
            ("false", false), ("[]", []),
        ] as [(String, JSONValue)]
    )
    func keepsEveryKindOfOutput(json: String, output: JSONValue) throws {
        #expect(try prediction(#"{"id": "a", "status": "processing", "output": \#(json)}"#).output == output)
    }

    @Test
    func readsTheSlimAnswerOfACogServer() throws {
        let prediction = try prediction(#"{"id": "a", "status": "starting"}"#)
        #expect(prediction.createdAt == nil)
        #expect(prediction.input == [:])
        #expect(prediction.urls == PredictionURLs())
    }

    @Test
    func toleratesWhatIsOfAnotherType() throws {
        let prediction = try prediction(
            """
            {"id": "a", "status": "failed", "input": null, "error": {"detail": "no", "code": 1}, "logs": null,
             "metrics": null, "urls": null, "data_removed": null, "created_at": "2022-04-26T20:00:84Z",
             "model": null, "source": 1, "deadline": "soon"}
            """
        )
        #expect(prediction.error == #"{"code":1,"detail":"no"}"#)
        #expect(prediction.input == [:])
        #expect(prediction.createdAt == nil)
        #expect(prediction.source == nil)
    }

    @Test(
        arguments: [
            ("[]", "the prediction is array; expected an object"),
            (#"{"status": "starting"}"#, "'id' of the prediction is missing; expected a string"),
            (#"{"id": null, "status": "starting"}"#, "'id' of the prediction is null; expected a string"),
            (#"{"id": "a"}"#, "'status' of the prediction is missing; expected a string"),
        ]
    )
    func saysWhatMakesItUseless(json: String, message: String) throws {
        let error = #expect(throws: ResourceDecodingError.self) { try prediction(json) }
        #expect("\(try #require(error))" == message)
    }

    @Test(
        arguments: [
            ("starting", .starting, false), ("processing", .processing, false), ("succeeded", .succeeded, true),
            ("failed", .failed, true), ("canceled", .canceled, true), ("aborted", .aborted, true),
            ("paused", .other("paused"), false),
        ] as [(String, PredictionStatus, Bool)]
    )
    func knowsWhichStatesAreFinal(text: String, status: PredictionStatus, isTerminal: Bool) throws {
        let prediction = try prediction(#"{"id": "a", "status": "\#(text)"}"#)
        #expect(prediction.status == status)
        #expect(prediction.status.isTerminal == isTerminal)
        #expect(prediction.status.rawValue == text)
    }

    @Test
    func writesWhatItReads() throws {
        let original = Prediction(
            id: "a", model: "o/n", version: "v", input: ["x": 1], output: ["y"], logs: "l", error: "e",
            status: .canceled, source: "api", createdAt: Date(timeIntervalSince1970: 1_700_135_176.25),
            startedAt: Date(timeIntervalSince1970: 1_700_135_177), completedAt: nil,
            deadline: Date(timeIntervalSince1970: 1_700_135_200), deployment: "d", dataRemoved: true,
            metrics: ["predict_time": 0.5], urls: PredictionURLs(get: "g", cancel: "c", stream: "s", web: "w")
        )
        #expect(try Prediction(json: original.json) == original)
        let bare = Prediction(id: "a", status: .starting)
        #expect(try Prediction(json: JSONValue(parsing: bare.json.jsonBytes())) == bare)
    }
}
