import LosslessJSON

/// Draws a poster of a landscape that follows from its prompt, style and seed.
struct Poster: DemoModel {
    let name = "poster"
    let summary = "draws a poster that follows from prompt, style and seed"
    let isOfficial = true
    let exampleInput: JSONValue? = ["prompt": "a lighthouse in a storm", "style": "night"]

    var schemas: [String: JSONValue] {
        func side(_ title: String, _ value: Int, _ order: Int) -> JSONValue {
            [
                "type": "integer", "title": .string(title), "default": .number(JSONNumber(value)), "minimum": 64,
                "maximum": 1536, "x-order": .number(JSONNumber(order)), "description": "in pixels",
            ]
        }
        return [
            "Input": [
                "type": "object", "title": "Input", "required": ["prompt"],
                "properties": [
                    "prompt": [
                        "type": "string", "title": "Prompt", "x-order": 0, "maxLength": 1000,
                        "description": "what the poster shows, such as 'a lighthouse in a storm'",
                    ],
                    "style": [
                        "allOf": [["$ref": "#/components/schemas/style"]], "default": "dusk", "x-order": 1,
                        "description": "the light of the scene",
                    ],
                    "seed": [
                        "type": "integer", "title": "Seed", "x-order": 2, "nullable": true,
                        "description": "another seed draws another poster",
                    ],
                    "width": side("Width", 480, 3), "height": side("Height", 640, 4),
                ],
            ],
            "style": [
                "type": "string", "title": "style", "description": "An enumeration.",
                "enum": .array(PosterStyle.allCases.map { .string($0.rawValue) }),
            ],
            "Output": ["type": "string", "title": "Output", "format": "uri"],
        ]
    }

    func plan(_ input: JSONValue) -> PredictionPlan {
        let request = PosterRequest(
            prompt: input["prompt"]?.stringValue ?? "",
            style: (input["style"]?.stringValue).flatMap(PosterStyle.init) ?? .dusk, seed: input["seed"]?.intValue ?? 0,
            width: input["width"]?.intValue ?? 480, height: input["height"]?.intValue ?? 640)
        return PredictionPlan(
            runTime: .milliseconds(400),
            output: .file(
                GeneratedFile(
                    name: "poster.png", contentType: "image/png", content: { PosterScene(request).png() })),
            logs: .steps("Using seed: \(request.seed)\nPrompt: \(request.prompt)\n", count: 20))
    }
}

/// The light of a poster.
enum PosterStyle: String, CaseIterable, Sendable {
    case dawn, day, dusk, night
}

/// What a poster is to show.
struct PosterRequest: Hashable, Sendable {
    var prompt: String
    var style: PosterStyle
    var seed: Int
    var width: Int
    var height: Int
}
