import ReplicateAPI

/// What holds creating back without being anybody's failure: throttles, a refused account, a provider out of reach, the hours
/// of the day.
extension RunStateMachine {
    /// A provider that does not accept the account for now.
    struct Pause: Hashable {
        var code: ProviderError.Code
        var message: String
    }

    /// The manifest's window, as it was looked at last.
    struct DailyWindowWatch: Hashable {
        var isOpen = true
        /// When it opens or closes next; `nil` before the first look, or without a window.
        var nextChange: Timestamp?

        /// When somebody waits for it to open.
        var wake: Timestamp? { isOpen ? nil : nextChange }
    }

    /// Whether anything but slots, rate and budget holds creating back.
    func mayCreate(at now: Timestamp) -> Bool {
        dailyWindow.isOpen && !resumed.isWatching && canary?.isJudging != true
            && !(absence.isEverything && missing > 0)
    }

    /// Whether something holds creating back that only a person, the provider or the clock ends.
    var isHalted: Bool {
        control.orders.isPaused || pause != nil || !dailyWindow.isOpen || canary?.isJudging == true
            || toldTroubles.contains(.creating)
    }

    // MARK: - The rate

    /// A create was accepted.
    mutating func accepted(_ left: RateReading?, in step: Int, at now: Timestamp) {
        if creates.passed(left, at: now) {
            announce(.lowCredit, "the provider allows the full rate again")
        }
        steps[step].concurrency.accepted(at: now, round: steps[step].runTimes.typical ?? .zero)
        refusalsInARow = 0
        lostInARow = 0
        createsPausedUntil = .distantPast
        readRefusals.passed()
        gatewayPauses = 0
        // What was under way when the gate closed says nothing about the time after.
        if !creates.isClosed, pause != nil || toldTroubles.contains(.creating) {
            pause = nil
            toldTroubles.remove(.creating)
            announce(.resumed, "the provider accepts predictions again; the run goes on")
        }
    }

    /// A longer wait than this is not believed: a clock gone wrong must not end the night.
    private static let longestThrottle = Duration.seconds(86_400)
    /// A wait from this on is told, and until when.
    private static let tellableThrottle = Duration.seconds(60)

    /// How long a throttle is waited out. A long one is told once.
    mutating func throttleWait(_ error: ProviderError, for what: String, at now: Timestamp) -> Duration {
        let asked = error.retryAfter ?? .seconds(10)
        let wait = Swift.min(asked, Self.longestThrottle)
        let until = now.advanced(by: wait)
        // Requests that were under way together are told the same, and a provider that asks for it again and again is told once.
        guard wait >= Self.tellableThrottle,
            toldThrottleUntil.map({ $0.duration(to: until) > Self.tellableThrottle }) ?? true
        else { return wait }
        toldThrottleUntil = until
        let clock = LocalTime.text(until, seenAt: now, in: settings.timeZone)
        let text =
            asked > wait
            ? "the provider asks to wait \(DurationText.format(asked)) before \(what); the run waits a day of it, until "
                + "\(clock), and asks again"
            : "the provider asks to wait \(DurationText.format(wait)): \(what) goes on at \(clock)"
        announce(.throttled, text, until: until)
        return wait
    }

    mutating func throttled(_ error: ProviderError, at now: Timestamp) {
        totals.throttles += 1
        let wait = throttleWait(error, for: "creating", at: now)
        tellThrottle(of: \.creates, for: wait, at: now)
        let isNews = creates.throttled(for: wait, reducedTo: error.reducedPace, at: now)
        guard isNews, let pace = creates.reducedPace else { return }
        announce(
            .lowCredit,
            "the provider has reduced this account to \(pace.count) creates a minute, as it does while little credit is "
                + "left; the run goes on at that pace")
    }

    // MARK: - A refused account

    /// 401, 402 or 403: no other create would fare better, and none is to blame.
    mutating func pause(_ error: ProviderError, at now: Timestamp) {
        guard settings.waitsWhenRefused else {
            end(.refused(error.message))
            return
        }
        // The gate lets one through when the time is over, and opens if it passes.
        creates.throttled(for: settings.probeAfter, at: now)
        guard pause?.code != error.code else { return }
        pause = Pause(code: error.code, message: error.message)
        let cure =
            error.code == .noCredit
            ? "add credit if it is yours to add" : "give the token its rights back, or stop and set another"
        announce(
            .paused,
            "paused: \(error.message); \(cure), the provider is asked again every "
                + "\(DurationText.format(settings.probeAfter))")
    }

    /// Without a token nothing can be watched either. What runs there goes on, and its end is seen later.
    /// - Parameter id: the item whose prediction was read; `nil` where the account's list was asked for.
    mutating func refusedToRead(_ error: ProviderError, of id: ItemID? = nil, at now: Timestamp) {
        guard error.code == .unauthorized else { return }
        // One that is refused alone says nothing about the others.
        if let id, !readRefusals.areEverybodys(after: id) { return }
        if settings.waitsWhenRefused {
            reads.throttled(for: Swift.min(settings.probeAfter, .seconds(60)), at: now)
            pause(error, at: now)
        } else {
            breakOff(.refused(error.message))
            leaveBy = leaveBy ?? now.advanced(by: .seconds(5))
        }
    }

