import ArgumentParser
import LosslessJSON
import Nightshift
import NightshiftCore

/// `nightshift pause`: nothing new is created until `resume`.
struct PauseCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Create nothing new until 'resume'; what runs is finished.",
        discussion: """
            A live run stays alive and waits. Where none is alive, the next one begins paused. The word is kept with the \
            checkpoints, so it outlives a crash.
            """)

    @OptionGroup var job: JobOptions

    func run() async throws {
        try await job.order(.pause) { _ in
            "paused; what runs is finished; go on with: \(job.commandLine("resume"))"
        }
    }
}

/// `nightshift resume`: takes a pause back.
struct ResumeCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Take a 'pause' back.",
        discussion: "Starts nothing by itself: where no run is alive, start one with 'nightshift run'.")

    @OptionGroup var job: JobOptions

    func run() async throws {
        try await job.order(.resume) { isAlive in
            isAlive ? "resumed" : "no longer paused; no run is alive; start one with: \(job.commandLine("run"))"
        }
    }
}

/// `nightshift set`: other bounds than the manifest's, at once.
struct SetCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change concurrency or rate, of a live run at once.",
        discussion: """
            For example: nightshift set job.yaml concurrency=8 rate=60/min

            The word is kept with the checkpoints and wins over the manifest until it is taken back by '=manifest' or the job is \
            started over.
            """)

    @OptionGroup var job: JobOptions

    @Argument(help: "concurrency=COUNT, rate=RATE such as 600/min or unlimited; =manifest takes it back.")
    var settings: [String]

    func validate() throws {
        do throws(ControlError) {
            _ = try OrderChange(parsing: settings)
        } catch {
            throw ValidationError(error.message)
        }
    }

    func run() async throws {
        let answer = try await job.ask(.set(try OrderChange(parsing: settings))).answer
        guard case .overrides(let given) = answer else { return }
        let orders = RunOrders(given)
        try CommandContext.output(
            job.json
                ? JSONValue.object(orders.json).jsonString()
                : orders.settings.map { "\($0); the rest is as the manifest says" }
                    ?? "concurrency and rate are as the manifest says")
    }
}

extension JobOptions {
    /// Asks the job, and says whether a run was alive to answer.
    func ask(
        _ command: ControlCommand, of opened: Job? = nil
    ) async throws -> (answer: ControlAnswer, isAlive: Bool) {
        let opened = try opened ?? open()
        return (try await opened.control(command), opened.isAlive)
    }

    /// Gives an order and prints the orders as JSON, or the sentence.
    fileprivate func order(_ command: ControlCommand, sentence: (_ isAlive: Bool) -> String) async throws {
        let (answer, isAlive) = try await ask(command)
        guard case .overrides(let orders) = answer else { return }
        try CommandContext.output(json ? JSONValue.object(RunOrders(orders).json).jsonString() : sentence(isAlive))
    }
}
