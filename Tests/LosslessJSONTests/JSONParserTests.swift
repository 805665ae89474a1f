import LosslessJSON
import Testing

@Suite(.timeLimit(.minutes(1)))
struct JSONParserTests {
    @Test
    func readsEveryKindOfValue() throws {
        let value = try JSONValue(parsing: #" {"a": [1, -2.5, true, false, null, "x"], "b": {}, "c": []} "#)
        #expect(value == ["a": [1, -2.5, true, false, nil, "x"], "b": [:], "c": []])
        #expect(value["a"]?[5]?.stringValue == "x")
        #expect(value["a"]?[6] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["missing"] == nil)
    }

    @Test(
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9\u4E2D""#, "é中"), (#""\uD83D\uDE00""#, "😀"),
            ("\"é中😀\"", "é中😀"), (#""\u0000""#, "\0"), (#""a\u0062c""#, "abc"), (#""""#, ""),
        ]
    )
    func readsStrings(json: String, text: String) throws {
        #expect(try JSONValue(parsing: json) == .string(text))
    }

    @Test(
        arguments: [
            (#""\uD83D""#, "\u{FFFD}"), (#""\uDE00""#, "\u{FFFD}"), (#""\uD83Dx""#, "\u{FFFD}x"),
            (#""\uD83D\n""#, "\u{FFFD}\n"), (#""\uD83D\u0041""#, "\u{FFFD}A"),
            (#""\uD83D\uD83D\uDE00""#, "\u{FFFD}😀"),
        ]
    )
    func replacesALoneSurrogate(json: String, text: String) throws {
        #expect(try JSONValue(parsing: json) == .string(text))
    }

    @Test
    func replacesBytesThatAreNotUTF8() throws {
        #expect(try JSONValue(parsing: [0x22, 0xFF, 0x61, 0x22]) == "\u{FFFD}a")
    }

    @Test
    func passesOverAByteOrderMark() throws {
        #expect(try JSONValue(parsing: [0xEF, 0xBB, 0xBF] + Array("[1]".utf8)) == [1])
    }

    @Test
    func keepsTheLastOfRepeatedKeys() throws {
        #expect(try JSONValue(parsing: #"{"model": "a/b", "x": 1, "model": "c/d"}"#) == ["model": "c/d", "x": 1])
    }

    @Test(
        arguments: [
            ("", 1, 1, "the text ends where a value should be"),
            ("  \n ", 2, 2, "the text ends where a value should be"),
            ("[1,\n 2,,3]", 2, 4, "expected a value"), ("[1 2]", 1, 4, "expected ',' or ']'"),
            ("[1", 1, 3, "the text ends inside an array"), ("[1,]", 1, 4, "expected a value"),
            ("{", 1, 2, "the text ends inside an object"), ("{1: 2}", 1, 2, "expected a key in quotes"),
            (#"{"a" 1}"#, 1, 6, "expected ':'"), (#"{"a": 1,}"#, 1, 9, "expected a key in quotes"),
            (#"{"a": 1 "b"}"#, 1, 9, "expected ',' or '}'"),
            ("{\n\"a\": \"x", 2, 6, "the string that starts here never ends"),
            ("\"a\nb\"", 1, 3, "a control character inside a string must be escaped"),
            (#""\x""#, 1, 2, "unknown escape in a string"), (#""\u12G4""#, 1, 6, "expected four hexadecimal digits"),
            (#""\u12"#, 1, 4, "the text ends inside an escape"), ("nul", 1, 1, "expected a value"),
            ("true false", 1, 6, "unexpected text after the value"), ("01", 1, 2, "unexpected text after the value"),
            (#""\"#, 1, 1, "the string that starts here never ends"), ("'a'", 1, 1, "expected a value"),
        ]
    )
    func saysWhereTheFirstMistakeIs(text: String, line: Int, column: Int, message: String) {
        let error = #expect(throws: JSONParsingError.self) { try JSONValue(parsing: text) }
        #expect(error?.line == line)
        #expect(error?.column == column)
        #expect(error?.message == message)
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
    func boundsTheDepth(open: String, close: String) throws {
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        let deepest = try JSONValue(parsing: nested(JSONValue.maximumDepth))
        #expect(try JSONValue(parsing: deepest.jsonString()) == deepest)
        #expect(throws: JSONParsingError.self) { try JSONValue(parsing: nested(JSONValue.maximumDepth + 1)) }
        #expect(throws: JSONParsingError.self) { try JSONValue(parsing: String(repeating: open, count: 1_000_000)) }
    }

    @Test
    func countsDepthNotLength() throws {
        let flat = "[" + Array(repeating: "[]", count: 2000).joined(separator: ",") + "]"
        #expect(try JSONValue(parsing: flat).arrayValue?.count == 2000)
    }

    @Test
    func readsBytesFromAnySequence() throws {
        #expect(try JSONValue(parsing: AnySequence(Array("[1]".utf8))) == [1])
        #expect(try JSONValue(parsing: Array("x[1]".utf8).dropFirst()) == [1])
    }
}
