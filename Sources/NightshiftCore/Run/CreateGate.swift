import ReplicateAPI

/// Whether a create may be sent: the rate, what the provider allows, a person's pause, the hours of the day, the canary.
///
/// ``verdict(at:)`` is the one answer to "why is nothing created now?". Slots, budget and work are not its concern.
struct CreateGate: Sendable {
    /// What has closed the gate for good.
    enum Closure: Hashable, Sendable {
        case canceling
        case ending(RunEnd)
    }

    /// A provider that does not accept the account for now.
    struct Pause: Hashable, Sendable {
        var code: ProviderError.Code
        var message: String
    }

    var rate: SharedGate
    private(set) var overrides: RunOverrides
    private let providerLimit: RateLimit?
    /// After how long a provider that refuses the account is asked again.
    private let probeAfter: Duration

    private(set) var closure: Closure?
    /// Set while the provider refuses every create.
    private(set) var pause: Pause?
    /// Nothing that is in flight is found at the provider.
    private(set) var isMissingPredictions = false
    var hours: DailyWindowWatch
    var canary: Canary?
    var earlier = EarlierSessionWatch()
    var refusals = RefusalWatch()
    var check = ProviderCheckWatch()
    /// Not-sent and busy creates in a row; creating pauses between them.
    private(set) var refusalsInARow = 0
    /// Creates in a row whose answer was lost.
    private var lostInARow = 0
    private(set) var pausedUntil = Timestamp.distantPast
    /// How often in a row creating was paused because something on the way refuses every create.
    private var gatewayPauses = 0

    init(_ settings: RunSettings, at now: Timestamp) {
        overrides = settings.overrides
        providerLimit = settings.creates
        probeAfter = settings.probeAfter
        rate = SharedGate(
            limit: settings.overrides.creates(otherwise: settings.creates), sharesAccount: settings.sharesAccount,
            at: now)
        hours = DailyWindowWatch(settings.window)
        canary = settings.canary.map { Canary(limit: $0, steps: settings.steps.count) }
    }

    // MARK: - The verdict

    /// Why no create may be sent now; `nil` if one may. The reason that lasts longest is the one that is told.
    func verdict(at now: Timestamp) -> CreateHold? {
        let closedUntil = rate.gate.closedUntil.flatMap { $0 > now ? $0 : nil }
        if let pause, closure == nil, !overrides.isPaused {
            return CreateHold(.refused(pause.message), until: closedUntil)
        }
        if let standing { return standing }
        if rate.gate.isClosed { return CreateHold(.throttled, until: closedUntil) }
        if pausedUntil > now { return CreateHold(.unreachable, until: pausedUntil) }
        let opening = rate.opening(after: now)
        return opening > now ? CreateHold(.rate, until: opening < .distantFuture ? opening : nil) : nil
    }

    /// Whether anything but the rate holds creating back; a closed rate lets single creates through, to find out.
    func mayCreate(at now: Timestamp) -> Bool { standing == nil && now >= pausedUntil }

    /// What holds creating back whatever the rate and the provider allow: not even a single create is sent to find out.
    private var standing: CreateHold? {
        switch closure {
        case .canceling: return CreateHold(.canceling)
        case .ending(let end): return CreateHold(.ending(end))
        case nil: break
        }
        if overrides.isPaused { return CreateHold(.paused) }
        if isMissingPredictions { return CreateHold(.missingPredictions) }
        if !hours.isOpen { return CreateHold(.outsideWindow, until: hours.nextChange) }
        if canary?.isJudging == true { return CreateHold(.canary) }
        return earlier.isWatching ? CreateHold(.earlierSession) : nil
    }

    /// Whether something holds creating back that only a person, the provider or the clock ends.
    var isHalted: Bool { overrides.isPaused || pause != nil || !hours.isOpen || canary?.isJudging == true }

    /// Whether a throttle is being waited for; for people.
    var isThrottled: Bool { pause == nil && rate.gate.isClosed }

    /// When a create may be sent next, if there is one to send.
    func opening(after now: Timestamp) -> Timestamp {
        standing == nil ? Swift.max(pausedUntil, rate.opening(after: now)) : .distantFuture
    }

    /// When the gate may open by itself, or has to be looked at, whether or not there is anything to send.
    var wake: Timestamp { closure == nil && !hours.isOpen ? hours.nextChange ?? .distantFuture : .distantFuture }

