import Foundation
import JSON
import NightshiftCore
import Testing

/// The reader against Python's csv module, on generated files.
@Suite(.timeLimit(.minutes(1)))
struct CSVConformanceTests {
    private static let python = ["/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// One JSON line a file: what `csv.DictReader` makes of it, or null where the strict reader refuses.
    private static let script = """
        import csv, io, json, sys
        for line in sys.stdin:
            text = json.loads(line)
            try:
                rows = list(csv.reader(io.StringIO(text, newline=''), strict=True))
            except csv.Error:
                rows = None
            print(json.dumps(rows))
        """

    @Test func readsAsPythonDoes() throws {
        guard let python = CSVConformanceTests.python else {
            print("skipped: python3 is not here, so there is nothing to compare with")
            return
        }
        var generator = SeededGenerator(seed: 7)
        let texts = (0..<10_000).map { _ in CSVConformanceTests.text(using: &generator) }
        let expected = try CSVConformanceTests.run(python, texts)
        #expect(expected.count == texts.count)
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
            let sound = all.dropFirst().filter { $0.arrayValue?.count == header.count }
            #expect(read.values.map { JSONValue.array($0) } == Array(sound), "\(text.debugDescription)")
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

    private static func run(_ python: String, _ texts: [String]) throws -> [JSONValue] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "csv-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appending(path: "in.jsonl")
        let output = folder.appending(path: "out.jsonl")
        let lines = texts.map { JSONValue.string($0).jsonString() }.joined(separator: "\n")
        try Data(lines.utf8).write(to: input)
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = ["-c", script]
        process.environment = ["PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
    }
}
