import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// What is said of a value of another type: what it is, what is wanted, and how the one becomes the other.
struct WrittenValueTests {
    private static let schema = ModelSchema(openAPI: [
        "components": [
            "schemas": [
                "Input": [
                    "type": "object",
                    "properties": [
                        "text": ["type": "string"], "seed": ["type": "integer"], "scale": ["type": "number"],
                        "flag": ["type": "boolean"],
                    ],
                ]
            ]
        ]
    ])

    private func messages(_ input: String, row: [String: JSONValue], isText: Bool = false) throws -> [String] {
        let text = "job: x\nmodel: a/b\ninputs: { csv: a.csv }\ninput: { \(input) }\n"
        let manifest = try ManifestDecoder.decode(Array(text.utf8), file: "x.yaml")
        let step = try #require(manifest.steps.first)
        let checker = ItemChecker(step, schema: Self.schema)
        let renderer = ItemRenderer(manifest, step: step, conversions: TextConversions(Self.schema))
        let row = Row(.object(row), origin: .row(1, of: "list"), isText: isText)
        let rendered = try renderer.render(RenderScope(row: row), position: 0)
        let item = try renderer.item(rendered, digests: [])
        return checker.mistakes.map(\.problem.message) + checker.problems(of: item).map(\.problem.message)
    }

    @Test func aNumberForATextNamesTheFilter() throws {
        #expect(
            try messages("text: \"{{ n }}\"", row: ["n": 1]) == [
                "'text' is 1, a number; the model takes text; make it text with: \"{{ n | text }}\""
            ])
        #expect(
            try messages("text: 512", row: [:]) == [
                "'text' is 512, a number; the model takes text; put it in quotes: \"512\""
            ])
        #expect(
            try messages("text: \"{{ n }}\"", row: ["n": true]) == [
                "'text' is true, a truth value; the model takes text; make it text with: \"{{ n | text }}\""
            ])
        for value in [1, true, 2.50, "a"] as [JSONValue] {
            #expect(try messages("text: \"{{ n | text }}\"", row: ["n": value]) == [])
        }
    }

    @Test func aTextForANumberNamesTheFilter() throws {
        #expect(
            try messages("seed: \"{{ n }}\"", row: ["n": "7"]) == [
                "'seed' is '7'; the model takes a whole number; make it a number with: \"{{ n | int }}\""
            ])
        #expect(
            try messages("seed: \"7\"", row: [:]) == [
                "'seed' is '7'; the model takes a whole number; write it without quotes"
            ])
        #expect(try messages("seed: \"{{ n }}\"", row: ["n": "7"], isText: true) == [])
    }

    @Test func aNumberThatASpreadsheetHasShortenedIsNoWholeNumber() throws {
        for text in ["1.58E+18", "1.58e18", "-1E+12"] {
            let found = try messages("seed: \"{{ n }}\"", row: ["n": .string(text)], isText: true)
            #expect(found.count == 1)
            #expect(found.first?.contains("a spreadsheet has shortened it, so digits are lost") == true)
            #expect(try messages("scale: \"{{ n }}\"", row: ["n": .string(text)], isText: true) == [])
        }
        #expect(try messages("seed: \"{{ n }}\"", row: ["n": "1580000000000000123"], isText: true) == [])
    }
}
