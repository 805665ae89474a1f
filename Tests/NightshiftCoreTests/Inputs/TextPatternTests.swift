import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TextPatternTests {
    @Test(arguments: [
        ("a", "cat", true), ("^a", "cat", false), ("^c.t$", "cat", true), ("^c.t$", "c\nt", false), ("", "", true),
        ("x*", "", true), ("^x+$", "xxx", true), ("^(ab|c)+$", "abcab", true), ("^(ab|c)+$", "abb", false),
        ("^[a-c]{2,3}$", "abc", true), ("^[a-c]{2,3}$", "abca", false), ("^a{2}$", "aa", true),
        ("^a{2,}$", "aaaa", true),
        ("^[^0-9]+$", "ab3", false), ("^[]a]+$", "a]", true), ("^[a\\]]+$", "]a", true), ("^[a-]+$", "-a", true),
        ("^\\d{4}-\\d\\d$", "2026-11", true), ("\\bcat\\b", "a cat sat", true), ("\\bcat\\b", "concat", false),
        ("\\Bcat", "concat", true), ("^\\w+$", "übung_1", true), ("\\s", "a b", true), ("^\\S+$", "a b", false),
        ("(?i)^STRASSE$", "strasse", true), ("(?i)[a-z]", "É", false), ("(?i)é", "É", true), ("a.c", "a😀c", true),
        ("\\.png$", "a.png", true), ("\\.png$", "apng", false), ("a{,2}", "a{,2}", true), ("{x}", "{x}", true),
        ("^(?:a|b)?c$", "c", true), ("a|", "zzz", true), ("^(a*)*$", "aaab", false), ("a??b", "b", true),
    ])
    func finds(_ pattern: String, _ text: String, _ isFound: Bool) throws {
        #expect(try TextPattern(pattern).isFound(in: text) == isFound)
    }

    @Test(arguments: ["(", ")", "[a", "a**", "*", "+a", "a\\", "(?=a)", "(a)\\1", "\\p", "[b-a]", "a{3,1}", "(?<n>a)"])
    func refuses(_ pattern: String) {
        #expect(throws: PatternMistake.self) { try TextPattern(pattern) }
    }

    /// A backtracking matcher would need longer than the universe has been there.
    @Test(arguments: [
        "^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "(.*)(.*)(.*)(.*)x$", "^((a*)*)*$", "(((((a?){9}){9}){3})+)b",
    ])
    func needsNoLongerForAHostilePattern(_ pattern: String) throws {
        let text = String(repeating: "a", count: 4000) + "!"
        #expect(try !TextPattern(pattern).isFound(in: text))
    }

    @Test(arguments: [
        "(a{1000}){1000}", "((((a{99}){99}){99}){99}){99}", "a{99999999}",
        "((((){99999}){99999}){99999}){99999}x{9999}",
    ])
    func refusesPatternsThatGrow(_ pattern: String) {
        #expect(throws: PatternMistake.self) { try TextPattern(pattern) }
    }

    @Test func refusesDeepGroups() {
        let deep = String(repeating: "(", count: 10_000) + String(repeating: ")", count: 10_000)
        #expect(throws: PatternMistake.self) { try TextPattern(deep) }
    }

    private static let script = """
        import re
        def answer(question):
            return bool(re.search(question[0], question[1]))
        """

    @Test func findsWhatPythonFinds() throws {
        var generator = SeededGenerator(seed: 3)
        var questions: [JSONValue] = []
        for _ in 0..<5000 {
            let pattern = TextPatternTests.pattern(depth: 0, using: &generator)
            let length = Int.random(in: 0...6, using: &generator)
            let text = (0..<length).map { _ in ["a", "b", "c", " ", "1", "-"].randomElement(using: &generator) ?? "a" }
            questions.append([.string(pattern), .string(text.joined())])
        }
        guard let expected = try Python.answers(to: questions, by: TextPatternTests.script) else { return }
        for (question, answer) in zip(questions, expected) {
            let pattern = try TextPattern(question[0]?.stringValue ?? "")
            let isFound = pattern.isFound(in: question[1]?.stringValue ?? "")
            #expect(JSONValue.bool(isFound) == answer, "\(question)")
        }
    }

    private static func pattern(depth: Int, using generator: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let pieces = ["a", "b", "c", ".", "[ab]", "[^a]", "[a-c1]", "\\d", "\\w", "\\s", "\\b", "^", "$", "-"]
            var piece = pieces.randomElement(using: &generator) ?? "a"
            if depth < 2, Int.random(in: 0..<4, using: &generator) == 0 {
                let choices = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                    pattern(depth: depth + 1, using: &generator)
                }
                piece = "(\(choices.joined(separator: "|")))"
            }
            let isEdge = piece == "^" || piece == "$" || piece == "\\b"
            if !isEdge {
                piece += ["", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?"].randomElement(using: &generator) ?? ""
            }
            text += piece
        }
        return text
    }
}
