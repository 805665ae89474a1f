import LosslessJSON
import Testing

@Suite(.timeLimit(.minutes(1)))
struct JSONWriterTests {
    @Test
    func sortsKeysAndKeepsNumbersAsTheyCame() throws {
        let value = try JSONValue(parsing: #"{"b": 1.50, "a": {"d": [], "c": {}}, "é": "ü"}"#)
        #expect(value.jsonString() == #"{"a":{"c":{},"d":[]},"b":1.50,"é":"ü"}"#)
        #expect("\(value)" == value.jsonString())
    }

    @Test
    func indentsByTwo() {
        let value: JSONValue = ["a": [1, 2], "b": [:], "c": []]
        #expect(
            value.jsonString(indented: true) == """
                {
                  "a": [
                    1,
                    2
                  ],
                  "b": {},
                  "c": []
                }
                """
        )
    }

    @Test(
        arguments: [
            ("\"\\", #""\"\\""#), ("\n\r\t", #""\n\r\t""#), ("\u{1}\u{1F}\u{7F}", #""\u0001\u001f\u007f""#),
            ("/é😀\u{2028}", "\"/é😀\u{2028}\""),
        ]
    )
    func escapesWhatItMust(text: String, json: String) throws {
        #expect(JSONValue.string(text).jsonString() == json)
        #expect(try JSONValue(parsing: json) == .string(text))
    }

    @Test
    func givesEqualValuesOneCanonicalForm() throws {
        let one = try JSONValue(parsing: #"{"a": 1.0, "b": [1e2, -0], "c": 0.50}"#)
        let other = try JSONValue(parsing: #"{"c":5e-1,"b":[100,0.0],"a":1}"#)
        #expect(one == other)
        #expect(String(decoding: one.canonicalBytes(), as: UTF8.self) == #"{"a":1,"b":[100,0],"c":5e-1}"#)
        #expect(one.canonicalBytes() == other.canonicalBytes())
    }

    @Test
    func namesTypesAsSchemasDo() throws {
        let names = try [JSONValue(parsing: "1.0"), 0.5, "x", true, nil, [], [:]].map(\.typeName)
        #expect(names == ["integer", "number", "string", "boolean", "null", "array", "object"])
    }
}
