// Shows how far a prediction has come, by the progress bar in its logs.
import Replicate

let client = try Client()
let output = try await client.run(
    "nightshift/sleeper", input: ["seconds": 0.6, "text": "rested"], wait: .poll(interval: .milliseconds(100))
) { prediction in
    let percent = prediction.progress.map { " \(Int($0.fraction * 100)) %" } ?? ""
    print("\(prediction.status)\(percent)")
}
print(output)
