import ArgumentParser
import Nightshift

/// `nightshift log`: what happened in a run.
struct LogCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Show what happened in a run: sessions, pauses, throttles, your orders.",
        discussion: "The oldest comes first. What became of single items is told by 'nightshift items' and 'show'.")

    @OptionGroup var job: JobOptions

    @Option(help: ArgumentHelp("Only the newest so many.", valueName: "count"))
    var limit = 10_000

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit is \(limit); expected 1 or more") }
    }

    func run() async throws {
        let entries = try await job.open().journal(limit: limit)
        if entries.isEmpty, !job.json {
            CommandContext.tell("nothing is recorded of this run; it was made by an older version")
        }
        for entry in entries.reversed() {
            try CommandContext.output(job.json ? entry.json.jsonString() : entry.line())
        }
    }
}
