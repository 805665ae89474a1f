import ArgumentParser
import LosslessJSON
import Nightshift
import NightshiftCore

/// `nightshift redo`: items that have results are made again.
struct RedoCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "redo", abstract: "Make succeeded items again, with other inputs if you like.",
        discussion: """
            For example: nightshift redo job.yaml portrait-0157 --set seed=random
                         nightshift redo job.yaml --where 'rating<=2' --set steps=40

            Their new results take the names of those that they have, which are kept in the folder 'previous' of the output \
            directory. A live run takes the items up at once; otherwise the next run does. It is paid for like anything else, and \
            counts for budgets.
            """)

    @OptionGroup var job: JobOptions

    @Argument(help: "Output names of items, their keys, or beginnings of keys.")
    var items: [String] = []

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("The items that a filter means, as in 'items --where'.", valueName: "filter"))
    var filterText: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Send this for a member of the input; several times for several. 'random' is a number by chance for each item.",
            valueName: "name=value"))
    var settings: [String] = []

    @Flag(help: "Do not ask.")
    var yes = false

    func validate() throws {
        guard items.isEmpty != (filterText == nil) else {
            throw ValidationError("name items, or give --where for all that a filter means, not both")
        }
        _ = try filter()
        _ = try changes()
    }

    private func filter() throws -> ItemFilter {
        do throws(ItemFilterError) {
            return try ItemFilter(parsing: filterText ?? "")
        } catch {
            throw ValidationError("--where: \(error)")
        }
    }

    private func changes() throws -> [String: InputChange] {
        var changes: [String: InputChange] = [:]
        for setting in settings {
            guard let (name, change) = InputChange.parse(setting) else {
                throw ValidationError(
                    "--set is '\(setting)'; expected a member of the input and its value, such as seed=7")
            }
            guard changes.updateValue(change, forKey: name) == nil else {
                throw ValidationError("--set gives '\(name)' twice")
            }
        }
        return changes
    }

    func run() async throws {
        let opened = try job.open()
        let context = CommandContext.live
        var keys = items
        if filterText == nil {
            keys = try await opened.keys(meant: items)
        } else {
            for try await record in opened.records(try filter()) where record.state == .succeeded {
                keys.append(record.key)
            }
        }
        let orders = try await opened.redoOrders(keys, set: try changes())
        let preview = try await opened.previewRedo(keys)
        if !preview.keys.isEmpty, !yes {
            CommandContext.tell(preview.question)
            if context.canAsk {
                guard await TerminalReader().agrees("Go on?") else { throw ExitCode(ExitStatus.stopped.rawValue) }
            } else if filterText != nil {
                CommandContext.tell("error: nobody can be asked here; nothing was changed: add --yes to do it")
                throw ExitCode(ExitStatus.usage.rawValue)
            }
        }
        try await order(orders, of: opened, preview)
    }

    private func order(_ orders: [RedoOrder], of opened: Job, _ preview: RedoPreview) async throws {
        guard
            let outcome = try await job.renew(
                .redo(orders), of: opened, done: "to be made again", nothing: "nothing to make again",
                unchanged: Advice.notMadeAgain)
        else { return }
        if !job.json, preview.dependents > 0 { CommandContext.tell(preview.dependentsText) }
        if outcome.count == 0 { throw ExitCode(ExitStatus.someFailed.rawValue) }
    }
}

extension RedoPreview {
    /// What it costs, before anybody agrees to it.
    var question: String {
        let count = keys.count
        let price =
            cost.map { "about \(Money.text($0))" } ?? predictTime.map { "about \(PlanView.time($0)) of computing" }
        return "\(count) \(count == 1 ? "item" : "items") will be made again\(price.map { ", \($0)" } ?? "")"
    }

    fileprivate var dependentsText: String {
        dependents == 1
            ? "1 item of a later step was made from these and stays as it is; 'redo' it too when they are done"
            : "\(dependents) items of later steps were made from these and stay as they are; 'redo' them too when these are done"
    }
}
