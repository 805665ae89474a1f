import ReplicateAPI

/// Decides what a webhook is told next. A value: it is given the course of the run and the time, and remembers what it
/// has told.
struct WebhookPlan: Sendable {
    enum Step: Hashable, Sendable {
        case send(WebhookEvent)
        /// Nothing is to be told before a time, as far as is known; `nil` if nothing is known.
        case wait(until: ServerTime?)
        /// Everything was told.
        case finished
    }

    /// The least time between two reports of output, and between two of logs.
    static let pause = Duration.milliseconds(500)
    /// When the end is told again that did not arrive, counted from it.
    static let retries: [Duration] = [1, 3, 7, 15, 31, 60].map { .seconds($0) }

    let events: Set<WebhookEvent>
    private var startWasSent = false
    private var endWasSent = false
    private var output = Growth()
    private var logs = Growth()

    init(_ events: Set<WebhookEvent>) {
        self.events = events
    }

    /// What is to be done now; what it says to send counts as sent.
    mutating func next(_ run: RunTimeline, at now: ServerTime) -> Step {
        var times: [ServerTime] = []
        if events.contains(.start), !startWasSent, let start = run.startedAt {
            if start <= now {
                startWasSent = true
                return .send(.start)
            }
            times.append(start)
        }
        let isOver = run.end.map { $0 <= now } ?? false
        // The end tells everything, so nothing need be told beside it.
        if isOver, events.contains(.completed) {
            if endWasSent { return .finished }
            endWasSent = true
            return .send(.completed)
        }
        // Each has a pace of its own, so that much logging does not hold back the output.
        if events.contains(.logs), logs.mayBeTold(run.times { $0.isLogs }, at: now, &times) { return .send(.logs) }
        if events.contains(.output), output.mayBeTold(run.times { $0.isOutput }, at: now, &times) {
            return .send(.output)
        }
        if isOver, times.isEmpty { return .finished }
        if !isOver, let end = run.end { times.append(end) }
        return .wait(until: times.min())
    }

    /// How much of something that grows was told.
    private struct Growth {
        var count = 0
        var toldAt: ServerTime?

        /// Whether it has grown and may be told now, which then counts as told; else adds to `waits` when to ask again.
        mutating func mayBeTold(_ times: [ServerTime], at now: ServerTime, _ waits: inout [ServerTime]) -> Bool {
            let free = toldAt?.advanced(by: WebhookPlan.pause) ?? now
            let happened = times.prefix { $0 <= now }.count
            if happened > count {
                guard free > now else {
                    count = happened
                    toldAt = now
                    return true
                }
                waits.append(free)
            } else if happened < times.count {
                waits.append(max(times[happened], free))
            }
            return false
        }
    }
}

extension RunTimeline {
    fileprivate func times(_ isMeant: (Change) -> Bool) -> [ServerTime] {
        entries.compactMap { isMeant($0.change) ? $0.time : nil }
    }
}

extension RunTimeline.Change {
    fileprivate var isLogs: Bool {
        if case .logs = self { true } else { false }
    }

    fileprivate var isOutput: Bool {
        if case .output = self { true } else { false }
    }
}
