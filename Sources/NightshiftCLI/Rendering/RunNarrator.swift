import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore
import Synchronization

/// Tells a run while it goes on: a live block on a terminal, plain lines elsewhere, or events as JSON.
final class RunNarrator: Sendable {
    private struct State {
        var events = RunEvents()
        /// Items of the input set that were read, until the session begins.
        var expanded: Int?
        var counts: RunCounts?
        var isThrottled = false
        /// Why nothing is created now.
        var hold: RunHold?
        var isPaused = false
        var toldSettings: String?
        /// As it was told last, and when.
        var pace = RunPace(activeTime: 0, ended: 0, isHalted: false)
        var pacedAt = ContinuousClock.now
        /// Small input sets are read before anybody asks how far it is.
        var toldExpansionAt = ContinuousClock.now
        var toldFailures = 0
        var toldThrottleAt: ContinuousClock.Instant?
        var toldProgressAt: ContinuousClock.Instant?
        /// The reading of an answer that a request to stop ends.
        var question: Task<String?, Never>?

        func view(at now: ContinuousClock.Instant) -> ProgressView? {
            guard let counts else { return nil }
            let isHalted = isPaused || pace.isHalted
            return ProgressView(
                counts: counts, isThrottled: isThrottled, hold: hold?.cause, isPaused: isHalted, pace: pace,
                elapsed: pace.activeTime + (isHalted ? 0 : pacedAt.duration(to: now) / .seconds(1)), ended: pace.ended)
        }
    }

    /// Failures that are told one by one; a night in which everything fails needs no line for each.
    private static let failuresTold = 20
    private static let timeBetweenLines = Duration.seconds(5)
    private static let timeBetweenEvents = Duration.seconds(1)
    /// A provider that throttles does so again and again.
    private static let timeBetweenThrottleNotices = Duration.seconds(300)

    private let format: OutputFormat
    private let commandLine: JobCommandLine
    private let terminal: Terminal
    private let output: @Sendable (String) -> Void
    private let reader: TerminalReader
    private let state = Mutex(State())

    /// - Parameters:
    ///   - output: prints a line on standard output.
    ///   - reader: reads the answers to questions.
    init(
        format: OutputFormat, commandLine: JobCommandLine,
        terminal: Terminal = .standardError, reader: TerminalReader = TerminalReader(),
        output: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.format = format
        self.commandLine = commandLine
        self.terminal = terminal
        self.output = output
        self.reader = reader
    }

