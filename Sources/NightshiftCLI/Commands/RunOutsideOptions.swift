import ArgumentParser
import Foundation
import LosslessJSON
import Nightshift

/// What a run tells to the world beside its terminal.
struct RunOutsideOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Run this by /bin/sh when the session has ended, however, or could not begin.",
            discussion: """
                The 'ended' event (see 'nightshift schema events') is on its standard input; NIGHTSHIFT_JOB, NIGHTSHIFT_END, \
                NIGHTSHIFT_SUCCEEDED and more are in its environment, and the API token is not. It has a minute; its failure is \
                only warned of.
                """,
            valueName: "command"))
    var onEnd: String?

    @Option(
        help: ArgumentHelp(
            "Keep a text file of metrics for Prometheus; written anew every 15 s and at the end.", valueName: "file"))
    var metricsFile: String?

    /// - Parameter tell: told what goes wrong with the file later.
    /// - Throws: `EngineError` if it cannot be written.
    func metrics(of job: String, tell: @escaping @Sendable (String) -> Void) throws(EngineError) -> MetricsFile? {
        guard let metricsFile else { return nil }
        return try MetricsFile(path: metricsFile, job: job, tell: tell)
    }

    /// Tells the user's command how the run has ended.
    func told(_ event: JSONValue, manifest: String) async {
        guard let onEnd else { return }
        let hook = EndHook(
            command: onEnd, manifest: manifest, environment: ProcessInfo.processInfo.environment)
        if let problem = await hook.run(event) { CommandContext.tell("warning: the command of --on-end \(problem)") }
    }
}
