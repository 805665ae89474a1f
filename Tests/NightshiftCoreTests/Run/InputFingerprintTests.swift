import LosslessJSON
import ReplicateAPI
import Testing

@testable import NightshiftCore

/// What a provider may show otherwise than it was sent, and what it may not.
@Suite struct InputFingerprintTests {
    private static var known: KnownInputs {
        KnownInputs(
            ModelSchema(
                openAPI: [
                    "components": [
                        "schemas": [
                            "Input": [
                                "type": "object",
                                "properties": [
                                    "prompt": ["type": "string"], "seed": ["type": "integer"],
                                    "steps": ["type": "integer", "default": 50],
                                    "scale": ["type": "number", "default": 7.5],
                                    "image": ["type": "string", "format": "uri"],
                                ],
                            ]
                        ]
                    ]
                ]))
    }

    private static let sent: JSONValue = ["prompt": "a fox", "steps": 50]

    private func likeness(_ shown: JSONValue, sent: JSONValue = Self.sent, inputs: KnownInputs = Self.known)
        -> RequestLikeness
    {
        InputFingerprints(
            [InputFingerprint(input: sent, files: [], inputs: inputs)], wanted: [RequestDigest.of(sent)],
            inputs: [inputs]
        ).likeness(of: shown)
    }

    /// A number as it is written.
    private static func number(_ literal: String) throws -> JSONValue { try JSONValue(parsing: literal) }

    @Test func defaultsAndFormsOfNumbersMakeNoDifference() throws {
        let same: [JSONValue] = [
            Self.sent, ["prompt": "a fox"], ["prompt": "a fox", "steps": 50, "scale": 7.5],
            ["prompt": "a fox", "steps": try Self.number("5e1"), "scale": try Self.number("7.50"), "seed": .null],
        ]
        for shown in same { #expect(likeness(shown).digests == [RequestDigest.of(Self.sent)], "\(shown)") }
    }

    @Test func anotherInputIsAnotherOne() {
        let others: [JSONValue] = [
            ["prompt": "a hen"], ["prompt": "a fox", "steps": 51], ["prompt": "a fox", "scale": 9], ["steps": 50],
            ["n": 1], [:],
        ]
        for shown in others { #expect(likeness(shown).isNone, "\(shown)") }
    }

    @Test func whatTheProviderMayHaveAddedCannotBeExcluded() {
        for shown: JSONValue in [["prompt": "a fox", "seed": 5], ["prompt": "a fox", "steps": 50, "trace": "x"]] {
            let found = likeness(shown)
            #expect(found.digests.isEmpty && found.related.count == 1, "\(shown)")
        }
        // Without a schema anything may have been added, or left out.
        let nothing = KnownInputs()
        #expect(likeness(["prompt": "a fox", "steps": 50, "scale": 9], inputs: nothing).related.count == 1)
        #expect(likeness(["prompt": "a fox"], inputs: nothing).related.count == 1)
        #expect(likeness(["prompt": "a hen", "steps": 50], inputs: nothing).isNone)
    }

    @Test func lastDigitsOfNumbersMayBeLost() throws {
        let sent: JSONValue = ["prompt": "a", "seed": try Self.number("12345678901234567891")]
        let found = likeness(["prompt": "a", "seed": try Self.number("12345678901234567000")], sent: sent)
        #expect(found.resembled.count == 1)
    }

    @Test func aFileIsKnownByTheRestAndByItsBytesWhereTheyAreShown() {
        let sent: JSONValue = ["prompt": "a", "image": "data:image/png;base64,AAAA"]
        #expect(
            likeness(["prompt": "a", "image": "data:image/png;base64,AAAA", "steps": 50], sent: sent).digests
                == [RequestDigest.of(sent)])
        #expect(likeness(["prompt": "a", "image": "https://files.example/x"], sent: sent).resembled.count == 1)
        #expect(likeness(["prompt": "b", "image": "https://files.example/x"], sent: sent).isNone)
    }
}