    /// Draws the live block while `body` runs, and takes it away at the end.
    func whileRunning<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        guard format == .live else { return try await body() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    self.draw(width: CommandContext.terminalSize.columns)
                    try await Task.sleep(for: .milliseconds(200))
                }
            }
            defer {
                group.cancelAll()
                terminal.endBlock()
            }
            return try await body()
        }
    }

    /// Prints a sentence for people.
    func say(_ text: String) {
        if format != .quiet { terminal.say(text) }
    }

    /// Says what a request to stop will do.
    func say(_ request: StopRequest) {
        // Who presses Ctrl-C at a question has answered it.
        terminal.endQuestion()
        state.withLock { $0.question }?.cancel()
        let isPreparing = state.withLock { $0.counts == nil }
        say(isPreparing ? "stopping; nothing was sent" : request.sentence)
    }

    /// Asks a question that is answered by y or n. No answer is no, and so is the end of the task that asks.
    /// - Parameter endsAtStop: whether a request to stop answers it. Where a run goes on meanwhile, it hears the request itself
    ///   and ends the task that asks.
    func ask(_ question: String, endsAtStop: Bool = false) async -> Bool {
        reader.discardInput()
        terminal.ask("\(question) [y/N] ")
        let reading = Task { [reader] in await reader.line() }
        if endsAtStop { state.withLock { $0.question = reading } }
        let answer = await withTaskCancellationHandler {
            await reading.value
        } onCancel: {
            reading.cancel()
        }
        state.withLock { $0.question = nil }
        guard let answer else {
            terminal.endQuestion()
            return false
        }
        terminal.answered()
        return TerminalReader.isYes(answer)
    }

    /// What programs are told, with the job that was opened.
    var events: RunEvents { state.withLock { $0.events } }

    func opened(_ job: Job) {
        state.withLock { ($0.events.job, $0.events.outputDirectory) = (job.name, job.outputDirectory) }
    }

    /// Tells programs what people are told elsewhere: the error that ends the command, and the end.
    func fail(_ error: any Error) {
        guard format == .json else { return }
        if let error = error as? EngineError, error.code != .canceled {
            emit(events.error(error, ErrorAdvice(job: commandLine)))
        }
        emit(events.ended(by: error))
    }

    /// Prints the last words of a run.
    func conclude(_ report: RunReport) {
        switch format {
        case .json: emit(events.ended(report))
        case .live, .lines, .quiet:
            for line in Conclusion(report: report, commandLine: commandLine).lines { terminal.say(line) }
        }
    }

    func draw(width: Int, at now: ContinuousClock.Instant = .now) {
        let (view, expanded) = state.withLock { ($0.view(at: now), $0.expanded) }
        if let view {
            terminal.draw([view.bar(width: min(60, width - 1)), view.line(width: width - 1)])
        } else if let expanded {
            terminal.draw([Self.sentence(expanded: expanded).prefix(columns: width - 1)])
        }
    }

    // MARK: - What happens

    func observe(_ notice: RunUpdate, at now: ContinuousClock.Instant = .now) {
        switch notice {
        case .expanding(let items): expanding(items, at: now)
        case .planned(let plan): planned(plan)
        case .earlierWork(let work):
            for sentence in work.sentences {
                if format == .json { emit(events.warning(sentence)) } else { say(sentence) }
            }
        case .started(let counts):
            state.withLock { state in
                state.expanded = nil
                state.counts = counts
                state.pace = RunPace(activeTime: 0, ended: 0, isHalted: false)
                state.pacedAt = now
            }
            if format == .json { emit(events.started(counts)) }
        case .progressed(let counts, let changes, let isThrottled):
            progressed(counts, changes, isThrottled: isThrottled, at: now)
        case .announced(let announcement):
            if format == .json {
                emit(events.announced(announcement))
            } else {
                say(announcement.announcement.sentence())
            }
        case .ordered(let orders): ordered(orders)
        case .held(let hold):
            state.withLock { $0.hold = hold }
            if format == .json { emit(events.held(hold)) }
        case .paced(let pace): state.withLock { ($0.pace, $0.pacedAt) = (pace, now) }
        case .warning(let sentence):
            if format == .json { emit(events.warning(sentence)) } else { say("warning: \(sentence)") }
        }
    }

    private func ordered(_ orders: RunOrders) {
        let (wasPaused, wereSettings) = state.withLock { state in
            defer { (state.isPaused, state.toldSettings) = (orders.isPaused, orders.settings) }
            return (state.isPaused, state.toldSettings)
        }
        if format == .json {
            emit(events.ordered(orders))
            return
        }
        if orders.isPaused, !wasPaused {
            say("paused: nothing new is created; go on with: \(commandLine("resume"))")
        } else if wasPaused, !orders.isPaused {
            say("resumed")
        }
        if orders.settings != wereSettings {
            say(
                orders.settings.map { "as told by 'nightshift set': \($0)" }
                    ?? "rate and concurrency are the manifest's again")
        }
    }

    private func expanding(_ items: Int, at now: ContinuousClock.Instant) {
        let pause = format == .json ? Self.timeBetweenEvents : Self.timeBetweenLines
        let isDue = state.withLock { state in
            state.expanded = items
            guard state.toldExpansionAt.duration(to: now) >= pause else { return false }
            state.toldExpansionAt = now
            return true
        }
        guard isDue else { return }
        switch format {
        case .json: emit(events.expanding(items: items))
        case .lines: terminal.say(Self.sentence(expanded: items))
        case .live, .quiet: break
        }
    }

    private static func sentence(expanded items: Int) -> String { "reading the input set: \(items) items" }

    private func planned(_ plan: RunPlanCounts) {
        switch format {
        case .json: emit(events.planned(plan))
        case .quiet: break
        case .live, .lines:
            var parts = [plan.items == 1 ? "1 item" : "\(plan.items) items"]
            if plan.done > 0, plan.done < plan.items {
                parts.append(plan.done == 1 ? "1 done is kept" : "\(plan.done) done are kept")
            }
            if plan.new > 0, plan.new < plan.items { parts.append("\(plan.new) new") }
            if plan.changed > 0 { parts.append("\(plan.changed) changed") }
            if plan.withdrawn > 0 { parts.append("\(plan.withdrawn) withdrawn") }
            if plan.invalid > 0 { parts.append("\(plan.invalid) cannot be sent and fail") }
            if plan.repeated > 0 {
                parts.append("\(plan.repeated) \(plan.repeated == 1 ? "row repeats" : "rows repeat") an earlier one")
            }
            terminal.say(parts.joined(separator: ", "))
        }
    }

    private func progressed(
        _ counts: RunCounts, _ changes: [ItemChange], isThrottled: Bool, at now: ContinuousClock.Instant
    ) {
        state.withLock { state in
            state.counts = counts
            state.isThrottled = isThrottled
        }
        switch format {
        case .json:
            for change in changes { emit(events.item(change)) }
            if let view = progress(at: now, atMostEvery: Self.timeBetweenEvents) { emit(events.progress(view)) }
        case .live:
            tellWhatMatters(changes, at: now)
        case .lines:
            tellWhatMatters(changes, at: now)
            if let view = progress(at: now, atMostEvery: Self.timeBetweenLines) { terminal.say(view.line(width: 200)) }
        case .quiet: break
        }
    }

    private func progress(at now: ContinuousClock.Instant, atMostEvery time: Duration) -> ProgressView? {
        state.withLock { state in
            if let last = state.toldProgressAt, last.duration(to: now) < time { return nil }
            state.toldProgressAt = now
            return state.view(at: now)
        }
    }

    private func tellWhatMatters(_ changes: [ItemChange], at now: ContinuousClock.Instant) {
        let sentences = state.withLock { state in
            var sentences: [String] = []
            if state.isThrottled,
                state.toldThrottleAt.map({ $0.duration(to: now) >= Self.timeBetweenThrottleNotices }) ?? true
            {
                state.toldThrottleAt = now
                sentences.append("throttled by the provider; all creates wait until it allows more")
            }
            for change in changes where change.state == "failed" || change.state == "held" || change.state == "canceled"
            {
                state.toldFailures += 1
                if state.toldFailures <= Self.failuresTold {
                    let reason = change.reason ?? "no reason given"
                    sentences.append("item \(change.key.oneLine) \(change.state): \(reason.messageLine)")
                } else if state.toldFailures == Self.failuresTold + 1 {
                    sentences.append(
                        "further failures are not told here; list them with: "
                            + commandLine("items", "--in", "failed,canceled,held"))
                }
            }
            return sentences
        }
        for sentence in sentences { terminal.say(sentence) }
    }

    private func emit(_ event: JSONValue) {
        output(event.jsonString())
    }
}
