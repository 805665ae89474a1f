import LosslessJSON
import ReplicateAPI
import Testing

/// Nested inputs, unions and outputs, as newer versions of Cog write them.
@Suite(.timeLimit(.minutes(1)))
struct SchemaValidatorTests {
    private let schema = ModelSchema(openAPI: [
        "components": [
            "schemas": [
                "Input": [
                    "type": "object",
                    "required": ["messages"],
                    "properties": [
                        "messages": ["type": "array", "items": ["$ref": "#/components/schemas/Message"], "x-order": 0],
                        "size": ["anyOf": [["type": "integer", "minimum": 1], ["type": "string"]], "x-order": 1],
                        "masks": ["type": "array", "items": ["type": "string", "format": "uri", "anyOf": []]],
                    ],
                ],
                "Message": [
                    "type": "object",
                    "required": ["role", "text"],
                    "properties": [
                        "role": ["allOf": [["$ref": "#/components/schemas/Role"]]],
                        "text": ["type": "string", "maxLength": 5],
                    ],
                ],
                "Role": ["type": "string", "enum": ["user", "system"]],
                "Output": [
                    "type": "object", "required": ["image"],
                    "properties": [
                        "image": ["type": "string", "format": "uri"], "seed": ["type": "integer"],
                        "previews": ["type": "array", "items": ["type": "string", "format": "uri"]],
                    ],
                ],
            ]
        ]
    ])

    @Test(
        arguments: [
            (["messages": []], []),
            (["messages": [["role": "user", "text": "hi"]], "size": 3, "masks": ["https://a/b.png"]], []),
            (["messages": [], "size": "large"], []),
            (["messages": [], "size": nil], []),
            (["messages": [], "size": 0], ["input.size number_any_of"]),
            (["messages": [], "size": true], ["input.size number_any_of"]),
            (["messages": ["hi"]], ["input.messages.0 invalid_type"]),
            (
                ["messages": [["role": "boss", "text": "123456"]]],
                ["input.messages.0.role enum", "input.messages.0.text string_lte"]
            ),
            (["messages": [["role": "user"]]], ["input.messages.0 required"]),
            (["messages": [], "masks": ["x.png", 5]], ["input.masks.0 format", "input.masks.1 invalid_type"]),
            ([:], ["input required"]),
        ] as [(JSONValue, [String])])
    func allProblemsAreToldWithTheirPlaces(input: JSONValue, problems: [String]) {
        #expect(schema.validate(input).map { "\($0.field) \($0.kind)" }.sorted() == problems.sorted())
    }

    @Test(
        arguments: [
            (["image": "https://replicate.delivery/a.png", "seed": 4], []),
            (
                ["image": "data:image/png;base64,AA==", "previews": ["https://a", "oops"]], ["output.previews.1 format"]
            ),
            (["seed": 1.5], ["output required", "output.seed invalid_type"]),
            ("text", ["output invalid_type"]),
        ] as [(JSONValue, [String])])
    func outputsAreCheckedToo(output: JSONValue, problems: [String]) {
        #expect(schema.validate(output: output).map { "\($0.field) \($0.kind)" }.sorted() == problems.sorted())
    }

    @Test func theFilesOfAnOutputAreFound() {
        let output: JSONValue = ["image": "https://a", "seed": 4, "previews": ["https://b", "https://c"]]
        #expect(
            schema.fileLocations(in: output)
                == [[.key("image")], [.key("previews"), .index(0)], [.key("previews"), .index(1)]])
    }

    @Test func aSchemaThatRefersToItselfHasAnEnd() {
        let endless = ModelSchema(openAPI: [
            "components": [
                "schemas": [
                    "Input": ["type": "object", "properties": ["next": ["$ref": "#/components/schemas/Input"]]]
                ]
            ]
        ])
        func input(_ depth: Int, innermost: JSONValue) -> JSONValue {
            (0..<depth).reduce(innermost) { inner, _ in ["next": inner] }
        }
        #expect(endless.validate(input(200, innermost: [:])).isEmpty)
        #expect(endless.validate(input(20, innermost: 5)).map(\.kind) == ["invalid_type"])
        // Far deeper than any model goes, nothing is looked into, and so nothing is refused.
        #expect(endless.validate(input(200, innermost: 5)).isEmpty)
    }

    @Test func aVersionWithoutAUsableSchemaSaysSo() throws {
        #expect(throws: SchemaError.self) { try ModelVersion(id: "v").schema }
        #expect(throws: SchemaError.self) { try ModelVersion(id: "v", openAPISchema: ["openapi": "3.0.2"]).schema }
        let version = ModelVersion(
            id: "v", openAPISchema: ["components": ["schemas": ["Input": ["type": "object", "properties": [:]]]]])
        #expect(try version.schema.inputs.isEmpty)
    }
}
