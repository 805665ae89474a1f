import ArgumentParser
import LosslessJSON
import Nightshift
import NightshiftCore

/// `nightshift items`: lists items, filtered and sorted.
struct ItemsCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "items", abstract: "List a job's items, filtered and sorted if asked.",
        discussion: """
            For example: nightshift items job.yaml --where 'state=failed style=dusk' --sort -duration

            A filter has terms with spaces between them, all of which must hold: a column, one of = != > >= < <= ~ (contains), and a \
            value or several with commas; none is no value. Words without a sign are searched for in name, input and output. A \
            minus before a term means the opposite.

            Columns are \(ItemColumn.words.joined(separator: ", ")), files, and the columns of the rows and names of the matrix; one \
            of these that is called as another is written row.NAME.

            States: \(ItemState.allCases.map(\.rawValue).joined(separator: ", ")).
            """)

    @OptionGroup var job: JobOptions

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("Only items in this state; several with commas.", valueName: "state"))
    var chosen: [String] = []

    @Option(name: .customLong("where"), help: ArgumentHelp("Only items that a filter means.", valueName: "filter"))
    var filterText = ""

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The column to sort by; -COLUMN for the largest first.", valueName: "column"))
    var sort = "position"

    @Option(help: ArgumentHelp("What to show of each item, with commas.", valueName: "columns"))
    var columns: String?

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit: Int?

    var states: [String] { chosen.flatMap { $0.split(separator: ",").map(String.init) } }

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit); expected 1 or more") }
        for state in states where ItemState(rawValue: state) == nil {
            let known = ItemState.allCases.map(\.rawValue)
            throw ValidationError("unknown state '\(state)'; \(NearestName.help(for: state, among: known))")
        }
        _ = try filter()
    }

    private func filter() throws -> ItemFilter {
        do throws(ItemFilterError) {
            var filter = try ItemFilter(parsing: filterText)
            if !states.isEmpty {
                filter.terms.append(ItemFilter.Term(.column(.state, .equal, states.map { .text($0) })))
            }
            return filter
        } catch {
            throw ValidationError("--where: \(error)")
        }
    }

    func run() async throws {
        let opened = try job.open()
        var table = ItemTable(columns: columns)
        var count = 0
        let order = ItemSort(parsing: sort.isEmpty ? "position" : sort)
        for try await item in opened.records(try filter(), by: order, limit: limit) {
            count += 1
            if job.json {
                try CommandContext.output(item.json.jsonString())
            } else {
                for line in table.add(item) { try CommandContext.output(line) }
            }
        }
        guard !job.json else { return }
        for line in table.end() { try CommandContext.output(line) }
        if count == 0 { CommandContext.tell("no item of '\(opened.name)' is meant by this") }
    }
}
