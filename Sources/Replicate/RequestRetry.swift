import LosslessJSON

/// Whether and when a failed call is sent again: a pure value, so that every answer it gives can be tested.
///
/// Calls that can be repeated without harm (everything but creates) are sent again after lost connections, time-outs,
/// 429 and 5xx. A create is sent again only if it certainly was not accepted: after a 429, or if it was not sent.
///
/// With the defaults the waits are drawn from 0 to 0.5, 1, 2, 4 and 8 seconds.
public struct RequestRetry: Hashable, Sendable {
    /// How often a call is sent at most, the first time included.
    public var maximumAttempts: Int
    /// The longest wait after the first attempt.
    public var initial: Duration
    /// By what the longest wait grows with each attempt.
    public var factor: Double
    /// What the longest wait never exceeds; a wait that the API asks for may.
    public var maximum: Duration
    /// How long after the start of the call the last attempt may begin.
    public var deadline: Duration

    /// Makes a policy; what is not given is as documented.
    public init(
        maximumAttempts: Int = 6, initial: Duration = .milliseconds(500), factor: Double = 2,
        maximum: Duration = .seconds(30), deadline: Duration = .seconds(180)
    ) {
        self.maximumAttempts = maximumAttempts
        self.initial = initial
        self.factor = factor
        self.maximum = maximum
        self.deadline = deadline
    }

    /// Every call is sent once.
    public static let none = RequestRetry(maximumAttempts: 1)

    /// How long to wait before the call is sent again, or `nil` if it should not be.
    ///
    /// - Parameters:
    ///   - attempt: how often the call has been sent, counted from 1.
    ///   - isIdempotent: whether sending the call twice does the same as sending it once.
    ///   - elapsed: the time since the call was first sent.
    ///   - generator: where the jitter is drawn from: full jitter, on top of a wait that the API asks for.
    public func delay(
        afterAttempt attempt: Int, error: ReplicateError, isIdempotent: Bool, elapsed: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard attempt < maximumAttempts, mayRepeat(error, isIdempotent: isIdempotent) else { return nil }
        let growth = factor.isNaN ? 1 : max(1, factor)
        let (first, last) = (initial.clamped(to: .zero, .longestUseful), maximum.clamped(to: .zero, .longestUseful))
        var ceiling = first / .seconds(1)
        let longest = last / .seconds(1)
        for _ in 1..<max(1, attempt) where ceiling > 0 && ceiling < longest { ceiling *= growth }
        let jitter = Duration(saturatingSeconds: min(ceiling, longest) * Double.random(in: 0...1, using: &generator))
        let delay = (error.retryAfter?.clamped(to: .zero, .longestUseful) ?? .zero) + jitter
        return elapsed.bounded + delay <= deadline.bounded ? delay : nil
    }

    private func mayRepeat(_ error: ReplicateError, isIdempotent: Bool) -> Bool {
        switch error.code {
        case .throttled: true
        case .notConnected: isIdempotent || error.delivery == .notSent
        case .timeout: isIdempotent || error.delivery == .notSent
        case .connectionLost, .serverFailure: isIdempotent && error.status != 501
        default: false
        }
    }
}
