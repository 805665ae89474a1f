import LosslessJSON
import ReplicateAPI
import Testing

/// Schemas in the forms that real versions have, cut down to what matters.
enum Schemas {
    static func schema(_ input: JSONValue, output: JSONValue = ["type": "string"], more: [String: JSONValue] = [:])
        -> ModelSchema
    {
        var schemas = more
        schemas["Input"] = input
        schemas["Output"] = output
        return ModelSchema(openAPI: ["openapi": "3.0.2", "components": ["schemas": .object(schemas)]])
    }

    /// A diffusion model of 2023: choices by reference, ranges, nothing nullable.
    static let diffusion = schema(
        [
            "type": "object", "title": "Input", "required": ["prompt"],
            "properties": [
                "width": ["allOf": [["$ref": "#/components/schemas/width"]], "default": 512, "x-order": 2],
                "prompt": ["type": "string", "title": "Prompt", "x-order": 0, "maxLength": 10, "minLength": 2],
                "steps": [
                    "type": "integer", "default": 50, "maximum": 500, "minimum": 1, "x-order": 3,
                    "description": "Number of denoising steps",
                ],
                "guidance": ["type": "number", "default": 7.5, "minimum": 0.5, "x-order": 4],
                "scheduler": [
                    "allOf": [["$ref": "#/components/schemas/scheduler"]], "default": "DDIM", "x-order": 5,
                    "description": "scheduler",
                ],
                "image": ["type": "string", "format": "uri", "x-order": 1],
                "tiled": ["type": "boolean", "default": false, "x-order": 6],
            ],
        ],
        output: ["type": "array", "items": ["type": "string", "format": "uri"]],
        more: [
            "width": ["enum": [384, 512, 640], "type": "integer", "title": "width", "description": "An enumeration."],
            "scheduler": ["enum": ["DDIM", "PNDM"], "type": "string", "title": "scheduler"],
        ])

    /// An official model of 2025: choices inline, nullable, lists of files, an empty `anyOf`.
    static let modern = schema([
        "type": "object", "required": ["prompt"],
        "properties": [
            "prompt": ["type": "string", "x-order": 0],
            "images": [
                "type": "array", "items": ["type": "string", "anyOf": [], "format": "uri"], "x-order": 1,
                "nullable": true,
                "minItems": 1, "maxItems": 3,
            ],
            "duration": ["enum": [4, 6, 8], "type": "integer", "default": 8, "x-order": 2],
            "seed": ["type": "integer", "nullable": true, "x-order": 3],
            "key": ["type": "string", "format": "password", "x-order": 4],
            "note": ["anyOf": [["type": "string"], ["type": "null"]], "x-order": 5],
        ],
    ])
}

