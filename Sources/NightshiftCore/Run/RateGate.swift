import LosslessJSON

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

/// What an answer says of the provider's own count: `ratelimit-remaining` and `ratelimit-reset`.
package struct RateReading: Hashable, Sendable {
    package var remaining: Int
    package var reset: Duration

    package init(remaining: Int, reset: Duration) {
        self.remaining = remaining
        self.reset = reset
    }
}

/// Requests allowed in a time, shared by all workers of a run: a token bucket that the provider's own count corrects, and
/// that a 429 closes for everybody.
package struct RateGate: Hashable, Sendable {
    private enum State: Hashable {
        case open
        /// Closed for everybody by a throttle.
        case closed(until: Timestamp)
        /// One request has been let through to find out whether the throttle is over.
        case probing
    }

    /// `nil`: as fast as the provider answers.
    private var limit: RateLimit?
    private var state = State.open
    private var tokens: Double
    private var filledAt: Timestamp
    /// The provider's own count has reached zero.
    private var emptyUntil = Timestamp.distantPast
    private var reduction = RateReduction()

    package init(limit: RateLimit?, at now: Timestamp) {
        self.limit = limit
        tokens = RateGate.burst(of: limit)
        filledAt = now
    }

    /// One second's worth may be spent at once, at least one request.
    private static func burst(of limit: RateLimit?) -> Double {
        limit.map { Swift.max(1, $0.perSecond) } ?? .infinity
    }

    private var pace: RateLimit? { reduction.pace.map(Self.withSlack) ?? limit }

    /// A reduced account has a burst of one, so a request that is there a moment early is throttled, and that costs far
    /// more than a moment.
    private static func withSlack(_ pace: RateLimit) -> RateLimit {
        RateLimit(count: pace.count, per: pace.per * 1.01 + .milliseconds(50) * pace.count)
    }

    /// Whether a throttle is in force; for people.
    package var isClosed: Bool { state != .open }

    /// Until when a throttle closes it for everybody, if one does.
    package var closedUntil: Timestamp? {
        if case .closed(let until) = state { until } else { nil }
    }

    /// The pace that the provider has reduced this account to, if it has.
    package var reducedPace: RateLimit? { reduction.pace }

    /// Sets another limit, from now on.
    package mutating func setLimit(_ new: RateLimit?, at now: Timestamp) {
        refill(at: now)
        limit = new
        // Without a limit nothing is counted; with one again, a burst is there.
        tokens = Swift.min(pace == nil ? .infinity : tokens, RateGate.burst(of: pace))
    }

    /// Takes `count` requests if they are allowed now.
    package mutating func take(_ count: Int = 1, at now: Timestamp) -> Bool {
        if mayProbe(at: now), reduction.mayTryForMore(at: now) {
            // One request after the other finds out whether the account may do more again.
            state = .closed(until: now)
        }
        refill(at: now)
        guard now >= emptyUntil else { return false }
        switch state {
        case .probing: return false
        case .closed(let until):
            guard now >= until, tokens >= 1 else { return false }
            tokens -= 1
            state = .probing
            return true
        case .open:
            // A cost above the burst is let through by a full bucket and paid back afterwards.
            guard tokens >= Swift.min(Double(count), RateGate.burst(of: pace)) else { return false }
            tokens -= Double(count)
            return true
        }
    }

    /// Neither a throttle holds nor a probe is out.
    private func mayProbe(at now: Timestamp) -> Bool {
        switch state {
        case .open: true
        case .closed(let until): now >= until
        case .probing: false
        }
    }

    /// When ``take(_:at:)`` may succeed next; never for a probe, which its answer ends.
    package func nextOpening(after now: Timestamp, count: Int = 1) -> Timestamp {
        var opening = Swift.max(now, emptyUntil)
        switch state {
        case .probing: return .distantFuture
        case .closed(let until): opening = Swift.max(opening, until)
        case .open: break
        }
        guard let pace else { return opening }
        let missing = Swift.min(Double(count), RateGate.burst(of: pace)) - tokens
        guard missing > 0 else { return opening }
        return Swift.max(
            opening,
            filledAt.advanced(by: .milliseconds(Int64(saturating: (missing / pace.perSecond * 1000).rounded(.up)))))
    }

    /// A request was throttled: nobody goes through before the wait is over.
    ///
    /// - Parameter pace: what the provider says that the account is reduced to, if it says so.
    /// - Returns: whether the gate has just recognized that the account is reduced to that pace.
    @discardableResult
    package mutating func throttled(for wait: Duration, reducedTo pace: RateLimit? = nil, at now: Timestamp) -> Bool {
        let until = now.advanced(by: wait)
        var isNews = false
        // Requests that were under way together are refused together, and tell one thing.
        if case .closed(let earlier) = state, now < earlier {} else { isNews = reduction.throttled(to: pace, at: now) }
        if reduction.pace != nil, let pace {
            // A request is there when the provider says so, and the next one a whole interval later.
            tokens = Swift.min(tokens, 1 - wait.inSeconds * pace.perSecond)
            filledAt = now
        }
        if case .closed(let earlier) = state, earlier >= until { return isNews }
        state = .closed(until: until)
        return isNews
    }

    /// A request was answered without a throttle: a probe's success opens the gate again.
    ///
    /// - Parameter reading: the provider's own count, if the answer told it.
    /// - Returns: whether the account may do more than the reduced pace again.
    @discardableResult
    package mutating func passed(_ reading: RateReading? = nil, at now: Timestamp) -> Bool {
        let wasReduced = reduction.isInForce
        reduction.passed(reading, at: now)
        if state == .probing { state = reduction.goesOneByOne ? .closed(until: now) : .open }
        if let reading, limit != nil { correct(by: reading, at: now) }
        guard wasReduced, !reduction.isInForce else { return false }
        tokens = Swift.min(tokens, 1)
        filledAt = now
        return true
    }

    /// The provider counts requests of other runs and programs too, so its count bounds ours.
    private mutating func correct(by reading: RateReading, at now: Timestamp) {
        refill(at: now)
        tokens = Swift.min(tokens, Double(Swift.max(0, reading.remaining)))
        // A reset that is no number of seconds but a date must not stop a night.
        if reading.remaining <= 0 { emptyUntil = now.advanced(by: Swift.min(reading.reset, .seconds(60))) }
    }

    /// A probe ended without telling anything about the throttle; the next one may try.
    package mutating func probeLost(at now: Timestamp) {
        if state == .probing { state = .closed(until: now) }
    }

    private mutating func refill(at now: Timestamp) {
        guard let pace, now > filledAt else { return }
        let gained = filledAt.duration(to: now).inSeconds * pace.perSecond
        tokens = Swift.min(RateGate.burst(of: pace), tokens + gained)
        filledAt = now
    }
}

