import ArgumentParser
import Foundation
import LosslessJSON
import Nightshift

/// `nightshift status`: how a job stands, from its store and from the run itself where one is alive.
struct StatusCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how a job stands; works while a run goes on.",
        discussion: "With --watch it ends when the run ends, with the run's exit code.")

    @OptionGroup var job: JobOptions

    @Flag(help: "Go on showing it until the run ends.")
    var watch = false

    func run() async throws {
        let context = CommandContext.live
        let opened = try job.open(context)
        guard watch else {
            let status = try await opened.status()
            try CommandContext.output(job.json ? status.json.jsonString() : status.text(job.commandLine))
            return
        }
        let format = OutputFormat(json: job.json, quiet: false, isTerminal: context.isTerminal)
        let last = try await StatusWatch(format: format).follow { try await opened.status(withHistory: false) }
        try CommandContext.output(job.json ? last.json.jsonString() : last.text(job.commandLine))
        let status = last.exitStatus
        if status != .success { throw ExitCode(status.rawValue) }
    }
}
