import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

@Suite struct TextConversionTests {
    @Test(
        arguments: [
            (TextConversion.integer, "3", 3), (.integer, "-12", -12), (.integer, "+7", 7), (.integer, "007", 7),
            (.integer, " 3 ", 3), (.integer, "3.0", 3), (.integer, "1e3", 1000),
            (.integer, "12345678901234567890123", .number(JSONNumber(literal: "12345678901234567890123")!)),
            (.integer, "3.5", "3.5"), (.integer, "three", "three"), (.integer, "1,000", "1,000"),
            (.integer, "0x10", "0x10"),
            (.integer, "", ""),
            (.number, "0.50", 0.5), (.number, "-1e-3", -0.001), (.number, "+.5", "+.5"), (.number, "+1.5", 1.5),
            (.number, "nan", "nan"), (.number, "inf", "inf"), (.number, "1,5", "1,5"), (.number, "04", 4),
            (.boolean, "true", true), (.boolean, "False", false), (.boolean, "YES", true), (.boolean, "0", false),
            (.boolean, "2", "2"), (.boolean, "", ""),
            (.list, "[1, 2]", [1, 2]), (.list, "1, 2", "1, 2"), (.list, "{}", "{}"),
            (.mapping, #"{"a": 1}"#, ["a": 1]), (.mapping, "[]", "[]"),
            (.text, "42", "42"), (.text, "true", "true"),
        ] as [(TextConversion, String, JSONValue)])
    func aTextBecomesWhatItMeansOrStaysWhatItIs(_ conversion: TextConversion, _ text: String, _ value: JSONValue) {
        #expect(conversion.value(of: text) == value)
    }

    private static let schema = ModelSchema(openAPI: [
        "components": [
            "schemas": [
                "Input": [
                    "type": "object", "required": ["count"],
                    "properties": [
                        "count": ["type": "integer"], "size": ["type": "integer"], "name": ["type": "string"],
                        "style": ["type": "string", "enum": ["oil", "ink"]],
                        "marks": ["type": "array", "items": ["type": "integer"]],
                    ],
                ]
            ]
        ]
    ])

    private func render(_ input: String, _ row: Row, matrix: [(name: String, value: JSONValue)] = []) throws
        -> JSONValue
    {
        let manifest = try ManifestDecoder.decode(
            Array("job: x\nmodel: a/b\ninputs: { csv: rows.csv }\ninput: \(input)\n".utf8), file: "x.yaml")
        let renderer = ItemRenderer(manifest, step: manifest.steps[0], conversions: TextConversions(Self.schema))
        return try renderer.render(RenderScope(row: row, matrix: matrix, index: 5), position: 0).input
    }

    private func row(_ members: [String: String], isText: Bool = true) -> Row {
        Row(.object(members.mapValues(JSONValue.string)), origin: .row(1, of: "list"), isText: isText)
    }

    @Test func onlyALonePlaceholderOfATextSourceIsConverted() throws {
        let text = row(["a": "3"])
        #expect(try render(#"{ count: "{{ a }}" }"#, text) == ["count": 3])
        #expect(try render(#"{ count: "{{ a | trim }}" }"#, text) == ["count": 3])
        #expect(try render(#"{ count: "{{ a }}0" }"#, text) == ["count": "30"])
        #expect(try render(#"{ count: "3" }"#, text) == ["count": "3"])
        #expect(try render(#"{ count: "{{ '3' }}" }"#, text) == ["count": "3"])
        #expect(try render(#"{ name: "{{ a }}" }"#, text) == ["name": "3"])
        #expect(try render(#"{ other: "{{ a }}" }"#, text) == ["other": "3"])
        #expect(try render(#"{ marks: ["{{ a }}", "4"] }"#, text) == ["marks": [3, "4"]])
        // JSON knows types, so what it calls text is text.
        #expect(try render(#"{ count: "{{ a }}" }"#, row(["a": "3"], isText: false)) == ["count": "3"])
        // The matrix is written in the manifest, which knows types too.
        #expect(
            try render(#"{ count: "{{ m }}" }"#, text, matrix: [(name: "m", value: "3")]) == ["count": "3"])
        #expect(try render(#"{ count: "{{ index }}" }"#, text) == ["count": 5])
    }

    @Test func anEmptyTextLeavesOutWhatMayBeLeftOutAndIsNoText() throws {
        let empty = row(["a": ""])
        #expect(try render(#"{ size: "{{ a }}", style: "{{ a }}", name: "{{ a }}" }"#, empty) == ["name": ""])
        #expect(try render(#"{ count: "{{ a }}" }"#, empty) == ["count": ""])
        #expect(try render(#"{ size: "{{ a }}" }"#, row(["a": ""], isText: false)) == ["size": ""])
    }

    @Test func keysStayWhereNothingIsConverted() throws {
        let manifest = try ManifestDecoder.decode(
            Array(
                "job: x\nmodel: a/b\ninputs: { csv: rows.csv }\ninput: { name: \"{{ a }}\", count: 3 }\n".utf8),
            file: "x.yaml")
        func key(_ conversions: TextConversions) throws -> String {
            let renderer = ItemRenderer(manifest, step: manifest.steps[0], conversions: conversions)
            let rendered = try renderer.render(RenderScope(row: row(["a": "12"])), position: 0)
            return try renderer.item(rendered, digests: []).key
        }
        #expect(try key(TextConversions(Self.schema)) == key(.none))
    }
}
