import LosslessJSON

/// How many requests are let through in a time.
struct RateBucket: Sendable {
    enum Verdict: Hashable, Sendable {
        case taken(remaining: Int)
        /// Refused; another try makes sense after this time.
        case refused(wait: Duration)
    }

    let limit: EmbeddedServer.RateLimit
    private var tokens: Double
    private var updated: ServerTime

    init(_ limit: EmbeddedServer.RateLimit, at now: ServerTime) {
        self.limit = limit
        tokens = Double(limit.burst)
        updated = now
    }

    /// Asks for one request. A refused one takes nothing.
    mutating func take(at now: ServerTime) -> Verdict {
        let rate = Double(limit.count) / max(limit.per.inSeconds, 1e-9)
        tokens = min(Double(limit.burst), tokens + max(0, updated.duration(to: now).inSeconds) * rate)
        updated = now
        guard tokens >= 1 else {
            return .refused(wait: .milliseconds(Int64(saturating: ((1 - tokens) / rate * 1000).rounded())))
        }
        tokens -= 1
        return .taken(remaining: Int(saturating: tokens))
    }
}
