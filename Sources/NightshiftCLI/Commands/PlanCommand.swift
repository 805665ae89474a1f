import ArgumentParser
import Foundation
import LosslessJSON
import Nightshift

/// `nightshift plan`: what a run would do, without sending anything.
struct PlanCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Expand a job's input set and check every item; create nothing.",
        discussion: """
            Every value is checked against the model's own schema, which is read from the provider, or from the checkpoints \
            of a run whose version is pinned. Ends with exit code 2 if there are problems, and with 4 if the provider refuses the \
            token or cannot be reached, since a run could not begin then either.
            """)

    @OptionGroup var job: JobOptions
    @OptionGroup var chosen: SelectionOptions

    @Option(help: ArgumentHelp("How many of the first items to show.", valueName: "count"))
    var samples = 3

    @Flag(help: "Ask nobody for the model's schema.")
    var offline = false

    @Option(help: ArgumentHelp("Write the plan down, for 'run --plan'.", valueName: "file"))
    var out: String?

    func validate() throws {
        guard samples >= 0 else { throw ValidationError("--samples is \(samples); expected 0 or more") }
    }

    func run() async throws {
        let context = CommandContext.live
        let opened = try job.open(context)
        let options = PlanOptions(samples: samples, offline: offline, selection: chosen.selection)
        // What it says goes to the terminal, the plan to standard output.
        let narrator = RunNarrator(
            format: OutputFormat(json: false, quiet: job.json, isTerminal: context.isTerminal),
            commandLine: job.commandLine)
        // So that no copy of the input set stays behind.
        let plan = try await SignalHandler().whileRunningUntilStopped {
            try await narrator.whileRunning {
                try await opened.plan(options: options) { narrator.observe($0) }
            }
        }
        try CommandContext.output(
            job.json ? plan.json.jsonString() : PlanView(plan: plan, commandLine: job.commandLine).text)
        if plan.problemCount > 0 {
            for problem in plan.problems { CommandContext.tell(problem.lines.joined(separator: "\n")) }
            let more = plan.problemCount - plan.problems.reduce(0) { $0 + $1.count }
            if more > 0 { CommandContext.tell("… and \(more) more problems") }
            throw ExitCode(ExitStatus.usage.rawValue)
        }
        if let refusal = plan.refusal {
            CommandContext.tell(
                "error: \(refusal.reason)\n    plan without asking anybody with: \(job.commandLine("plan", "--offline"))"
            )
            if let out { CommandContext.tell("the plan was not written to \(out)") }
            throw ExitCode((refusal.isProviders ? ExitStatus.refused : .usage).rawValue)
        }
        if let out, let file = plan.file { try write(file, to: out) }
    }

    private func write(_ file: PlanFile, to path: String) throws {
        // Anything else that lies there is no plan that could be replaced.
        if FileManager.default.fileExists(atPath: path), (try? PlanFile(path: path)) == nil {
            throw ValidationError("\(path) is there already and is no plan; name another file")
        }
        do {
            try Data(file.json.jsonBytes(indented: true) + [0x0A]).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw ValidationError("cannot write the plan to \(path): \(ErrorReason.of(error))")
        }
        CommandContext.tell("the plan is in \(path); run exactly that with: \(job.commandLine("run", "--plan", path))")
    }
}
