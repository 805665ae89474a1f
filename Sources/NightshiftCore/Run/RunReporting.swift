/// What people have been told of the run, so that nothing is told twice; and how fast it goes.
struct RunReporting: Sendable {
    /// What the provider fails at again and again.
    enum Outage: Hashable, Sendable {
        case creating
        /// Saying what became of predictions, or of lost creates.
        case reading
        /// Finding predictions that were made.
        case missing
        case delivering
    }

    /// A throttle as it is waited for.
    struct Throttle: Hashable, Sendable {
        var wait: Duration
        /// What to tell of it, if it is long and was not told.
        var announcement: Announcement?
    }

    /// Outages that were told and are not over.
    private(set) var reportedOutages: Set<Outage> = []
    /// Until when people were told that the provider asks to wait.
    private var reportedThrottleUntil: Timestamp?
    /// Statuses of predictions that this version does not know and that were told.
    private var reportedStatuses: Set<String> = []
    /// Since when creating is blocked while there is work and room.
    private var blockedSince: Timestamp?
    /// How fast items end.
    private(set) var pace: PaceMeter
    /// Items that had ended before this session.
    let endedBefore: Int

    /// A longer wait than this is not believed: a clock gone wrong must not end the night.
    private static let longestThrottle = Duration.seconds(86_400)
    /// A wait from this on is told, and until when.
    private static let reportableThrottle = Duration.seconds(60)
    private static let mostStatuses = 20

    init(endedBefore: Int, at now: Timestamp) {
        pace = PaceMeter(endedBefore: endedBefore, at: now)
        self.endedBefore = endedBefore
    }

    // MARK: - Outages

    /// - Returns: what to tell, unless it was told and is not over.
    mutating func began(_ outage: Outage, _ cause: Announcement.Cause) -> Announcement? {
        reportedOutages.insert(outage).inserted ? Announcement(cause) : nil
    }

    mutating func ended(_ outage: Outage) {
        reportedOutages.remove(outage)
    }

    // MARK: - Throttles

    /// How long a throttle is waited out. A long one is told once.
    mutating func throttled(_ error: ProviderError, for work: Announcement.Work, at now: Timestamp) -> Throttle {
        let asked = error.retryAfter ?? .seconds(10)
        let wait = Swift.min(asked, Self.longestThrottle)
        let until = now.advanced(by: wait)
        // Requests that were under way together are told the same, and a provider that asks for it again and again is told once.
        guard wait >= Self.reportableThrottle,
            reportedThrottleUntil.map({ $0.duration(to: until) > Self.reportableThrottle }) ?? true
        else { return Throttle(wait: wait) }
        reportedThrottleUntil = until
        return Throttle(
            wait: wait, announcement: Announcement(.throttled(work, asked: asked, wait: wait), until: until))
    }

    // MARK: - Statuses

    /// A status of a later version of the API may be a final one, so people hear of it.
    mutating func unknownStatus(
        _ status: String, of predictionID: String, key: String, hasTimeLimit: Bool
    ) -> Announcement? {
        let status = String(status.prefix(80))
        guard reportedStatuses.count < Self.mostStatuses, reportedStatuses.insert(status).inserted else { return nil }
        return Announcement(
            .unknownStatus(status, predictionID: predictionID, key: key, hasTimeLimit: hasTimeLimit))
    }

    // MARK: - Time

    /// - Returns: the milliseconds since the last call in which there was work and room, and nothing might be created.
    mutating func blockedTime(isBlocked: Bool, at now: Timestamp) -> Int64 {
        defer { blockedSince = isBlocked ? now : nil }
        return blockedSince.map { Swift.max(0, now.milliseconds - $0.milliseconds) } ?? 0
    }

    mutating func note(ended: Int, isHalted: Bool, at now: Timestamp) {
        pace.note(ended: ended, isHalted: isHalted, at: now)
    }
}