@Suite struct SchemaTests {
    @Test func inputsComeInTheModelsOwnOrder() {
        #expect(
            Schemas.diffusion.inputs.map(\.name) == [
                "prompt", "image", "width", "steps", "guidance", "scheduler", "tiled",
            ])
    }

    @Test func aFieldKnowsWhatItsSchemaSays() throws {
        let fields = Dictionary(uniqueKeysWithValues: Schemas.diffusion.inputs.map { ($0.name, $0) })
        let prompt = try #require(fields["prompt"])
        #expect(prompt.isRequired)
        #expect(prompt.type == .string)
        #expect(prompt.title == "Prompt")
        #expect(prompt.maxLength == 10)
        let scheduler = try #require(fields["scheduler"])
        #expect(scheduler.choices == ["DDIM", "PNDM"])
        #expect(scheduler.type == .string)
        #expect(scheduler.defaultValue == "DDIM")
        #expect(scheduler.description == "scheduler")
        #expect(!scheduler.isRequired)
        #expect(fields["image"]?.isFile == true)
        #expect(fields["steps"]?.maximum?.intValue == 500)
        #expect(fields["guidance"]?.minimum?.doubleValue == 0.5)

        let modern = Dictionary(uniqueKeysWithValues: Schemas.modern.inputs.map { ($0.name, $0) })
        #expect(modern["images"]?.itemsAreFiles == true)
        #expect(modern["images"]?.isNullable == true)
        #expect(modern["key"]?.isSecret == true)
        #expect(modern["note"]?.isNullable == true)
        #expect(modern["note"]?.type == .string)
    }

    @Test(
        arguments: [
            (["prompt": "corgi"], []),
            (["prompt": "corgi", "width": 512, "steps": 1, "guidance": 0.5, "scheduler": "PNDM", "tiled": true], []),
            (["prompt": "corgi", "width": 512.0, "steps": 1e2, "guidance": 7], []),
            (["prompt": "corgi", "unknown": [1, 2]], []),
            ([:], ["input required: prompt is required"]),
            (["prompt": "x"], ["input.prompt string_gte: String length must be greater than or equal to 2"]),
            (["prompt": "eleven long"], ["input.prompt string_lte: String length must be less than or equal to 10"]),
            (["prompt": "zehn Äöü👩🏽"], []),
            (["prompt": 5], ["input.prompt invalid_type: Invalid type. Expected: string, given: integer"]),
            (
                ["prompt": "corgi", "width": 500],
                ["input.width enum: width must be one of the following: 384, 512, 640"]
            ),
            (
                ["prompt": "corgi", "scheduler": "K"],
                ["input.scheduler enum: scheduler must be one of the following: \"DDIM\", \"PNDM\""]
            ),
            (["prompt": "corgi", "steps": 501], ["input.steps number_lte: Must be less than or equal to 500"]),
            (["prompt": "corgi", "steps": 0], ["input.steps number_gte: Must be greater than or equal to 1"]),
            (
                ["prompt": "corgi", "steps": 1.5],
                ["input.steps invalid_type: Invalid type. Expected: integer, given: number"]
            ),
            (
                ["prompt": "corgi", "tiled": "yes"],
                ["input.tiled invalid_type: Invalid type. Expected: boolean, given: string"]
            ),
            (
                ["steps": 0, "width": 1],
                [
                    "input required: prompt is required",
                    "input.width enum: width must be one of the following: 384, 512, 640",
                    "input.steps number_gte: Must be greater than or equal to 1",
                ]
            ),
            ("text", ["input invalid_type: Invalid type. Expected: object, given: string"]),
        ] as [(JSONValue, [String])])
    func anInputIsValidatedInTheWordsOfTheAPI(input: JSONValue, problems: [String]) {
        let found = Schemas.diffusion.validate(input).map { "\($0.field) \($0.kind): \($0.description)" }
        #expect(found == problems)
    }

    @Test(
        arguments: [
            (["prompt": "x", "images": nil, "seed": nil, "note": nil], []),
            (["prompt": "x", "images": ["https://a.b/c.png"], "note": "n", "duration": 6], []),
            (
                ["prompt": "x", "images": [5]],
                ["input.images.0 invalid_type: Invalid type. Expected: string, given: integer"]
            ),
            (["prompt": "x", "images": []], ["input.images array_min_items: Array must have at least 1 items"]),
            (
                ["prompt": "x", "images": ["https://a", "https://b", "https://c", "https://d"]],
                ["input.images array_max_items: Array must have at most 3 items"]
            ),
            (
                ["prompt": "x", "images": ["data:,x", "cat.png"]],
                ["input.images.1 format: Does not match format 'uri': expected an https, http or data URL"]
            ),
            (["prompt": "x", "duration": 5], ["input.duration enum: duration must be one of the following: 4, 6, 8"]),
            (["prompt": nil], ["input.prompt invalid_type: Invalid type. Expected: string, given: null"]),
        ] as [(JSONValue, [String])])
    func nullsAndListsAreValidated(input: JSONValue, problems: [String]) {
        let found = Schemas.modern.validate(input).map { "\($0.field) \($0.kind): \($0.description)" }
        #expect(found == problems)
    }

    @Test func unknownInputsAreListedAndNoProblem() {
        let input: JSONValue = ["prompt": "corgi", "widht": 5, "cfg": 1]
        #expect(Schemas.diffusion.validate(input).isEmpty)
        #expect(Schemas.diffusion.unknownInputs(in: input) == ["cfg", "widht"])
    }

    @Test func aSchemaThatSaysNothingForbidsNothing() {
        for document in [[:], ["components": ["schemas": [:]]], "nonsense"] as [JSONValue] {
            let schema = ModelSchema(openAPI: document)
            #expect(schema.inputs.isEmpty)
            #expect(schema.validate(["a": 1]).isEmpty)
            #expect(!schema.describesOutput)
        }
    }

    @Test func aCircleOfReferencesEnds() {
        let schema = Schemas.schema(
            ["properties": ["x": ["$ref": "#/components/schemas/Loop"]]],
            output: ["$ref": "#/components/schemas/Loop"],
            more: ["Loop": ["allOf": [["$ref": "#/components/schemas/Loop"]]]])
        #expect(schema.inputs.map(\.name) == ["x"])
        #expect(schema.fileLocations(in: ["a"]) == [])
    }
}

