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
        do {
            let opened = try job.open(context)
            guard watch else {
                try tell(try await opened.status())
                return
            }
            let format = OutputFormat(json: job.json, quiet: false, isTerminal: context.isTerminal)
            let last = try await StatusWatch(format: format).follow { try await opened.status(withHistory: false) }
            try tell(last)
            let status = last.exitStatus
            if status != .success { throw ExitCode(status.rawValue) }
        } catch let error as EngineError where watch && job.json {
            let event = RunEvents().error(error, ErrorAdvice(job: job.commandLine))
            try CommandContext.output(event.jsonString())
            throw error
        }
    }

    private func tell(_ report: StatusReport) throws {
        try CommandContext.output(
            job.json ? RunEvents(job: report.job).status(report).jsonString() : report.text(job.commandLine))
    }
}