/// Whether the provider has reduced the account's rate, as Replicate does while little credit is left.
///
/// The words of one 429 are not believed, because storms of throttles use them too: what says so must also be enforced. That
/// is so when two throttles in a row find no more requests passed before them than the reduced pace allows. A count of
/// several left, or a few requests close to each other that pass, end it.
struct RateReduction: Hashable, Sendable {
    /// The pace that is enforced.
    private(set) var pace: RateLimit?
    /// Throttles in a row that speak of a reduction and agree with what has passed.
    private var confirmations = 0
    /// When the last two requests passed.
    private var passes: [Timestamp] = []
    /// The pace that a throttle has spoken of and that is not enforced yet, as long as nothing speaks against it.
    private var suspected: RateLimit?
    private var tryAt = Timestamp.distantFuture
    private var tryAfter = RateReduction.firstTry
    /// Requests that still have to pass, one after the other, until the reduction is believed to be over.
    private var trial = 0
    private var tried: RateLimit?

    private static let firstTry = Duration.seconds(60)
    /// The lower rate may stay for minutes after a payment, and for the night without one.
    private static let longestTry = Duration.seconds(1800)

    var isTrying: Bool { trial > 0 }

    /// Whether the next request waits for the answer to the one before: to find out if a reduction is over, or, after a first
    /// throttle that speaks of one, if there is one.
    var goesOneByOne: Bool { isTrying || suspected != nil }

    var isInForce: Bool { pace != nil || isTrying }

    /// - Returns: whether the reduction has just been recognized.
    mutating func throttled(to new: RateLimit?, at now: Timestamp) -> Bool {
        if let tried, isTrying {
            pace = new ?? tried
            trial = 0
            tryAfter = min(tryAfter * 2, Self.longestTry)
            tryAt = now.advanced(by: tryAfter)
            return false
        }
        guard let new else { return false }
        guard pace == nil else {
            pace = new
            return false
        }
        let agrees = passes.count < 2 || passes[0].duration(to: now) > Self.interval(of: new)
        confirmations = agrees ? confirmations + 1 : 0
        suspected = agrees ? new : nil
        guard confirmations >= 2 else { return false }
        pace = new
        suspected = nil
        tryAfter = Self.firstTry
        tryAt = now.advanced(by: tryAfter)
        return true
    }

    /// The least time between two requests at a pace, but for what their ways through the network differ.
    private static func interval(of pace: RateLimit) -> Duration {
        .seconds(pace.per.inSeconds / Double(pace.count) * 0.9)
    }

    mutating func passed(_ reading: RateReading?, at now: Timestamp) {
        passes.append(now)
        if let pace = suspected, passes.count > 1, passes[0].duration(to: now) < Self.interval(of: pace) {
            suspected = nil
        }
        if passes.count > 2 { passes.removeFirst() }
        if isTrying { trial -= 1 }
        // With a burst of one, nothing is left after a request.
        if let reading, reading.remaining >= 2 {
            pace = nil
            suspected = nil
            trial = 0
        }
        if !isInForce, let reading, reading.remaining >= 2 { confirmations = 0 }
    }

    /// Whether it is time to find out if more is allowed again.
    mutating func mayTryForMore(at now: Timestamp) -> Bool {
        guard pace != nil, now >= tryAt else { return false }
        tried = pace
        pace = nil
        confirmations = 0
        trial = 3
        return true
    }
}
