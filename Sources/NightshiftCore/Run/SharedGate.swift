/// The rate of one kind of request: the run's own gate, and what it has claimed of the rate that all runs with the same
/// account share.
struct SharedGate: Sendable {
    private(set) var gate: RateGate
    private var limit: RateLimit?
    private let sharesAccount: Bool

    /// Granted and not used.
    private var tokens = 0
    /// What is not used by then is forgotten, so that a run that fell asleep does not wake up with a burst.
    private var goodUntil = Timestamp.distantPast
    /// Requests that wait for a grant.
    private var shortfall = 0
    /// No use to claim before.
    private var nextClaimAt = Timestamp.distantPast
    private(set) var isClaiming = false
    /// A throttle that the other runs have not been told yet.
    private var unsharedThrottle: Timestamp?
    /// The last throttle that another run has told.
    private var lastSharedThrottle = Timestamp.distantPast

    private static let goodFor = Duration.seconds(1)
    /// Nobody is made to wait longer before asking again; a grant that says more is a mistake.
    private static let longestWait = Duration.seconds(3600)

    init(limit: RateLimit?, sharesAccount: Bool, at now: Timestamp) {
        gate = RateGate(limit: limit, at: now)
        self.limit = limit
        self.sharesAccount = sharesAccount
    }

    /// A run that allows itself any number does not share; it only tells the others of its throttles.
    private var isShared: Bool { sharesAccount && limit != nil }

    mutating func setLimit(_ new: RateLimit?, at now: Timestamp) {
        limit = new
        gate.setLimit(new, at: now)
    }

    // MARK: - Taking

    /// Takes requests that are sent together.
    ///
    /// - Parameter most: how many single requests could be sent now; what the run's own gate lets through of them is claimed.
    mutating func take(_ count: Int = 1, wanting most: Int? = nil, at now: Timestamp) -> Bool {
        guard isShared else { return gate.take(count, at: now) }
        if now > goodUntil { tokens = 0 }
        guard has(count, at: now) else {
            // What the run's own gate forbids need not be asked for.
            var trial = gate
            if let most {
                shortfall = 0
                while shortfall < most, trial.take(at: now) { shortfall += 1 }
            } else if trial.take(count, at: now) {
                shortfall = Swift.max(shortfall, count - tokens)
            }
            return false
        }
        guard gate.take(count, at: now) else { return false }
        tokens -= count
        return true
    }

    private func has(_ count: Int, at now: Timestamp) -> Bool { tokens >= count && now <= goodUntil }

    /// When ``take(_:wanting:at:)`` may succeed next.
    func opening(after now: Timestamp, count: Int = 1) -> Timestamp {
        let own = gate.nextOpening(after: now, count: count)
        guard isShared, !has(count, at: now) else { return own }
        // A claim's answer is an event.
        if isClaiming || (shortfall > 0 && nextClaimAt <= now) { return .distantFuture }
        return Swift.max(own, nextClaimAt)
    }

    // MARK: - The provider's answers

    /// - Returns: whether the provider has reduced the account's rate to another one than before.
    @discardableResult
    mutating func throttled(for wait: Duration, reducedTo pace: RateLimit? = nil, at now: Timestamp) -> Bool {
        gate.throttled(for: wait, reducedTo: pace, at: now)
    }

    /// A throttle is told to everybody who uses the account.
    mutating func shareThrottle(for wait: Duration, at now: Timestamp) {
        guard sharesAccount else { return }
        unsharedThrottle = now.advanced(by: wait)
        tokens = 0
    }

    /// - Returns: whether the provider allows the full rate again.
    @discardableResult
    mutating func passed(_ left: RateReading? = nil, at now: Timestamp) -> Bool { gate.passed(left, at: now) }

    mutating func probeLost(at now: Timestamp) { gate.probeLost(at: now) }

    // MARK: - The account

    /// What was missing in this decision; it is asked for once.
    mutating func claim(at now: Timestamp) -> AccountClaim.Part {
        let claim = AccountClaim.Part(
            wanted: nextClaimAt <= now ? shortfall : 0, limit: limit, closedUntil: unsharedThrottle)
        unsharedThrottle = nil
        shortfall = 0
        return claim
    }

    /// A claim is under way.
    mutating func beginClaim() { isClaiming = true }

    mutating func granted(_ grant: AccountGrant.Part, at now: Timestamp) {
        isClaiming = false
        if now > goodUntil { tokens = 0 }
        tokens += grant.count
        goodUntil = now.advanced(by: Self.goodFor)
        nextClaimAt = Swift.min(grant.nextAt, now.advanced(by: Self.longestWait))
        // What another run was told holds here, too.
        if let until = grant.closedUntil, until > lastSharedThrottle {
            lastSharedThrottle = until
            gate.throttled(for: now.duration(to: until), at: now)
        }
    }
}

extension SharedGate {
    var contradictions: [String] { tokens < 0 ? ["\(tokens) requests are left of a grant"] : [] }

    var dump: String {
        (gate.isClosed ? "closed" : "open") + (isShared ? ", \(tokens) granted, \(shortfall) wanted" : "")
    }
}
