import ArgumentParser
import LosslessJSON
import Nightshift
import NightshiftCore

/// `nightshift jobs`: what a state directory knows.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "List the jobs that have checkpoints.",
        discussion: "Ends with exit code 3 if the checkpoints of one of them cannot be read.")

    @Argument(help: "The folder of the manifests, whose '.nightshift' is looked into.")
    var folder = "."

    @Option(help: ArgumentHelp("Where checkpoints are kept, instead.", valueName: "directory"))
    var state: String?

    @Flag(help: "Print JSON on standard output, one job a line.")
    var json = false

    func run() async throws {
        let jobs = try await CommandContext.live.engine(stateDirectory: state).jobs(in: folder)
        if json {
            for job in jobs { try CommandContext.output(job.json.jsonString()) }
        } else if jobs.isEmpty {
            CommandContext.tell("no job has checkpoints there")
        } else {
            try CommandContext.output(Table(rows: jobs.map(\.row)).text)
        }
        if jobs.contains(where: { $0.problem != nil }) { throw ExitCode(ExitStatus.stopped.rawValue) }
    }
}

extension JobSummary {
    fileprivate var life: String {
        if isAlive { return "running" }
        if let counts, ending == RunEnd.partial.word { return "partial: \(counts.pending) left to do" }
        return ending.map { RunEnd.text(recorded: $0).messageLine } ?? "not running"
    }

    fileprivate var row: [String] {
        guard let counts else { return [job, problem?.oneLine ?? "no run yet"] }
        let ended = counts.succeeded + counts.failed + counts.canceled + counts.held
        let bad = [(counts.failed, "failed"), (counts.canceled, "canceled"), (counts.held, "held")]
            .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return [job, "\(ended)/\(counts.items)", bad.joined(separator: ", "), life]
    }

    fileprivate var json: JSONValue {
        [
            "job": .string(job), "is_alive": .bool(isAlive),
            "ending": ending.map { .string(RunEnd.text(recorded: $0)) } ?? .null,
            "started_at": startedAt.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null,
            "counts": counts?.json ?? .null, "problem": problem.map(JSONValue.string) ?? .null,
        ]
    }
}
