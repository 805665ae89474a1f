import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

/// The reader of JSON lines against Python's json module, on generated files.
@Suite(.timeLimit(.minutes(1)))
struct JSONLinesConformanceTests {
    /// For each line that is not blank: its object, or null where there is none.
    private static let script = """
        import json
        def refuse(name):
            raise ValueError(name)
        def answer(text):
            rows = []
            for line in text.split("\\n"):
                if not line.strip(" \\t\\r"):
                    continue
                try:
                    value = json.loads(line, parse_constant=refuse)
                except ValueError:
                    value = None
                rows.append(value if isinstance(value, dict) else None)
            return rows
        """

    @Test func readsAsPythonDoes() throws {
        var generator = SeededGenerator(seed: 11)
        let texts = (0..<10_000).map { _ in JSONLinesConformanceTests.text(using: &generator) }
        guard let expected = try Python.answers(to: texts.map(JSONValue.string), by: JSONLinesConformanceTests.script)
        else { return }
        for (index, text) in texts.enumerated() {
            let read = ReadRows(LineFormat.objects(file: "x.jsonl"), Array(text.utf8), chunk: 1 + index % 11)
            let rows = expected[index].arrayValue ?? []
            let sound = rows.filter { !$0.isNull }
            // An object that begins on a line of its own is told once, for the whole file.
            let blanks: [Unicode.Scalar] = [" ", "\t", "\r"]
            let lines = text.unicodeScalars.split(separator: "\n").map { $0.filter { !blanks.contains($0) } }
            if lines.first(where: { !$0.isEmpty }).map({ String(String.UnicodeScalarView($0)) }) == "{" {
                #expect(read.end?.contains("one JSON object over several lines") == true)
                continue
            }
            #expect(read.end == nil, "\(text.debugDescription)")
            #expect(read.rows.map { JSONValue.object($0.members) } == sound, "\(text.debugDescription)")
            #expect(read.problems.count == rows.count - sound.count, "\(text.debugDescription)")
        }
    }

    private static func text(using generator: inout SeededGenerator) -> String {
        let ends = ["\n", "\r\n", "\n\n", " \n"]
        var text = ""
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            var line = object(using: &generator)
            // One in four is spoiled, in a way that may leave it sound.
            if Int.random(in: 0..<4, using: &generator) == 0 {
                let spoilers = ["", ",", "}", "\"", "1", "\\", "\t", "NaN", " "]
                var scalars = Array(line.unicodeScalars)
                let place = Int.random(in: 0..<scalars.count, using: &generator)
                let spoiler = spoilers[Int.random(in: 0..<spoilers.count, using: &generator)]
                scalars.replaceSubrange(place...place, with: Array(spoiler.unicodeScalars))
                var view = String.UnicodeScalarView()
                view.append(contentsOf: scalars)
                line = String(view)
            }
            text += line + ends[Int.random(in: 0..<ends.count, using: &generator)]
        }
        if Bool.random(using: &generator), text.hasSuffix("\n") { text.unicodeScalars.removeLast() }
        return text
    }

    private static func object(using generator: inout SeededGenerator) -> String {
        let names = ["a", "b", "first name", "é", "\\u0041", "日本"]
        let members = names.shuffled(using: &generator).prefix(Int.random(in: 0...3, using: &generator)).map {
            "\"\($0)\": \(value(depth: 0, using: &generator))"
        }
        return "{\(members.joined(separator: ", "))}"
    }

    private static func value(depth: Int, using generator: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<(depth > 2 ? 6 : 8), using: &generator) {
        case 0:
            return ["0", "-1", "12", "3.25", "1e2", "-0", "123456789012345678901"].randomElement(using: &generator)
                ?? "0"
        case 1: return "true"
        case 2: return "null"
        case 3: return "\"\""
        case 4: return "\"\\n \\\" \\\\ \\u00e9 😀\""
        case 5: return "\"x, y: {z} [é]\""
        case 6: return "[\(value(depth: depth + 1, using: &generator)), \(value(depth: depth + 1, using: &generator))]"
        default: return "{\"k\": \(value(depth: depth + 1, using: &generator))}"
        }
    }
}
