import Foundation
import Nightshift
import NightshiftCore

/// The live screen of a run: a value in, lines out, none wider than the terminal and no more than fit into it.
struct LiveView {
    /// How the items of one step stand.
    struct Step: Hashable, Sendable {
        var name: String
        var states: [String: Int]

        var items: Int { states.values.reduce(0, +) }

        init(name: String, states: [String: Int]) {
            self.name = name
            self.states = states
        }

        init(_ counts: StatusReport.StepCounts) {
            self.init(
                name: counts.name,
                states: Dictionary(counts.states.map { ($0.state, $0.count) }) { first, _ in first })
        }
    }

    var job: String
    var progress: ProgressView
    /// In the order of the manifest; empty without `steps`.
    var steps: [Step] = []
    /// Seconds since the session began.
    var sessionTime: Double
    /// The names of items that have succeeded, the last one first.
    var finished: [String] = []

    private static let mostSteps = 12
    private static let longestLabel = 24

    /// - Parameters:
    ///   - size: the terminal's; its last line stays free.
    ///   - now: what clock times are told by.
    func lines(_ size: TerminalSize, at now: Date, timeZone: TimeZone = .current) -> [StyledText] {
        let width = max(1, size.columns - 1)
        // With how much is lost where it is left out.
        var lines: [(worth: Int, text: StyledText)] = bars(width: width)
        lines.append((6, StyledText.line(states, columns: width)))
        lines.append((5, StyledText.line(times(at: now, in: timeZone), columns: width)))
        if let slots = slots(at: now, in: timeZone) { lines.append((4, slots.prefix(columns: width))) }
        if !finished.isEmpty { lines.append((2, lastFinished(width: width))) }
        if size.rows >= 10, width >= Self.legend.columns { lines.append((1, Self.legend)) }
        while lines.count > max(1, size.rows - 1) {
            let least = lines.map(\.worth).min()
            guard let place = lines.lastIndex(where: { $0.worth == least }) else { break }
            lines.remove(at: place)
        }
        return lines.map(\.text)
    }

    // MARK: - Bars

    private func bars(width: Int) -> [(worth: Int, text: StyledText)] {
        let counts = progress.counts
        var rows = [
            (
                label: job, done: counts.succeeded, bad: counts.failed + counts.canceled + counts.held,
                active: counts.running + counts.fetching + counts.unknown, items: counts.items
            )
        ]
        for step in steps.prefix(Self.mostSteps) {
            func count(_ states: ItemState...) -> Int { states.reduce(0) { $0 + (step.states[$1.rawValue] ?? 0) } }
            rows.append(
                (
                    "  \(step.name)", count(.succeeded), count(.failed, .canceled, .held),
                    count(.submitting, .running, .fetching, .unknown), step.items
                ))
        }
        let labels = rows.map { StyledText($0.label, .strong).prefix(columns: min(Self.longestLabel, width / 4)) }
        let figures = rows.map { row in
            let done = row.done + row.bad
            return "\(done)/\(row.items) \(row.items > 0 ? done * 100 / row.items : 0)%"
        }
        let labelWidth = labels.map(\.columns).max() ?? 0
        let figureWidth = figures.map(\.columns).max() ?? 0
        let barWidth = width - labelWidth - figureWidth - 2
        return rows.indices.map { index in
            let row = rows[index]
            let worth = index == 0 ? 7 : 3
            guard barWidth > 4 else { return (worth, StyledText(figures[index]).prefix(columns: width)) }
            let bar = Self.bar(done: row.done, bad: row.bad, active: row.active, items: row.items, width: barWidth)
            return (worth, labels[index].padded(to: labelWidth) + " " + bar + " " + StyledText(figures[index]))
        }
    }

    private static func bar(done: Int, bad: Int, active: Int, items: Int, width: Int) -> StyledText {
        let (done, bad, active, rest) = ProgressView.cells(
            done: done, bad: bad, active: active, items: items, width - 2)
        func marks(_ mark: String, _ count: Int, _ style: StyledText.Style) -> StyledText {
            StyledText(String(repeating: mark, count: count), style)
        }
        let marks0 = marks("=", done, .good) + marks("x", bad, .bad) + marks("-", active, .active)
        return "[" + marks0 + marks(" ", rest, .plain) + "]"
    }

    private static let legend =
        StyledText("=", .good) + StyledText(" done  ", .quiet) + StyledText("x", .bad)
        + StyledText(" failed, canceled or held  ", .quiet) + StyledText("-", .active)
        + StyledText(" under way", .quiet)

    // MARK: - Lines

    private var states: [StyledText] {
        let counts = progress.counts
        let all: [(Int, String, StyledText.Style)] = [
            (counts.succeeded, "done", .good), (counts.failed, "failed", .bad), (counts.held, "held", .bad),
            (counts.canceled, "canceled", .bad), (counts.running, "running", .active),
            (counts.fetching, "downloading", .active), (counts.unknown, "looked for", .notice),
            (counts.pending, "waiting", .plain), (counts.retries, counts.retries == 1 ? "retry" : "retries", .plain),
        ]
        let some = all.filter { $0.0 > 0 }
        return some.isEmpty ? ["nothing done yet"] : some.map { StyledText("\($0.0) \($0.1)", $0.2) }
    }

    private func times(at now: Date, in timeZone: TimeZone) -> [StyledText] {
        var parts = [StyledText("elapsed \(ProgressView.text(seconds: sessionTime))")]
        if let remaining = progress.remaining {
            let end = Timestamp(now).advanced(by: .milliseconds(Int64(saturating: remaining * 1000)))
            let clock = LocalTime.text(end, seenAt: Timestamp(now), in: timeZone)
            parts.append(StyledText("done about \(clock), in \(ProgressView.text(seconds: remaining))"))
        }
        if let cost = progress.pace.cost { parts.append(StyledText("cost \(Money.text(cost))")) }
        if let rate = progress.rate { parts.append(StyledText("\(ProgressView.text(rate: rate))/min")) }
        return parts
    }

    /// How many predictions are in flight, and why not more.
    private func slots(at now: Date, in timeZone: TimeZone) -> StyledText? {
        let pace = progress.pace
        guard pace.mostSlots > 0 else { return nil }
        let used = StyledText("\(pace.inFlight) of \(pace.mostSlots) slots")
        guard let why = idle(at: now, in: timeZone) else { return used }
        return used + ": " + StyledText(why.text, why.isNotice ? .notice : .plain)
    }

    private func idle(at now: Date, in timeZone: TimeZone) -> (text: String, isNotice: Bool)? {
        if let sentence = progress.hold?.sentence(at: now, timeZone: timeZone) { return (sentence.messageLine, true) }
        if progress.isPaused { return ("paused", true) }
        let pace = progress.pace
        guard pace.inFlight < pace.mostSlots else { return nil }
        if progress.isThrottled { return ("throttled by the provider", true) }
        if progress.counts.pending == 0 { return ("nothing is left to begin", false) }
        if pace.slots < pace.mostSlots, pace.inFlight >= pace.slots {
            return ("\(pace.slots) at a time until the provider has shown room for more", false)
        }
        return nil
    }

    private func lastFinished(width: Int) -> StyledText {
        let label = StyledText("last: ", .quiet)
        return label + StyledText.line(finished.map { StyledText($0) }, columns: max(1, width - label.columns))
    }
}
