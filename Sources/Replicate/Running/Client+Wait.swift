import LosslessJSON
public import ReplicateAPI

extension Client {
    /// Waits until a prediction has finished, and returns it however it ended; its status says how.
    ///
    /// It is read at once, then after a sixteenth of the interval, an eighth and so on, and from then on once an interval.
    ///
    /// - Parameters:
    ///   - prediction: the prediction, as a create or a list gave it.
    ///   - interval: the time between two looks at it; shorter ones than a millisecond count as one.
    ///   - timeout: how long to wait at most; `nil` for as long as it takes.
    ///   - progress: called with every state that was seen, the first and last included.
    ///   - stop: asked after each state that is not the last; `true` ends the waiting with that state.
    /// - Throws: ``ReplicateError`` with the code `timeout` if the time is up, `canceled` if the task was canceled; both carry
    ///   the prediction as it was seen last, and leave it running. Lost connections are retried by the client's policy.
    ///
    /// API: `GET /predictions/{id}`.
    public func wait(
        for prediction: Prediction, interval: Duration = .milliseconds(500), timeout: Duration? = nil,
        progress: (Prediction) -> Void = { _ in }, stop: (Prediction) async -> Bool = { _ in false }
    ) async throws(ReplicateError) -> Prediction {
        try await wait(
            for: prediction, pauses: PollPauses(interval: interval), timeout: timeout, progress: progress, stop: stop)
    }

    func wait(
        for prediction: Prediction, pauses: PollPauses, timeout: Duration? = nil,
        progress: (Prediction) -> Void = { _ in }, stop: (Prediction) async -> Bool = { _ in false }
    ) async throws(ReplicateError) -> Prediction {
        do throws(PollingError<Prediction>) {
            return try await session.poll(
                prediction, pauses: pauses, timeout: timeout, progress: progress, stop: stop,
                read: { id async throws(ReplicateError) in try await predictions.get(id) })
        } catch {
            var failure = error.cause
            failure.prediction = error.last
            throw failure
        }
    }

    /// Waits until a training has finished, and returns it however it ended; its status says how.
    ///
    /// - Parameters:
    ///   - training: the training, as a create or a list gave it.
    ///   - interval: the time between two looks at it.
    ///   - timeout: how long to wait at most; `nil` for as long as it takes.
    ///   - progress: called with every state that was seen, the first and last included.
    /// - Throws: ``ReplicateError`` with the code `timeout` if the time is up; the training goes on.
    ///
    /// API: `GET /trainings/{id}`.
    public func wait(
        for training: Training, interval: Duration = .seconds(2), timeout: Duration? = nil,
        progress: (Training) -> Void = { _ in }
    ) async throws(ReplicateError) -> Training {
        do throws(PollingError<Training>) {
            return try await session.poll(
                training, pauses: PollPauses(interval: interval), timeout: timeout, progress: progress,
                stop: { _ in false },
                read: { id async throws(ReplicateError) in try await trainings.get(id) })
        } catch {
            throw error.cause
        }
    }
}

/// How long to wait before each look at a prediction.
///
/// An answer may already be old, or tell the complete output of a prediction that counts as running for a moment still, as
/// those of held creates do; so the first looks come soon.
struct PollPauses: Sendable {
    private let interval: Duration
    private var upcoming: Duration

    /// - Parameter isFresh: whether nothing new is expected before the interval is over.
    init(interval: Duration, isFresh: Bool = false) {
        self.interval = max(interval, .milliseconds(1))
        upcoming = isFresh ? self.interval : .zero
    }

    mutating func next() -> Duration {
        defer { upcoming = min(max(upcoming * 2, interval / 16, .milliseconds(1)), interval) }
        return upcoming
    }
}

/// What is looked at until its status is a final one.
protocol Runnable: APIResource {
    var id: String { get }
    var status: PredictionStatus { get }
}

extension Prediction: Runnable {}
extension Training: Runnable {}

/// Why the waiting ended, and what was seen last.
struct PollingError<Run: Runnable>: Error {
    var cause: ReplicateError
    var last: Run
}

extension Session {
    fileprivate func poll<Run: Runnable>(
        _ run: Run, pauses: PollPauses, timeout: Duration?, progress: (Run) -> Void, stop: (Run) async -> Bool,
        read: (String) async throws(ReplicateError) -> Run
    ) async throws(PollingError<Run>) -> Run {
        guard !run.id.isEmpty else {
            let message = "the \(Run.resourceName) has no id; expected one that a create or a list gave"
            throw PollingError(cause: ReplicateError(.invalidArgument, message), last: run)
        }
        let clock = ContinuousClock()
        let deadline = timeout.map { clock.now + $0.bounded }
        var run = run
        var pauses = pauses
        progress(run)
        while !run.status.isTerminal {
            if await stop(run) { return run }
            do throws(ReplicateError) {
                var pause = pauses.next()
                if let deadline {
                    let left = clock.now.duration(to: deadline)
                    guard left > .zero else {
                        throw ReplicateError(
                            .timeout,
                            "\(Run.resourceName) \(run.id) is still \(run.status) after \(timeout ?? .zero); it goes on, and "
                                + "can be waited for again", delivery: .unknown)
                    }
                    pause = min(pause, left)
                }
                if pause > .zero { try await self.pause(pause, for: "\(Run.resourceName) \(run.id)") }
                run = try await read(run.id)
            } catch {
                throw PollingError(cause: error, last: run)
            }
            progress(run)
        }
        return run
    }
}
