import DemoModels
import LosslessJSON
import ReplicateAPI

/// What one prediction shows in the course of time, as far as it is known: when its logs and its output grow, and how
/// it ends. Like the lifecycle it is computed, so it holds what is planned as well as what was.
struct RunTimeline: Sendable {
    enum Change: Hashable, Sendable {
        case logs(String)
        case output(String)
        case end(PredictionStatus, error: String?)
    }

    struct Entry: Hashable, Sendable {
        var time: ServerTime
        var change: Change
    }

    /// When the run begins; `nil` if it never does, or nobody knows.
    let startedAt: ServerTime?
    /// In the order of time; those after the end are not among them.
    let entries: [Entry]

    init(startedAt: ServerTime?, entries: [Entry]) {
        self.startedAt = startedAt
        self.entries = entries
    }

    init(_ record: PredictionRecord) {
        let lifecycle = record.lifecycle
        let end = lifecycle.expectedEnd
        let last = end.map { lifecycle.snapshot(at: $0) }
        startedAt = last.map(\.startedAt) ?? lifecycle.startsAt
        var entries: [Entry] = []
        if let data = record.data, let startedAt {
            let run = Run(startedAt: startedAt, length: lifecycle.endsAt.map { startedAt.duration(to: $0) })
            let success = last?.status == .succeeded ? end : nil
            entries = Self.merge(run.logs(data.logs), run.output(data.output, success: success))
            if let end { entries.removeAll { $0.time > end } }
        }
        if let end, let last { entries.append(Entry(time: end, change: .end(last.status, error: last.error))) }
        self.entries = entries
    }

    /// When it ends, if nothing else happens.
    var end: ServerTime? {
        guard let last = entries.last, case .end = last.change else { return nil }
        return last.time
    }

    /// Two rows of entries as one; at the same time the first comes first.
    private static func merge(_ first: [Entry], _ second: [Entry]) -> [Entry] {
        var merged: [Entry] = []
        merged.reserveCapacity(first.count + second.count + 1)
        var rest = second[...]
        for entry in first {
            while let other = rest.first, other.time < entry.time {
                merged.append(other)
                rest.removeFirst()
            }
            merged.append(entry)
        }
        return merged + rest
    }
}

/// A run whose steps are spread evenly over its time.
private struct Run {
    let startedAt: ServerTime
    /// `nil` as long as nobody knows when it ends.
    let length: Duration?

    /// When so many of all steps are done; rounded up, because a step is shown once it is done.
    private func time(_ done: Int, of count: Int) -> ServerTime? {
        guard let length else { return nil }
        let share = Int128(length.nanoseconds) * Int128(done)
        let (quotient, remainder) = share.quotientAndRemainder(dividingBy: Int128(max(1, count)))
        return startedAt.advanced(by: .nanoseconds(Int64(clamping: quotient + (remainder > 0 ? 1 : 0))))
    }

    func logs(_ logs: RunLogs) -> [RunTimeline.Entry] {
        switch logs {
        case .text(let text):
            return text.isEmpty ? [] : [RunTimeline.Entry(time: startedAt, change: .logs(text))]
        case .steps(let text, let count):
            var entries: [RunTimeline.Entry] = []
            var shown = ""
            for step in stride(from: 0, through: count, by: ProgressBar.stride(of: count)) {
                let all = text + ProgressBar.lines(done: step, of: count)
                guard all != shown, let time = step == 0 ? startedAt : time(step, of: count) else { continue }
                entries.append(RunTimeline.Entry(time: time, change: .logs(String(all.dropFirst(shown.count)))))
                shown = all
            }
            return entries
        }
    }

    /// - Parameter success: when it succeeds, if it does.
    func output(_ output: PredictionData.Output, success: ServerTime?) -> [RunTimeline.Entry] {
        switch output {
        case .none: return []
        case .whole(let json):
            guard let success else { return [] }
            return Self.texts(of: json).map { RunTimeline.Entry(time: success, change: .output($0)) }
        case .pieces(let pieces):
            return pieces.enumerated().compactMap { index, piece in
                time(index + 1, of: pieces.count).map {
                    RunTimeline.Entry(time: $0, change: .output(Self.text(of: try? JSONValue(parsing: piece))))
                }
            }
        }
    }

    /// A list is streamed element by element.
    private static func texts(of json: [UInt8]) -> [String] {
        guard let value = try? JSONValue(parsing: json), !value.isNull else { return [] }
        return (value.arrayValue ?? [value]).map { text(of: $0) }
    }

    /// Text as it is, all else as JSON.
    private static func text(of value: JSONValue?) -> String {
        guard let value else { return "" }
        return value.stringValue ?? value.jsonString()
    }
}
