import LosslessJSON

/// Greets: the smallest model there is.
struct HelloWorld: DemoModel {
    let name = "hello-world"
    let summary = "says hello"
    let isOfficial = true
    let exampleInput: JSONValue? = ["text": "Ada"]

    private static let greetings: [(language: String, word: String)] = [
        ("en", "hello"), ("de", "hallo"), ("es", "hola"), ("fr", "bonjour"), ("it", "ciao"), ("ja", "こんにちは"),
        ("pt", "olá"), ("sv", "hej"),
    ]

    var schemas: [String: JSONValue] {
        [
            "Input": [
                "type": "object", "title": "Input", "required": ["text"],
                "properties": [
                    "text": [
                        "type": "string", "title": "Text", "x-order": 0, "maxLength": 10_000,
                        "description": "whom to greet",
                    ],
                    "language": [
                        "allOf": [["$ref": "#/components/schemas/language"]], "default": "en", "x-order": 1,
                        "description": "the language of the greeting",
                    ],
                ],
            ],
            "language": [
                "type": "string", "title": "language", "description": "An enumeration.",
                "enum": .array(Self.greetings.map { .string($0.language) }),
            ],
            "Output": ["type": "string", "title": "Output"],
        ]
    }

    func plan(_ input: JSONValue) -> PredictionPlan {
        let language = input["language"]?.stringValue ?? "en"
        let word = Self.greetings.first { $0.language == language }?.word ?? "hello"
        let text = "\(word) \(input["text"]?.stringValue ?? "")"
        return PredictionPlan(runTime: .milliseconds(20), output: .json(.string(text)))
    }
}
