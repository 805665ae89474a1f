import Foundation
import LosslessJSON
import ReplicateAPI
import Testing

/// Bodies with the oddities of real answers, each trimmed to what is odd about it. The comments name when such bodies
/// were seen.
@Suite(.timeLimit(.minutes(1)))
struct RealBodyTests {
    private func read<Resource: APIResource>(_ type: Resource.Type, _ text: String) throws -> Resource {
        let resource = try Resource(json: JSONValue(parsing: text))
        // What is written is read back as the same; times are written to the microsecond.
        #expect(try Resource(json: resource.json).json == resource.json)
        return resource
    }

    // MARK: - Predictions

    /// A create of an official model in 2023, 2024 and since 2025: the version is a deployment's, then hidden.
    @Test(
        arguments: [
            ("replicate/inner-70b", "d-c6559c5791b50af57b69f4a73f8e021c", "2023-11-27T13:35:45.99397566Z"),
            ("replicate-internal/llama-int8-triton", "dp-a557b7387b4940df25b23f779dc534c4", "2024-04-22T11:14:56.821Z"),
            ("maker/video-v2.5-turbo-pro", "hidden", "2025-12-23T17:38:33.938Z"),
        ])
    func createsOfOfficialModels(model: String, version: String, createdAt: String) throws {
        let prediction = try read(
            Prediction.self,
            """
            {"id": "vpx8dks2pnrgg0cf0p2b7p13hc", "model": "\(model)", "version": "\(version)",
             "input": {"prompt": "a haiku"}, "logs": "", "output": null, "error": null, "status": "starting",
             "created_at": "\(createdAt)",
             "urls": {"cancel": "https://api.example/v1/predictions/v/cancel",
                      "get": "https://api.example/v1/predictions/v", "stream": "https://stream.example/v1/files/v"}}
            """)
        #expect(prediction.model == model)
        #expect(prediction.version == version)
        #expect(prediction.createdAt != nil)
        #expect(prediction.output == nil)
        #expect(prediction.urls.stream == "https://stream.example/v1/files/v")
    }

    /// A held create of 2024 says `processing` with the whole output, as data URIs.
    @Test func aHeldCreateWithTheWholeOutput() throws {
        let prediction = try read(
            Prediction.self,
            """
            {"id": "wm41", "status": "processing", "output": ["data:image/png;base64,iVBORw0KGgo="], "logs": "",
             "data_removed": false, "created_at": "2024-10-04T18:14:55.674Z",
             "input": {"height": 512, "seed": 42069}}
            """)
        #expect(!prediction.status.isTerminal)
        #expect(prediction.output?[0]?.stringValue?.hasPrefix("data:image/png") == true)
    }

    /// A read of 2024 with an empty error beside its success, extra metrics and a legacy key.
    @Test func aSuccessWithAnEmptyError() throws {
        let prediction = try read(
            Prediction.self,
            """
            {"completed_at": "2024-04-18T17:21:55Z", "created_at": "2024-04-18T17:21:53.234000Z", "error": "",
             "id": "pe0a", "input": {"top_p": 0.9, "presence_penalty": 1.15}, "logs": "INFO 04-18 17:21:53 engine.py\\n",
             "metrics": {"input_token_count": 32, "tokens_per_second": 75.58125292186872, "predict_time": 1.86949},
             "output": [" there", "!"], "status": "succeeded", "webhook": null, "webhook_completed": null}
            """)
        #expect(prediction.error == nil)
        #expect(prediction.metrics["input_token_count"] == 32)
        #expect(prediction.predictTime == 1.86949)
    }

    /// Canceled before it had run: no logs, six digits of a second, a run of a few microseconds.
    @Test func anEarlyCancellation() throws {
        let prediction = try read(
            Prediction.self,
            """
            {"completed_at": "2024-04-22T11:15:15.504128Z", "created_at": "2024-04-22T11:15:15.329000Z", "error": null,
             "id": "hdws", "input": {}, "logs": null, "metrics": {"predict_time": 3e-06}, "output": null,
             "status": "canceled"}
            """)
        #expect(prediction.status == .canceled)
        #expect(prediction.logs == nil)
        #expect(prediction.predictTime == 0.000003)
    }

    /// A row of the list: no logs, and a run that is told to have ended before it was created.
    @Test func aRowOfTheList() throws {
        let page = try read(
            Page<Prediction>.self,
            """
            {"next": null, "previous": null, "results": [
              {"completed_at": "2023-09-08T16:19:34.791859Z", "created_at": "2023-09-08T16:19:34.907244Z",
               "data_removed": false, "error": null, "id": "gm3q", "input": {"text": "Alice"},
               "metrics": {"predict_time": 0.012683}, "output": "hello Alice", "source": "api", "status": "succeeded",
               "model": "o/hello", "version": "5c7d", "urls": {"web": "https://example/p/gm3q"}}]}
            """)
        #expect(page.results[0].source == "api")
        #expect(page.results[0].urls.web == "https://example/p/gm3q")
    }

    /// A delivery of 2024 names no model, only the version.
    @Test func aWebhookWithoutModel() throws {
        let prediction = try read(
            Prediction.self,
            """
            {"id": "r59e", "status": "succeeded", "version": "359b", "output": "https://delivery.example/czjl/x.mp4",
             "input": {"prompt_optimizer": true}, "metrics": {"predict_time": 319.032752861, "total_time": 319.042249}}
            """)
        #expect(prediction.model == nil)
        #expect(prediction.version == "359b")
    }

