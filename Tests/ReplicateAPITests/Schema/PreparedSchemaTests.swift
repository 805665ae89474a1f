import LosslessJSON
import ReplicateAPI
import Testing

/// The quick check and the thorough one must never disagree.
@Suite(.timeLimit(.minutes(1)))
struct PreparedSchemaTests {
    private static let schemas = [Schemas.diffusion, Schemas.modern, hard]

    private static let hard = Schemas.schema(
        [
            "type": "object", "required": ["either", "unnamed"],
            "properties": [
                "either": ["anyOf": [["type": "integer"], ["type": "string", "maxLength": 3]]],
                "anything": [:], "limits": ["minimum": 2, "maximum": 1], "nothing": ["enum": []],
                "tree": ["$ref": "#/components/schemas/tree"],
                "short": ["type": "string", "minLength": 3, "maxLength": 4],
                "whole": ["type": "integer", "nullable": true, "enum": [1, 2]],
            ],
        ],
        more: [
            "tree": [
                "type": "object", "required": ["leaf"],
                "properties": [
                    "leaf": ["type": "number"],
                    "branches": ["type": "array", "items": ["$ref": "#/components/schemas/tree"], "maxItems": 2],
                ],
            ]
        ])

    private static let values: [JSONValue] = [
        nil, true, false, 0, 1, 2, 8, 384, 512, 1.0, 1.5, 1e2, -1, "", "x", "xyz", "äöü", "äöüß", "DDIM", "corgi",
        "eleven long", "https://example.com/a.png", "data:,", "ftp://example.com", "a b:", [], [1], ["https://a/b"],
        ["https://a/b", 4], ["https://a/1", "https://a/2", "https://a/3", "https://a/4"], [:], ["leaf": 1],
        ["leaf": "x"], ["leaf": 1, "branches": [["leaf": 2]]], ["leaf": 1, "branches": [["leaf": nil]]],
        ["leaf": 1, "branches": [["leaf": 2], ["leaf": 3], ["leaf": 4]]],
    ]

    @Test(arguments: 0..<3)
    func theCheckOfOneInputTellsWhatTheCheckOfTheWholeTells(_ number: Int) {
        let schema = Self.schemas[number]
        let checks = schema.inputChecks
        #expect(checks.count == schema.inputs.count)
        var refused = 0
        for field in schema.inputs {
            for value in Self.values {
                let whole = schema.validate([field.name: value]).filter { $0.field.hasPrefix("input.\(field.name)") }
                #expect(checks[field.name]?.problems(of: value) == whole, "\(field.name): \(value)")
                refused += whole.isEmpty ? 0 : 1
            }
        }
        // A check that never refuses would agree with nothing worth agreeing with.
        #expect(refused > 50)
    }

    /// A tree deeper than the quick check goes.
    @Test func whatIsTooDeepForTheQuickCheckIsLeftToTheOther() {
        func tree(_ depth: Int, leaf: JSONValue) -> JSONValue {
            depth == 0 ? ["leaf": leaf] : ["leaf": 1, "branches": [tree(depth - 1, leaf: leaf)]]
        }
        let check = Self.hard.inputChecks["tree"]
        #expect(check?.problems(of: tree(20, leaf: 1)) == [])
        #expect(check?.problems(of: tree(20, leaf: "x")).count == 1)
    }

    @Test func aNameCanBeRequiredWithoutBeingDescribed() {
        #expect(Self.hard.requiredInputs == ["either", "unnamed"])
        #expect(Self.hard.validate(["either": 1, "unnamed": 1]) == [])
        let problems = Self.hard.validate(["either": 1])
        #expect(problems.map { "\($0.field): \($0.description)" } == ["input: unnamed is required"])
    }
}
