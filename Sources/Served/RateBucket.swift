import Foundation

/// A token bucket as the API's rate limits behave (section "Rate limits").
struct RateBucket: Hashable, Sendable {
    private let perMinute: Double
    private let burst: Double
    private var tokens: Double
    private var filledAt: Date

    init(perMinute: Int, burst: Int?, at now: Date) {
        self.perMinute = Double(perMinute)
        self.burst = Double(burst ?? perMinute)
        tokens = self.burst
        filledAt = now
    }

    /// What a request finds: the requests left, or how many seconds it has to wait.
    enum Verdict: Hashable {
        case allowed(remaining: Int)
        case throttled(seconds: Int)
    }

    mutating func take(at now: Date) -> Verdict {
        tokens = min(burst, tokens + max(0, now.timeIntervalSince(filledAt)) * perMinute / 60)
        filledAt = now
        guard tokens >= 1 else {
            return .throttled(seconds: max(1, Int(((1 - tokens) * 60 / perMinute).rounded(.up))))
        }
        tokens -= 1
        return .allowed(remaining: Int(tokens))
    }
}
