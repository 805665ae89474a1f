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
        guard
            let outcome = try await job.renew(
                .retry(keys: keys), of: opened, done: "pending again", nothing: "nothing to try again",
                unchanged: Advice.unchanged)
        else { return }
        if outcome.count == 0 || !outcome.unknown.isEmpty { throw ExitCode(ExitStatus.someFailed.rawValue) }
    }
}

extension JobOptions {
    /// Has items made pending again, and says of how many, what is next, and why others stay as they are.
    /// - Parameters:
    ///   - done: what those are that are pending.
    ///   - nothing: what is said if none is.
    ///   - unchanged: what is said of one that stays.
    func renew(
        _ command: ControlCommand, of opened: Job, done: String, nothing: String,
        unchanged: (ItemSummary, JobCommandLine) -> String
    ) async throws -> RetryOutcome? {
        let (answer, isAlive) = try await ask(command, of: opened)
        guard case .retried(let outcome) = answer else { return nil }
        guard !json else {
            try CommandContext.output(answer.json["retried"]?.jsonString() ?? "null")
            return outcome
        }
        let unsendable = try await opened.unsendableItems()
        let next = isAlive ? "the run takes them up" : "start with: \(Advice.run(commandLine, unsendable: unsendable))"
        try CommandContext.output(
            outcome.count > 0
                ? "\(outcome.count) \(outcome.count == 1 ? "item is" : "items are") \(done); \(next)" : nothing)
        for key in outcome.unchanged.keys.sorted() {
            CommandContext.tell(unchanged(try await opened.show(item: key).summary, commandLine))
        }
        for key in outcome.unknown { CommandContext.tell("error: no item has the key '\(key)'".oneLine) }
        return outcome
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
