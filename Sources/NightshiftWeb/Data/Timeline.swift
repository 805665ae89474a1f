import LosslessJSON
import Nightshift
import NightshiftCore

/// What a run did over the time from its first session to its last, in steps of equal length.
struct Timeline {
    let activity: [RunActivity]
    let sessions: [SessionSummary]
    /// The oldest first.
    let journal: [JournalEntry]
    let isAlive: Bool
    let now: Timestamp
    let points: Int

    /// What is recorded is of steps of this length, in milliseconds.
    private static let shortestStep = Int64(RunActivity.length * 1000)

    /// The first and the last moment; `nil` if nothing is known.
    private var bounds: (from: Int64, to: Int64)? {
        let times = activity.map(\.since.milliseconds)
        guard let from = ([sessions.first?.beganAt.milliseconds] + [times.first]).compactMap({ $0 }).min() else {
            return nil
        }
        let ends =
            sessions.map { ($0.endedAt ?? $0.seenAt).milliseconds } + [
                times.last.map { $0 + Self.shortestStep } ?? from
            ]
        return (from, max(from + Self.shortestStep, isAlive ? now.milliseconds : ends.max() ?? from))
    }

    /// Of a run of which nothing is known.
    static let empty: JSONValue = [
        "from": .null, "to": .null, "step": .null, "ended": [], "failed": [], "in_flight": [], "throttles": [],
        "pauses": [], "sessions": [],
    ]

    /// - Parameter text: why nothing was created, in a sentence.
    func json(_ text: (CreateHold) -> String) -> JSONValue {
        guard let (from, to) = bounds else { return Self.empty }
        let whole = Self.shortestStep * Int64(points)
        let step = max(1, (to - from + whole - 1) / whole) * Self.shortestStep
        let count = Int((to - from) / step) + 1
        var (ended, failed, inFlight, throttles) = (
            [Int](repeating: 0, count: count), [Int](repeating: 0, count: count), [Int](repeating: 0, count: count),
            [Int](repeating: 0, count: count)
        )
        for part in activity {
            let index = min(count - 1, max(0, Int((part.since.milliseconds - from) / step)))
            ended[index] += part.succeeded + part.failed
            failed[index] += part.failed
            throttles[index] += part.throttled
            inFlight[index] = max(inFlight[index], part.inFlight)
        }
        func array(_ numbers: [Int]) -> JSONValue { .array(numbers.map { JSONValue.of($0) }) }
        return [
            "from": .of(Int(from)), "to": .of(Int(to)), "step": .of(Int(step)), "ended": array(ended),
            "failed": array(failed), "in_flight": array(inFlight), "throttles": array(throttles),
            "pauses": .array(
                pauses(until: to).map { pause in
                    [
                        "from": .of(Int(pause.from)), "to": .of(Int(pause.to)), "reason": .string(pause.hold.code),
                        "text": .string(text(pause.hold)),
                    ]
                }),
            "sessions": .array(
                sessions.map { session in
                    let end = session.endedAt ?? (isAlive && session.id == sessions.last?.id ? now : session.seenAt)
                    return ["from": .of(session.beganAt), "to": .of(end)]
                }),
        ]
    }

    private struct Pause {
        var from: Int64
        var to: Int64
        var hold: CreateHold
    }

    /// What is over in a moment is no pause that a person could see.
    private static let shortest: Int64 = 5000

    private func pauses(until last: Int64) -> [Pause] {
        var pauses: [Pause] = []
        var open: Pause?
        func close(at time: Int64) {
            guard var pause = open else { return }
            pause.to = time
            open = nil
            if pause.to - pause.from >= Self.shortest { pauses.append(pause) }
        }
        for entry in journal {
            switch JournalEntry.Kind(rawValue: entry.kind) {
            case .held:
                close(at: entry.at.milliseconds)
                guard let hold = CreateHold(json: entry.facts) else { continue }
                open = Pause(from: entry.at.milliseconds, to: last, hold: hold)
            case .released, .sessionEnded, .sessionBegan: close(at: entry.at.milliseconds)
            default: break
            }
        }
        close(at: last)
        return pauses
    }
}