    // MARK: - Nobody there

    /// What the provider fails at again and again.
    enum Trouble {
        case creating
        /// Saying what became of predictions, or of lost creates.
        case reading
        /// Finding predictions that were made.
        case missing
        case delivering
    }

    /// Tells a trouble once, until it is over.
    mutating func tell(_ trouble: Trouble, _ text: String) {
        guard toldTroubles.insert(trouble).inserted else { return }
        announce(.unreachable, text)
    }

    /// A few refused connections in a row are more than an accident.
    mutating func tellUnreachable(_ error: ProviderError, at now: Timestamp) {
        guard refusalsInARow >= 3, pause == nil else { return }
        tell(.creating, "\(error.message); the run waits for the provider and loses no attempt")
    }

    /// What runs cannot be looked at, or a lost create not be looked for.
    mutating func tellUnreadable(_ reason: String) {
        guard pause == nil else { return }
        tell(.reading, "\(reason); the run goes on asking and loses no attempt")
    }

    // MARK: - The hours of the day

    mutating func watchWindow(at now: Timestamp) {
        guard let daily = settings.window else { return }
        if let change = dailyWindow.nextChange, now < change { return }
        let wasOpen = dailyWindow.isOpen
        // The hours of the day are those of the wall.
        let wall = now.advanced(by: wallShift)
        dailyWindow.isOpen = daily.isOpen(at: wall)
        let change = daily.nextChange(after: wall)
        dailyWindow.nextChange = change.advanced(by: .zero - wallShift)
        guard wasOpen != dailyWindow.isOpen, ending == nil else { return }
        announce(
            .window,
            dailyWindow.isOpen
                ? "the window \(daily.text) is open; the run goes on"
                : "outside of the window \(daily.text): nothing is created before \(daily.clock(at: change))")
    }

    // MARK: - The clock of this machine

    /// The run goes by its own clock, so nothing follows but what goes by the hours of the day.
    mutating func clockSet(by shift: Duration) {
        wallShift += shift
        dailyWindow.nextChange = nil
        let seconds = Int64(shift.inSeconds.rounded())
        announce(
            .clock,
            "the clock of this machine was set \(seconds < 0 ? "back" : "forward") by "
                + "\(DurationText.format(.seconds(abs(seconds)))); the run goes by a clock of its own and is not affected"
        )
    }

    // MARK: - The account of time

    mutating func countHeldUpTime(at now: Timestamp) {
        if let since = heldUpSince { totals.heldUp += Swift.max(0, now.milliseconds - since.milliseconds) }
        let isRoomy = stepOrder.contains { hasRoom(in: $0) }
        heldUpSince = ending == nil && (hasWorkAndRoom || (!preparedQueue.isEmpty && isRoomy)) ? now : nil
    }

    mutating func announce(_ kind: Announcement.Kind, _ text: String, until: Timestamp? = nil) {
        decision.announcements.append(Announcement(kind, text, until: until))
    }
}

/// Items that were running so long ago that their results may be gone. Nothing is created before it is known how many of
/// them must be run again.
struct ResumedWatch: Hashable {
    private var unseen: Set<ItemID> = []
    private var gone = 0
    private var isTold = false

    var isWatching: Bool { !unseen.isEmpty }

    mutating func watch(_ id: ItemID) {
        unseen.insert(id)
    }

    /// What became of the item is known, or it leaves the window.
    mutating func settled(_ id: ItemID) {
        guard !unseen.isEmpty else { return }
        unseen.remove(id)
    }

    mutating func failed(_ id: ItemID, _ failure: FailureClass) {
        if unseen.contains(id), failure == .expired || failure == .gone { gone += 1 }
    }

    /// A provider that cannot be read must not hold up the night.
    mutating func giveUp() {
        unseen = []
    }

    /// How many are gone, once when all are known.
    mutating func verdict() -> Int? {
        guard unseen.isEmpty, !isTold, gone > 0 else { return nil }
        isTold = true
        return gone
    }
}

extension RunStateMachine {
    private static let longestWatch = Duration.seconds(120)

    /// Says how many predictions of an earlier session must be made again, before the first of them is.
    mutating func watchResumed(at now: Timestamp) {
        if resumed.isWatching, startedAt.duration(to: now) > Self.longestWatch { resumed.giveUp() }
        guard let gone = resumed.verdict() else { return }
        announce(
            .expired,
            "\(gone == 1 ? "1 prediction" : "\(gone) predictions") of an earlier session cannot be had any more, since the "
                + "provider keeps results for an hour; \(gone == 1 ? "it is" : "they are") run again, which counts as no failure"
        )
    }
}
