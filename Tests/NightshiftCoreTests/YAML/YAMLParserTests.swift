import LosslessJSON
import NightshiftCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct YAMLParserTests {
    private func parse(_ text: String, limits: YAMLLimits = YAMLLimits()) -> (YAMLNode?, [String]) {
        let (document, diagnostics) = YAMLParser.parse(Array(text.utf8), file: "x.yaml", limits: limits)
        return (document, diagnostics.map(\.description))
    }

    private func value(_ text: String) -> YAMLScalar.Value? {
        parse("k: \(text)\n").0?["k"]?.scalar?.value
    }

    @Test func keepsThePlaceOfEveryKeyAndValue() throws {
        let (document, mistakes) = parse("job: x\ninput:\n  prompt: \"a\"\n  tags: [é, b]\n")
        #expect(mistakes.isEmpty)
        let input = try #require(document?.mapping?[1])
        #expect(input.keyLocation == SourceLocation(file: "x.yaml", line: 2, column: 1))
        #expect(input.value["prompt"]?.location == SourceLocation(file: "x.yaml", line: 3, column: 11))
        let tags = try #require(input.value["tags"]?.sequence)
        // Columns count characters, not bytes.
        #expect(tags[1].location == SourceLocation(file: "x.yaml", line: 4, column: 13))
    }

    @Test(arguments: [
        ("12", "12"), ("-0.50", "-0.50"), ("9007199254740993", "9007199254740993"), ("1e400", "1e400"),
        ("+5", "5"), (".5", "0.5"), ("5.", "5.0"), ("5.e3", "5.0e3"), ("0x1F", "31"), ("0o17", "15"), ("0", "0"),
        ("-0", "-0"),
    ])
    func readsNumbersWithoutLoss(_ text: String, _ literal: String) {
        guard case .number(let number) = value(text) else {
            Issue.record("\(text) is no number")
            return
        }
        #expect(number.literal == literal)
    }

    @Test(arguments: [
        "yes", "no", "on", "off", "y", "n", "2024-01-01", "12:30:45", "1_000", "1.2.3", "--1", "+", ".", "1e",
        "0xZZ", "0x-1", "NaN", "nil", "truely", "0b11",
    ])
    func keepsWhatIsNoNumberAsText(_ text: String) {
        #expect(value(text) == .text(text))
    }

    @Test func knowsNullAndBooleans() {
        for text in ["", "~", "null", "Null", "NULL"] { #expect(value(text) == .null) }
        for text in ["true", "True", "TRUE"] { #expect(value(text) == .bool(true)) }
        for text in ["false", "False", "FALSE"] { #expect(value(text) == .bool(false)) }
    }

    @Test(arguments: ["\"12\"", "'12'", "\"true\"", "'null'", "\"\"", "|\n  12\n", ">\n  true\n"])
    func takesQuotedScalarsAndBlocksAsText(_ text: String) {
        guard case .text = value(text) else {
            Issue.record("\(text) is not text")
            return
        }
    }

    @Test(arguments: ["007", "-01", "00", "01.5", ".inf", "-.INF", ".nan"])
    func refusesNumbersThatJSONCannotKeep(_ text: String) {
        guard case .unusable = value(text) else {
            Issue.record("\(text) is taken")
            return
        }
    }

    @Test func sharesWhatAnAliasNames() {
        let (document, mistakes) = parse("a: &base { x: 1 }\nb: *base\n")
        #expect(mistakes.isEmpty)
        #expect(document?["b"] == document?["a"])
    }

    @Test func readsJSON() {
        let (document, mistakes) = parse(#"{"job": "x", "list": [1, null, {"a": "é\n"}]}"#)
        #expect(mistakes.isEmpty)
        #expect(document?["list"]?.sequence?[2]["a"]?.scalar?.text == "é\n")
    }

    @Test func readsAByteOrderMarkAndCarriageReturns() {
        let (document, mistakes) = parse("\u{FEFF}job: x\r\nmodel: a/b\r\n")
        #expect(mistakes.isEmpty)
        #expect(document?["model"]?.scalar?.text == "a/b")
    }

    @Test func tellsEveryRepeatedKeyAtOnce() {
        let (_, mistakes) = parse("a: 1\na: 2\nb: { c: 1, c: 2 }\n")
        #expect(
            mistakes == [
                "x.yaml:2:1: error: key 'a' is there already at line 1\n    keep one of them",
                "x.yaml:3:12: error: key 'c' is there already at line 3\n    keep one of them",
            ])
    }

    @Test func namesTheByteThatIsNotUTF8() {
        let (_, diagnostics) = YAMLParser.parse(Array("job: é\nx: ".utf8) + [0xC3, 0x28], file: "x.yaml")
        #expect(
            diagnostics.map(\.description) == [
                "x.yaml:2:4: error: not valid UTF-8: found the byte 0xC3, which is probably 'Ã' of Windows-1252\n    save the file as UTF-8"
            ])
    }
}

@Suite(.timeLimit(.minutes(1)))
struct HostileYAMLTests {
    private func mistakes(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) -> [String] {
        YAMLParser.parse(bytes, file: "x.yaml", limits: limits).diagnostics.map(\.message)
    }

    @Test func anAliasBombEndsWithAnError() {
        var text = "a0: &a0 [\(Array(repeating: "lol", count: 10).joined(separator: ", "))]\n"
        for level in 1...30 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(mistakes(Array(text.utf8)) == ["the aliases of this file repeat more than a manifest may hold"])
    }

    @Test func manyAliasesOfAHugeTextEndWithAnError() {
        let text = "a: &a \(String(repeating: "x", count: 1 << 20))\nb: [\(String(repeating: "*a, ", count: 100))]\n"
        #expect(mistakes(Array(text.utf8)) == ["the aliases of this file repeat more than a manifest may hold"])
    }

    @Test func anAliasInsideItsOwnValueEndsWithAnError() {
        #expect(mistakes(Array("a: &a [*a]\n".utf8)) == ["alias '*a' stands inside the value that it names"])
        #expect(mistakes(Array("&a a: &b { c: *b }\n".utf8)) == ["alias '*b' stands inside the value that it names"])
    }

    @Test func aliasesCannotNestDeeperThanTheText() {
        var text = "a0: &a0 [x]\n"
        for level in 1...200 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        #expect(mistakes(Array(text.utf8)) == ["nested deeper than 100 levels"])
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func deepNestingEndsWithAnError(_ opening: String) {
        let text = String(repeating: opening, count: 10_000)
        #expect(mistakes(Array("k: ".utf8) + Array(text.utf8)).count == 1)
        #expect(mistakes(Array(text.utf8)) == ["nested deeper than 100 levels"])
    }

    @Test func aHugeScalarEndsWithAnErrorBeforeItIsRead() {
        let bytes = Array("k: \"".utf8) + Array(repeating: UInt8(ascii: "x"), count: 100 << 20)
        let found = mistakes(bytes)
        #expect(found == ["the file has 104857604 bytes, more than the 16777216 a manifest may have"])
    }

    @Test func aScalarOfTheAllowedSizeIsRead() {
        let bytes = Array("k: ".utf8) + Array(repeating: UInt8(ascii: "x"), count: 15 << 20)
        #expect(mistakes(bytes).isEmpty)
    }

    @Test func manyDirectivesEndWithAnError() {
        let text = (0..<100_000).map { "%TAG !t\($0)! b\n" }.joined()
        #expect(mistakes(Array(text.utf8)) == ["%TAG is not supported"])
        #expect(mistakes(Array(("a: 1\n...\n" + text).utf8)) == ["%TAG is not supported"])
    }

    @Test func manyMistakesAreCutShort() {
        let keys = (0..<5000).map { "key\($0): 1\n" }.joined()
        #expect(throws: Diagnostics.self) { try ManifestDecoder.decode(Array(keys.utf8), file: "x.yaml") }
        do {
            _ = try ManifestDecoder.decode(Array(keys.utf8), file: "x.yaml")
        } catch {
            #expect(error.all.count == 201)
            #expect(error.all.last?.message == "and 4804 more")
        }
    }

    @Test func noCutOfAManifestCrashesTheParser() {
        let text = Array(
            "job: x\nmodel: &m a/b\ninputs: { list: [{ a: \"é\" }, 'b', |\n  c\n] }\ninput:\n  x: *m\n  y: {{ a }}\n"
                .utf8)
        for end in text.indices {
            _ = try? ManifestDecoder.decode(Array(text[..<end]), file: "x.yaml")
            var changed = text
            changed[end] = [0x00, 0x22, 0x27, 0x5B, 0x7B, 0x26, 0x2A, 0x25, 0x0A][end % 9]
            _ = try? ManifestDecoder.decode(changed, file: "x.yaml")
        }
    }
}
