import LosslessJSON
import ReplicateAPI

/// Decides everything in a run: it takes facts and the time, and says what to record and what to do.
///
/// It has no clock, file or socket, and its only chance is a seeded generator, so any night can be played again. It is made of
/// parts that do not know each other: it hands each event to those that it concerns, and joins what they decide.
package struct RunStateMachine: Sendable {
    let settings: RunSettings
    var window: ItemWindow
    var steps: [StepQueue]
    var gate: CreateGate
    var poller: PredictionPoller
    var reconciler: LostCreateReconciler
    var downloads: DownloadQueue
    var budget: Budget
    var shutdown = RunShutdown()
    var reporting: RunReporting
    var random: SeededGenerator
    /// What the transitions and actions of the event at hand are gathered in.
    var decision = Decision()

    package init(
        settings: RunSettings, totals: RunTotals, seed: UInt64, clockOffset: Duration? = nil, at now: Timestamp
    ) {
        self.settings = settings
        window = ItemWindow(steps: settings.steps.count)
        steps = settings.steps.map {
            StepQueue($0, concurrency: settings.overrides.concurrency, sameFailures: settings.limits.sameFailures)
        }
        gate = CreateGate(settings, at: now)
        poller = PredictionPoller(settings, clockOffset: clockOffset, at: now)
        reconciler = LostCreateReconciler(settings)
        downloads = DownloadQueue(
            slots: settings.fetches, retention: settings.reconciling.retention,
            canReadAgain: settings.traits.remembersPredictions)
        budget = Budget(
            limits: settings.limits, steps: settings.steps.map { Budget.Step(name: $0.name, price: $0.price) },
            totals: totals, startedAt: now)
        reporting = RunReporting(endedBefore: totals.ended, at: now)
        random = SeededGenerator(seed: seed)
        // What has worked in an earlier session is not broken as a whole.
        if totals[.succeeded] > 0 { for step in steps.indices { steps[step].breaker.succeeded() } }
    }

    /// Counts over the whole run.
    package var totals: RunTotals { budget.totals }

    /// How fast items end, for people.
    package var pace: PaceMeter { reporting.pace }

    /// Whether a throttle of the provider is being waited for; for people.
    package var isThrottled: Bool { gate.isThrottled || (gate.pause == nil && poller.reads.gate.isClosed) }

    /// Predictions in flight, how many the provider has room for as far as is known, and how many may be at most.
    package var slots: (used: Int, allowed: Int, bound: Int) {
        (window.inFlight, steps.reduce(0) { $0 + $1.concurrency.allowed }, bound)
    }

    /// What was spent so far by the manifest's prices; `nil` where it gives none.
    package var cost: Double? { budget.hasPrices ? budget.cost(inFlight: steps.map { _ in 0 }) : nil }

    /// Why no create may be sent now; `nil` if one may.
    package func hold(at now: Timestamp) -> CreateHold? { gate.verdict(at: now) }

    /// Takes what has happened and says what follows.
    package mutating func handle(_ events: [RunEvent], at now: Timestamp) -> Decision {
        decision = Decision()
        guard !shutdown.hasFinished else { return decision }
        for event in events { handle(event, at: now) }
        advance(at: now)
        defer { decision = Decision() }
        return decision
    }

    private mutating func handle(_ event: RunEvent, at now: Timestamp) {
        switch event {
        case .resumed(let items, let page):
            // What goes back to the store is due after what the page says of the rest.
            take(page, at: now)
            for item in items { resume(item, at: now) }
        case .loaded(let page): take(page, at: now)
        case .prepared(let item, let input, let digest): prepared(item, input: input, requestDigest: digest)
        case .prepareFailed(let item, let error): prepareFailed(item, error, at: now)
        case .created(let item, let attempt, let prediction, let left):
            created(item, attempt, prediction, left: left, at: now)
        case .createFailed(let item, let attempt, let error): createFailed(item, attempt, error, at: now)
        case .polled(let predictions, let next): polled(predictions, next: next, at: now)
        case .pollFailed(let error): pollFailed(error, at: now)
        case .providerChecked(let check): providerChecked(check, at: now)
        case .absenceChecked(let item, let check): absenceChecked(item, check, at: now)
        case .read(let item, let prediction): read(item, prediction, at: now)
        case .readFailed(let item, let error): readFailed(item, error, at: now)
        case .listed(let page): listed(page, at: now)
        case .listFailed(let error): searchFailed(error, at: now)
        case .examined(let id, let candidate): examined(id, candidate, at: now)
        case .examineFailed(let id, let error): examineFailed(id, error, at: now)
        case .fetched(let item, let attempt, let outputs): fetched(item, attempt, outputs, at: now)
        case .fetchFailed(let item, let attempt, let failure): fetchFailed(item, attempt, failure, at: now)
        case .notified(let prediction): notified(prediction, at: now)
        case .shared(let item, let outputs): shared(item, outputs, at: now)
        case .canaryJudged(let goesOn): canaryJudged(goesOn: goesOn)
        case .stopRequested(let request):
            shutdown.stop(request, grace: settings.grace, at: now)
            closeGate()
        case .control(let event): handleControl(event, at: now)
        case .granted(let grant):
            poller.pollSoon()
            gate.rate.granted(grant.creates, at: now)
            poller.reads.granted(grant.reads, at: now)
        case .clockSet(let shift): clockSet(by: shift)
        case .woke: break
        }
    }

    /// Begins whatever may begin now, and finds out when to come back.
    private mutating func advance(at now: Timestamp) {
        shutdown.endGrace(at: now)
        if shutdown.shouldDetach(remainder, at: now) {
            finish(shutdown.ending ?? .interrupted)
            return
        }
        gate.setMissingPredictions(poller.isEverythingMissing)
        watchHours(at: now)
        watchEarlierSession(at: now)
        watchCanary(at: now)
        // A free slot waits for its create, and no download waits for another: so creates are sent first.
        submit(at: now)
        startDownloads(at: now)
        if shutdown.isCanceling { poller.cancelAll(into: &decision.actions, at: now) }
        // What is known of run times is put together only where something is due.
        if now >= poller.pollWake { poller.poll(pollPace, into: &decision.actions, at: now) }
        poller.checkSuspect(into: &decision.actions, at: now)
        checkProvider(at: now)
        searchLostCreates(at: now)
        claimFromAccount(at: now)
        load(at: now)
        for text in window.takeIllegalTransitions() { announce(.contradiction(text)) }
        let isBlocked = shutdown.ending == nil && hasSomethingToSend
        budget.totals.blockedTime += reporting.blockedTime(isBlocked: isBlocked, at: now)
        reporting.note(ended: totals.ended, isHalted: isHalted, at: now)
        if let end = shutdown.shouldFinish(remainder), shutdown.ending != nil || !decision.control.changesItems {
            finish(end)
        } else {
            decision.wake = wake(after: now)
        }
    }

    private mutating func finish(_ end: RunEnd) {
        if let (tickets, outcome) = shutdown.finish(remainder) {
            for ticket in tickets { answer(.canceled(outcome), to: ticket) }
        }
        decision.finish = end
    }

    private var remainder: RunShutdown.Remainder {
        let counts = window.counts
        return RunShutdown.Remainder(
            isWaitingForIDs: isWaitingForIDs,
            hasWorkInFlight: counts.contains { $0.underWay > 0 || $0.preparing > 0 || $0.fetching > 0 },
            lost: counts.reduce(0) { $0 + $1.lost }, quiet: counts.reduce(0) { $0 + $1.quiet },
            isExhausted: window.isEmpty && steps.allSatisfy(\.isExhausted))
    }

    /// A create was sent whose answer will tell an id that the next run would have to look for.
    var isWaitingForIDs: Bool { settings.traits.remembersPredictions && !window.submitting.isEmpty }

    private func wake(after now: Timestamp) -> Timestamp? {
        var wakes = [poller.pollWake, downloads.wake, shutdown.wake, poller.checkWake(after: now)]
        if shutdown.ending == nil {
            if let end = budget.wallTimeEnd, end > now { wakes.append(end) }
            wakes += steps.map { $0.wake(isCanary: gate.canary != nil, after: now) }
            wakes.append(gate.wake)
            if !window.prepared.isEmpty || hasWorkAndRoom { wakes.append(gate.opening(after: now)) }
        }
        if gate.check.isDue { wakes.append(poller.reads.opening(after: now, count: ProviderCheckWatch.reads)) }
        if let opening = reconciler.opening { wakes.append(Swift.max(opening, poller.reads.opening(after: now))) }
        guard let wake = wakes.min(), wake < .distantFuture else { return nil }
        return Swift.max(wake, now.advanced(by: .milliseconds(1)))
    }

    // MARK: - Joining

    /// The item enters a phase; the part that worked on it before forgets it.
    mutating func enter(_ phase: ItemWindow.Phase, for id: ItemID) {
        guard let old = window[id]?.phase.kind else { return }
        window.transition(id, to: phase)
        guard old != phase.kind else { return }
        switch old {
        case .unknown: reconciler.remove(id, isTerminal: false)
        case .running: poller.remove(id)
        case .fetching: downloads.remove(id)
        // What is sent has left its queue already; a prediction that comes otherwise finds the item in it.
        case .ready where phase.kind == .running: if let step = window[id]?.step { steps[step].remove(id) }
        case .ready, .preparing, .prepared, .submitting: break
        }
    }

    mutating func watch(_ id: ItemID, _ watch: PredictionPoller.Watch) {
        enter(.running(predictionID: watch.predictionID), for: id)
        poller.watch(id, watch)
    }

    /// The item leaves the window; the store gives it back when it is due.
    mutating func evict(_ id: ItemID) {
        guard let item = window.evict(id) else { return }
        if item.phase.kind == .ready { steps[item.step].remove(id) }
        poller.remove(id)
        downloads.remove(id)
        reconciler.remove(id, isTerminal: item.state.isTerminal)
        gate.earlier.resolved(id)
        // Others may have waited for what became of it.
        if settings.sharesResults || steps.count > 1, item.state.isTerminal || item.state == .held {
            for step in steps.indices { steps[step].noteDue(.distantPast) }
        }
    }

    /// Nothing is left to do for the item.
    mutating func ended(_ id: ItemID) {
        gate.canary?.ended(id)
        evict(id)
    }

    /// Undoes a create that was not accepted: no attempt is spent.
    mutating func returnToStore(_ id: ItemID, due: Timestamp, at now: Timestamp) {
        guard let item = window[id] else { return }
        let spent = item.state == .pending ? item.attempt : item.attempt - 1
        record(.returned(attempt: spent, due: due), for: id, at: now)
        steps[item.step].noteDue(due)
        evict(id)
    }

    mutating func record(_ change: Transition.Change, for item: ItemID, at now: Timestamp) {
        guard let known = window[item] else { return }
        budget.totals.move(from: known.state, to: change.state)
        window.change(item) {
            $0.state = change.state
            if case .fetching(let prediction, _) = change { $0.predictTime = prediction.predictTime }
        }
        decision.transitions.append(Transition(change, of: item, known, at: now))
    }

    /// Nothing more is created; what runs is finished, then the run ends with the first reason given.
    mutating func end(_ reason: RunEnd) {
        shutdown.end(reason)
        closeGate()
    }

    mutating func closeGate() {
        if let ending = shutdown.ending { gate.close(shutdown.isCanceling ? .canceling : .ending(ending)) }
    }

    mutating func announce(_ cause: Announcement.Cause) {
        decision.announcements.append(Announcement(cause))
    }

    /// Tells an outage once, until it is over.
    mutating func announce(_ outage: RunReporting.Outage, _ cause: Announcement.Cause) {
        if let announcement = reporting.began(outage, cause) { decision.announcements.append(announcement) }
    }
}
