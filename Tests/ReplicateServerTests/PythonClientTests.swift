import ReplicateServer
import TestSupport
import Testing

/// The official client is the judge of whether the server speaks the API.
@Suite(.enabled(if: PythonClient.one.problem == nil, "\(PythonClient.one.problem ?? "")"), .timeLimit(.minutes(2)))
struct PythonClientTests {
    private static let scripts = [
        "run": runScript, "predictions": predictionsScript, "models": modelsScript, "files": filesScript,
        "streams": streamsScript, "webhooks": webhooksScript, "trainings": trainingsScript,
        "deployments": deploymentsScript,
    ]

    @Test(arguments: ["run", "predictions", "models", "files", "streams", "webhooks", "trainings", "deployments"])
    func theOfficialPythonClientIsContent(with topic: String) async throws {
        let script = try #require(Self.scripts[topic])
        var configuration = EmbeddedServer.Configuration()
        configuration.commands = [
            "me/size": #"python3 -c 'import json,os,sys; print(os.path.getsize(json.load(sys.stdin)["file"]))'"#
        ]
        try await EmbeddedServer.withServer(configuration) { base in
            let result = await PythonClient.one.run(script, address: String(base.dropLast(3)))
            #expect(result.status == 0, "\(result.output)")
        }
    }

    private static let runScript = """
        import replicate
        assert replicate.run("nightshift/hello-world", input={"text": "Ada"}) == "hello Ada"
        assert replicate.run("nightshift/hello-world", input={"text": "Ada", "language": "de"}, wait=False) == "hallo Ada"
        story = replicate.run("nightshift/storyteller", input={"prompt": "Ada"})
        assert "".join(story).endswith("Good night."), story
        version = replicate.models.get("nightshift/storyteller").latest_version
        pieces = list(replicate.run(f"nightshift/storyteller:{version.id}", input={"prompt": "Ada"}))
        assert len(pieces) > 5 and "".join(pieces) == "".join(story), pieces
        sleeper = replicate.models.get("nightshift/sleeper").latest_version
        try:
            replicate.run(f"nightshift/sleeper:{sleeper.id}", input={"seconds": 0, "fail": "no luck"})
            raise SystemExit("did not fail")
        except replicate.exceptions.ModelError as error:
            assert error.prediction.error == "no luck"
        """

    private static let predictionsScript = """
        import httpx, replicate
        version = replicate.models.get("nightshift/sleeper").versions.list()[0]
        made = [
            replicate.predictions.create(version=version, input={"seconds": 0.2, "text": str(n), "bytes": 1000})
            for n in range(3)
        ]
        assert made[0].status == "starting"
        for prediction in made:
            prediction.wait()
            assert prediction.status == "succeeded", prediction
            assert len(httpx.get(prediction.output).content) == 1000
            assert prediction.metrics["predict_time"] == 0.2
        listed = replicate.predictions.list()
        assert [p.id for p in listed.results] == [p.id for p in reversed(made)]
        long = replicate.predictions.create(version=version.id, input={"seconds": 60})
        long.cancel()
        assert long.status == "canceled"
        long.reload()
        assert long.status == "canceled"
        held = replicate.predictions.create(version=version.id, input={"seconds": 0.1, "text": "x"}, wait=5)
        assert held.output == "x"
        deployed = replicate.deployments.get("nightshift/sleeper").predictions.create(input={"seconds": 0})
        assert deployed.id
        for bad in [{"seconds": -1}, {"text": 5}]:
            try:
                replicate.predictions.create(version=version.id, input=bad)
                raise SystemExit("was taken")
            except replicate.exceptions.ReplicateError as error:
                assert error.status == 422 and error.title == "Input validation failed", error
        try:
            replicate.predictions.get("0" * 26)
            raise SystemExit("was found")
        except replicate.exceptions.ReplicateError as error:
            assert error.status == 404
        """

