import JSON
import ReplicateAPI

/// What a person at another terminal wants of the run.
extension RunStateMachine {
    /// What has been asked for and is not over.
    struct Control: Sendable {
        var orders: StandingOrders
        /// Items that had ended before this session.
        var endedBefore: Int
        /// Set when a person has canceled what is in flight.
        var canceling: Canceling?
        /// When the first request to stop has waited long enough for what runs.
        var graceEnd: Timestamp?

        init(orders: StandingOrders, totals: RunTotals) {
            self.orders = orders
            endedBefore = totals.ended
        }
    }

    struct Canceling: Sendable {
        var outcome = CancelOutcome()
        var tickets: [ControlTicket] = []
    }

    /// A provider that has not taken a cancel to heart is asked again after this time.
    private static let cancelPatience = Duration.seconds(5)

    mutating func handleControl(_ event: ControlEvent, at now: Timestamp) {
        switch event {
        case .asked(let command, let ticket): asked(command, ticket, at: now)
        case .retried(let outcome, let due, let ticket):
            for (state, count) in outcome.retried { totals.move(from: state, to: .pending, count: count) }
            if outcome.count > 0 { expectAll(due) }
            answer(.retried(outcome), to: ticket)
        case .adoptable(let adoption, let ticket): takeUp(adoption, ticket, at: now)
        case .notAdoptable(let message, let ticket): answer(.refused(message), to: ticket)
        }
    }

    private mutating func asked(_ command: ControlCommand, _ ticket: ControlTicket?, at now: Timestamp) {
        switch command {
        case .status: answer(.status(liveStatus(at: now)), to: ticket)
        case .pause: change(ticket) { $0.isPaused = true }
        case .resume: change(ticket) { $0.isPaused = false }
        case .set(let orders):
            change(ticket) { $0.take(orders) }
            for (index, step) in settings.steps.enumerated() {
                steps[index].concurrency.setBound(control.orders.concurrency ?? step.concurrency)
            }
            creates.setLimit(control.orders.creates(otherwise: settings.creates), at: now)
        case .cancel: cancelAll(ticket)
        case .retry(let keys): decision.control.retries.append((keys, ticket))
        case .adopt(let key, let predictionID): decision.control.adoptions.append((key, predictionID, ticket))
        }
    }

    private mutating func answer(_ answer: ControlAnswer, to ticket: ControlTicket?) {
        if let ticket { decision.control.answers.append((ticket, answer)) }
    }

    // MARK: - Orders

    private mutating func change(_ ticket: ControlTicket?, _ body: (inout StandingOrders) -> Void) {
        var orders = control.orders
        body(&orders)
        if orders != control.orders {
            control.orders = orders
            decision.control.orders = orders
        }
        answer(.orders(orders), to: ticket)
    }

    // MARK: - Canceling

    var isCanceling: Bool { control.canceling != nil }

    private mutating func cancelAll(_ ticket: ControlTicket?) {
        var canceling = control.canceling ?? Canceling()
        if let ticket { canceling.tickets.append(ticket) }
        if control.canceling == nil, settings.traits.createIsIdempotent {
            for item in window.values {
                if case .submitting = item.phase {
                    decision.control.canceledCreates.append((item.key, item.attempt))
                }
            }
        }
        control.canceling = canceling
        ending = .canceled
    }

    /// Asks for everything that runs to be canceled; what becomes of each is read like any other news.
    mutating func cancelWhatRuns(at now: Timestamp) {
        guard isCanceling, settings.traits.remembersPredictions else { return }
        for (id, item) in window {
            guard case .running(var running) = item.phase else { continue }
            if running.cancelAskedAt.map({ $0.duration(to: now) >= Self.cancelPatience }) ?? true {
                running.cancelAskedAt = now
                running.nextLook = now.advanced(by: .milliseconds(250))
                decision.actions.append(.cancel(predictionID: running.predictionID))
            }
            running.nextLook = Swift.min(running.nextLook, now.advanced(by: .seconds(1)))
            enter(.running(running), for: id)
        }
    }

    /// The prediction was canceled because a person wanted it: no attempt is spent.
    mutating func canceledByPerson(_ id: ItemID, predictTime: Double?, at now: Timestamp) {
        control.canceling?.outcome.canceled += 1
        record(.canceled(reason: "ended by 'nightshift cancel'", predictTime: predictTime), for: id, at: now)
        leave(id)
    }

