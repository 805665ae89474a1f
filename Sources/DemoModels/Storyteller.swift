import LosslessJSON

/// Tells a very short story, word by word: a model whose output is a list that grows and is shown joined.
struct Storyteller: DemoModel {
    let name = "storyteller"
    let summary = "tells a bedtime story in pieces of text"
    let isOfficial = true
    let exampleInput: JSONValue? = ["prompt": "the lighthouse keeper", "sentences": 2]

    var schemas: [String: JSONValue] {
        [
            "Input": [
                "type": "object", "title": "Input", "required": ["prompt"],
                "properties": [
                    "prompt": [
                        "type": "string", "title": "Prompt", "x-order": 0, "minLength": 1,
                        "description": "whom the story is about",
                    ],
                    "seed": [
                        "type": "integer", "title": "Seed", "x-order": 1, "nullable": true,
                        "description": "another seed tells another story",
                    ],
                    "sentences": [
                        "type": "integer", "title": "Sentences", "default": 3, "minimum": 1, "maximum": 50,
                        "x-order": 2, "description": "how long the story is",
                    ],
                ],
            ],
            "Output": [
                "type": "array", "title": "Output", "items": ["type": "string"], "x-cog-array-type": "iterator",
                "x-cog-array-display": "concatenate",
            ],
        ]
    }

    private static let places = [
        "on the night train", "at the edge of the harbour", "under the old observatory", "in a kitchen full of steam",
        "high above the sleeping town", "beside a lamp that never went out",
    ]
    private static let deeds = [
        "counted the stars and lost count", "mended a clock that ran backwards", "found a letter nobody had sent",
        "taught the fog to whistle", "waited for the last ferry", "wrote down every dream in order",
    ]
    private static let turns = [
        "By midnight", "Not long after", "To everybody's surprise", "While the kettle sang", "Without a word",
        "Just before the dawn",
    ]

    func plan(_ input: JSONValue) -> PredictionPlan {
        let hero = input["prompt"]?.stringValue ?? "somebody"
        var random = SeededGenerator(text: hero, seed: UInt64(bitPattern: Int64(input["seed"]?.intValue ?? 0)))
        var story = "Once, \(random.element(of: Self.places)), \(hero) \(random.element(of: Self.deeds))."
        for _ in 1..<max(2, input["sentences"]?.intValue ?? 3) {
            story += " \(random.element(of: Self.turns)), \(hero) \(random.element(of: Self.deeds))."
        }
        story += " Good night."
        return PredictionPlan(
            runTime: .milliseconds(300), output: .pieces(Self.pieces(of: story)), logs: .text("telling a story\n"))
    }

    /// A text cut before its spaces, as language models give it.
    private static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        for character in text {
            if character == " " || pieces.isEmpty {
                pieces.append(String(character))
            } else {
                pieces[pieces.count - 1].append(character)
            }
        }
        return pieces
    }
}
