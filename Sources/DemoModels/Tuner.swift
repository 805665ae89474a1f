import LosslessJSON

/// Learns which words follow each other in a text; its trainings make models that write in the manner of that text.
struct Tuner: TrainableModel {
    let name = "tuner"
    let summary = "learns how a text goes; train it to make a model that writes like that text"
    let isOfficial = false
    let exampleInput: JSONValue? = ["prompt": "the quiet harbour"]

    var schemas: [String: JSONValue] {
        var schemas = TunedWriter.runSchemas
        schemas["TrainingInput"] = [
            "type": "object", "title": "TrainingInput", "required": ["text"],
            "properties": [
                "text": [
                    "type": "string", "title": "Text", "x-order": 0, "minLength": 1, "maxLength": 100_000,
                    "description": "what to learn from",
                ],
                "steps": [
                    "type": "integer", "title": "Steps", "default": 100, "minimum": 1, "maximum": 100_000,
                    "x-order": 1, "description": "how long the training takes, in hundredths of a second",
                ],
                "fail": [
                    "type": "string", "title": "Fail", "default": "", "x-order": 2,
                    "description": "fail with this error; empty means not to",
                ],
            ],
        ]
        schemas["TrainingOutput"] = [
            "type": "object", "title": "TrainingOutput", "required": ["version", "weights"],
            "properties": [
                "version": ["type": "string", "title": "Version"],
                "weights": ["type": "string", "title": "Weights", "format": "uri"],
            ],
        ]
        return schemas
    }

    /// Untrained, it knows no words but those it is given.
    func plan(_ input: JSONValue) -> PredictionPlan {
        TunedWriter(text: input["prompt"]?.stringValue ?? "", name: name).plan(input)
    }

    func planTraining(_ input: JSONValue) -> TrainingPlan {
        let steps = input["steps"]?.intValue ?? 100
        let writer = TunedWriter(text: input["text"]?.stringValue ?? "", name: name)
        var plan = TrainingPlan(
            runTime: .milliseconds(10 * steps), logs: .steps("learning from \(writer.words.count) words\n", count: 20),
            result: writer,
            weights: GeneratedFile(
                name: "weights.json", contentType: "application/json", content: { writer.weights }))
        if let error = input["fail"]?.stringValue, !error.isEmpty { plan.ending = .failed(error) }
        return plan
    }
}

/// Writes in the manner of a text that it has learned: every word follows the one before it somewhere in that text.
struct TunedWriter: DemoModel {
    let name: String
    let summary = "writes like the text that it was trained with"
    let isOfficial = false
    let exampleInput: JSONValue? = nil
    let words: [String]
    private let followers: [String: [String]]

    init(text: String, name: String) {
        self.name = name
        words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        var followers: [String: [String]] = [:]
        for (word, next) in zip(words, words.dropFirst()) { followers[word, default: []].append(next) }
        self.followers = followers
    }

    static let runSchemas: [String: JSONValue] = [
        "Input": [
            "type": "object", "title": "Input", "required": ["prompt"],
            "properties": [
                "prompt": [
                    "type": "string", "title": "Prompt", "x-order": 0, "description": "how the text begins",
                ],
                "seed": [
                    "type": "integer", "title": "Seed", "x-order": 1, "nullable": true,
                    "description": "another seed writes another text",
                ],
                "words": [
                    "type": "integer", "title": "Words", "default": 12, "minimum": 1, "maximum": 500, "x-order": 2,
                    "description": "how many words are written after the prompt",
                ],
            ],
        ],
        "Output": ["type": "string", "title": "Output"],
    ]

    var schemas: [String: JSONValue] { Self.runSchemas }

    func plan(_ input: JSONValue) -> PredictionPlan {
        let prompt = input["prompt"]?.stringValue ?? ""
        var random = SeededGenerator(text: prompt, seed: UInt64(bitPattern: Int64(input["seed"]?.intValue ?? 0)))
        var written = [prompt].filter { !$0.isEmpty }
        var last = prompt.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
        for _ in 0..<(input["words"]?.intValue ?? 12) {
            // At the end of the text, or after a word that was never learned, it begins anew.
            let choices = followers[last] ?? Array(words.prefix(1))
            guard !choices.isEmpty else { break }
            last = random.element(of: choices)
            written.append(last)
        }
        return PredictionPlan(
            runTime: .milliseconds(100), output: .json(.string(written.joined(separator: " "))),
            logs: .text("knows \(followers.count) words\n"))
    }

    var weights: [UInt8] {
        let table = followers.mapValues { JSONValue.array($0.map { .string($0) }) }
        return JSONValue.object(["followers": .object(table)]).canonicalBytes()
    }
}
