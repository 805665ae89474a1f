// Starts a prediction, does something else, and looks at it later.
import Replicate

let client = try Client()
let model = try await client.models.get("nightshift", "sleeper")
guard let version = model.latestVersion else { fatalError("the model has no version") }

let started = try await client.predictions.create(
    .version(version.id), input: ["seconds": 0.2, "text": "good morning"])
print("started \(started.id): \(started.status)")

// The id is all that is needed to go on, from another program or tomorrow.
var prediction = try await client.predictions.get(started.id)
while !prediction.status.isTerminal {
    try await Task.sleep(for: .milliseconds(50))
    prediction = try await client.predictions.get(started.id)
}
print("\(prediction.status): \(client.output(of: prediction))")
