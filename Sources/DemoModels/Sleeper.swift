import LosslessJSON

/// Sleeps, then gives a text or a file, or ends as it was asked to. The model for tests of load and of failures.
struct Sleeper: DemoModel {
    let name = "sleeper"
    let summary = "sleeps, then answers, fails or is aborted, as it is told"
    let isOfficial = false
    let exampleInput: JSONValue? = ["seconds": 0.5, "text": "slept well"]

    static let maximumBytes = 64 * 1024 * 1024

    var schemas: [String: JSONValue] {
        [
            "Input": [
                "type": "object", "title": "Input",
                "properties": [
                    "seconds": [
                        "type": "number", "title": "Seconds", "default": 1, "minimum": 0, "maximum": 3600,
                        "x-order": 0, "description": "how long the run takes",
                    ],
                    "text": [
                        "type": "string", "title": "Text", "x-order": 1,
                        "description": "the output; a file's content follows from it",
                    ],
                    "bytes": [
                        "type": "integer", "title": "Bytes", "minimum": 0,
                        "maximum": .number(JSONNumber(Self.maximumBytes)),
                        "x-order": 2, "nullable": true,
                        "description": "put out a file of this size in place of the text",
                    ],
                    "fail": [
                        "type": "string", "title": "Fail", "default": "", "x-order": 3,
                        "description": "fail with this error; empty means not to",
                    ],
                    "abort": [
                        "type": "boolean", "title": "Abort", "default": false, "x-order": 4,
                        "description": "be aborted before the start",
                    ],
                    "cancel": [
                        "type": "boolean", "title": "Cancel", "default": false, "x-order": 5,
                        "description": "be canceled by the platform at the end",
                    ],
                ],
            ],
            "Output": ["title": "Output", "description": "a file where 'bytes' says how long it is, else a text"],
        ]
    }

    func plan(_ input: JSONValue) -> PredictionPlan {
        let seconds = input["seconds"]?.doubleValue ?? 1
        let text = input["text"]?.stringValue ?? "slept \(seconds) s"
        var plan = PredictionPlan(runTime: .seconds(seconds))
        if let error = input["fail"]?.stringValue, !error.isEmpty { plan.ending = .failed(error) }
        if input["cancel"]?.boolValue == true { plan.ending = .canceled }
        if input["abort"]?.boolValue == true { plan.ending = .aborted }
        if let count = input["bytes"]?.intValue {
            plan.output = .file(
                GeneratedFile(
                    name: "output.bin", contentType: "application/octet-stream",
                    content: { Self.content(for: text, count: count) }))
        } else {
            plan.output = .json(.string(text))
        }
        plan.logs = .steps("sleeping \(seconds) s\n", count: 10)
        return plan
    }

    /// Bytes that follow from a text, the same on every machine.
    static func content(for text: String, count: Int) -> [UInt8] {
        var random = SeededGenerator(text: text)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            var index = 0
            while index < count {
                var word = random.next()
                var rest = min(8, count - index)
                while rest > 0 {
                    buffer[index] = UInt8(truncatingIfNeeded: word)
                    word >>= 8
                    index += 1
                    rest -= 1
                }
            }
            initialized = count
        }
    }
}
