import ArgumentParser
import LosslessJSON
import Nightshift
import NightshiftCore
import NightshiftWeb

/// `nightshift report`: the page of jobs as a file.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write the page of jobs to one file, which opens without a server.",
        discussion: """
            Pictures and other files stay where they are, and the report finds them by relative paths; --embed puts them into it. Look at \
            what it says it contains before you give it to others.
            """)

    @Argument(help: "Manifests of jobs.")
    var manifests: [String]

    @Option(
        help: ArgumentHelp(
            "Where checkpoints are kept.", discussion: "By default '.nightshift' beside each manifest.",
            valueName: "directory"))
    var state: String?

    @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
    var to = "report.html"

    @Option(name: .customLong("where"), help: ArgumentHelp("Only items that a filter means.", valueName: "filter"))
    var filterText = ""

    @Flag(help: "Only items that were rated.")
    var onlyRated = false

    @Flag(help: "Put the files into the report.")
    var embed = false

    @Flag(help: "Leave out rows and the names of the matrix.")
    var withoutInputs = false

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func validate() throws {
        if manifests.isEmpty { throw ValidationError("name at least one manifest") }
        _ = try filter()
    }

    private func filter() throws -> ItemFilter {
        do throws(ItemFilterError) {
            var filter = try ItemFilter(parsing: filterText)
            if onlyRated { filter.terms.append(ItemFilter.Term(.column(.rating, .notEqual, [.missing]))) }
            return filter
        } catch {
            throw ValidationError("--where: \(error)")
        }
    }

    func run() async throws {
        let engine = CommandContext.live.engine(stateDirectory: state)
        var jobs: [Job] = []
        for manifest in manifests { jobs.append(try engine.job(at: manifest)) }
        var options = ReportWriter.Options()
        (options.filter, options.embedsFiles, options.hasInputs) = (try filter(), embed, !withoutInputs)
        let contents = try await ReportWriter(jobs, options: options, words: .ofTheCommandLine).write(to: to)
        guard !json else {
            return try CommandContext.output(contents.json(to: to).jsonString())
        }
        try CommandContext.output(to)
        for line in text(contents) { CommandContext.tell(line) }
    }

    /// What is in the report, for whoever shares it.
    private func text(_ contents: ReportWriter.Contents) -> [String] {
        func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        let files =
            embed
            ? "\(counted(contents.files - contents.missing, "file")) inside (\(ByteCount.text(contents.embedded)))"
            : "\(counted(contents.files, "file")) by relative paths: give the output folders along with it, or use --embed"
        var lines = [
            "it contains \(counted(contents.items, "item")) of \(counted(manifests.count, "job")), "
                + (withoutInputs ? "without rows" : "with their rows (--without-inputs leaves them out)"),
            "    \(files)",
        ]
        if contents.remarks > 0 { lines.append("    ratings, tags or notes of \(counted(contents.remarks, "item"))") }
        if contents.missing > 0 { lines.append("    warning: \(counted(contents.missing, "file")) not there any more") }
        return lines
    }
}

extension ReportWriter.Contents {
    fileprivate func json(to path: String) -> JSONValue {
        [
            "report": .string(path), "items": .number(JSONNumber(items)), "files": .number(JSONNumber(files)),
            "embedded_bytes": .number(JSONNumber(Int(embedded))), "missing_files": .number(JSONNumber(missing)),
            "remarks": .number(JSONNumber(remarks)),
        ]
    }
}
