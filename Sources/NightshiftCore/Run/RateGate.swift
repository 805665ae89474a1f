/// How many requests may be made in a time.
package struct RateLimit: Hashable, Sendable {
    package var count: Int
    package var per: Duration

    package init(count: Int, per: Duration) {
        self.count = count
        self.per = per
    }

    /// Requests a second.
    package var perSecond: Double { Double(count) / per.inSeconds }
}

/// Requests allowed in a time, shared by all workers of a run: a token bucket that a 429 closes for everybody.
package struct RateGate: Hashable, Sendable {
    private enum State: Hashable {
        case open
        /// Closed for everybody by a throttle.
        case closed(until: Timestamp)
        /// One request has been let through to find out whether the throttle is over.
        case probing
    }

    /// `nil`: as fast as the provider answers.
    private let limit: RateLimit?
    private var state = State.open
    private var tokens: Double
    private var filledAt: Timestamp

    package init(limit: RateLimit?, at now: Timestamp) {
        self.limit = limit
        tokens = RateGate.burst(of: limit)
        filledAt = now
    }

    /// One second's worth may be spent at once, at least one request.
    private static func burst(of limit: RateLimit?) -> Double {
        limit.map { Swift.max(1, $0.perSecond) } ?? .infinity
    }

    /// Whether a throttle is in force; for people.
    package var isClosed: Bool { state != .open }

    /// Takes `count` requests if they are allowed now.
    package mutating func take(_ count: Int = 1, at now: Timestamp) -> Bool {
        refill(at: now)
        switch state {
        case .probing: return false
        case .closed(let until):
            guard now >= until, tokens >= 1 else { return false }
            tokens -= 1
            state = .probing
            return true
        case .open:
            // A cost above the burst is let through by a full bucket and paid back afterwards.
            guard tokens >= Swift.min(Double(count), RateGate.burst(of: limit)) else { return false }
            tokens -= Double(count)
            return true
        }
    }

    /// When ``take(_:at:)`` may succeed next; never for a probe, which its answer ends.
    package func nextOpening(after now: Timestamp, count: Int = 1) -> Timestamp {
        var opening = now
        switch state {
        case .probing: return .distantFuture
        case .closed(let until): opening = Swift.max(now, until)
        case .open: break
        }
        guard let limit else { return opening }
        let missing = Swift.min(Double(count), RateGate.burst(of: limit)) - tokens
        guard missing > 0 else { return opening }
        return Swift.max(
            opening, filledAt.advanced(by: .milliseconds(Int64((missing / limit.perSecond * 1000).rounded(.up)))))
    }

    /// A request was throttled: nobody goes through before the wait is over.
    package mutating func throttled(for wait: Duration, at now: Timestamp) {
        let until = now.advanced(by: wait)
        if case .closed(let earlier) = state, earlier >= until { return }
        state = .closed(until: until)
    }

    /// A request was answered without a throttle: a probe's success opens the gate again.
    package mutating func passed() {
        if state == .probing { state = .open }
    }

    /// A probe ended without telling anything about the throttle; the next one may try.
    package mutating func probeLost(at now: Timestamp) {
        if state == .probing { state = .closed(until: now) }
    }

    private mutating func refill(at now: Timestamp) {
        guard let limit, now > filledAt else { return }
        let gained = filledAt.duration(to: now).inSeconds * limit.perSecond
        tokens = Swift.min(RateGate.burst(of: limit), tokens + gained)
        filledAt = now
    }
}
