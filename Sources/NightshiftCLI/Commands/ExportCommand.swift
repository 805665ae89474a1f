import ArgumentParser
import LosslessJSON
import Nightshift

/// `nightshift export`: the results as a directory.
struct ExportCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write results.jsonl, failed.jsonl and the outputs into a directory.",
        discussion: """
            results.jsonl has a line for each item, in input order. failed.jsonl holds the rows of failed and canceled items \
            and is itself a source for 'inputs: { jsonl: failed.jsonl }'; held ones are not among them, since they may have \
            been paid for. Files are hard links where that is possible, else copies. What an earlier export has written there for \
            items that are gone is removed, unless somebody has changed it since.
            """)

    @OptionGroup var job: JobOptions

    @Option(
        help: ArgumentHelp(
            "The directory to write into; by default the outputs' own with '-export'.", valueName: "directory"))
    var to: String?

    func run() async throws {
        let opened = try job.open()
        let destination = to ?? opened.usualExportDirectory
        let report = try await opened.export(to: destination)
        if job.json {
            try CommandContext.output(
                JSONValue.object([
                    "items": .number(JSONNumber(report.items)), "failed": .number(JSONNumber(report.failedItems)),
                    "files": .number(JSONNumber(report.files)), "removed": .number(JSONNumber(report.removedFiles)),
                    "missing": .number(JSONNumber(report.missingFiles)),
                    "directory": .string(destination),
                ]).jsonString())
        } else {
            try CommandContext.output(
                "\(report.items) items, \(report.files) files, \(report.failedItems) failed: \(destination)")
            if report.removedFiles > 0 {
                CommandContext.tell(
                    "removed \(report.removedFiles) \(report.removedFiles == 1 ? "file" : "files") of an earlier export, whose "
                        + "items are gone")
            }
        }
        if report.keptFiles > 0 {
            CommandContext.tell(
                "warning: \(report.keptFiles) \(report.keptFiles == 1 ? "file" : "files") of an earlier export, whose items are "
                    + "gone, were changed since and are left in \(destination)")
        }
        guard report.missingFiles > 0 else { return }
        let listed = report.firstMissingFiles.joined(separator: ", ").oneLine
        CommandContext.tell("error: \(report.missingFiles) files are gone from the outputs: \(listed)")
        throw ExitCode(ExitStatus.someFailed.rawValue)
    }
}