    private static let modelsScript = """
        import replicate
        names = [f"{model.owner}/{model.name}" for model in replicate.models.list()]
        assert "nightshift/hello-world" in names and "me/size" in names, names
        model = replicate.models.get("nightshift/poster")
        assert model.latest_version.id == model.versions.list()[0].id
        version = model.versions.get(model.latest_version.id)
        assert list(version.openapi_schema["components"]["schemas"]["Input"]["properties"])
        assert replicate.hardware.list()[0].sku == "cpu"
        assert replicate.default_client.accounts.current().username == "nightshift"
        assert model.default_example.status == "succeeded"
        assert [found.name for found in replicate.models.search("poster")][0] == "poster"
        assert replicate.webhooks.default.secret().key.startswith("whsec_")
        collection = replicate.collections.get("text-to-image")
        assert [each.name for each in collection.models] == ["poster"]
        assert "text-to-image" in [each.slug for each in replicate.collections.list()]
        """

    private static let trainingsScript = """
        import replicate, time
        model = replicate.models.create(
            owner="nightshift", name="rower", visibility="private", hardware="cpu", description="rows"
        )
        assert model.latest_version is None and model.run_count == 0
        tuner = replicate.models.get("nightshift/tuner").latest_version
        training = replicate.trainings.create(
            version=f"nightshift/tuner:{tuner.id}", input={"text": "row your boat", "steps": 5},
            destination="nightshift/rower",
        )
        while training.status in ("starting", "processing"):
            time.sleep(0.02)
            training.reload()
        assert training.status == "succeeded", training
        name, version = training.output["version"].split(":")
        assert [each.id for each in model.versions.list()] == [version] and name == "nightshift/rower"
        assert replicate.run(training.output["version"], input={"prompt": "row", "words": 2}) == "row your boat"
        assert [each.id for each in replicate.trainings.list()] == [training.id]
        long = replicate.trainings.create(
            model="nightshift/tuner", version=tuner, input={"text": "x", "steps": 6000},
            destination="nightshift/rower",
        )
        long.cancel()
        assert replicate.trainings.get(long.id).status == "canceled"
        try:
            replicate.trainings.create(
                version=f"nightshift/tuner:{tuner.id}", input={"text": "x"}, destination="nightshift/nothing"
            )
            raise SystemExit("was taken")
        except replicate.exceptions.ReplicateError as error:
            assert error.status == 404, error
        model.versions.delete(version)
        assert replicate.models.delete("nightshift/rower")
        """

    private static let deploymentsScript = """
        import replicate
        version = replicate.models.get("nightshift/hello-world").latest_version
        made = replicate.deployments.create(
            name="greeter", model="nightshift/hello-world", version=version.id, hardware="cpu", min_instances=0,
            max_instances=2,
        )
        assert made.current_release.number == 1 and made.current_release.configuration.max_instances == 2
        prediction = made.predictions.create(input={"text": "Ada"})
        prediction.wait()
        assert prediction.output == "hello Ada", prediction
        changed = replicate.deployments.update("nightshift", "greeter", max_instances=3)
        assert changed.current_release.number == 2 and changed.current_release.configuration.max_instances == 3
        assert "greeter" in [each.name for each in replicate.deployments.list()]
        assert replicate.deployments.delete("nightshift", "greeter")
        try:
            replicate.deployments.get("nightshift/greeter")
            raise SystemExit("was found")
        except replicate.exceptions.ReplicateError as error:
            assert error.status == 404, error
        """

    private static let filesScript = """
        import io, replicate
        content = b"\\r\\n--not a boundary\\r\\n" * 5000
        stream = io.BytesIO(content)
        stream.name = "notes.txt"
        file = replicate.files.create(stream, metadata={"n": 1})
        assert (file.name, file.content_type, file.size) == ("notes.txt", "text/plain", len(content)), file
        assert file.metadata == {"n": 1}
        assert replicate.files.get(file.id).etag == file.etag
        assert [f.id for f in replicate.files.list()] == [file.id]
        version = replicate.models.get("me/size").latest_version.id
        # As a data URI and by upload.
        assert replicate.run(f"me/size:{version}", input={"file": file.urls["get"]}) == len(content)
        stream.seek(0)
        assert replicate.run(f"me/size:{version}", input={"file": stream}) == len(content)
        stream.seek(0)
        assert replicate.run(f"me/size:{version}", input={"file": stream}, file_encoding_strategy="base64") == len(content)
        assert replicate.files.delete(file.id)
        try:
            replicate.files.get(file.id)
            raise SystemExit("was found")
        except replicate.exceptions.ReplicateError as error:
            assert error.status == 404
        """
}
