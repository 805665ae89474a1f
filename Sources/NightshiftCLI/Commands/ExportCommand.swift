import ArgumentParser
import LosslessJSON
import Nightshift
import NightshiftCore

/// `nightshift export`: the results as other programs load them.
struct ExportCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the results into a directory, in the forms that other programs load.",
        discussion: """
            For example: nightshift export job.yaml --format csv --excel
                         nightshift export job.yaml --format imagefolder --where 'rating>=4' --to posters

            jsonl: results.jsonl has a line for each item, in input order ('nightshift schema results' tells its members). failed.jsonl \
            holds the rows of failed and canceled items and is itself a source for 'inputs: { jsonl: failed.jsonl }'; held ones are \
            not among them, since they may have been paid for.
            csv: results.csv, flat, with nested values as JSON.
            imagefolder, audiofolder, videofolder: as load_dataset of Hugging Face's 'datasets' reads them.
            webdataset: JOB-000000.tar and so on, as the Python package 'webdataset' streams them: the files of each item that has \
            succeeded, with a .json that says what results.jsonl says of it.
            parquet: JOB-000000.parquet, with typed columns and pictures as 'datasets' reads them; needs the program 'duckdb' on the \
            PATH (pip install duckdb-cli).
            openai: output.jsonl and errors.jsonl, as OpenAI's Batch API answers.

            Files keep the paths that they have among the outputs. What an earlier export has written there for items that are gone \
            is removed, unless somebody has changed it since. export.json says whether the export is complete.
            """)

    enum FileMode: String, EnumerableFlag {
        case link, copy

        static func help(for value: FileMode) -> ArgumentHelp? {
            switch value {
            case .link: "Make files hard links where that is possible."
            case .copy: "Copy files, so that changing them changes no output."
            }
        }
    }

    @OptionGroup var job: JobOptions

    @Option(
        help: ArgumentHelp(
            "The directory to write into; by default the outputs' own with '-export'.", valueName: "directory"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "The form: \(ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")); several with commas.",
            valueName: "format"))
    var format: [String] = []

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Only items that a filter means, as in 'items --where'.", valueName: "filter"))
    var filterText: String?

    @Flag(help: "Only items that somebody has rated.")
    var onlyRated = false

    @Flag(exclusivity: .exclusive)
    var files = FileMode.link

    @Flag(help: "Begin a CSV with the mark by which Excel knows UTF-8.")
    var excel = false

    @Option(
        help: ArgumentHelp("The most items in one file of a format that has several.", valueName: "count"))
    var shardSamples: Int?

    @Option(
        help: ArgumentHelp(
            "The most bytes in one file of a format that has several, such as 500MB.", valueName: "size"))
    var shardSize: String?

    func validate() throws {
        _ = try options()
    }

    private func options() throws -> ExportOptions {
        var formats: [ExportFormat] = []
        for word in format.flatMap({ $0.split(separator: ",").map(String.init) }) {
            guard let format = ExportFormat(rawValue: word) else {
                let known = ExportFormat.allCases.map(\.rawValue)
                throw ValidationError("--format is '\(word)'; \(NearestName.help(for: word, among: known))")
            }
            if !formats.contains(format) { formats.append(format) }
        }
        var options = ExportOptions(formats: formats.isEmpty ? [.jsonl] : formats)
        if excel, !options.formats.contains(.csv) { throw ValidationError("--excel is about --format csv") }
        if let filterText {
            do throws(ItemFilterError) {
                options.filter = try ItemFilter(parsing: filterText)
            } catch {
                throw ValidationError("--where: \(error)")
            }
            options.filterText = filterText
        }
        options.onlyRated = onlyRated
        options.links = files == .link
        options.isForExcel = excel
        options.shards = try shards(of: options.formats)
        return options
    }

    private func shards(of formats: [ExportFormat]) throws -> ShardLimits {
        var limits = ShardLimits()
        if let shardSamples {
            guard shardSamples >= 1 else {
                throw ValidationError("--shard-samples is \(shardSamples); expected at least 1")
            }
            limits.samples = shardSamples
        }
        if let shardSize {
            guard let bytes = ByteSizeText.parse(shardSize) else {
                throw ValidationError("--shard-size is '\(shardSize)'; expected a size such as 500MB or 3GB")
            }
            limits.bytes = bytes
        }
        guard limits == ShardLimits() || formats.contains(where: \.hasShards) else {
            let words = ExportFormat.allCases.filter(\.hasShards).map(\.rawValue).joined(separator: " or ")
            throw ValidationError("--shard-samples and --shard-size are about --format \(words)")
        }
        return limits
    }

    func run() async throws {
        let opened = try job.open()
        let destination = to ?? opened.usualExportDirectory
        let report = try await opened.export(to: destination, options: try options())
        if job.json {
            try CommandContext.output(
                JSONValue.object([
                    "items": .number(JSONNumber(report.items)), "failed": .number(JSONNumber(report.failedItems)),
                    "unfinished": .number(JSONNumber(report.unfinishedItems)),
                    "files": .number(JSONNumber(report.files)), "removed": .number(JSONNumber(report.removedFiles)),
                    "missing": .number(JSONNumber(report.missingFiles)),
                    "directory": .string(destination),
                ]).jsonString())
        } else {
            let unfinished = report.unfinishedItems > 0 ? ", \(report.unfinishedItems) not done yet" : ""
            try CommandContext.output(
                "\(report.items) items, \(report.files) files, \(report.failedItems) failed\(unfinished): \(destination)"
            )
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
