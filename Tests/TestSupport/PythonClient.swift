import Dispatch
import Foundation

/// An official Python client, in a virtual environment that is kept for the next time.
package enum PythonClient: String {
    case one = "1.0.7"
    case two = "2.0.0b4"

    private static let problemOfOne = one.install()
    private static let problemOfTwo = two.install()

    /// Why the client cannot be had here; `nil` if it is ready. Finding out may install it.
    package var problem: String? {
        switch self {
        case .one: Self.problemOfOne
        case .two: Self.problemOfTwo
        }
    }

    private func install() -> String? {
        let python = folder + "/bin/python"
        if run(python, ["-c", "import replicate"]).status == 0 { return nil }
        try? FileManager.default.removeItem(atPath: folder)
        guard run("/usr/bin/env", ["python3", "-m", "venv", folder]).status == 0 else {
            return "python3 with the module venv is not here"
        }
        let options = [
            "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "10",
        ]
        guard run(python, options + ["replicate==\(rawValue)"]).status == 0 else {
            try? FileManager.default.removeItem(atPath: folder)
            return "the Python package index cannot be reached"
        }
        return nil
    }

    private var folder: String {
        let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first
        let base = caches ?? FileManager.default.temporaryDirectory
        return base.appendingPathComponent("nightshift-tests/replicate-python-\(rawValue)").path
    }

    /// Runs a script against a server.
    ///
    /// - Parameter address: what the client is told, as it is.
    package func run(_ script: String, address: String) async -> (status: Int32, output: String) {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    returning: run(
                        folder + "/bin/python", ["-c", script],
                        environment: [
                            "REPLICATE_BASE_URL": address, "REPLICATE_API_TOKEN": "a-token",
                            "REPLICATE_POLL_INTERVAL": "0.02",
                        ]))
            }
        }
    }

    private func run(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:]
    ) -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        do {
            try process.run()
        } catch {
            return (-1, "\(error)")
        }
        let output = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
