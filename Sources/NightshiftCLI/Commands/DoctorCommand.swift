import ArgumentParser
import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore

/// `nightshift doctor`: what of the surroundings would keep a run from working.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check token, provider, clock and disk, and say how to mend what is wrong.",
        discussion: """
            Sends one request that reads, and shows nothing secret, so that its output can be given to others.

            Ends with exit code 3 if the folder cannot hold checkpoints, and with 4 if the provider refuses the token or cannot be \
            reached. Without a token it ends with 0, since jobs with 'provider: local' need none.
            """)

    @Argument(help: "The folder of the manifests.")
    var folder = "."

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func run() async throws {
        let context = CommandContext.live
        let report = DoctorReport(
            await context.engine().diagnose(folder: folder), token: context.tokenSource)
        if json {
            try CommandContext.output(report.json.jsonString())
        } else {
            try CommandContext.output(report.text)
        }
        guard report.status == .success else { throw ExitCode(report.status.rawValue) }
    }
}
