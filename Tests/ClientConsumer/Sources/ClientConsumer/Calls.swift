import Foundation
import Replicate

/// The calls of the README, each against the server.
struct Calls {
    struct Order: Encodable, Sendable {
        var text: String
    }

    let client: Client
    let table: Table

    func check() async {
        await runs()
        await predictions()
        await streams()
        await files()
        await models()
        await deployments()
        await trainings()
        await others()
    }

    private func runs() async {
        await table.row("run an official model") {
            let output = try await client.run("nightshift/hello-world", input: ["text": "Ada"])
            try expect(output.text, "hello Ada")
        }
        await table.row("run a version") {
            let version = try required(
                try await client.models.get("nightshift/hello-world").latestVersion?.id, "version")
            try expect(try await client.run(version, input: ["text": "Ada"]).text, "hello Ada")
        }
        await table.row("run and poll") {
            let output = try await client.run(
                "nightshift/sleeper", input: ["seconds": 0.05, "text": "x"], wait: .poll(interval: .milliseconds(10)))
            try expect(output.text, "x")
        }
        await table.row("run a model with types") {
            let model = TypedModel<Order, String>("nightshift/hello-world")
            try expect(try await client.run(model, Order(text: "Ada")), "hello Ada")
        }
        await table.row("see the progress") {
            var seen: [PredictionStatus] = []
            try await client.run("nightshift/hello-world", input: ["text": "Ada"]) { seen.append($0.status) }
            try expect(seen.last, .succeeded)
        }
        await table.row("save an output file") {
            let output = try await client.run("nightshift/poster", input: ["prompt": "night"])
            let folder = FileManager.default.temporaryDirectory.appending(path: "consumer-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let path = folder.appending(path: "poster.png").path
            try await required(output.files.first, "file").save(to: path)
            try expect(try Data(contentsOf: URL(filePath: path)).prefix(4), Data([0x89, 0x50, 0x4E, 0x47]))
        }
        await table.row("a failed run throws") {
            let error = try await refusal {
                try await client.run("nightshift/sleeper", input: ["seconds": 0, "fail": "no luck"])
            }
            try expect(error.code, .predictionFailed)
            try expect(error.prediction?.error, "no luck")
        }
        await table.row("cancel a run by its task") {
            let running = Task { [client] in try await client.run("nightshift/sleeper", input: ["seconds": 600]) }
            while try await client.predictions.list().results.first?.status != .processing {}
            running.cancel()
            let error = try await refusal { _ = try await running.value }
            try expect(error.code, .canceled)
        }
    }

    private func predictions() async {
        await table.row("create, get and wait") {
            let made = try await client.predictions.create(
                .model(owner: "nightshift", name: "hello-world"), input: ["text": "Ada"])
            try expect(try await client.predictions.get(made.id).id, made.id)
            let done = try await client.wait(for: made, interval: .milliseconds(10))
            try expect(client.output(of: done).text, "hello Ada")
        }
        await table.row("cancel a prediction") {
            let version = try required(try await client.models.get("nightshift/sleeper").latestVersion?.id, "version")
            let made = try await client.predictions.create(.version(version), input: ["seconds": 600])
            try expect(try await client.predictions.cancel(made.id).status, .canceled)
        }
        await table.row("list predictions") {
            try expect(!(try await client.predictions.list().results.isEmpty), "the list is empty")
        }
        await table.row("paginate") {
            var ids: Set<String> = []
            for try await prediction in client.paginate({ [client] in try await client.predictions.list() }) {
                ids.insert(prediction.id)
            }
            try expect(ids.count > 20, "there are \(ids.count)")
        }
        await table.row("an input that is wrong names its fields") {
            let error = try await refusal { try await client.run("nightshift/hello-world", input: ["text": 7]) }
            try expect(error.code, .invalidInput)
        }
        await table.row("check an input before it is sent") {
            let model = try await client.models.get("nightshift/poster")
            let version = try await client.models.versions.get(
                "nightshift", "poster", try required(model.latestVersion?.id, "version"))
            try expect(!(try version.schema.validate(["prompt": 7]).isEmpty), "a wrong input is taken")
        }
    }

    private func streams() async {
        await table.row("stream text") {
            var text = ""
            let stream = try await client.stream("nightshift/storyteller", input: ["prompt": "Ada", "seed": 4])
            for try await piece in stream.text { text += piece }
            let done = try await client.predictions.get(stream.prediction.id)
            try expect(client.output(of: done).text, text)
        }
        await table.row("stream events") {
            var last: StreamEvent?
            let stream = try await client.stream("nightshift/storyteller", input: ["prompt": "Ada", "seed": 5])
            for try await event in stream { last = event }
            try expect(last, .done(.succeeded))
        }
    }

    private func files() async {
        await table.row("upload, get, list and delete a file") {
            let file = try await client.files.create(bytes: Array(repeating: 65, count: 1000), name: "a.txt")
            try expect(file.size, 1000)
            try expect(try await client.files.get(file.id).id, file.id)
            try expect(try await client.files.list().results.contains { $0.id == file.id }, "it is not listed")
            try await client.files.delete(file.id)
            let error = try await refusal { _ = try await client.files.get(file.id) }
            try expect(error.code, .notFound)
        }
        await table.row("give a model a large file") {
            let big = InputFile.data(Data(repeating: 65, count: 2_000_000), name: "big.txt")
            let output = try await client.run("local/sizes", input: ["pages": .array([big])])
            try expect(output.json, [2_000_000])
        }
    }

    private func models() async {
        await table.row("get a model") {
            try expect(try await client.models.get("nightshift", "poster").name, "poster")
        }
        await table.row("list models") {
            try expect(try await client.models.list().results.contains { $0.name == "poster" }, "poster is missing")
        }
        await table.row("search models") {
            try expect(try await client.models.search("poster").results.map(\.name).contains("poster"), "not found")
        }
        await table.row("list versions") {
            try expect(try await client.models.versions.list("nightshift", "poster").results.count, 1)
        }
        await table.row("a model that does not exist") {
            let error = try await refusal { _ = try await client.models.get("no/body") }
            try expect(error.code, .notFound)
            try expect(error.status, 404)
        }
    }

    private func deployments() async {
        await table.row("make, run, change and delete a deployment") {
            let owner = try await client.account.get().username
            let version = try required(
                try await client.models.get("nightshift/hello-world").latestVersion?.id, "version")
            let sku = try required(try await client.hardware.list().first?.sku, "hardware")
            _ = try await client.deployments.create(
                name: "consumer", model: "nightshift/hello-world", version: version, hardware: sku, minInstances: 0,
                maxInstances: 1)
            let made = try await client.deployments.predictions.create(owner, "consumer", input: ["text": "Ada"])
            let done = try await client.wait(for: made, interval: .milliseconds(10))
            try expect(done.deployment, "consumer")
            let changed = try await client.deployments.update(owner, "consumer", maxInstances: 3)
            try expect(changed.currentRelease?.number, 2)
            try await client.deployments.delete(owner, "consumer")
        }
        await table.row("list deployments") { _ = try await client.deployments.list() }
    }

    private func trainings() async {
        await table.row("train a model") {
            let owner = try await client.account.get().username
            try await client.models.create(owner, "consumer-tune", visibility: .private, hardware: "cpu")
            let version = try required(try await client.models.get("nightshift/tuner").latestVersion?.id, "version")
            let training = try await client.trainings.create(
                "nightshift", "tuner", version: version, destination: "\(owner)/consumer-tune",
                input: ["text": "the fog, the ferry and the lamp", "steps": 10])
            let done = try await client.wait(for: training, interval: .milliseconds(20))
            try expect(done.status, .succeeded)
        }
        await table.row("list trainings") {
            try expect(!(try await client.trainings.list().results.isEmpty), "the list is empty")
        }
    }

    private func others() async {
        await table.row("the account") {
            try expect(!(try await client.account.get().username.isEmpty), "it has no name")
        }
        await table.row("the hardware") { try expect(!(try await client.hardware.list().isEmpty), "there is none") }
        await table.row("collections") { _ = try await client.collections.list() }
        await table.row("search everything") { _ = try await client.search("poster") }
        await table.row("the secret of webhooks") { _ = try await client.webhooks.defaultSecret() }
        await table.row("any call") {
            let answer = try await client.request("GET", "/hardware")
            try expect(answer.status, 200)
        }
        await table.row("a middleware sees the attempts") {
            struct Stamp: Middleware {
                func send(
                    _ request: TransportRequest, next: any Transport
                ) async throws(TransportError) -> TransportResponse {
                    var request = request
                    request.headers["X-Team"] = "night \(request.attempt)"
                    return try await next.send(request)
                }
            }
            _ = try await Client(middleware: [Stamp()]).account.get()
        }
        await table.row("a transport of one's own") {
            struct Canned: Transport {
                func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
                    TransportResponse(status: 200, body: TransportBody(Array(#"{"username": "nobody"}"#.utf8)))
                }
            }
            try expect(try await Client(transport: Canned()).account.get().username, "nobody")
        }
        await table.row("a server that is not there") {
            let client = try Client(baseURL: "http://127.0.0.1:9", retry: .none)
            let error = try await refusal {
                _ = try await client.predictions.create(.version("v"), input: ["text": "x"])
            }
            try expect(error.code, .notConnected)
            try expect(error.isCertainlyNotAccepted, "it says that it may have been accepted")
        }
        await table.row("the token is not printed") {
            let client = try Client(token: "r8_0123456789abcdef0123456789")
            try expect(!"\(client)".contains("0123456789"), "it is")
        }
    }
}