    mutating func answerCanceled(isComplete: Bool) {
        guard var canceling = control.canceling else { return }
        canceling.outcome.isComplete = isComplete
        for ticket in canceling.tickets { answer(.canceled(canceling.outcome), to: ticket) }
    }

    // MARK: - Adopting

    /// Takes a prediction as the item's because a person says so; the provider and the store have agreed.
    private mutating func takeUp(_ adoption: Adoption, _ ticket: ControlTicket?, at now: Timestamp) {
        let item = adoption.item
        guard window[item.id] == nil else {
            answer(.refused("item '\(item.key)' is being worked on"), to: ticket)
            return
        }
        admit(item, phase: .ready(input: item.input, files: item.files))
        change(item.id) { $0.state = adoption.state }
        // A held item's create was counted when it was sent.
        if adoption.state != .held, !adoption.isCounted { spend(predictions: 1, of: item.id) }
        let sentAt = adoption.prediction.createdAt.map { providerClock.ours(Timestamp($0)) } ?? now
        adopt(item.id, adoption.prediction, sentAt: Swift.min(sentAt, now), at: now)
        answer(.adopted(adoption.prediction.status.rawValue), to: ticket)
    }

    // MARK: - Telling

    private func liveStatus(at now: Timestamp) -> LiveStatus {
        var pace = pace
        pace.note(ended: totals.ended, isHalted: isHalted, at: now)
        return LiveStatus(
            totals: totals, startedAt: startedAt, endedBefore: control.endedBefore, inFlight: inFlight,
            concurrency: bound,
            rate: RateText.format(control.orders.creates(otherwise: settings.creates)),
            isPaused: control.orders.isPaused, isThrottled: isThrottled, waiting: waiting(at: now),
            ending: ending?.word, activeTime: pace.activeTime, endedActively: pace.ended, isHalted: pace.isHalted
        )
    }

    /// Why nothing new is created, if that is so.
    private func waiting(at now: Timestamp) -> String? {
        if isCanceling { return "what is in flight is being canceled" }
        if let ending { return "finishing what runs, then it ends\(ending.reason.map { ": \($0)" } ?? "")" }
        if control.orders.isPaused { return "paused by a person; what runs is finished" }
        if let pause { return pausedText(pause, at: now) }
        if absence.isEverything, missing > 0 {
            return "predictions in flight are not found at the provider; nothing is created until they are"
        }
        if !dailyWindow.isOpen { return "outside of the manifest's 'window'" }
        if creates.isClosed {
            guard let until = creates.closedUntil, until > now else {
                return "throttled by the provider; all creates wait until it allows more"
            }
            return "throttled by the provider; all creates wait until "
                + LocalTime.text(until, seenAt: now, in: settings.timeZone)
        }
        if createsPausedUntil > now {
            let seconds = Int(saturating: now.duration(to: createsPausedUntil).inSeconds.rounded(.up))
            return "the provider is busy or out of reach; creating is tried again in \(seconds) s"
        }
        return nil
    }

    private func pausedText(_ pause: Pause, at now: Timestamp) -> String {
        guard let until = creates.closedUntil, until > now else {
            return "paused: \(pause.message); the provider is being asked again"
        }
        let clock = LocalTime.text(until, seenAt: now, in: settings.timeZone)
        return "paused: \(pause.message); the provider is asked again at \(clock)"
    }

    // MARK: - Grace

    /// Creating has stopped; what runs is waited for until then.
    mutating func beginGrace(at now: Timestamp) {
        if control.graceEnd == nil { control.graceEnd = settings.grace.map { now.advanced(by: $0) } }
    }

    /// What runs has been waited for long enough: it is left to the provider.
    mutating func endGrace(at now: Timestamp) {
        guard let graceEnd = control.graceEnd, graceEnd <= now, leaveBy == nil else { return }
        leaveBy = now.advanced(by: .seconds(5))
    }
}

extension RunTotals {
    /// Items that a run does not touch again by itself.
    package var ended: Int { self[.succeeded] + self[.failed] + self[.canceled] + self[.held] }
}
