import JSON
import Nightshift
import Synchronization

/// Tells a run while it goes on: a live line on a terminal, plain lines elsewhere, or events as JSON.
final class RunNarrator: Sendable {
    enum Style: Sendable {
        case live, lines, json, quiet
    }

    private struct State {
        var counts: RunCounts?
        var isThrottled = false
        var endedBefore = 0
        var startedAt = ContinuousClock.now
        var lastLineAt: ContinuousClock.Instant?
        /// How many lines of the terminal the live block takes.
        var drawnLines = 0
    }

    private let style: Style
    private let manifest: String
    private let state = Mutex(State())

    init(style: Style, manifest: String) {
        self.style = style
        self.manifest = manifest
    }

    /// Draws the live block while `body` runs, and takes it away at the end.
    func whileRunning<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        guard style == .live else { return try await body() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    self.draw()
                    try? await Task.sleep(for: .milliseconds(200))
                }
            }
            defer {
                group.cancelAll()
                erase()
            }
            return try await body()
        }
    }

    // MARK: - What happens

    func observe(_ notice: RunEventNotice) {
        switch notice {
        case .planned(let plan): planned(plan)
        case .started(let counts):
            state.withLock { state in
                state.counts = counts
                state.endedBefore = counts.succeeded + counts.failed + counts.held
                state.startedAt = .now
            }
            if style == .json { event("started", ["counts": counts.json]) }
        case .progressed(let counts, let changes, let isThrottled):
            let wasThrottled = state.withLock { state in
                defer {
                    state.counts = counts
                    state.isThrottled = isThrottled
                }
                return state.isThrottled
            }
            if isThrottled, !wasThrottled, style != .json {
                say("throttled by the provider; all creates wait until it allows more")
            }
            progressed(counts, changes)
        }
    }

    private func planned(_ plan: RunPlanCounts) {
        if style == .json {
            event(
                "planned",
                [
                    "items": .number(JSONNumber(plan.items)), "new": .number(JSONNumber(plan.new)),
                    "changed": .number(JSONNumber(plan.changed)), "withdrawn": .number(JSONNumber(plan.withdrawn)),
                    "repeated": .number(JSONNumber(plan.repeated)),
                ])
            return
        }
        var parts = ["\(plan.items) items"]
        if plan.new > 0, plan.new < plan.items { parts.append("\(plan.new) new") }
        if plan.changed > 0 { parts.append("\(plan.changed) changed") }
        if plan.withdrawn > 0 { parts.append("\(plan.withdrawn) withdrawn") }
        if plan.repeated > 0 { parts.append("\(plan.repeated) rows repeat an earlier one") }
        say(parts.joined(separator: ", "))
    }

    private func progressed(_ counts: RunCounts, _ changes: [ItemChange]) {
        switch style {
        case .json: for change in changes { event("item", change.members) }
        case .live, .lines:
            for change in changes where change.state == "failed" || change.state == "held" {
                say("item \(change.key) \(change.state): \(change.reason ?? "no reason given")")
            }
            guard style == .lines else { return }
            let line = state.withLock { state -> String? in
                let now = ContinuousClock.now
                if let last = state.lastLineAt, last.duration(to: now) < .seconds(5) { return nil }
                state.lastLineAt = now
                return view(state)?.line(width: 200)
            }
            if let line { CommandContext.tell(line) }
        case .quiet: break
        }
    }

    // MARK: - Saying it

    /// Prints a sentence for people, above the live block if there is one.
    func say(_ text: String) {
        guard style != .quiet else { return }
        erase()
        CommandContext.tell(text)
        if style == .live { draw() }
    }

    private func event(_ name: String, _ members: [String: JSONValue]) {
        var members = members
        members["event"] = .string(name)
        CommandContext.output(JSONValue.object(members).jsonString())
    }

    private func view(_ state: State) -> ProgressView? {
        guard let counts = state.counts else { return nil }
        let elapsed = state.startedAt.duration(to: .now)
        return ProgressView(
            counts: counts, isThrottled: state.isThrottled,
            elapsed: Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18,
            ended: counts.succeeded + counts.failed + counts.held - state.endedBefore)
    }

    private func draw() {
        state.withLock { state in
            guard style == .live, let view = view(state) else { return }
            let width = CommandContext.terminalWidth
            let lines = [view.bar(width: min(60, width - 1)), view.line(width: width - 1)]
            CommandContext.write(Self.up(state.drawnLines) + lines.joined(separator: "\n") + "\n", to: 2)
            state.drawnLines = lines.count
        }
    }

    private func erase() {
        state.withLock { state in
            guard style == .live, state.drawnLines > 0 else { return }
            CommandContext.write(Self.up(state.drawnLines), to: 2)
            state.drawnLines = 0
        }
    }

    /// Moves to the beginning of the block and clears from there.
    private static func up(_ lines: Int) -> String {
        lines > 0 ? "\u{1B}[\(lines)A\u{1B}[J" : ""
    }

    // MARK: - The end

    func conclude(_ report: RunReport) {
        if style == .json {
            event(
                "ended",
                [
                    "end": .string(report.end.word), "reason": report.end.reason.map(JSONValue.string) ?? .null,
                    "counts": report.counts.json, "output_directory": .string(report.outputDirectory),
                ])
            return
        }
        for line in Conclusion(report: report, manifest: manifest).lines { CommandContext.tell(line) }
    }
}

extension ItemChange {
    fileprivate var members: [String: JSONValue] {
        [
            "key": .string(key), "state": .string(state), "attempt": .number(JSONNumber(attempt)),
            "prediction": predictionID.map(JSONValue.string) ?? .null,
            "reason": reason.map(JSONValue.string) ?? .null,
        ]
    }
}

/// The last words of a run: how it ended, why items failed, and what to do next.
struct Conclusion {
    let report: RunReport
    let manifest: String

    var lines: [String] {
        let counts = report.counts
        var lines: [String] = []
        switch report.end {
        case .completed where counts.failed + counts.held == 0:
            lines.append("all \(counts.items) items succeeded; the results are in \(report.outputDirectory)")
        case .completed:
            lines.append(
                "\(counts.succeeded) of \(counts.items) items succeeded, \(counts.failed) failed"
                    + (counts.held > 0 ? ", \(counts.held) held" : "")
                    + "; the results are in \(report.outputDirectory)")
        case .interrupted:
            lines.append(
                "interrupted with \(counts.succeeded) of \(counts.items) items succeeded; nothing is lost")
        case .refused(let reason), .budget(let reason), .breaker(let reason), .disk(let reason):
            lines.append("error: stopped: \(reason)")
            lines.append("    \(counts.succeeded) of \(counts.items) items have succeeded; nothing is lost")
        }
        for reason in report.failureReasons {
            lines.append("    \(reason.count) × \(reason.reason.replacing("\n", with: " "))")
        }
        if report.end != .completed {
            lines.append("    go on with: nightshift run \(manifest)")
        } else if counts.failed + counts.held > 0 {
            lines.append("    try them again with: nightshift run \(manifest) --retry-failed")
        }
        return lines
    }
}

extension RunReport.End {
    var word: String {
        switch self {
        case .completed: "completed"
        case .interrupted: "interrupted"
        case .refused: "refused"
        case .budget: "budget"
        case .breaker: "breaker"
        case .disk: "disk"
        }
    }

    var reason: String? {
        switch self {
        case .completed, .interrupted: nil
        case .refused(let reason), .budget(let reason), .breaker(let reason), .disk(let reason): reason
        }
    }
}
