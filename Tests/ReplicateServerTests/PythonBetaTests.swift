import ReplicateServer
import TestSupport
import Testing

/// The next official Python client puts no version before its paths; its address may hold it.
@Suite(.enabled(if: PythonClient.two.problem == nil, "\(PythonClient.two.problem ?? "")"), .timeLimit(.minutes(2)))
struct PythonBetaTests {
    @Test(arguments: ["", "/v1"])
    func theBetaOfThePythonClientIsContent(suffix: String) async throws {
        try await EmbeddedServer.withServer { base in
            let result = await PythonClient.two.run(Self.script, address: base.dropLast(3) + suffix)
            #expect(result.status == 0, "\(result.output)")
        }
    }

    private static let script = """
        import replicate
        from replicate import Replicate
        client = Replicate()
        assert replicate.run("nightshift/hello-world", input={"text": "Ada"}) == "hello Ada"
        assert replicate.use("nightshift/hello-world")(text="Bob") == "hello Bob"
        story = "".join(str(piece) for piece in replicate.stream("nightshift/storyteller", input={"prompt": "Ada"}))
        assert story.endswith("Good night."), story
        assert "poster" in [model.name for model in client.models.list()]
        version = client.models.get(model_owner="nightshift", model_name="sleeper").latest_version.id
        made = client.predictions.create(version=version, input={"seconds": 60})
        assert made.status == "starting" and made.started_at is None, made
        assert client.predictions.cancel(prediction_id=made.id).status == "canceled"
        assert [each.id for each in client.predictions.list()][0] == made.id
        deployment = client.deployments.get(deployment_owner="nightshift", deployment_name="hello-world")
        assert deployment.current_release.model == "nightshift/hello-world"
        """
}
