import Foundation
package import LosslessJSON

/// Python as a judge: its modules say what our readers should make of the same text.
package enum Python {
    private struct Failure: Error {
        var reason: String
    }

    package static let path = ["/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Asks one process about everything.
    ///
    /// - Parameter script: defines `answer`, which is given each question and returns what JSON can write.
    /// - Returns: the answers, or `nil` where there is no Python, which is said.
    package static func answers(to questions: [JSONValue], by script: String) throws -> [JSONValue]? {
        guard let path else {
            print("skipped: python3 is not here, so there is nothing to compare with")
            return nil
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "judge-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appending(path: "in.jsonl")
        let output = folder.appending(path: "out.jsonl")
        try Data(questions.map { $0.jsonString() }.joined(separator: "\n").utf8).write(to: input)
        try Data().write(to: output)
        let loop = """
            import json, sys
            for line in sys.stdin:
                print(json.dumps(answer(json.loads(line))))
            """
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = ["-c", script + "\n" + loop]
        process.environment = ["PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(reason: "python3 ended with \(process.terminationStatus)")
        }
        let answers = try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        guard answers.count == questions.count else {
            throw Failure(reason: "\(answers.count) answers to \(questions.count) questions")
        }
        return answers
    }
}
