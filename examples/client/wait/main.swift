// Asks the API to hold its answer until the output is there, and polls for what takes longer.
import Replicate

let client = try Client()

let quick = try await client.predictions.create(
    .model(owner: "nightshift", name: "hello-world"), input: ["text": "Grace"],
    options: PredictionOptions(wait: .seconds(10)))
print("\(quick.status): \(client.output(of: quick))")

let polled = try await client.run(
    "nightshift/hello-world", input: ["text": "Edsger"], wait: .poll(interval: .milliseconds(100)))
print(polled)

// A time limit of one's own. What is not done by then goes on, and can be waited for again: the error has the prediction.
let slow = try await client.predictions.create(
    .model(owner: "nightshift", name: "hello-world"), input: ["text": "Barbara"])
let done = try await client.wait(for: slow, interval: .milliseconds(100), timeout: .seconds(30))
print("\(done.status): \(client.output(of: done))")
