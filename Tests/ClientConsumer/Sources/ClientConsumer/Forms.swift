import Foundation
import Replicate

/// The ways in which a person writes an input: each compiles as it stands, and the server gets what it says.
struct Forms {
    enum Style: String, Encodable { case dark, light }

    struct Settings: Encodable {
        var steps = 4
        var style = Style.light
        var image = InputFile.data([1], name: "a.png")
    }

    let client: Client
    let table: Table
    let model = "local/echo"
    let png: JSONValue = "data:image/png;base64,AQ=="

    private func sent(_ name: String, _ expected: JSONValue, _ run: () async throws -> ModelOutput) async {
        await table.row("input: \(name)") { try expect(try await run().prediction.input, expected) }
    }

    func check() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "consumer-\(UUID().uuidString).png").path
        try Data([1]).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        await literals()
        await variables()
        await files(path)
        await values()
    }

    private func literals() async {
        await sent("none", [:]) { try await client.run(model) }
        await sent("a literal", ["prompt": "a lighthouse", "seed": 7]) {
            try await client.run(model, input: ["prompt": "a lighthouse", "seed": 7])
        }
        await sent("nested literals", ["o": ["k": 1, "p": "x", "l": [1, "a", nil]]]) {
            try await client.run(model, input: ["o": ["k": 1, "p": "x", "l": [1, "a", nil]]])
        }
        await sent("nil leaves out", ["prompt": "x"]) {
            try await client.run(model, input: ["prompt": "x", "seed": nil])
        }
    }

    private func variables() async {
        let prompt = "a lighthouse"
        let seed = 7
        let strength: Float = 0.1
        let isFast = true
        let missing: Int? = nil
        let present: Int? = 3
        let words = ["a", "b"]
        let style = Style.dark
        await sent("a variable", ["prompt": "a lighthouse"]) { try await client.run(model, input: ["prompt": prompt]) }
        await sent("variables of two types", ["prompt": "a lighthouse", "seed": 7]) {
            try await client.run(model, input: ["prompt": prompt, "seed": seed])
        }
        await sent("an interpolation", ["prompt": "a lighthouse!", "seed": 7]) {
            try await client.run(model, input: ["prompt": "\(prompt)!", "seed": seed])
        }
        await sent("numbers and a bool", ["strength": 0.1, "fast": true, "scale": 0.5]) {
            try await client.run(model, input: ["strength": strength, "fast": isFast, "scale": 0.5])
        }
        await sent("optionals", ["steps": 3]) {
            try await client.run(model, input: ["seed": missing, "steps": present])
        }
        await sent("an array", ["words": ["a", "b"], "n": 7]) {
            try await client.run(model, input: ["words": words, "n": seed])
        }
        await sent("mixed arrays", ["words": ["a", "a lighthouse"], "n": [1, 7], "o": ["k": 7]]) {
            try await client.run(model, input: ["words": ["a", prompt], "n": [1, seed], "o": ["k": seed]])
        }
        await sent("an object", ["o": ["k": 7, "p": "a lighthouse"], "l": [1, "a lighthouse"]]) {
            try await client.run(
                model, input: ["o": .object(["k": seed, "p": prompt]), "l": .array([1, prompt])])
        }
        await sent("an enumeration", ["style": "dark", "name": "dark", "n": 7]) {
            try await client.run(model, input: ["style": style, "name": style.rawValue, "n": seed])
        }
    }

    private func files(_ path: String) async {
        let prompt = "a lighthouse"
        let bytes = Data([1])
        let file = InputFile.data([1], name: "a.png")
        await sent("a path", ["image": png]) { try await client.run(model, input: ["image": .path(path)]) }
        await sent("a path beside others", ["prompt": "a lighthouse", "n": 1, "image": png]) {
            try await client.run(model, input: ["prompt": prompt, "n": 1, "image": .path(path)])
        }
        await sent("a file", ["image": png, "prompt": "a lighthouse"]) {
            try await client.run(model, input: ["image": file, "prompt": prompt])
        }
        await sent("data", ["image": "data:application/octet-stream;base64,AQ==", "prompt": "a lighthouse"]) {
            try await client.run(model, input: ["image": bytes, "prompt": prompt])
        }
        await sent("named data", ["image": png, "prompt": "a lighthouse"]) {
            try await client.run(model, input: ["image": .data(bytes, name: "a.png"), "prompt": prompt])
        }
        await sent("a file's URL", ["file": png, "prompt": "a lighthouse"]) {
            try await client.run(model, input: ["file": URL(filePath: path), "prompt": prompt])
        }
    }

    private func values() async {
        let json: JSONValue = ["x": [1, nil]]
        let value: InputValue = ["y": .data([1], name: "a.png")]
        let texts = ["prompt": "a lighthouse"]
        let anything: [String: any Encodable & Sendable] = ["prompt": "a lighthouse", "seed": 7]
        await sent("JSON", json) { try await client.run(model, input: json) }
        await sent("an InputValue", ["y": png]) { try await client.run(model, input: value) }
        await sent("a dictionary of texts", ["prompt": "a lighthouse"]) { try await client.run(model, input: texts) }
        await sent("a dictionary of anything", ["prompt": "a lighthouse", "seed": 7]) {
            try await client.run(model, input: anything)
        }
        await sent("a type", ["steps": 4, "style": "light", "image": png]) {
            try await client.run(model, input: Settings())
        }
        let big = JSONNumber(literal: "18446744073709551615").map(JSONValue.number) ?? nil
        await sent("a number of any size", ["big": big, "n": 1]) {
            try await client.run(model, input: ["big": UInt64.max, "n": 1])
        }
        await sent("a target of its own", ["seed": 7]) {
            try await client.run(.model(owner: "local", name: "echo"), input: ["seed": 7])
        }
    }
}
