import NightshiftCore

/// What the signals of a process mean for a run: Ctrl-C once, drain; twice, leave; three times, exit at once.
///
/// Who sends SIGTERM or SIGHUP waits for the process to end, so either counts as two. A terminal that closes sends SIGHUP
/// more than once, and often SIGTERM with it; supervisors repeat SIGTERM. Neither may end the run hard before it has left.
struct StopLadder: Hashable, Sendable {
    enum Signal: Hashable, Sendable {
        case interrupt
        case terminate
        case hangUp
    }

    enum Step: Hashable, Sendable {
        case stop(StopRequest)
        case exitAtOnce
    }

    /// Within this time a further SIGTERM says what the one before has said.
    private static let repetition = Duration.seconds(1)

    private var level = 0
    private var lastEndAt: ContinuousClock.Instant?

    /// - Returns: what to do now; `nil` if the signal says nothing new.
    mutating func take(_ signal: Signal, at now: ContinuousClock.Instant) -> Step? {
        let before = level
        switch signal {
        case .interrupt: level += 1
        case .hangUp:
            level = max(level, StopRequest.detach.rawValue)
            lastEndAt = now
        case .terminate:
            let isRepeated = lastEndAt.map { $0.duration(to: now) < Self.repetition } ?? false
            level = max(isRepeated ? level : level + 1, StopRequest.detach.rawValue)
            lastEndAt = now
        }
        guard level > before else { return nil }
        return StopRequest(rawValue: level).map(Step.stop) ?? .exitAtOnce
    }
}
