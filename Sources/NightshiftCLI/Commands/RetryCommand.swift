import ArgumentParser
import LosslessJSON
import Nightshift
import NightshiftCore

/// `nightshift retry`: failed, canceled and held items are tried again.
struct RetryCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Try failed, canceled or held items again, with all their attempts.",
        discussion: """
            A live run takes them up at once; otherwise the next run does. For a held item this means that its prediction may be \
            paid for twice: if you know the prediction, 'nightshift adopt' is the better way.
            """)

    @OptionGroup var job: JobOptions

    @Argument(help: "Keys of items, beginnings of keys, or output names.")
    var items: [String]

    func validate() throws {
        if items.isEmpty {
            throw ValidationError(
                "name at least one item; all of them are tried again by: \(job.commandLine("run", "--retry-failed"))")
        }
    }

    func run() async throws {
        let opened = try job.open()
        let keys = try await opened.keys(meant: items)
        let (answer, isAlive) = try await job.ask(.retry(keys: keys), of: opened)
        guard case .retried(let outcome) = answer else { return }
        if job.json {
            try CommandContext.output(answer.json["retried"]?.jsonString() ?? "null")
        } else {
            let unsendable = try await opened.unsendableItems()
            let next =
                isAlive ? "the run takes them up" : "start with: \(Advice.run(job.commandLine, unsendable: unsendable))"
            try CommandContext.output(
                outcome.count > 0
                    ? "\(outcome.count) \(outcome.count == 1 ? "item is" : "items are") pending again; \(next)"
                    : "nothing to try again")
            for key in outcome.unchanged.keys.sorted() {
                let item = try await opened.show(item: key).summary
                CommandContext.tell(Advice.unchanged(item, job.commandLine))
            }
            for key in outcome.unknown { CommandContext.tell("error: no item has the key '\(key)'".oneLine) }
        }
        if outcome.count == 0 || !outcome.unknown.isEmpty { throw ExitCode(ExitStatus.someFailed.rawValue) }
    }
}

/// `nightshift adopt`: a person tells which prediction is an item's.
struct AdoptCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Take a prediction as a held, failed or canceled item's.",
        discussion: """
            The provider is asked whether the prediction exists, and where its input is still there, it must be the item's. Its \
            output is then fetched as if this job had created it.
            """)

    @OptionGroup var job: JobOptions

    @Argument(help: "The item's key, the beginning of it, or its output name.")
    var item: String

    @Argument(help: ArgumentHelp("The provider's id of the prediction.", valueName: "prediction"))
    var prediction: String

    func run() async throws {
        let opened = try job.open()
        guard let key = try await opened.keys(meant: [item]).first else { return }
        let (answer, isAlive) = try await job.ask(.adopt(key: key, predictionID: prediction), of: opened)
        guard case .adopted(let status) = answer else { return }
        if job.json {
            let result: JSONValue = [
                "key": .string(key), "prediction": .string(prediction), "status": .string(status),
            ]
            try CommandContext.output(result.jsonString())
            return
        }
        let unsendable = try await opened.unsendableItems()
        let next =
            isAlive
            ? "the run goes on with it"
            : "get its output with: \(Advice.run(job.commandLine, unsendable: unsendable))"
        try CommandContext.output("item '\(key)' has prediction \(prediction) now, which is \(status); \(next)".oneLine)
    }
}
