/// The rate of an account that several runs use: requests are claimed from what they share before they are sent.
extension RunStateMachine {
    /// What this run has of its account.
    struct Account: Sendable {
        struct Part: Sendable {
            /// Granted and not used.
            var tokens = 0
            /// What is not used by then is forgotten, so that a run that fell asleep does not wake up with a burst.
            var goodUntil = Timestamp.distantPast
            /// Requests that wait for a grant.
            var short = 0
            /// No use to claim before.
            var nextAt = Timestamp.distantPast
            /// A throttle that the others have not been told yet.
            var news: Timestamp?
            /// The last throttle that another run has told.
            var heard = Timestamp.distantPast

            func has(_ count: Int, at now: Timestamp) -> Bool { tokens >= count && now <= goodUntil }

            mutating func forgetOld(at now: Timestamp) {
                if now > goodUntil { tokens = 0 }
            }
        }

        var creates = Part()
        var reads = Part()
        /// A claim is under way; its answer is an event.
        var isClaiming = false

        /// When more may be had; never, while an answer is awaited.
        func opening(of part: Part, count: Int, after now: Timestamp) -> Timestamp {
            if part.has(count, at: now) { return now }
            if isClaiming || (part.short > 0 && part.nextAt <= now) { return .distantFuture }
            return Swift.max(now, part.nextAt)
        }
    }

    private static let goodFor = Duration.seconds(1)
    /// Nobody is made to wait longer before asking again; a grant that says more is a mistake.
    private static let longestWait = Duration.seconds(3600)

    private var createLimit: RateLimit? { control.orders.creates(otherwise: settings.creates) }

    /// A run that allows itself any number does not share; it only tells the others of its throttles.
    private var sharesCreates: Bool { settings.sharesAccount && createLimit != nil }
    private var sharesReads: Bool { settings.sharesAccount && settings.reads != nil }

    // MARK: - Taking

    mutating func takeCreate(at now: Timestamp) -> Bool {
        guard sharesCreates else { return creates.take(at: now) }
        account.creates.forgetOld(at: now)
        guard account.creates.has(1, at: now) else {
            // What the run's own gate forbids need not be asked for.
            account.creates.short = Self.possible(
                upTo: Swift.min(steps.reduce(preparedQueue.count) { $0 + $1.readyQueue.count }, bound),
                through: creates, at: now)
            return false
        }
        guard creates.take(at: now) else { return false }
        account.creates.tokens -= 1
        return true
    }

    mutating func takeReads(_ count: Int = 1, at now: Timestamp) -> Bool {
        guard sharesReads else { return reads.take(count, at: now) }
        account.reads.forgetOld(at: now)
        guard account.reads.has(count, at: now) else {
            var gate = reads
            if gate.take(count, at: now) {
                account.reads.short = Swift.max(account.reads.short, count - account.reads.tokens)
            }
            return false
        }
        guard reads.take(count, at: now) else { return false }
        account.reads.tokens -= count
        return true
    }

    private static func possible(upTo most: Int, through gate: RateGate, at now: Timestamp) -> Int {
        var gate = gate
        var count = 0
        while count < most, gate.take(at: now) { count += 1 }
        return count
    }

    /// When ``takeCreate(at:)`` may succeed next.
    func createOpening(after now: Timestamp) -> Timestamp {
        let own = creates.nextOpening(after: now)
        guard sharesCreates else { return own }
        return Swift.max(own, account.opening(of: account.creates, count: 1, after: now))
    }

    /// When ``takeReads(_:at:)`` may succeed next.
    func readOpening(after now: Timestamp, count: Int = 1) -> Timestamp {
        let own = reads.nextOpening(after: now, count: count)
        guard sharesReads else { return own }
        return Swift.max(own, account.opening(of: account.reads, count: count, after: now))
    }

    // MARK: - Claiming

    /// A throttle is told to everybody who uses the account.
    mutating func tellThrottle(of part: WritableKeyPath<Account, Account.Part>, for wait: Duration, at now: Timestamp) {
        guard settings.sharesAccount else { return }
        account[keyPath: part].news = now.advanced(by: wait)
        account[keyPath: part].tokens = 0
    }

    /// Asks for what was missing in this decision.
    mutating func claimFromAccount(at now: Timestamp) {
        guard settings.sharesAccount, !account.isClaiming else { return }
        let claim = AccountClaim(
            creates: claim(of: \.creates, limit: createLimit, at: now),
            reads: claim(of: \.reads, limit: settings.reads, at: now))
        guard claim.creates.isUseful || claim.reads.isUseful else { return }
        account.isClaiming = true
        decision.account = claim
    }

    private mutating func claim(
        of part: WritableKeyPath<Account, Account.Part>, limit: RateLimit?, at now: Timestamp
    ) -> AccountClaim.Part {
        let known = account[keyPath: part]
        account[keyPath: part].news = nil
        account[keyPath: part].short = 0
        return AccountClaim.Part(
            wanted: known.nextAt <= now ? known.short : 0, limit: limit, closedUntil: known.news)
    }

    mutating func granted(_ grant: AccountGrant, at now: Timestamp) {
        account.isClaiming = false
        lookWake = .distantPast
        take(grant.creates, as: \.creates, at: now)
        take(grant.reads, as: \.reads, at: now)
        // What another run was told holds here, too.
        if let until = grant.creates.closedUntil, until > account.creates.heard {
            account.creates.heard = until
            creates.throttled(for: now.duration(to: until), at: now)
        }
        if let until = grant.reads.closedUntil, until > account.reads.heard {
            account.reads.heard = until
            reads.throttled(for: now.duration(to: until), at: now)
        }
    }

    private mutating func take(
        _ grant: AccountGrant.Part, as part: WritableKeyPath<Account, Account.Part>, at now: Timestamp
    ) {
        account[keyPath: part].forgetOld(at: now)
        account[keyPath: part].tokens += grant.count
        account[keyPath: part].goodUntil = now.advanced(by: Self.goodFor)
        account[keyPath: part].nextAt = Swift.min(grant.nextAt, now.advanced(by: Self.longestWait))
    }
}

extension AccountClaim.Part {
    fileprivate var isUseful: Bool { wanted > 0 || closedUntil != nil }
}
