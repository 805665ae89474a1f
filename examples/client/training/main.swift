// Trains a model: makes the model that gets the new version, trains, and runs what came out.
import Replicate

let client = try Client()
let owner = try await client.account.get().username
let base = try await client.models.get("nightshift", "tuner")
guard let version = base.latestVersion, let hardware = try await client.hardware.list().first else {
    fatalError("there is nothing to train, or nothing to train it on")
}
try await client.models.create(owner, "my-tune", visibility: .private, hardware: hardware.sku)

let training = try await client.trainings.create(
    "nightshift", "tuner", version: version.id, destination: "\(owner)/my-tune",
    input: ["text": "the fog, the ferry and the lamp", "steps": 10])
let done = try await client.wait(for: training, interval: .milliseconds(100))
guard done.status == .succeeded, let trained = done.output?.version else {
    fatalError("the training ended as \(done.status): \(done.error ?? "")")
}
print("trained \(owner)/my-tune")
print(try await client.run(trained, input: ["prompt": "good evening"]))
