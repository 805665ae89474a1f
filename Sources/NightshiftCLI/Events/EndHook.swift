import Foundation
import LosslessJSON
import Nightshift

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A command of the user's that is told how a run has ended: by the `ended` event on its standard input, and by its environment.
///
/// It says what it has to say on standard error, since standard output is for results. Nothing that it does changes how the run
/// has ended.
struct EndHook: Sendable {
    /// For `/bin/sh -c`.
    let command: String
    let manifest: String
    /// What the command finds in its environment besides; the token must not be in it.
    let environment: [String: String]
    /// After this, it is ended.
    var timeLimit = Self.usualTimeLimit

    static let usualTimeLimit = Duration.seconds(60)
    private static let timeToEnd = Duration.seconds(5)
    private static let longestReason = 1000

    /// - Parameter environment: that of this process, from which the token is taken out.
    init(command: String, manifest: String, environment: [String: String]) {
        self.command = command
        self.manifest = manifest
        self.environment = environment.filter { $0.key != TokenSource.variable }
    }

    /// Runs the command, for no longer than the time limit.
    /// - Parameter event: the end as programs read it.
    /// - Returns: what went wrong, as the end of a sentence.
    func run(_ event: JSONValue) async -> String? {
        // A pipe that nobody reads would fill.
        let input = FileManager.default.temporaryDirectory.appending(path: "nightshift-end-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: input) }
        let process: ShellCommand
        do {
            try Data(event.jsonBytes() + [UInt8(ascii: "\n")]).write(to: input)
            process = try ShellCommand(
                command, environment: environment.merging(variables(of: event)) { _, new in new },
                input: input.path(percentEncoded: false))
        } catch let failure as ShellCommand.Failure {
            return "could not be started: \(ErrorReason.text(of: failure.number))"
        } catch {
            return "could not be given the end: \(ErrorReason.of(error))"
        }
        switch await process.end(within: timeLimit) {
        case .exited(0): return nil
        case .exited(let code): return "ended with \(code)"
        case .signaled(let signal): return "was ended by the signal \(signal)"
        case nil:
            process.send(SIGTERM)
            _ = await process.end(within: Self.timeToEnd)
            // What has not heeded that, and what it has left behind.
            process.send(SIGKILL)
            return "took longer than \(timeLimit) and was ended"
        }
    }

    private func variables(of event: JSONValue) -> [String: String] {
        func text(_ value: JSONValue?) -> String {
            guard let value, value != .null else { return "" }
            // No variable can hold what ends it.
            return (value.stringValue ?? value.jsonString()).replacing("\0", with: "")
        }
        var variables = [
            "NIGHTSHIFT_JOB": text(event["job"]), "NIGHTSHIFT_MANIFEST": manifest,
            "NIGHTSHIFT_END": text(event["end"]),
            "NIGHTSHIFT_REASON": text(event["reason"]).bounded(to: Self.longestReason),
            "NIGHTSHIFT_EXIT_STATUS": text(event["exit_status"]), "NIGHTSHIFT_COST": text(event["cost"]),
            "NIGHTSHIFT_OUTPUT_DIRECTORY": text(event["output_directory"]),
        ]
        for name in ["items", "succeeded", "failed", "canceled", "held", "pending"] {
            variables["NIGHTSHIFT_\(name.uppercased())"] = text(event["counts"]?[name])
        }
        return variables
    }
}
