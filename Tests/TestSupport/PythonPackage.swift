import Foundation
package import LosslessJSON

/// A package of the Python package index as an independent judge; installed into an environment of its own where it is missing.
package struct PythonPackage: Sendable {
    /// By JSON Schema.
    package static let jsonschema = PythonPackage(module: "jsonschema", requirement: "jsonschema>=4,<5")
    /// By the text format of Prometheus.
    package static let prometheus = PythonPackage(
        module: "prometheus_client.parser", requirement: "prometheus_client>=0.20,<1")

    /// Datasets as people load them, with what it takes to see pictures.
    package static let datasets = PythonPackage(module: "datasets", requirement: "datasets>=3,<6 pillow")
    /// Archives as the package that defined their form streams them.
    package static let webdataset = PythonPackage(module: "webdataset", requirement: "webdataset>=0.2,<2")
    package static let pandas = PythonPackage(module: "pandas", requirement: "pandas>=2,<4")

    /// Writes Parquet files as people's programs do.
    package static let pyarrow = PythonPackage(module: "pyarrow.parquet", requirement: "pyarrow>=15")
    /// Brings the program `duckdb`.
    package static let duckdb = PythonPackage(module: "duckdb_cli", requirement: "duckdb-cli>=1.4,<2")

    private let module: String
    private let python: String?

    private init(module: String, requirement: String) {
        self.module = module
        python = Self.python(having: module, requirement)
    }

    /// Why it cannot be asked; `nil` if it can.
    package var problem: String? {
        python == nil
            ? "python3 with the module \(module) is not here, and the Python package index cannot be reached" : nil
    }

    /// The folder of the programs that it brings.
    package var programs: String {
        get throws {
            let script = "import json, sysconfig; print(json.dumps(sysconfig.get_path('scripts')))"
            return try answer(script, to: .null).stringValue ?? ""
        }
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// Runs a script that reads a JSON value from standard input and prints one.
    package func answer(_ script: String, to question: JSONValue) throws -> JSONValue {
        let (status, output) = Self.run(python ?? "python3", ["-c", script], input: Data(question.jsonBytes()))
        guard status == 0 else { throw Failure(description: "the judge ended with \(status): \(output)") }
        return try JSONValue(parsing: output)
    }

    private static func python(having module: String, _ requirement: String) -> String? {
        let test = ["-c", "import \(module)"]
        if run("python3", test, input: Data()).status == 0 { return "python3" }
        let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first
        let name = module.prefix { $0 != "." }
        let folder = (caches ?? FileManager.default.temporaryDirectory).appending(path: "nightshift-tests/\(name)")
        let python = folder.appending(path: "bin/python").path(percentEncoded: false)
        if run(python, test, input: Data()).status == 0 { return python }
        guard run("python3", ["-m", "venv", folder.path(percentEncoded: false)], input: Data()).status == 0 else {
            return nil
        }
        let options =
            ["-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "10"]
            + requirement.split(separator: " ").map(String.init)
        return run(python, options, input: Data()).status == 0 ? python : nil
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
