import ArgumentParser
import Foundation
import Nightshift
import NightshiftCore

/// `nightshift run`: starts, resumes, or does what is missing.
struct RunCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a job: start it, resume it, or do what is missing.",
        discussion: """
            Ctrl-C once creates nothing more and finishes what runs; twice leaves it running at the provider, where the next \
            run adopts it; three times exits at once. Nothing is lost in any of the three. While the input set is still being \
            read, once is enough.
            """)

    @OptionGroup var job: JobOptions
    @OptionGroup var chosen: SelectionOptions
    @OptionGroup var log: LogOptions

    @Flag(help: "Start over, whatever earlier runs did.")
    var fresh = false

    @Flag(
        help: "Try failed, canceled and held items again, with all their attempts; held ones may be paid for twice.")
    var retryFailed = false

    @Flag(
        help:
            "Fetch outputs again whose files are gone or damaged; run their items again where the provider has them no more."
    )
    var retryMissing = false

    @Option(help: ArgumentHelp("Predictions in flight, instead of the manifest's.", valueName: "count"))
    var concurrency: Int?

    @Flag(help: "End when the provider refuses the account (token, credit), instead of waiting until it does not.")
    var noWait = false

    @Option(
        help: ArgumentHelp(
            "Run so many items first, show what they cost, and ask about the rest.", valueName: "count"))
    var canary: Int?

    @Flag(
        help: """
            Go on without asking: after the canary, where results of the same inputs are there already, and where an edit of the \
            manifest has done items made again.
            """)
    var yes = false

    @Option(
        help: ArgumentHelp(
            "How long the first Ctrl-C waits for what runs before it leaves it to the provider, such as 30s or 10m.",
            discussion: "By default as long as it takes.", valueName: "duration"))
    var grace: String?

    @Flag(help: "Let items that cannot be sent fail, with the reason, instead of refusing the run.")
    var skipInvalid = false

    @Option(
        help: ArgumentHelp("Run exactly what this plan says, or refuse; 'plan --out' writes it.", valueName: "file"))
    var plan: String?

    @Flag(help: "Say nothing, unless something went wrong.")
    var quiet = false

    @OptionGroup var outside: RunOutsideOptions

    func validate() throws {
        if let concurrency, !(1...10_000).contains(concurrency) {
            throw ValidationError("--concurrency is \(concurrency); expected 1 to 10000")
        }
        if let canary, canary < 1 { throw ValidationError("--canary is \(canary); expected at least 1") }
        if let grace, DurationText.parse(grace) == nil {
            throw ValidationError("--grace is '\(grace)'; expected a duration such as 30s or 10m")
        }
        if plan != nil, retryFailed || retryMissing || skipInvalid {
            throw ValidationError("--plan runs exactly the plan; leave out the other options about what to run")
        }
    }

    func run() async throws {
        let context = CommandContext.live
        let events = EventOutput()
        let narrator = RunNarrator(
            format: OutputFormat(json: job.json, quiet: quiet, isTerminal: context.isTerminal),
            commandLine: job.commandLine, output: { events($0) })
        let signals = SignalHandler { narrator.say($0) }
        do {
            let report = try await run(context, narrator, signals)
            narrator.conclude(report)
            await outside.told(narrator.events.ended(report), manifest: job.manifest)
            let status = ExitStatus(report)
            if status != .success { throw ExitCode(status.rawValue) }
        } catch let error where error is EngineError || error is CancellationError {
            narrator.fail(error)
            await outside.told(narrator.events.ended(by: error), manifest: job.manifest)
            throw error
        }
        // Whoever reads the events later must not take half of them for all.
        if events.problem != nil { throw ExitCode(ExitStatus.stopped.rawValue) }
    }

    private func run(
        _ context: CommandContext, _ narrator: RunNarrator, _ signals: SignalHandler
    ) async throws -> RunReport {
        let opened = try job.open(
            context, logger: try log.logger { [quiet] in quiet ? CommandContext.tell($0) : narrator.say($0) })
        narrator.opened(opened)
        let metrics = try outside.metrics(of: opened.name) { narrator.say($0) }
        var options = RunOptions(
            fresh: fresh, retryFailed: retryFailed, retryMissing: retryMissing, concurrency: concurrency,
            selection: chosen.selection, noWait: noWait, grace: grace.flatMap(DurationText.parse), canary: canary
        ) { [yes] report in
            narrator.say(report.text)
            if yes { return true }
            return context.canAsk ? await narrator.ask("Run the rest?") : false
        }
        options.skipInvalid = skipInvalid
        if context.canAsk, !yes {
            options.approveRepeating = { work in
                await narrator.ask(work.results > 0 ? "Pay for them again?" : "Go on?", endsAtStop: true)
            }
            options.approveCollapse = { await narrator.ask("Run it all the same?", endsAtStop: true) }
        }
        if !yes {
            // Where nobody can be asked, the error says what to do.
            options.approveRemaking = { work in
                guard context.canAsk else { return false }
                narrator.say(work.sentence)
                return await narrator.ask("Go on?", endsAtStop: true)
            }
        }
        if let plan { options.plan = try PlanFile(path: plan) }
        return try await signals.whileRunning { [options] in
            try await narrator.whileRunning {
                func run() async throws -> RunReport {
                    try await opened.run(options: options, stops: signals.stops) { update in
                        metrics?.observe(update)
                        narrator.observe(update)
                    }
                }
                return if let metrics { try await metrics.whileRunning(run) } else { try await run() }
            }
        }
    }
}
