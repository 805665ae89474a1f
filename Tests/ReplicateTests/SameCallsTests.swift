import Crypto
import Foundation
import Replicate
import ReplicateAPI
import ReplicateServer
import TestSupport
import Testing

/// The official Python client and this one do the same calls, each against a server of its own, and must see the same.
@Suite(.enabled(if: PythonClient.one.problem == nil, "\(PythonClient.one.problem ?? "")"), .timeLimit(.minutes(2)))
struct SameCallsTests {
    private func withServer<Result: Sendable>(_ body: @Sendable (String) async throws -> Result) async throws -> Result
    {
        var configuration = EmbeddedServer.Configuration()
        configuration.commands = [
            "me/size": #"python3 -c 'import json,os,sys; print(os.path.getsize(json.load(sys.stdin)["file"]))'"#
        ]
        return try await EmbeddedServer.withServer(configuration, body)
    }

    @Test func bothClientsSeeTheSame() async throws {
        let theirs = try await withServer { base in
            let result = await PythonClient.one.run(Self.script, address: String(base.dropLast(3)))
            try #require(result.status == 0, "\(result.output)")
            let line = try #require(result.output.split(whereSeparator: \.isNewline).last)
            return try JSONValue(parsing: String(line))
        }
        let ours = try await withServer { base in try await calls(try Client(token: "a-token", baseURL: base)) }
        let names = Set((theirs.objectValue ?? [:]).keys).union(ours.keys).sorted()
        #expect(names.count >= 20)
        for name in names { #expect(ours[name] == theirs[name], "\(name)") }
    }

    // MARK: - Ours

    private func names(_ models: [Model]) -> JSONValue {
        .array(models.map { .string("\($0.owner)/\($0.name)") })
    }

    private func sha256(_ bytes: Data) -> JSONValue {
        .string(SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined())
    }

    private func refusal(_ body: () async throws -> Void) async throws -> JSONValue {
        let error = try await #require(throws: ReplicateError.self) { try await body() }
        return [
            "status": .number(JSONNumber(error.status ?? 0)), "detail": .string(error.problem?.detail ?? ""),
        ]
    }

    private func calls(_ client: Client) async throws -> [String: JSONValue] {
        var seen = try await lookAround(client)
        seen.merge(try await predict(client)) { $1 }
        seen.merge(try await upload(client)) { $1 }
        seen.merge(try await trainAndDeploy(client)) { $1 }
        return seen
    }

    private func lookAround(_ client: Client) async throws -> [String: JSONValue] {
        var seen: [String: JSONValue] = [:]
        seen["account"] = .string(try await client.account.get().username)
        seen["hardware"] = .array(try await client.hardware.list().map { .string($0.sku) })
        let model = try await client.models.get("nightshift", "poster")
        let version = try #require(model.latestVersion)
        seen["model"] = [
            .string(model.owner), .string(model.name), .string(model.visibility ?? ""), .string(version.id),
        ]
        seen["models"] = names(try await client.models.list().results)
        seen["search"] = names(try await client.models.search("poster").results)
        seen["versions"] = .array(
            try await client.models.versions.list("nightshift", "poster").results.map { .string($0.id) })
        let read = try await client.models.versions.get("nightshift", "poster", version.id)
        seen["version"] = .array(try read.schema.inputs.map(\.name).sorted().map { .string($0) })
        seen["collections"] = .array(try await client.collections.list().results.map { .string($0.slug) })
        let slug = try #require(try await client.collections.list().results.first).slug
        seen["collection"] = names(try await client.collections.get(slug).models)
        seen["missing"] = try await refusal { _ = try await client.models.get("nightshift", "nobody") }
        return seen
    }

    private func predict(_ client: Client) async throws -> [String: JSONValue] {
        var seen: [String: JSONValue] = [:]
        seen["run"] = try await client.run("nightshift/hello-world", input: ["text": "Ada"]).json
        seen["joined"] = .string(
            try await client.run("nightshift/storyteller", input: ["prompt": "Ada", "seed": 3]).text ?? "")
        let poster = try await client.run("nightshift/poster", input: ["prompt": "night", "seed": 3])
        seen["file"] = sha256(try await #require(poster.files.first).data())
        let sleeper = try #require(try await client.models.get("nightshift", "sleeper").latestVersion?.id)
        let created = try await client.predictions.create(.version(sleeper), input: ["seconds": 0.1, "text": "x"])
        seen["create"] = [.string(created.status.rawValue), created.input]
        let done = try await client.wait(for: created, interval: .milliseconds(20))
        seen["wait"] = [.string(done.status.rawValue), done.output ?? nil, done.metrics["predict_time"] ?? nil]
        seen["get"] = .string(try await client.predictions.get(created.id).status.rawValue)
        let long = try await client.predictions.create(.version(sleeper), input: ["seconds": 60])
        seen["cancel"] = .string(try await client.predictions.cancel(long.id).status.rawValue)
        let failed = try await #require(throws: ReplicateError.self) {
            try await client.run("nightshift/sleeper:\(sleeper)", input: ["seconds": 0, "fail": "no luck"])
        }
        seen["failed"] = .string(failed.prediction?.error ?? "")
        seen["refused"] = try await refusal {
            _ = try await client.predictions.create(.version(sleeper), input: ["seconds": -1, "text": 5])
        }
        seen["list"] = .array(try await client.predictions.list().results.map { .string($0.status.rawValue) })
        var text = ""
        let stream = try await client.stream("nightshift/storyteller", input: ["prompt": "Ada", "seed": 4])
        for try await piece in stream.text { text += piece }
        seen["stream"] = .string(text)
        return seen
    }

    private func upload(_ client: Client) async throws -> [String: JSONValue] {
        var seen: [String: JSONValue] = [:]
        let content = Array(repeating: UInt8(ascii: "x"), count: 1000)
        let file = try await client.files.create(bytes: content, name: "notes.txt", contentType: "text/plain")
        seen["upload"] = [
            .string(file.name ?? ""), .string(file.contentType ?? ""), .number(JSONNumber(file.size ?? 0)),
            .string(file.sha256 ?? ""),
        ]
        seen["file etag"] = .string(try await client.files.get(file.id).etag ?? "")
        seen["files"] = .number(JSONNumber(try await client.files.list().results.count))
        seen["file input"] = try await client.run("me/size", input: ["file": .string(file.url)]).json
        try await client.files.delete(file.id)
        seen["file gone"] = try await refusal { _ = try await client.files.get(file.id) }
        return seen
    }

    private func trainAndDeploy(_ client: Client) async throws -> [String: JSONValue] {
        var seen: [String: JSONValue] = [:]
        let owner = try await client.account.get().username
        let made = try await client.models.create(owner, "tuned", visibility: .private, hardware: "cpu")
        seen["model create"] = [.string(made.name), .string(made.visibility ?? "")]
        let base = try #require(try await client.models.get("nightshift", "tuner").latestVersion)
        let training = try await client.trainings.create(
            "nightshift", "tuner", version: base.id, destination: "\(owner)/tuned",
            input: ["text": "the fog, the ferry and the lamp", "steps": 10])
        seen["training"] = .string(training.status.rawValue)
        let done = try await client.wait(for: training, interval: .milliseconds(20))
        seen["trained"] = [.string(done.status.rawValue), .bool(done.output?.version != nil)]
        seen["trainings"] = .number(JSONNumber(try await client.trainings.list().results.count))
        let deployment = try await client.deployments.get("nightshift", "hello-world")
        seen["deployment"] = .string(deployment.currentRelease?.model ?? "")
        let deployed = try await client.deployments.predictions.create(
            "nightshift", "hello-world", input: ["text": "Ada"])
        seen["deployed"] = .string(
            try await client.wait(for: deployed, interval: .milliseconds(20)).output?.stringValue ?? "")
        return seen
    }

    // MARK: - Theirs

    private static let script = """
        import hashlib, io, json, httpx, replicate
        from replicate.exceptions import ModelError, ReplicateError

        def names(models): return [f"{m.owner}/{m.name}" for m in models]
        def refusal(call):
            try: call()
            except ReplicateError as error: return {"status": error.status, "detail": error.detail}
            raise SystemExit("was taken")

        seen = {}
        seen["account"] = replicate.default_client.accounts.current().username
        seen["hardware"] = [h.sku for h in replicate.hardware.list()]
        model = replicate.models.get("nightshift/poster")
        seen["model"] = [model.owner, model.name, model.visibility, model.latest_version.id]
        seen["models"] = names(replicate.models.list())
        seen["search"] = names(replicate.models.search("poster"))
        seen["versions"] = [v.id for v in model.versions.list()]
        schema = model.versions.get(model.latest_version.id).openapi_schema
        seen["version"] = sorted(schema["components"]["schemas"]["Input"]["properties"])
        collections = replicate.collections.list()
        seen["collections"] = [c.slug for c in collections]
        seen["collection"] = names(replicate.collections.get(collections[0].slug).models)
        seen["missing"] = refusal(lambda: replicate.models.get("nightshift/nobody"))

        seen["run"] = replicate.run("nightshift/hello-world", input={"text": "Ada"})
        seen["joined"] = "".join(replicate.run("nightshift/storyteller", input={"prompt": "Ada", "seed": 3}))
        poster = replicate.run("nightshift/poster", input={"prompt": "night", "seed": 3})
        seen["file"] = hashlib.sha256(poster.read() if hasattr(poster, "read") else httpx.get(poster).content).hexdigest()
        sleeper = replicate.models.get("nightshift/sleeper").latest_version.id
        created = replicate.predictions.create(version=sleeper, input={"seconds": 0.1, "text": "x"})
        seen["create"] = [created.status, created.input]
        created.wait()
        seen["wait"] = [created.status, created.output, created.metrics["predict_time"]]
        seen["get"] = replicate.predictions.get(created.id).status
        long = replicate.predictions.create(version=sleeper, input={"seconds": 60})
        seen["cancel"] = replicate.predictions.cancel(long.id).status
        try:
            replicate.run(f"nightshift/sleeper:{sleeper}", input={"seconds": 0, "fail": "no luck"})
        except ModelError as error:
            seen["failed"] = error.prediction.error
        seen["refused"] = refusal(
            lambda: replicate.predictions.create(version=sleeper, input={"seconds": -1, "text": 5}))
        seen["list"] = [p.status for p in replicate.predictions.list()]
        stream = replicate.stream("nightshift/storyteller", input={"prompt": "Ada", "seed": 4})
        seen["stream"] = "".join(e.data for e in stream if e.event.value == "output")

        content = io.BytesIO(b"x" * 1000)
        content.name = "notes.txt"
        file = replicate.files.create(content)
        seen["upload"] = [file.name, file.content_type, file.size, file.checksums["sha256"]]
        seen["file etag"] = replicate.files.get(file.id).etag
        seen["files"] = len(replicate.files.list())
        size = replicate.models.get("me/size").latest_version.id
        seen["file input"] = replicate.run(f"me/size:{size}", input={"file": file.urls["get"]})
        replicate.files.delete(file.id)
        seen["file gone"] = refusal(lambda: replicate.files.get(file.id))

        owner = seen["account"]
        made = replicate.models.create(owner, "tuned", visibility="private", hardware="cpu")
        seen["model create"] = [made.name, made.visibility]
        base = replicate.models.get("nightshift/tuner").latest_version.id
        training = replicate.trainings.create(
            version=f"nightshift/tuner:{base}", destination=f"{owner}/tuned",
            input={"text": "the fog, the ferry and the lamp", "steps": 10})
        seen["training"] = training.status
        while training.status not in ("succeeded", "failed", "canceled"): training.reload()
        seen["trained"] = [training.status, bool(training.output and training.output.get("version"))]
        seen["trainings"] = len(list(replicate.trainings.list()))
        seen["deployment"] = replicate.deployments.get("nightshift/hello-world").current_release.model
        deployed = replicate.deployments.get("nightshift/hello-world").predictions.create(input={"text": "Ada"})
        deployed.wait()
        seen["deployed"] = deployed.output
        print(json.dumps(seen))
        """
}
