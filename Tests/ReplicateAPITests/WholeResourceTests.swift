import LosslessJSON
import ReplicateAPI
import Testing

/// Every field of every resource: read under its name, and written under it.
@Suite(.timeLimit(.minutes(1)))
struct WholeResourceTests {
    private static let time = "2024-02-15T16:32:57.018467Z"

    private static let prediction: JSONValue = [
        "id": "p", "model": "o/n", "version": "v", "input": ["a": 1], "output": ["b": 2], "logs": "l", "error": "e",
        "status": "failed", "source": "web", "created_at": .string(time), "started_at": "2024-02-15T16:32:58.000000Z",
        "completed_at": "2024-02-15T16:32:59.000000Z", "deadline": "2024-02-15T16:33:00.000000Z", "deployment": "o/d",
        "data_removed": true, "metrics": ["predict_time": 1.25],
        "urls": ["get": "https://g", "cancel": "https://c", "stream": "https://s", "web": "https://w"],
    ]

    private static let version: JSONValue = [
        "id": "v", "created_at": .string(time), "cog_version": "0.9", "openapi_schema": ["openapi": "3.0.2"],
    ]

    private static let model: JSONValue = [
        "owner": "o", "name": "n", "description": "d", "visibility": "private", "is_official": true, "run_count": 7,
        "url": "https://u", "github_url": "https://g", "paper_url": "https://p", "license_url": "https://l",
        "weights_url": "https://w", "cover_image_url": "https://c", "default_example": prediction,
        "latest_version": version,
    ]

    private func expectRoundTrip<Resource: APIResource>(_ type: Resource.Type, _ json: JSONValue) throws {
        let resource = try Resource(json: json)
        #expect(resource.json == json)
        #expect(try Resource(json: resource.json) == resource)
    }

    @Test func everyFieldIsReadAndWritten() throws {
        try expectRoundTrip(Prediction.self, Self.prediction)
        try expectRoundTrip(ModelVersion.self, Self.version)
        try expectRoundTrip(Model.self, Self.model)
        try expectRoundTrip(
            APIFile.self,
            [
                "id": "f", "name": "a.txt", "content_type": "text/plain", "size": 5, "etag": "t",
                "checksums": ["sha256": "e3", "md5": "d4"], "metadata": ["k": 1], "created_at": .string(Self.time),
                "expires_at": "2024-02-16T16:32:57.018467Z", "urls": ["get": "https://g"],
            ])
        try expectRoundTrip(
            Training.self,
            [
                "id": "t", "model": "o/n", "version": "v", "input": ["a": 1], "logs": "l", "error": "e",
                "output": ["version": "o/n:w", "weights": "https://w"], "status": "succeeded",
                "created_at": .string(Self.time), "started_at": "2024-02-15T16:32:58.000000Z",
                "completed_at": "2024-02-15T16:32:59.000000Z", "metrics": ["predict_time": 9], "data_removed": false,
                "urls": ["get": "https://g", "cancel": "https://c"],
            ])
        try expectRoundTrip(
            Account.self,
            [
                "type": "user", "username": "u", "name": "N", "github_url": "https://g", "avatar_url": "https://a",
            ])
        try expectRoundTrip(Hardware.self, ["name": "CPU", "sku": "cpu"])
        try expectRoundTrip(
            ModelCollection.self,
            ["name": "C", "slug": "c", "description": "d", "full_description": "f", "models": [Self.model]])
        try expectRoundTrip(Page<Model>.self, ["next": "https://n", "previous": "https://p", "results": [Self.model]])
    }

    @Test func everyFieldOfAModelHasItsOwnPlace() throws {
        let model = try Model(json: Self.model)
        #expect(model.licenseURL == "https://l")
        #expect(model.paperURL == "https://p")
        #expect(model.githubURL == "https://g")
        #expect(model.weightsURL == "https://w")
        #expect(model.coverImageURL == "https://c")
        #expect(model.url == "https://u")
        #expect(model.visibility == "private")
        #expect(model.runCount == 7)
        #expect(model.defaultExample?.id == "p")
    }

    @Test func everyFieldOfAPredictionHasItsOwnPlace() throws {
        let prediction = try Prediction(json: Self.prediction)
        #expect(prediction.model == "o/n")
        #expect(prediction.version == "v")
        #expect(prediction.logs == "l")
        #expect(prediction.error == "e")
        #expect(prediction.source == "web")
        #expect(prediction.deployment == "o/d")
        #expect(prediction.dataRemoved)
        #expect(prediction.predictTime == 1.25)
        let start = try #require(prediction.startedAt)
        #expect(try #require(prediction.createdAt) < start)
        #expect(try start < #require(prediction.completedAt))
        #expect(try #require(prediction.completedAt) < #require(prediction.deadline))
        #expect(
            prediction.urls
                == PredictionURLs(get: "https://g", cancel: "https://c", stream: "https://s", web: "https://w"))
    }

    @Test(arguments: ["starting", "processing", "succeeded", "failed", "canceled", "aborted", "paused"])
    func statusesKeepTheirWords(word: String) {
        let status = PredictionStatus(rawValue: word)
        #expect(status.rawValue == word)
        #expect(status.description == word)
        #expect(status.isTerminal == ["succeeded", "failed", "canceled", "aborted"].contains(word))
    }

    @Test func rowsThatCannotBeReadAreKeptBesideThoseThatCan() throws {
        let page = try Page<Hardware>(json: ["results": [["name": "no sku"], ["sku": "cpu"], 5]])
        #expect(page.results.map(\.sku) == ["cpu"])
        #expect(page.unreadable == [["name": "no sku"], 5])
        #expect(page.next == nil)
        #expect(try Page<Hardware>(json: ["results": []]).results.isEmpty)
    }
}
