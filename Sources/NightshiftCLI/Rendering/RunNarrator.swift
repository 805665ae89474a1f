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
        var live = LiveState()
        var toldSettings: String?
        /// Small input sets are read before anybody asks how far it is.
        var toldExpansionAt = ContinuousClock.now
        var hasToldExpansion = false
        var toldFailures = 0
        var toldThrottleAt: ContinuousClock.Instant?
        var toldProgressAt: ContinuousClock.Instant?
        /// The directory that is exported to now.
        var exporting: String?
        /// The reading of an answer that a request to stop ends.
        var question: Task<String?, Never>?
    }

    /// Failures that are told one by one; a night in which everything fails needs no line for each.
    private static let failuresTold = 20
    private static let timeBetweenLines = Duration.seconds(60)
    /// How long an input set is read before it is told.
    private static let timeBeforeExpansion = Duration.seconds(5)
    private static let timeBetweenEvents = Duration.seconds(1)
    /// A provider that throttles does so again and again.
    private static let timeBetweenThrottleNotices = Duration.seconds(300)

    private let format: OutputFormat
    private let commandLine: JobCommandLine
    private let terminal: Terminal
    private let output: @Sendable (String) -> Void
    private let reader: TerminalReader
    /// What lines are stamped with.
    private let clock: @Sendable () -> String
    private let state = Mutex(State())

    /// - Parameters:
    ///   - output: prints a line on standard output.
    ///   - reader: reads the answers to questions.
    ///   - clock: the time as it stands before each line, where lines are read later.
    init(
        format: OutputFormat, commandLine: JobCommandLine,
        terminal: Terminal = .standardError, reader: TerminalReader = TerminalReader(),
        clock: @escaping @Sendable () -> String = { LocalTime.full(Timestamp(Date()), in: .current) },
        output: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.format = format
        self.commandLine = commandLine
        self.terminal = terminal
        self.output = output
        self.reader = reader
        self.clock = clock
    }

    /// Draws the live block while `body` runs, and takes it away at the end.
    func whileRunning<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        guard format == .live else { return try await body() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    self.draw()
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
        switch format {
        case .quiet: break
        case .lines: terminal.say("\(clock())  \(text)")
        case .live, .json: terminal.say(text)
        }
    }

    /// Says what a request to stop will do.
    func say(_ request: StopRequest) {
        // Who presses Ctrl-C at a question has answered it.
        terminal.endQuestion()
        state.withLock { $0.question }?.cancel()
        let (isPreparing, exporting) = state.withLock { ($0.live.counts == nil, $0.exporting) }
        if let exporting { return say("stopping the export to \(exporting); the next run makes it") }
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
        case .quiet where ExitStatus(report) == .success && report.missingFiles == 0: break
        case .live, .lines, .quiet:
            for line in Conclusion(report: report, commandLine: commandLine).lines { terminal.say(line) }
        }
    }

    /// Draws the live block as it is now.
    func draw(at now: ContinuousClock.Instant = .now) {
        let (view, expanded, exporting) = state.withLock { state in
            (state.live.view(of: state.events.job ?? "", at: now), state.expanded, state.exporting)
        }
        if let exporting {
            // The session is over: its block would stand still.
            terminal.draw([StyledText("exporting to \(exporting)")])
        } else if let view {
            terminal.draw(view.lines(terminal.currentSize, at: Date()))
        } else if let expanded {
            terminal.draw([StyledText(Self.sentence(expanded: expanded))])
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
                state.live.start(counts, at: now)
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
            state.withLock { $0.live.hold = hold }
            if format == .json { emit(events.held(hold)) }
        case .paced(let pace): state.withLock { $0.live.take(pace, at: now) }
        case .steps(let steps): state.withLock { $0.live.take(steps) }
        case .warning(let sentence):
            if format == .json { emit(events.warning(sentence)) } else { say("warning: \(sentence)") }
        case .exporting(let export):
            state.withLock { $0.exporting = export.directory }
        case .exported(let export):
            state.withLock { $0.exporting = nil }
            if format == .json {
                emit(events.exported(export))
            } else if export.failure == nil {
                say(export.sentence)
            }
        }
    }

    private func ordered(_ orders: RunOrders) {
        let (wasPaused, wereSettings) = state.withLock { state in
            defer { (state.live.isPaused, state.toldSettings) = (orders.isPaused, orders.settings) }
            return (state.live.isPaused, state.toldSettings)
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
        let isDue = state.withLock { state in
            state.expanded = items
            let pause =
                format == .json
                ? Self.timeBetweenEvents
                : state.hasToldExpansion ? Self.timeBetweenLines : Self.timeBeforeExpansion
            guard state.toldExpansionAt.duration(to: now) >= pause else { return false }
            (state.toldExpansionAt, state.hasToldExpansion) = (now, true)
            return true
        }
        guard isDue else { return }
        switch format {
        case .json: emit(events.expanding(items: items))
        case .lines: say(Self.sentence(expanded: items))
        case .live, .quiet: break
        }
    }

    private static func sentence(expanded items: Int) -> String { "reading the input set: \(items) items" }

    private func planned(_ plan: RunPlanCounts) {
        switch format {
        case .json: emit(events.planned(plan))
        case .quiet: break
        case .live, .lines:
            say(plan.sentence)
        }
    }

    private func progressed(
        _ counts: RunCounts, _ changes: [ItemChange], isThrottled: Bool, at now: ContinuousClock.Instant
    ) {
        state.withLock { state in
            state.live.counts = counts
            state.live.isThrottled = isThrottled
            state.live.take(changes)
        }
        switch format {
        case .json:
            for change in changes { emit(events.item(change)) }
            if let view = progress(at: now, atMostEvery: Self.timeBetweenEvents) { emit(events.progress(view)) }
        case .live:
            tellWhatMatters(changes, at: now)
        case .lines:
            tellWhatMatters(changes, at: now)
            if let view = progress(at: now, atMostEvery: Self.timeBetweenLines) { say(view.line(width: 200)) }
        case .quiet: break
        }
    }

    private func progress(at now: ContinuousClock.Instant, atMostEvery time: Duration) -> ProgressView? {
        state.withLock { state in
            if let last = state.toldProgressAt, last.duration(to: now) < time { return nil }
            state.toldProgressAt = now
            return state.live.progress(at: now)
        }
    }

    private func tellWhatMatters(_ changes: [ItemChange], at now: ContinuousClock.Instant) {
        let sentences = state.withLock { state in
            var sentences: [String] = []
            if state.live.isThrottled,
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
                    let label = ItemLabel.text(name: change.name, origin: change.origin)
                    sentences.append("\(label) \(change.state): \(reason.messageLine)")
                } else if state.toldFailures == Self.failuresTold + 1 {
                    sentences.append(
                        "further failures are not told here; list them with: "
                            + commandLine("items", "--in", "failed,canceled,held"))
                }
            }
            return sentences
        }
        for sentence in sentences { say(sentence) }
    }

    private func emit(_ event: JSONValue) {
        output(event.jsonString())
    }
}
