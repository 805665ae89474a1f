import Foundation
import Replicate

// Every line of code that the client's documentation shows is compiled here; a test compares the two. Nothing of it is run.

private struct Detection: Decodable {}

private func gettingStarted(
    model: String, prompt: String, seed: Int, id: String, yesterday: Date, lastID: String?
) async throws {
    var lastID = lastID
    let client = try Client()
    let output = try await client.run("stability-ai/sdxl", input: ["prompt": "an astronaut", "seed": 42])
    try await client.run(model, input: ["prompt": prompt, "seed": seed, "image": .path("harbour.png")])
    struct Order: Encodable {
        var prompt: String
        var image: InputFile
    }
    try await client.run(model, input: Order(prompt: "make it night", image: .path("harbour.png")))
    _ = (
        output.text,  // a text, or pieces of text joined
        output.files,  // what can be fetched or saved
        try output.decode([Detection].self),  // a type of yours
        output.json,  // as it came
        output.prediction.metrics
    )
    for try await piece in try await client.stream("meta/meta-llama-3-8b-instruct", input: ["prompt": "Hello"]).text {
        print(piece, terminator: "")
    }
    let prediction = try await client.predictions.create(
        .version("39ed52f2…"), input: ["prompt": "an astronaut"],
        options: PredictionOptions(webhook: "https://example.com/replicate", webhookEvents: [.completed]))
    for try await event in try client.stream(of: prediction, after: lastID).events {
        lastID = event.id ?? lastID
    }
    let ended = try await prediction.wait(with: client)
    _ = ended
    for try await prediction in client.predictions.all(createdAfter: yesterday) { print(prediction.id) }
    for try await page in client.models.all().pages { print(page.results.count) }
    let version = try await client.models.versions.get("stability-ai", "sdxl", id)
    let problems = try version.schema.validate(["prompt": "x", "num_outputs": 9])
    _ = problems
}

private func overview() async throws {
    let client = try Client()
    let output = try await client.run(
        "black-forest-labs/flux-schnell", input: ["prompt": "a lighthouse at dusk"])
    try await output.files.first?.save(to: "lighthouse.webp")
}

private func errors(client: Client, model: String, input: InputValue) async {
    do {
        try await client.run(model, input: input)
    } catch {
        print(error.code, error.message, error.prediction?.logs ?? "")
    }
    Task {
        do throws(ReplicateError) {
            try await client.run(model, input: input)
        } catch {
            print(error.code, error.message)
        }
    }
    Task {
        do {
            try await client.run(model, input: input)
        } catch ReplicateError.Code.invalidInput {
            print("the model does not take this input")
        }
    }
}

private func types(client: Client, output: ModelOutput) async throws {
    struct FluxInput: Encodable, Sendable {
        var prompt: String
        var numOutputs = 1
    }
    let flux = TypedModel<FluxInput, [FileOutput]>("black-forest-labs/flux-schnell", keys: .snakeCase)
    let images = try await client.run(flux, FluxInput(prompt: "a lighthouse"))
    try await images.first?.save(to: "lighthouse.webp")
    struct Upscaled: Decodable {
        var image: FileOutput
        var scale: Double
    }
    let upscaled: Upscaled = try output.decode(keys: .fromSnakeCase)
    _ = upscaled
}

private func inputs(client: Client, model: String, prompt: String, width: Int, mask: Data) async throws {
    try await client.run(model, input: ["image": .path("a.png"), "size": .object(["width": width])])
    let input: InputValue = [
        "prompt": "a lighthouse at dusk",
        "steps": 20,
        "image": .path("harbour.png"),
        "masks": [.data(mask, name: "mask.png"), .url(URL(string: "https://example.com/m.png")!)],
    ]
    _ = input
    let output = try await client.run("black-forest-labs/flux-schnell", input: ["prompt": "a lighthouse"])
    _ = output
}

private func calls(client: Client, url: String, headers: HeaderFields, body: Data) async throws {
    let answer = try await client.request("GET", "/models/stability-ai/sdxl/versions")
    print(answer.status, try answer.json)
    for try await prediction in client.paginate(client.predictions.list) { print(prediction.id) }
    for try await version in client.paginate({ try await client.models.versions.list("o", "n") }) { print(version.id) }
    let stream = try await client.stream("meta/meta-llama-3-8b-instruct", input: ["prompt": "Tell me a story"])
    for try await event in stream {
        if case .output(let piece) = event { print(piece, terminator: "") }
    }
    let request = TransportRequest(url: url, headers: ["Range": "bytes=1024-"])
    let response = try await client.transport.send(request)
    for try await chunk in response.body { print(chunk.count) }
    let secret = try await client.webhooks.defaultSecret()  // once
    let delivery = try Webhook.receive(headers: headers, body: body, secret: secret)
    if delivery.prediction.status == .succeeded { print(delivery.prediction.id) }
}

private func middleware() throws {
    struct Logging: Middleware {
        func send(_ request: TransportRequest, next: any Transport) async throws(TransportError) -> TransportResponse {
            var request = request
            request.headers["X-Team"] = "night"
            let response = try await next.send(request)
            print(request.method, request.url, response.status)
            return response
        }
    }
    let client = try Client(middleware: [Logging()])
    _ = client
}
