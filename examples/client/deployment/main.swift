// Makes a deployment, runs a prediction with it, changes it and removes it.
import Replicate

let client = try Client()
let owner = try await client.account.get().username
guard let version = try await client.models.get("nightshift", "hello-world").latestVersion,
    let hardware = try await client.hardware.list().first
else { fatalError("there is nothing to deploy") }

let made = try await client.deployments.create(
    name: "greeter", model: "nightshift/hello-world", version: version.id, hardware: hardware.sku, minInstances: 0,
    maxInstances: 1)
print("release \(made.currentRelease?.number ?? 0)")

let created = try await client.deployments.predictions.create(owner, "greeter", input: ["text": "Ada"])
let done = try await client.wait(for: created, interval: .milliseconds(50))
print("\(done.deployment ?? ""): \(client.output(of: done))")

let changed = try await client.deployments.update(owner, "greeter", maxInstances: 3)
print("release \(changed.currentRelease?.number ?? 0)")
try await client.deployments.delete(owner, "greeter")
