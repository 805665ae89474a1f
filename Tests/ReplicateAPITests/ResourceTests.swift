import Foundation
import LosslessJSON
import ReplicateAPI
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ResourceTests {
    @Test
    func readsAModelWithItsVersionAndPassesOverAnOddExample() throws {
        let model = try Model(
            json: JSONValue(
                parsing: """
                    {"url": "https://example/o/n", "owner": "o", "name": "n", "description": null,
                     "visibility": "public", "github_url": null, "run_count": 69013, "is_official": true,
                     "default_example": {"no": "id"},
                     "latest_version": {"id": "5c7d", "created_at": "2023-08-16T19:00:00.5Z", "cog_version": "0.8.1",
                                        "openapi_schema": {"openapi": "3.0.2"}}}
                    """
            )
        )
        #expect(model.owner == "o")
        #expect(model.description == nil)
        #expect(model.runCount == 69013)
        #expect(model.isOfficial == true)
        #expect(model.defaultExample == nil)
        #expect(model.latestVersion?.id == "5c7d")
        #expect(model.latestVersion?.openAPISchema == ["openapi": "3.0.2"])
        #expect(try Model(json: model.json) == model)
    }

    @Test(arguments: [#"{"owner": "o", "name": "n", "latest_version": null}"#, #"{"owner": "o", "name": "n"}"#])
    func readsAModelWithoutVersion(json: String) throws {
        #expect(try Model(json: JSONValue(parsing: json)).latestVersion == nil)
    }

    @Test
    func readsAFile() throws {
        let file = try APIFile(
            json: JSONValue(
                parsing: """
                    {"id": "NGZi", "name": "a.txt", "content_type": "text/plain", "size": 0, "etag": "d41d",
                     "checksums": {"sha256": "e3b0", "md5": "d41d"}, "metadata": {"k": [1]},
                     "created_at": "2024-08-22T12:26:51.079Z", "expires_at": "2024-08-23T12:26:51.079Z",
                     "urls": {"get": "https://api.example/v1/files/NGZi"}}
                    """
            )
        )
        #expect(file.url == "https://api.example/v1/files/NGZi")
        #expect(file.sha256 == "e3b0")
        #expect(file.metadata == ["k": [1]])
        let created = try #require(file.createdAt)
        #expect(abs(try #require(file.expiresAt).timeIntervalSince(created) - 86_400) < 0.001)
        #expect(try APIFile(json: file.json) == file)
    }

    @Test
    func cannotUseAFileWithoutAddress() {
        #expect(throws: ResourceDecodingError.self) { try APIFile(json: ["id": "a"]) }
        #expect(throws: ResourceDecodingError.self) { try APIFile(json: ["id": "a", "urls": [:]]) }
    }

    @Test
    func readsADeployment() throws {
        let json: JSONValue = [
            "owner": "acme", "name": "images",
            "current_release": [
                "number": 2, "model": "o/n", "version": "v", "created_at": "2024-02-15T16:32:57.018467Z",
                "created_by": ["type": "organization", "username": "acme", "avatar_url": "https://example/a.png"],
                "configuration": ["hardware": "gpu-t4", "min_instances": 3, "max_instances": 10],
            ],
        ]
        let deployment = try Deployment(json: json)
        #expect(deployment.currentRelease?.version == "v")
        #expect(deployment.currentRelease?.maxInstances == 10)
        #expect(deployment.currentRelease?.createdBy?.type == "organization")
        #expect(deployment.json == json)
        #expect(try Deployment(json: ["owner": "a", "name": "b"]).currentRelease == nil)
    }

    @Test
    func readsAPageOfSlimRows() throws {
        let page = try Page<Prediction>(
            json: JSONValue(
                parsing: """
                    {"previous": null, "next": "https://api.example/v1/predictions?cursor=cD0y",
                     "results": [{"id": "jpzd", "version": "b21c", "source": "web", "status": "succeeded",
                                  "created_at": "2022-04-26T20:00:40.658234Z",
                                  "started_at": "2022-04-26T20:00:84.583803Z"}]}
                    """
            )
        )
        #expect(page.next == "https://api.example/v1/predictions?cursor=cD0y")
        #expect(page.results.map(\.id) == ["jpzd"])
        #expect(page.results[0].startedAt == nil)
        #expect(try Page<Prediction>(json: page.json) == page)
    }

    @Test
    func saysWhichRowOrPageIsWrong() {
        let noPage = #expect(throws: ResourceDecodingError.self) { try Page<Model>(json: ["results": nil]) }
        #expect(noPage?.description == "'results' of the page of models is null; expected an array")
        let badRow = #expect(throws: ResourceDecodingError.self) {
            try Page<Model>(json: ["results": [["owner": "o"]]])
        }
        #expect(badRow?.description == "'name' of the model is missing; expected a string")
    }

    /// A sweep reads a hundred rows at a time, every few seconds, beside everything else.
    @Test
    func readsAPageOfAHundredRowsQuickly() throws {
        let row = Prediction(
            id: "gm3qorzdhgbfurvjtvhg6dckhu", model: "o/n", version: String(repeating: "5c7d", count: 16),
            input: ["prompt": "an oil painting of a lighthouse in a storm", "width": 1024, "height": 1024, "seed": 1],
            output: ["https://delivery.example/pbxt/a/out-0.png"], status: .succeeded, source: "api",
            createdAt: Date(timeIntervalSince1970: 1_700_135_176),
            startedAt: Date(timeIntervalSince1970: 1_700_135_177),
            completedAt: Date(timeIntervalSince1970: 1_700_135_178), metrics: ["predict_time": 1.5],
            urls: PredictionURLs(get: "https://api.example/v1/predictions/gm3q", web: "https://example/p/gm3q")
        )
        let bytes = Page(next: "n", results: Array(repeating: row, count: 100)).json.jsonBytes()
        let clock = ContinuousClock()
        var page: Page<Prediction>?
        let times = try (0..<5).map { _ in
            try clock.measure { page = try Page<Prediction>(json: JSONValue(parsing: bytes)) }
        }
        #expect(page?.results == Array(repeating: row, count: 100))
        // A few milliseconds in a debug build; the bound only catches a change of order.
        #expect(try #require(times.min()) < .milliseconds(250))
    }
}
