// Prints a text while the model writes it.
import Replicate

let client = try Client()
let stream = try await client.stream("nightshift/storyteller", input: ["prompt": "a small robot", "seed": 3])
for try await event in stream {
    switch event {
    case .output(let piece): print(piece, terminator: "")
    case .error(let reason): print("\nfailed: \(reason)")
    case .done: print()
    case .logs, .other: break
    }
}

// The same for those who want the text alone.
for try await piece in try await client.stream("nightshift/storyteller", input: ["prompt": "a lighthouse"]).text {
    print(piece, terminator: "")
}
print()
