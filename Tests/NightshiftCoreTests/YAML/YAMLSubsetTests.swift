import LosslessJSON
import NightshiftCore
import Testing

/// What YAML has and a manifest may hold, as the JSON that it stands for; and what is refused, with what is said.
@Suite(.timeLimit(.minutes(1)))
struct YAMLSubsetTests {
    private func parse(_ text: String) -> (value: JSONValue?, mistakes: [String]) {
        let (document, diagnostics) = YAMLParser.parse(Array(text.utf8), file: "x.yaml")
        return (document.map(Self.json), diagnostics.map(\.description))
    }

    private static func json(_ node: YAMLNode) -> JSONValue {
        switch node.content {
        case .sequence(let nodes): .array(nodes.map(json))
        case .mapping(let members):
            .object(Dictionary(members.map { ($0.key, json($0.value)) }) { first, _ in first })
        case .scalar(let scalar):
            switch scalar.value {
            case .null: .null
            case .bool(let value): .bool(value)
            case .number(let number): .number(number)
            case .text(let text): .string(text)
            case .unusable(let reason): ["unusable": .string(reason)]
            }
        }
    }

    @Test(
        arguments: [
            // Scalars over several lines.
            ("a: one\n  two\n  three\n", ["a": "one two three"]), ("a: one\n\n  two\n", ["a": "one\ntwo"]),
            ("a: \"one\n  two\\\n  three\"\n", ["a": "one twothree"]), ("a: 'it''s'\n", ["a": "it's"]),
            ("a: \"\\x41\\u00e9\\U0001F600\\t\\\\\"\n", ["a": "Aé😀\t\\"]),
            // Blocks, their line ends and their indentation.
            ("a: |\n  one\n   two\n\n  three\n", ["a": "one\n two\n\nthree\n"]), ("a: |-\n  one\n", ["a": "one"]),
            ("a: |+\n  one\n\n", ["a": "one\n\n"]), ("a: >\n  one\n  two\n\n  three\n", ["a": "one two\nthree\n"]),
            ("a: >-\n  one\n    two\n  three\n", ["a": "one\n  two\nthree"]), ("a: |2\n   one\n", ["a": " one\n"]),
            ("a: |\n  # no comment\n", ["a": "# no comment\n"]),
            // Comments, and what only looks like one.
            ("# first\na: b # last\n", ["a": "b"]), ("a: b#c\n", ["a": "b#c"]), ("a: '# b'\n", ["a": "# b"]),
            ("a: http://x/y#z\n", ["a": "http://x/y#z"]),
            // Lists, indented or not, and inside each other.
            ("a:\n- 1\n- 2\n", ["a": [1, 2]]), ("a:\n  - - 1\n    - 2\n  - 3\n", ["a": [[1, 2], 3]]),
            ("- a: 1\n  b: 2\n- c\n", [["a": 1, "b": 2], "c"]), ("-\n  - x\n-\n", [["x"], nil]),
            // Flow style over lines, with a comma at the end, and without values.
            ("a: [1,\n  2, ]\n", ["a": [1, 2]]), ("a: {b: 1, c: }\n", ["a": ["b": 1, "c": nil]]),
            ("a: { b, c: [x: 1] }\n", ["a": ["b": nil, "c": [["x": 1]]]]), ("a: []\nb: {}\n", ["a": [], "b": [:]]),
            ("{\"a\":1,'b':2}\n", ["a": 1, "b": 2]),
            // Keys with quotes, spaces and signs; long ones by a question mark.
            ("\"a b\": 1\n'c: d': 2\ne f: 3\n", ["a b": 1, "c: d": 2, "e f": 3]), ("? a\n: 1\n", ["a": 1]),
            ("1: one\ntrue: yes\n", ["1": "one", "true": "yes"]),
            // Anchors share, and never merge.
            ("a: &x [1]\nb: *x\nc: *x\n", ["a": [1], "b": [1], "c": [1]]), ("a: &x\nb: *x\n", ["a": nil, "b": nil]),
            ("a: &x 1\nb: &x 2\nc: *x\n", ["a": 1, "b": 2, "c": 2]),
            // One document with its marks, and the plain scalars of YAML 1.2.
            ("--- # start\na: 1\n...\n", ["a": 1]), ("%YAML 1.2\n---\na: 1\n", ["a": 1]),
            ("a: 0o10\nb: 0x1f\nc: 1e3\nd: 12:30\n", ["a": 8, "b": 31, "c": 1000, "d": "12:30"]),
            ("a: -\n", nil), ("a: - b\n", nil), ("a: ~\nb: null\nc:\n", ["a": nil, "b": nil, "c": nil]),
            ("a: ?x\nb: :x\nc: -x\n", ["a": "?x", "b": ":x", "c": "-x"]),
        ] as [(String, JSONValue?)])
    func meansWhatYAMLSays(_ text: String, _ value: JSONValue?) {
        let found = parse(text)
        guard let value else {
            #expect(!found.mistakes.isEmpty)
            return
        }
        #expect(found.mistakes.isEmpty)
        #expect(found.value == value)
    }

    @Test(arguments: [
        ("a: !!str 1\n", "x.yaml:1:4: error: tags such as '!!str' are not supported"),
        ("a: !own {}\n", "tags such as '!own' are not supported"),
        ("!!python/object:os.system [x]\n", "tags such as '!!python/object:os.system' are not supported"),
        ("a: &x {}\nb:\n  <<: *x\n", "x.yaml:3:3: error: merge keys ('<<') are not supported"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2:1: error: a second document starts here"),
        ("[a]: 1\n", "x.yaml:1:1: error: a key must be text, found a list"),
        ("? {a: 1}\n: 2\n", "a key must be text, found a mapping"), ("a: *nope\n", "unknown alias '*nope'"),
        ("a:\n\t- b\n", "x.yaml:2:1: error: a tab stands at the start of the line"),
        ("a: b: c\n", "': ' stands in a text that is not in quotes"),
        ("a: [1, 2\n", "x.yaml:1:4: error: the '[' that opens here is never closed"),
        ("a: \"open\n", "x.yaml:1:4: error: the quote that opens here is never closed"),
        ("a: 'x' y\n", "x.yaml:1:6: error: a text ends at this quote, and more follows it"),
        ("a: 1\n b: 2\n", "'b' is indented further than 'a' above it, which has a value already"),
        ("a: @x\n", "a text that starts with '@' must be in quotes"),
        ("%TAG ! tag:x,2026:\n---\na: 1\n", "%TAG is not supported"), ("", "the manifest is empty"),
        ("# nothing\n", "the manifest is empty"), ("a: \"\\q\"\n", "not valid YAML"),
        ("a: 1\na: 2\n", "is there already"),
    ])
    func refusesTheRestAndSaysWhy(_ text: String, _ message: String) {
        let mistakes = parse(text).mistakes
        #expect(mistakes.contains { $0.contains(message) }, "\(mistakes)")
        #expect(mistakes.allSatisfy { $0.hasPrefix("x.yaml") })
    }
}