@Suite struct OutputSchemaTests {
    private func schema(_ output: JSONValue, more: [String: JSONValue] = [:]) -> ModelSchema {
        Schemas.schema(["type": "object"], output: output, more: more)
    }

    private let file: JSONValue = ["type": "string", "format": "uri"]
    private let url: JSONValue = "https://replicate.delivery/a.png"

    @Test func aFileIsOnlyWhatTheSchemaCallsOne() {
        #expect(schema(file).fileLocations(in: url) == [[]])
        #expect(schema(["type": "string"]).fileLocations(in: url) == [])
        #expect(schema(file).fileLocations(in: 5) == [])
        #expect(schema(file).fileLocations(in: nil) == [])
    }

    @Test func filesAreFoundInListsOfLists() {
        let nested = schema([
            "type": "array", "items": ["type": "array", "items": file], "x-cog-array-type": "iterator",
        ])
        #expect(
            nested.fileLocations(in: [[url, url], [url]]) == [
                [.index(0), .index(0)], [.index(0), .index(1)], [.index(1), .index(0)],
            ])
    }

    @Test func filesAreFoundInObjectsThroughReferences() {
        let models = schema(
            ["type": "array", "items": ["$ref": "#/components/schemas/ModelOutput"]],
            more: ["ModelOutput": ["type": "object", "properties": ["image": file, "score": ["type": "number"]]]])
        #expect(
            models.fileLocations(in: [["image": url, "score": 0.5], ["image": nil], ["image": url]]) == [
                [.index(0), .key("image")], [.index(2), .key("image")],
            ])
        let video = schema([
            "type": "object", "required": ["video"],
            "properties": ["zip": file, "video": file, "note": ["type": "string"]],
        ])
        #expect(video.fileLocations(in: ["video": url, "zip": url, "note": url]) == [[.key("video")], [.key("zip")]])
        let named = schema(["type": "object", "additionalProperties": file])
        #expect(named.fileLocations(in: ["mask": url]) == [[.key("mask")]])
    }

    @Test(
        arguments: [
            (["type": "string"] as JSONValue, ModelSchema.OutputKind.value),
            (["type": "array", "items": ["type": "string"]], .value),
            (["type": "array", "items": ["type": "string"], "x-cog-array-type": "iterator"], .iterator),
            (
                [
                    "type": "array", "items": ["type": "string"], "x-cog-array-type": "iterator",
                    "x-cog-array-display": "concatenate",
                ], .textInPieces
            ),
        ] as [(JSONValue, ModelSchema.OutputKind)])
    func anOutputHasAKind(output: JSONValue, kind: ModelSchema.OutputKind) {
        #expect(schema(output).outputKind == kind)
        #expect(schema(output).joinsOutput == (kind == .textInPieces))
    }

    @Test(
        arguments: [
            (["type": "string"], "string"), (["type": "array", "items": ["type": "string"]], "array"),
            (["anyOf": [["type": "number"], ["type": "null"]]], "number"), (["title": "Output"], nil), ([:], nil),
        ] as [(JSONValue, String?)])
    func theTypeOfAnOutputIsTold(output: JSONValue, type: String?) {
        #expect(schema(output).outputType == type)
        #expect(schema(["$ref": "#/components/schemas/M"], more: ["M": output]).outputType == type)
    }

    /// A model that puts out one file shows it as a list of one while it runs.
    @Test func theOneFileOfAnOutputIsAlsoFoundInAList() {
        #expect(schema(file).fileLocations(in: [url]) == [[.index(0)]])
        #expect(schema(["type": "string"]).fileLocations(in: [url]) == [])
        #expect(schema(["type": "object", "properties": ["a": file]]).fileLocations(in: [["a": url]]) == [])
    }

    @Test(
        arguments: [
            (["type": "string", "format": "uri"], true), (["type": "string"], false), ([:], false),
            (["type": "array", "items": ["type": "string", "format": "uri"]], true),
            (["type": "object", "properties": ["a": ["type": "string", "format": "uri"]]], true),
            (["type": "object", "additionalProperties": ["type": "string", "format": "uri"]], true),
            (
                [
                    "anyOf": [
                        ["type": "string", "format": "uri"],
                        ["type": "array", "items": ["type": "string", "format": "uri"]],
                    ]
                ], true
            ),
            (
                [
                    "oneOf": [
                        ["type": "string", "format": "uri"],
                        ["type": "array", "items": ["type": "string", "format": "uri"]],
                    ]
                ], true
            ),
            // Where a text without a file is allowed too, none is promised.
            (["anyOf": [["type": "string", "format": "uri"], ["type": "integer"]]], false),
            (["oneOf": [["type": "string", "format": "uri"], ["type": "integer"]]], false),
        ] as [(JSONValue, Bool)])
    func aSchemaPromisesFilesOrDoesNot(output: JSONValue, promises: Bool) {
        #expect(schema(output).promisesFiles == promises)
    }

    private static let poster: JSONValue = [
        "type": "object", "required": ["image"],
        "properties": [
            "image": ["type": "string", "format": "uri"], "mask": ["type": "string", "format": "uri"],
            "depth": ["type": "string", "format": "uri", "nullable": true], "seed": ["type": "integer"],
        ],
    ]

    @Test(
        arguments: [
            (poster, ["image": "https://a/b.png"], []),
            (poster, ["image": "https://a/b.png", "mask": nil, "depth": nil, "seed": nil], []),
            (poster, ["image": nil], [[.key("image")]]),
            (poster, ["seed": 1], [[.key("image")]]),
            (poster, ["image": 5, "mask": ["https://a/b.png"]], [[.key("image")]]),
            (["type": "array", "items": poster], [["image": "https://a"], [:]], [[.index(1), .key("image")]]),
            (["type": "string", "format": "uri"], nil, [[]]), (["type": "string", "format": "uri"], 5, [[]]),
            (["type": "string", "format": "uri"], ["https://a", 5], [[.index(1)]]),
            (["type": "string"], 5, []), (["type": "string"], [5, nil], []),
            (["type": "string", "format": "uri", "nullable": true], nil, []),
            (["format": "uri", "anyOf": [["type": "string"], ["type": "null"]]], nil, []),
            (["format": "uri", "oneOf": [["type": "string"], ["type": "null"]]], nil, []),
            (["format": "uri", "oneOf": [["type": "string"], ["type": "integer"]]], nil, [[]]),
        ] as [(JSONValue, JSONValue, [[JSONPathStep]])])
    func aFileThatIsPromisedAndMissingIsTold(output: JSONValue, value: JSONValue, places: [[JSONPathStep]]) {
        #expect(schema(output).brokenFilePromises(in: value).map(\.path) == places)
    }

    @Test func anUntypedOutputIsNotDescribed() {
        #expect(schema(file).describesOutput)
        #expect(!schema(["title": "Output"]).describesOutput)
        #expect(!schema([:]).describesOutput)
        let reference = schema(["$ref": "#/components/schemas/M"], more: ["M": ["type": "object"]])
        #expect(reference.describesOutput)
    }
}
