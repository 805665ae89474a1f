// Runs a model and prints its output.
import Replicate

let client = try Client()
let output = try await client.run("nightshift/hello-world", input: ["text": "Ada"])
print(output)

// A model that makes a file: nothing is fetched before it is asked for.
let poster = try await client.run("nightshift/poster", input: ["prompt": "a lighthouse at dusk", "seed": 7])
if let file = poster.files.first {
    try await file.save(to: "poster.png")
    print("saved \(file.name) as poster.png")
}
