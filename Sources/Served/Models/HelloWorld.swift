import JSON

/// Greets: the smallest model that shows something.
struct HelloWorld: ServedModel {
    let owner = "nightshift"
    let name = "hello-world"
    let summary = "Greets whoever is named, in one of several languages."
    let isOfficial = true

    private static let greetings: [(language: String, greeting: String)] = [
        ("english", "Hello"), ("french", "Bonjour"), ("german", "Hallo"), ("italian", "Ciao"), ("spanish", "Hola"),
        ("swahili", "Hujambo"),
    ]

    var openAPISchema: JSONValue {
        SchemaMaker.document(
            inputs: [
                ("text", ["type": "string", "description": "Whom to greet"]),
                (
                    "language",
                    [
                        "type": "string", "enum": .array(Self.greetings.map { .string($0.language) }),
                        "default": "english", "description": "The language of the greeting",
                    ]
                ),
            ],
            required: ["text"], output: ["type": "string", "title": "Output"]
        )
    }

    func run(_ input: JSONValue, _ context: ModelContext) async throws -> ModelResult {
        let language = input["language"]?.stringValue ?? "english"
        let greeting = Self.greetings.first { $0.language == language }?.greeting ?? "Hello"
        return ModelResult(output: .string("\(greeting), \(input["text"]?.stringValue ?? "world")!"))
    }
}