    // MARK: - What people want

    mutating func close(_ new: Closure) {
        if closure != .canceling { closure = new }
    }

    /// - Returns: whether anything has changed.
    mutating func override(_ body: (inout RunOverrides) -> Void, at now: Timestamp) -> Bool {
        let old = overrides
        body(&overrides)
        guard overrides != old else { return false }
        rate.setLimit(limit, at: now)
        return true
    }

    /// How many creates the run allows itself.
    var limit: RateLimit? { overrides.creates(otherwise: providerLimit) }

    mutating func setMissingPredictions(_ areMissing: Bool) { isMissingPredictions = areMissing }

    // MARK: - What the provider answers

    /// A create was accepted.
    /// - Returns: whether the provider allows the full rate again, and whether a pause is over.
    mutating func accepted(
        _ left: RateReading?, wasUnreachable: Bool, at now: Timestamp
    ) -> (isFull: Bool, isResumed: Bool) {
        let isFull = rate.passed(left, at: now)
        refusalsInARow = 0
        lostInARow = 0
        pausedUntil = .distantPast
        gatewayPauses = 0
        // What was under way when the gate closed says nothing about the time after.
        guard !rate.gate.isClosed, pause != nil || wasUnreachable else { return (isFull, false) }
        pause = nil
        return (isFull, true)
    }

    /// The account is refused, or all creates are.
    /// - Returns: whether that is news.
    mutating func pauseForAccount(_ error: ProviderError, at now: Timestamp) -> Bool {
        // The gate lets one through when the time is over, and opens if it passes.
        rate.throttled(for: probeAfter, at: now)
        return isNews(error)
    }

    /// Something on the way refuses every create, and may stop doing so at any moment: it is asked more often than an account
    /// that is refused.
    mutating func pauseForGateway(
        _ error: ProviderError, using random: inout SeededGenerator, at now: Timestamp
    ) -> Bool {
        closeForGateway(using: &random, at: now)
        return isNews(error)
    }

    private mutating func isNews(_ error: ProviderError) -> Bool {
        guard pause?.code != error.code else { return false }
        pause = Pause(code: error.code, message: error.message)
        return true
    }

    /// Closes the gate for longer each time; it lets one create through then.
    mutating func closeForGateway(using random: inout SeededGenerator, at now: Timestamp) {
        if let until = rate.gate.closedUntil, until > now { return }
        gatewayPauses += 1
        let backoff = Backoff(initial: .seconds(1), factor: 2, max: .seconds(60), jitter: .none)
        let wait = backoff.delay(afterFailure: gatewayPauses, using: &random)
        rate.throttled(for: Swift.min(wait, probeAfter), at: now)
    }

    /// Creating waits, longer with each refusal in a row, so that an unreachable provider is not beaten against.
    mutating func backOff(
        longest: Duration = .seconds(60), using random: inout SeededGenerator, at now: Timestamp
    ) {
        // Many creates fail together when a provider goes away; one pause answers them all.
        guard now >= pausedUntil else { return }
        refusalsInARow += 1
        let backoff = Backoff(initial: .milliseconds(250), factor: 2, max: longest, jitter: .none)
        pausedUntil = now.advanced(by: backoff.delay(afterFailure: refusalsInARow, using: &random))
    }

    /// The answer to a create was lost.
    ///
    /// - Parameter alwaysWaits: whether one of them is enough to wait.
    mutating func lost(alwaysWaits: Bool, using random: inout SeededGenerator, at now: Timestamp) {
        lostInARow += 1
        // A provider that answers nothing at all is not given one create after the other.
        if lostInARow > 2 || alwaysWaits { backOff(using: &random, at: now) }
    }

    /// A few refused connections in a row are more than an accident.
    var isUnreachable: Bool { refusalsInARow >= 3 && pause == nil }
}

extension CreateGate {
    var contradictions: [String] {
        var found = rate.contradictions
        if mayCreate(at: .distantFuture), closure != nil { found.append("the gate is closed for good and open") }
        return found
    }

    func dump(at now: Timestamp) -> String {
        guard let hold = verdict(at: now) else { return "open, \(rate.dump)" }
        return "\(hold.code)" + (hold.until.map { " until \($0.milliseconds)" } ?? "") + ", \(rate.dump)"
    }
}