    // MARK: - Trainings

    /// The create's links lead to `/predictions`, those of later reads to `/trainings`.
    @Test(arguments: ["predictions", "trainings"])
    func trainings(place: String) throws {
        let training = try read(
            Training.self,
            """
            {"completed_at": null, "created_at": "2023-08-16T19:33:26.906823Z", "error": null, "id": "medr",
             "input": {"input_images": "https://delivery.example/data.zip", "use_face_detection": true}, "logs": null,
             "metrics": {}, "output": null, "started_at": "2023-08-16T19:33:42.114513Z", "status": "processing",
             "urls": {"get": "https://api.example/v1/\(place)/medr"}, "model": "o/n", "version": "39ed",
             "webhook_completed": null}
            """)
        #expect(training.status == .processing)
        #expect(training.output == nil)
        #expect(training.urls.get == "https://api.example/v1/\(place)/medr")
    }

    @Test func aFinishedTraining() throws {
        let training = try read(
            Training.self,
            """
            {"id": "medr", "status": "succeeded", "completed_at": "2023-08-16T19:43:26Z",
             "output": {"version": "me/mine:7b3f", "weights": "https://delivery.example/trained.tar"}}
            """)
        #expect(training.output?.version == "me/mine:7b3f")
        #expect(training.output?.weights == "https://delivery.example/trained.tar")
    }

    // MARK: - Models, collections and the rest

    @Test func aNewModelHasNothingYet() throws {
        let model = try read(
            Model.self,
            """
            {"url": "https://example/me/n", "owner": "me", "name": "n", "description": null, "visibility": "private",
             "github_url": null, "paper_url": null, "license_url": null, "run_count": 0, "cover_image_url": null,
             "default_example": null, "latest_version": null}
            """)
        #expect(model.visibility == "private")
        #expect(model.latestVersion == nil)
    }

    /// A collection of 2023: an example whose run took less than no time, and whose output is a list of objects.
    @Test func aCollectionWithAnOddExample() throws {
        let collection = try read(
            ModelCollection.self,
            """
            {"name": "Text to image", "slug": "text-to-image", "description": "Models that make images",
             "models": [{"owner": "o", "name": "n", "run_count": 1180, "default_example":
               {"id": "hthk", "status": "succeeded", "metrics": {"predict_time": -11136021.178237},
                "output": [{"file": "https://delivery.example/out.png"}], "logs": null}}]}
            """)
        let example = try #require(collection.models[0].defaultExample)
        #expect(example.metrics["predict_time"]?.doubleValue == -11_136_021.178237)
        // No sum may be lowered by it.
        #expect(example.predictTime == nil)
        let row = try read(Page<ModelCollection>.self, #"{"next": null, "results": [{"name": "V", "slug": "v"}]}"#)
        #expect(row.results[0].models.isEmpty)
    }

    /// The documented link to the next page is plain http.
    @Test func aPageOfDeployments() throws {
        let page = try read(
            Page<Deployment>.self,
            """
            {"next": "http://api.example/v1/deployments?cursor=cD0y", "previous": null, "results": [
              {"owner": "acme", "name": "images", "current_release": {"number": 1, "model": "o/n", "version": "da77",
               "created_at": "2024-02-15T16:32:57.018467Z", "created_by": {"type": "organization", "username": "acme",
               "name": "Acme Corp, Inc."}, "configuration": {"hardware": "gpu-t4", "min_instances": 1,
               "max_instances": 5}}}]}
            """)
        #expect(page.results[0].currentRelease?.hardware == "gpu-t4")
    }

    @Test func hardwareAndAccount() throws {
        #expect(
            try read(Hardware.self, #"{"sku": "gpu-a40-large", "name": "Nvidia A40 (Large) GPU"}"#).sku
                == "gpu-a40-large")
        let account = try read(Account.self, #"{"type": "organization", "username": "acme", "github_url": null}"#)
        #expect(account.type == "organization")
    }

    @Test func searchResults() throws {
        let results = try read(
            SearchResults.self,
            """
            {"query": "upscale", "models": [
               {"model": {"owner": "o", "name": "n", "run_count": 5}, "metadata": {"score": 0.91, "tags": ["image"]}},
               {"model": {"no": "name"}}],
             "collections": [{"name": "Super", "slug": "super"}], "pages": [{"name": "Docs", "href": "/docs"}, {}]}
            """)
        #expect(results.models.map(\.score) == [0.91])
        #expect(results.collections.map(\.slug) == ["super"])
        #expect(results.pages.count == 2)
    }

    // MARK: - Errors

    @Test(
        arguments: [
            (#"{"detail": "internal error"}"#, "internal error"),
            (
                #"{"detail": "The specified training destination does not exist", "status": 404}"#,
                "The specified training destination does not exist"
            ),
            (
                #"{"title": "File too large", "detail": "Files must be less than 100MB in size", "status": 413}"#,
                "File too large: Files must be less than 100MB in size"
            ),
            (
                ##"{"detail": "- version is required\n", "title": "Input validation failed", "status": 422, "invalid_fields": [{"type": "required", "field": "", "description": "version is required"}, {"type": "number_lte", "field": "input.steps", "description": "Must be less than or equal to 4"}]}"##,
                "version is required; input.steps: Must be less than or equal to 4"
            ),
        ])
    func problems(body: String, summary: String) throws {
        let problem = try #require(ProblemDetails(parsing: body.utf8))
        #expect(problem.summary == summary)
        #expect(ProblemDetails(json: problem.json) == problem)
    }
}
