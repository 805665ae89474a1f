// Lets the API call when the prediction is done. examples/webhook-receiver is what it calls.
import Replicate

guard let address = CommandLine.arguments.dropFirst().first else {
    fatalError("usage: example-webhook URL, where the receiver is, such as https://example.com/replicate")
}
let client = try Client()
let prediction = try await client.predictions.create(
    .model(owner: "nightshift", name: "hello-world"), input: ["text": "Ada"],
    options: PredictionOptions(webhook: address, webhookEvents: [.completed]))
print("started \(prediction.id)")
