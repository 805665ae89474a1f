import DemoModels
import ReplicateAPI

/// The states of one prediction as a function of time: it is told facts and plans, and asked how things stand at a
/// moment. It has no clock and no timer, so thousands of predictions in flight cost nothing but their memory.
struct PredictionLifecycle: Hashable, Sendable {
    /// How a prediction stands at one moment.
    struct Snapshot: Hashable, Sendable {
        var status: PredictionStatus
        var startedAt: ServerTime?
        var completedAt: ServerTime?
        var error: String?
        /// How much of the run is done, from 0 to 1.
        var progress: Double
    }

    let createdAt: ServerTime
    /// When the platform ends it: aborted if it has not started by then, else canceled.
    var deadline: ServerTime?
    /// How long the platform lets a run go on.
    var runLimit: Duration
    /// When it starts, planned or done; `nil` as long as nobody knows.
    private(set) var startsAt: ServerTime?
    /// When its run ends by itself, planned or done.
    private(set) var endsAt: ServerTime?
    private var ending = RunEnding.succeeded
    private var canceledAt: ServerTime?

    /// A prediction that waits until ``start(at:)``.
    init(createdAt: ServerTime, deadline: ServerTime? = nil, runLimit: Duration = .seconds(1800)) {
        self.createdAt = createdAt
        self.deadline = deadline
        self.runLimit = runLimit
    }

    /// Plans the whole run. An abortion is planned with a run of no length: it happens in place of the start.
    mutating func plan(startAfter delay: Duration, runFor run: Duration, ending: RunEnding) {
        let start = createdAt.advanced(by: delay)
        self.ending = ending
        endsAt = start.advanced(by: run)
        startsAt = ending == .aborted ? nil : start
    }

    /// The run begins now.
    /// - Returns: whether it may; not if it has ended already.
    mutating func start(at now: ServerTime) -> Bool {
        guard !snapshot(at: now).status.isTerminal else { return false }
        startsAt = now
        return true
    }

    /// The run has ended now. What came first stays.
    /// - Returns: whether this is how it ended.
    mutating func finish(_ ending: RunEnding, at now: ServerTime) -> Bool {
        guard !snapshot(at: now).status.isTerminal else { return false }
        self.ending = ending
        endsAt = now
        return true
    }

    /// Somebody cancels it. A finished prediction stays as it is.
    /// - Returns: whether this ended it.
    mutating func cancel(at now: ServerTime) -> Bool {
        guard !snapshot(at: now).status.isTerminal else { return false }
        canceledAt = now
        return true
    }

    /// The first thing that ends it, as far as is known.
    private var end: (time: ServerTime, ending: RunEnding)? {
        var first = endsAt.map { (time: $0, ending: ending) }
        func consider(_ time: ServerTime, _ ending: RunEnding) {
            if first.map({ time < $0.time }) ?? true { first = (time, ending) }
        }
        if let canceledAt { consider(canceledAt, .canceled) }
        if let deadline {
            consider(deadline, startsAt.map { $0 <= deadline } ?? false ? .canceled : .aborted)
        }
        if let startsAt { consider(startsAt.advanced(by: runLimit), .canceled) }
        return first
    }

    /// When it will have ended, if nothing else happens.
    var expectedEnd: ServerTime? {
        end?.time
    }

    func snapshot(at now: ServerTime) -> Snapshot {
        if let end, end.time <= now {
            let startedAt = startsAt.flatMap { $0 <= end.time && end.ending != .aborted ? $0 : nil }
            let (status, error): (PredictionStatus, String?) =
                switch end.ending {
                case .succeeded: (.succeeded, nil)
                case .failed(let error): (.failed, error)
                case .canceled: (.canceled, nil)
                case .aborted: (.aborted, nil)
                }
            return Snapshot(
                status: status, startedAt: startedAt, completedAt: end.time, error: error,
                progress: progress(at: end.time))
        }
        guard let startsAt, startsAt <= now else { return Snapshot(status: .starting, progress: 0) }
        return Snapshot(status: .processing, startedAt: startsAt, progress: progress(at: now))
    }

    private func progress(at now: ServerTime) -> Double {
        guard let startsAt, now >= startsAt else { return 0 }
        guard let endsAt else { return 0 }
        let whole = startsAt.duration(to: endsAt).inSeconds
        return whole <= 0 || now >= endsAt ? 1 : startsAt.duration(to: now).inSeconds / whole
    }
}
