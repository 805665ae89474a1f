import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

/// The reader against Python's csv module, on generated files.
@Suite(.timeLimit(.minutes(1)))
struct CSVConformanceTests {
    /// What the csv module makes of a file, or null where its strict reader refuses.
    private static let script = """
        import csv, io
        def answer(text):
            try:
                return list(csv.reader(io.StringIO(text, newline=''), strict=True))
            except csv.Error:
                return None
        """

    @Test func readsAsPythonDoes() throws {
        var generator = SeededGenerator(seed: 7)
        let texts = (0..<10_000).map { _ in CSVConformanceTests.text(using: &generator) }
        guard let expected = try Python.answers(to: texts.map(JSONValue.string), by: CSVConformanceTests.script) else {
            return
        }
        for (index, text) in texts.enumerated() {
            // Chunks of every size meet every place where a record can be cut.
            let read = ReadRows(CSVFormat(file: "x.csv"), Array(text.utf8), chunk: 1 + index % 9)
            guard let all = expected[index].arrayValue?.filter({ $0 != [] }), let header = all.first?.arrayValue else {
                let isRefused = read.end != nil || !read.problems.isEmpty
                #expect(isRefused, "read \(text.debugDescription)")
                continue
            }
            // Python knows no header rules; only files with a sound header are compared.
            guard read.end == nil else { continue }
            // Empty values behind the last column are left out.
            let sound = all.dropFirst().compactMap { row -> JSONValue? in
                let values = row.arrayValue ?? []
                let isSound = values.count >= header.count && values[header.count...].allSatisfy { $0 == "" }
                return isSound ? .array(Array(values[..<header.count])) : nil
            }
            #expect(read.values.map { JSONValue.array($0) } == sound, "\(text.debugDescription)")
            #expect(read.problems.count == all.count - 1 - sound.count, "\(text.debugDescription)")
        }
    }

    /// A header of one to three columns, and rows made of what is awkward.
    private static func text(using generator: inout SeededGenerator) -> String {
        let ends = ["\n", "\r\n", "\r"]
        let end = ends[Int.random(in: 0..<3, using: &generator)]
        let columns = Int.random(in: 1...3, using: &generator)
        var text = ["a", "b", "c"].prefix(columns).joined(separator: ",") + end
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            let count = Int.random(in: 0..<12, using: &generator) == 0 ? columns + 1 : columns
            let fields = (0..<count).map { _ in field(using: &generator) }
            text += fields.joined(separator: ",") + end
        }
        if Bool.random(using: &generator), text.hasSuffix(end) { text.removeLast() }
        return text
    }

    private static func field(using generator: inout SeededGenerator) -> String {
        let pieces = ["x", "1", " ", ",", "\n", "\r", "\r\n", "\"\"", "é", "日", ";", "'"]
        let length = Int.random(in: 0...4, using: &generator)
        let content = (0..<length).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }.joined()
        switch Int.random(in: 0..<20, using: &generator) {
        case 0: return "\"" + content
        case 1: return "\"" + content + "\"x"
        case 2: return content + "\""
        case 3..<10: return content.filter { !",\n\r\"\r\n".contains($0) }
        default: return "\"" + content + "\""
        }
    }
}
