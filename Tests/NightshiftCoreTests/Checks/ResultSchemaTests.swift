import LosslessJSON
import TestSupport
import Testing

@testable import NightshiftCore

/// The part of JSON Schema that results are held against means what an independent validator says that it means.
@Suite(.timeLimit(.minutes(2)))
struct ResultSchemaTests {
    /// Schemas as JSON, with values that meet them and values that do not.
    private static let cases: [(schema: String, values: [String])] = [
        (#"{"type": "integer"}"#, ["1", "1.0", "1.5", "1e3", "-0", "\"1\"", "true", "null", "12345678901234567890"]),
        (#"{"type": ["string", "null"]}"#, ["\"\"", "null", "0", "[]", "false"]),
        (#"{"type": "number"}"#, ["0", "-1.5e-7", "\"0\"", "false"]),
        (#"{"type": "boolean"}"#, ["true", "0", "1", "\"true\""]),
        (#"{"enum": [1, "a", null, {"b": [2]}]}"#, ["1", "1.0", "\"a\"", "null", "{\"b\": [2]}", "{\"b\": [3]}", "2"]),
        (#"{"const": {"a": 1}}"#, ["{\"a\": 1}", "{\"a\": 1.0}", "{\"a\": true}", "{\"a\": 1, \"b\": 2}"]),
        (#"{"const": false}"#, ["false", "0", "null"]),
        (#"{"minimum": 3, "exclusiveMaximum": 7.5}"#, ["2.9", "3", "7.4999", "7.5", "8", "\"x\""]),
        (#"{"exclusiveMinimum": 3, "maximum": 7}"#, ["3", "3.01", "7", "7.01"]),
        (#"{"multipleOf": 3}"#, ["0", "9", "-9", "10", "9.0", "4.5"]),
        (#"{"multipleOf": 0.5}"#, ["1.5", "1.25", "-2"]),
        (
            #"{"minLength": 2, "maxLength": 3}"#,
            ["\"a\"", "\"äö\"", "\"e\u{301}x\"", "\"👩‍👩‍👧\"", "\"😀😀😀\"", "\"abcd\"", "5"]
        ),
        (#"{"pattern": "^a+b"}"#, ["\"aab\"", "\"xab\"", "\"b\"", "7"]),
        (#"{"items": {"type": "string"}}"#, ["[]", "[\"a\", \"b\"]", "[\"a\", 1]", "{}"]),
        (
            #"{"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false}"#,
            ["[]", "[\"a\"]", "[\"a\", 1]", "[\"a\", 1, 2]", "[1]"]
        ),
        (#"{"minItems": 1, "maxItems": 2}"#, ["[]", "[1]", "[1, 2]", "[1, 2, 3]", "\"\""]),
        (
            #"{"uniqueItems": true}"#,
            ["[1, 2]", "[1, 1.0]", "[1, true]", "[{\"a\": 1, \"b\": 2}, {\"b\": 2, \"a\": 1}]", "[[1], [1]]", "[]"]
        ),
        (#"{"contains": {"type": "integer"}}"#, ["[]", "[\"a\"]", "[\"a\", 1]", "{}"]),
        (
            #"{"contains": {"const": 1}, "minContains": 2, "maxContains": 3}"#,
            ["[1]", "[1, 1]", "[1, 2, 1, 1]", "[1, 1, 1, 1]"]
        ),
        (#"{"contains": {"const": 1}, "minContains": 0}"#, ["[]", "[1]", "[2]"]),
        (
            #"{"required": ["a"], "properties": {"a": {"type": "string"}, "b": {"minimum": 1}}}"#,
            ["{}", "{\"a\": \"x\"}", "{\"a\": 1}", "{\"a\": \"x\", \"b\": 0}", "{\"a\": \"x\", \"c\": 0}", "[]"]
        ),
        (
            #"{"properties": {"a": true}, "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": false}"#,
            ["{}", "{\"a\": []}", "{\"x1\": 1}", "{\"x1\": \"1\"}", "{\"b\": 1}"]
        ),
        (#"{"additionalProperties": {"type": "integer"}}"#, ["{\"a\": 1}", "{\"a\": \"1\"}"]),
        (#"{"propertyNames": {"maxLength": 2}}"#, ["{\"ab\": 1}", "{\"abc\": 1}", "{}"]),
        (#"{"minProperties": 1, "maxProperties": 2}"#, ["{}", "{\"a\": 1}", "{\"a\": 1, \"b\": 1, \"c\": 1}"]),
        (
            #"{"dependentRequired": {"a": ["b", "c"]}}"#,
            ["{}", "{\"a\": 1}", "{\"a\": 1, \"b\": 1, \"c\": 1}", "{\"b\": 1}"]
        ),
        (#"{"allOf": [{"minimum": 2}, {"maximum": 4}]}"#, ["1", "3", "5"]),
        (#"{"anyOf": [{"type": "string"}, {"minimum": 4}]}"#, ["\"a\"", "3", "4", "null"]),
        (#"{"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}]}"#, ["2", "3", "6", "5"]),
        (#"{"not": {"type": "string"}}"#, ["1", "\"a\""]),
        (
            #"{"if": {"properties": {"kind": {"const": "a"}}, "required": ["kind"]}, "then": {"required": ["x"]}, "else": {"required": ["y"]}}"#,
            ["{\"kind\": \"a\"}", "{\"kind\": \"a\", \"x\": 1}", "{\"kind\": \"b\"}", "{\"y\": 1}"]
        ),
        (#"{"if": {"minimum": 3}, "else": {"maximum": 1}}"#, ["4", "2", "1"]),
        (
            ##"{"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, "of": {"items": {"$ref": "#/$defs/tree"}}}, "additionalProperties": false}}}"##,
            [
                "{\"n\": 1}", "{\"n\": 1, \"of\": []}", "{\"n\": 1, \"of\": [{\"n\": 2, \"of\": [{\"n\": 3}]}]}",
                "{\"n\": 1, \"of\": [{\"n\": 2, \"of\": [{\"m\": 3}]}]}", "{\"of\": []}",
            ]
        ),
        (##"{"properties": {"a": {"$ref": "#"}}, "required": ["b"]}"##, ["{\"b\": 1}", "{\"b\": 1, \"a\": {}}"]),
        (##"{"$ref": "#/definitions/a~1b%25c", "definitions": {"a/b%c": {"maximum": 1}}}"##, ["1", "2"]),
        (##"{"$ref": "#/$defs/a", "minimum": 5, "$defs": {"a": {"maximum": 9}}}"##, ["4", "7", "10"]),
        ("true", ["1", "null"]), ("false", ["1"]), ("{}", ["1"]),
        (#"{"title": "A", "description": "b", "format": "date", "default": 3, "type": "string"}"#, ["\"x\"", "3"]),
    ]

    @Test(.enabled(if: SchemaJudge.problem == nil, "there is no judge of JSON Schemas here"))
    func meansWhatAnIndependentValidatorSays() throws {
        var (met, missed) = (0, 0)
        for (text, values) in Self.cases {
            var document = try JSONValue(parsing: text)
            let schema = try ResultSchema(document)
            if case .object(var members) = document {
                members["$schema"] = "https://json-schema.org/draft/2020-12/schema"
                document = .object(members)
            }
            let parsed = try values.map { try JSONValue(parsing: $0) }
            let verdicts = try SchemaJudge.verdicts(parsed, schema: document)
            for (value, verdict) in zip(parsed, verdicts) {
                let own = schema.violation(of: value)
                #expect(
                    (own == nil) == (verdict == nil),
                    "\(text) of \(value.jsonString()): \(own?.text ?? "met") / \(verdict ?? "met")")
                if own == nil { met += 1 } else { missed += 1 }
            }
        }
        #expect(met > 60 && missed > 60)
    }

    @Test(arguments: [
        (#"{"required": ["name"]}"#, "{}", "its JSON has no 'name'"),
        (
            #"{"properties": {"a": {"items": {"type": "string"}}}}"#, #"{"a": ["x", 2]}"#,
            "'a[1]' of its JSON is a number and not string"
        ),
        (#"{"properties": {"a": {"minimum": 3}}}"#, #"{"a": 1.5}"#, "'a' of its JSON is 1.5, less than 3"),
        (#"{"additionalProperties": false}"#, #"{"b": 1}"#, "'b' of its JSON is not allowed"),
        (#"{"enum": ["yes", "no"]}"#, #""perhaps""#, #"its JSON is none of ["yes","no"]"#),
        (#"{"anyOf": [{"type": "string"}]}"#, "1", "its JSON is a number and not string"),
        (
            #"{"anyOf": [{"type": "string"}, {"type": "null"}]}"#, "1",
            "its JSON is as none of the 2 schemas of 'anyOf' say"
        ),
        (#"{"maxItems": 1}"#, "[1, 2]", "its JSON has 2 elements, more than 1"),
        (#"{"pattern": "^a"}"#, #""b""#, "its JSON does not match '^a'"),
    ])
    func saysWhatIsWrongAndWhere(schema: String, value: String, text: String) throws {
        let schema = try ResultSchema(JSONValue(parsing: schema))
        #expect(schema.violation(of: try JSONValue(parsing: value))?.text == text)
    }

    @Test func decimalsAreMultiplesAsPeopleWriteThem() throws {
        let schema = try ResultSchema(["multipleOf": 0.01])
        #expect(schema.violation(of: 19.99) == nil)
        #expect(schema.violation(of: 19.995) != nil)
    }

    @Test(arguments: [
        (
            #"{"type": "text"}"#, "type",
            "must be one or several of null, boolean, object, array, number, string, integer"
        ),
        (#"{"minLenght": 3}"#, "minLenght", "is no keyword that is checked here"),
        (
            #"{"properties": {"a": {"unevaluatedProperties": false}}}"#, "properties.a.unevaluatedProperties",
            "is no keyword that is checked here"
        ),
        (#"{"items": [{"type": "string"}]}"#, "items", "is a list, which draft 2020-12 calls 'prefixItems'"),
        (##"{"$ref": "#/$defs/a"}"##, "$ref", "leads to no part of this schema"),
        (#"{"$ref": "https://example.com/a.json"}"#, "$ref", "leads to no part of this schema"),
        (#"{"pattern": "(?<=a)b"}"#, "pattern", nil),
        (#"{"required": "a"}"#, "required", "must be a list of names"),
        (#"{"properties": []}"#, "properties", "must be a mapping"),
        (#"{"minItems": -1}"#, "minItems", "must be a whole number from 0"),
        (#"{"multipleOf": 0}"#, "multipleOf", "must be a number above 0"),
        (#"{"anyOf": []}"#, "anyOf", "must be a list of schemas"),
        (#"{"properties": {"a": 3}}"#, "properties.a", "must be a mapping, true or false"),
        (##"{"$ref": "#"}"##, "", "applies a schema to itself: # → #"),
        (##"{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}}}"##, "", nil),
    ])
    func refusesWhatItWouldNotCheck(text: String, place: String, message: String?) throws {
        let error = #expect(throws: ResultSchema.Mistake.self) { try ResultSchema(JSONValue(parsing: text)) }
        let path = error?.path.map { if case .key(let key) = $0 { key } else { "?" } }.joined(separator: ".")
        #expect(path == place)
        if let message { #expect(error?.message == message) }
    }

    @Test func aDeepSchemaIsRefusedAndADeepValueIsNot() throws {
        var deep: JSONValue = ["type": "array"]
        for _ in 0..<200 { deep = ["items": deep] }
        #expect(throws: ResultSchema.Mistake.self) { try ResultSchema(deep) }
        let nested = try ResultSchema(JSONValue(parsing: ##"{"type": "array", "items": {"$ref": "#"}}"##))
        var value: JSONValue = []
        for _ in 0..<400 { value = [value] }
        #expect(nested.violation(of: value) == nil)
    }
}
