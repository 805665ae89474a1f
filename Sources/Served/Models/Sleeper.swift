import JSON

/// Sleeps, and fails on request: for trying out what a batch does when things take long or go wrong.
struct Sleeper: ServedModel {
    let owner = "nightshift"
    let name = "sleeper"
    let summary = "Sleeps for a while, then gives its text back or a file of a given size, or fails."
    let isOfficial = true

    var openAPISchema: JSONValue {
        SchemaMaker.document(
            inputs: [
                (
                    "seconds",
                    [
                        "type": "number", "default": 1, "minimum": 0, "maximum": 86400,
                        "description": "How long to sleep",
                    ]
                ),
                ("text", ["type": "string", "default": "", "description": "What to give back"]),
                (
                    "bytes",
                    [
                        "type": "integer", "minimum": 0, "maximum": 1_073_741_824,
                        "description": "Give back a file of so many bytes instead of the text",
                    ]
                ),
                ("fail", ["type": "string", "default": "", "description": "Fail with this error text"]),
                ("image", ["type": "string", "format": "uri", "description": "Any file; it is not looked at"]),
            ],
            required: [],
            // Files come as a list, as image models give them; a text stands alone.
            output: ["type": "array", "title": "Output", "items": ["type": "string", "format": "uri"]]
        )
    }

    func run(_ input: JSONValue, _ context: ModelContext) async throws -> ModelResult {
        let seconds = input["seconds"]?.doubleValue ?? 1
        if seconds > 0 { try await Task.sleep(for: .milliseconds(Int64(seconds * 1000))) }
        if let failure = input["fail"]?.stringValue, !failure.isEmpty { throw ModelFailure(failure) }
        let text = input["text"]?.stringValue ?? ""
        guard let count = input["bytes"]?.intValue else { return ModelResult(output: .string(text)) }
        let file = ServedFile(
            .pattern(seed: Digest.seed(text), count: count), mediaType: "application/octet-stream")
        return ModelResult(output: [.string(context.address(ofFile: "out.bin"))], files: ["out.bin": file])
    }
}
