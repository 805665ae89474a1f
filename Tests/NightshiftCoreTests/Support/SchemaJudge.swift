import Foundation
import LosslessJSON
import NightshiftCore

/// Python's `jsonschema` as the judge of documents; installed into an environment of its own where it is missing.
enum SchemaJudge {
    /// Why there is no judge here; `nil` if there is one.
    static let problem: String? = {
        if python != nil { return nil }
        return "python3 with the package jsonschema is not here, and the Python package index cannot be reached"
    }()

    private static let python: String? = {
        let test = ["-c", "import jsonschema"]
        if run("python3", test, input: Data()).status == 0 { return "python3" }
        let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first
        let folder = (caches ?? FileManager.default.temporaryDirectory).appending(path: "nightshift-tests/jsonschema")
        let python = folder.appending(path: "bin/python").path(percentEncoded: false)
        if run(python, test, input: Data()).status == 0 { return python }
        guard run("python3", ["-m", "venv", folder.path(percentEncoded: false)], input: Data()).status == 0 else {
            return nil
        }
        let options = ["-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "10", "jsonschema>=4,<5"]
        return run(python, options, input: Data()).status == 0 ? python : nil
    }()

    /// What the judge says of each document: `nil` if it fits, else why not.
    static func verdicts(_ documents: [JSONValue], schema: JSONValue) throws -> [String?] {
        let script = """
            import json, sys, jsonschema
            case = json.load(sys.stdin)
            judge = jsonschema.validators.validator_for(case["schema"])
            judge.check_schema(case["schema"])
            judge = judge(case["schema"])
            def verdict(document):
                error = jsonschema.exceptions.best_match(judge.iter_errors(document))
                return None if error is None else error.message
            print(json.dumps([verdict(document) for document in case["documents"]]))
            """
        let input: JSONValue = ["schema": schema, "documents": .array(documents)]
        let (status, output) = run(python ?? "python3", ["-c", script], input: Data(input.jsonBytes()))
        guard status == 0, let answers = try JSONValue(parsing: output).arrayValue, answers.count == documents.count
        else { throw JudgeError(description: "the judge ended with \(status): \(output)") }
        return answers.map(\.stringValue)
    }

    private struct JudgeError: Error, CustomStringConvertible {
        var description: String
    }

    private static func run(
        _ executable: String, _ arguments: [String], input: Data
    ) -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [executable] + arguments
        let output = Pipe()
        // By way of a file: a pipe that nobody reads yet would fill and block.
        let file = FileManager.default.temporaryDirectory.appending(path: "nightshift-judge-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        do {
            try input.write(to: file)
            process.standardInput = try FileHandle(forReadingFrom: file)
            process.standardOutput = output
            process.standardError = output
            try process.run()
        } catch {
            return (-1, "\(error)")
        }
        let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}

extension YAMLNode {
    /// The node as JSON; `nil` where a scalar means nothing that JSON can write.
    var json: JSONValue? {
        switch content {
        case .scalar(let scalar):
            switch scalar.value {
            case .null: return .null
            case .bool(let value): return .bool(value)
            case .number(let number): return .number(number)
            case .text(let text): return .string(text)
            case .unusable: return nil
            }
        case .sequence(let nodes):
            let elements = nodes.map(\.json)
            return elements.contains(nil) ? nil : .array(elements.compactMap(\.self))
        case .mapping(let members):
            var object: [String: JSONValue] = [:]
            for member in members {
                guard let value = member.value.json else { return nil }
                object[member.key] = value
            }
            return .object(object)
        }
    }
}
