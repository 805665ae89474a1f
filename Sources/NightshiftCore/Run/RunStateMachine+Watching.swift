import JSON
import ReplicateAPI

/// From a prediction's id to its end.
extension RunStateMachine {
    /// No look before the earliest plausible end.
    func firstLook(since: Timestamp, of step: Int, at now: Timestamp) -> Timestamp {
        let runTimes = steps[step].runTimes
        if settings.isNotified {
            let late = Swift.max(.seconds(30), (runTimes.typical ?? .zero) * 2)
            return together(Swift.max(now, since.advanced(by: late)), waited: late)
        }
        // Results expire, however long earlier ones have taken.
        let wait = Swift.min(runTimes.earliestPlausible ?? .milliseconds(100), settings.reconciling.retention / 2)
        return together(Swift.max(now, since.advanced(by: wait)), waited: .zero)
    }

    /// With many in flight looks fall on common beats, so that one sweep serves them all.
    ///
    /// Beats are as far apart as the time already waited allows: a power of two of milliseconds, so that the beats of
    /// those who wait longer are beats of the others too.
    private func together(_ instant: Timestamp, waited: Duration) -> Timestamp {
        guard inFlight > 16 else { return instant }
        var beat = sweepInterval.milliseconds
        if shortestRunTime == nil {
            let longest = waited.milliseconds / 16
            while beat * 2 <= longest { beat *= 2 }
        }
        return Self.firstBeat(from: instant, every: beat)
    }

    /// One sweep a beat: what comes due meanwhile is due by the next one.
    private func nextBeat(after now: Timestamp) -> Timestamp {
        Self.firstBeat(from: now.advanced(by: .milliseconds(1)), every: sweepInterval.milliseconds)
    }

    private static func firstBeat(from instant: Timestamp, every beat: Int64) -> Timestamp {
        Timestamp(milliseconds: (instant.milliseconds + beat - 1) / beat * beat)
    }

    private var sweepInterval: Duration {
        guard let typical = shortestRunTime else { return .milliseconds(32) }
        return .milliseconds(Swift.min(5000, Swift.max(8, typical.milliseconds / 25)))
    }

    /// A look that found nothing is followed by another after an eighth of the time already waited, or at once if the end
    /// must be near: the delay stays in proportion to the run, and few looks are spent on long ones.
    private func nextLook(since: Timestamp, of step: Int, at now: Timestamp) -> Timestamp {
        let waited = since.duration(to: now)
        // With webhooks, looking is only for calls that never came.
        if settings.isNotified {
            return together(
                now.advanced(by: Swift.max(.seconds(30), steps[step].runTimes.typical ?? .zero)), waited: waited)
        }
        var pause = Swift.min(15000, Swift.max(25, waited.milliseconds / 8))
        let runTimes = steps[step].runTimes
        if let typical = runTimes.typical, let earliest = runTimes.earliestPlausible, waited < typical * 9 / 8 {
            // Where all take about the same time, the end is near.
            let spread = typical - earliest
            pause = Swift.min(pause, Swift.max(sweepInterval, spread / 2).milliseconds)
        }
        return together(now.advanced(by: .milliseconds(pause)), waited: waited)
    }

    private static let rowsAPage = 100

    /// An item has come into a phase in which it is looked at.
    mutating func expectLook(at phase: Phase, of step: Int) {
        guard case .running(let running) = phase else { return }
        if let deadline = deadline(of: running, in: step) { lookWake = Swift.min(lookWake, deadline) }
        if !running.isBeingRead { lookWake = Swift.min(lookWake, running.nextLook) }
    }

    /// Looks at what is due: by single reads while few are, by sweeps of the account's list when many are.
    mutating func look(at now: Timestamp) {
        guard now >= lookWake else { return }
        lookWake = .distantFuture
        guard settings.traits.remembersPredictions else { return }
        var due: [(id: ItemID, running: Running)] = []
        var all: [Running] = []
        var overdue: [(id: ItemID, running: Running)] = []
        for (id, item) in window {
            guard case .running(let running) = item.phase else { continue }
            all.append(running)
            if let deadline = deadline(of: running, in: item.step) {
                if deadline <= now {
                    overdue.append((id, running))
                    continue
                }
                lookWake = Swift.min(lookWake, deadline)
            }
            guard !running.isBeingRead else { continue }
            if running.nextLook <= now {
                due.append((id, running))
            } else {
                lookWake = Swift.min(lookWake, running.nextLook)
            }
        }
        // The order of a dictionary is another one in each process, and a run is to be the same when it is played again.
        for (id, running) in overdue.sorted(by: { $0.id < $1.id }) { cancel(id, running, at: now) }
        guard goOnSweeping(at: now), !due.isEmpty else { return }
        let (next, pages) = nextSweep(for: due.map(\.running).filter { !$0.isBelowSweep }, among: all, at: now)
        let sweeps = due.count > 2 * pages
        // What a sweep should have shown and did not is read singly.
        let singles = sweeps ? due.filter(\.running.isBelowSweep) : due
        for (id, running) in singles.sorted(by: { ($0.running.nextLook, $0.id) < ($1.running.nextLook, $1.id) }) {
            guard takeReads(at: now) else {
                lookWake = Swift.min(lookWake, readOpening(after: now))
                return
            }
            var reading = running
            reading.isBeingRead = true
            enter(.running(reading), for: id)
            decision.actions.append(.read(id, predictionID: running.predictionID))
        }
        guard sweeps, sweep == nil, singles.count < due.count else { return }
        guard now >= earliestSweep else {
            lookWake = Swift.min(lookWake, earliestSweep)
            return
        }
        sweep = next
        // Others may use the account, so there may be more than ours fill.
        sweep?.pagesLeft = pages + 1
        earliestSweep = nextBeat(after: now)
        _ = goOnSweeping(at: now)
    }

    /// Asks for the next page of a sweep; each is taken from the rate.
    /// - Returns: whether reads are left for something else.
    private mutating func goOnSweeping(at now: Timestamp) -> Bool {
        guard let sweep, !sweep.isAsking else { return true }
        guard takeReads(at: now) else {
            lookWake = Swift.min(lookWake, readOpening(after: now))
            return false
        }
        self.sweep?.isAsking = true
        decision.actions.append(
            .sweep(
                ListQuery(
                    createdAfter: sweep.createdAfter, createdBefore: sweep.createdBefore,
                    continuation: sweep.continuation)))
        return true
    }

    /// The shortest part of the list that shows all that is due, and how many pages it has if nobody else uses the
    /// account. Predictions of one length end in the order in which they were made, so that is a small part.
    private func nextSweep(for due: [Running], among all: [Running], at now: Timestamp) -> (Sweep, pages: Int) {
        let made = due.compactMap(\.createdAt)
        var sweep = Sweep(
            createdAfter: providerClock.theirs(all.map(\.since).min() ?? now).advanced(by: .seconds(-10)))
        if listTakesBefore, made.count == due.count, let first = made.min(), let last = made.max() {
            // The provider counts in microseconds, we in milliseconds.
            sweep = Sweep(
                createdAfter: first.advanced(by: .milliseconds(-1)), createdBefore: last.advanced(by: .milliseconds(2)))
        }
        let rows = all.count { sweep.covers($0.createdAt) }
        return (sweep, (rows + RunStateMachine.rowsAPage - 1) / RunStateMachine.rowsAPage)
    }

    mutating func swept(_ predictions: [Prediction], next: String?, at now: Timestamp) {
        // What is told without having been asked for is as true, and proves nothing of what it does not tell.
        let isAsked = sweep?.isAsking == true
        var asked = sweep ?? Sweep(createdAfter: now, createdBefore: now)
        if isAsked { sweep = nil }
        lookWake = .distantPast
        readSucceeded(at: now)
        sweepFailuresInARow = 0
        var wasComplete = true
        if isAsked, let before = asked.createdBefore,
            predictions.contains(where: { ($0.createdAt.map(Timestamp.init) ?? before) > before })
        {
            // The list was not cut, so it may have ended before it came to what was asked for.
            listTakesBefore = false
            wasComplete = false
        }
        let seen = Dictionary(predictions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let before = asked.seen.count
        asked.seen.formUnion(seen.keys)
        asked.pagesLeft -= 1
        // A page that brings nothing new is the last, wherever it leads.
        let isLast = next == nil || asked.pagesLeft <= 0 || asked.seen.count == before || !wasComplete
        var concerned: [(id: ItemID, running: Running)] = []
        var unknown = Set(seen.keys)
        for (id, item) in window {
            guard case .running(let running) = item.phase else { continue }
            unknown.remove(running.predictionID)
            guard !running.isBeingRead else { continue }
            if seen[running.predictionID] != nil || (isAsked && isLast && running.nextLook <= now) {
                concerned.append((id, running))
            }
        }
        if !searching.late.isEmpty {
            for id in unknown.sorted() { if let prediction = seen[id] { noticeUnknown(prediction, at: now) } }
        }
        if isAsked, !isLast {
            (asked.continuation, asked.isAsking) = (next, false)
            sweep = asked
        }
        for (id, running) in concerned.sorted(by: { $0.id < $1.id }) {
            if let prediction = seen[running.predictionID] {
                update(id, prediction, mayBePartial: true, at: now)
            } else if asked.seen.contains(running.predictionID) {
                continue
            } else if wasComplete, asked.covers(running.createdAt) {
                var missed = running
                missed.isBelowSweep = true
                enter(.running(missed), for: id)
            }
        }
    }

    mutating func sweepFailed(_ error: ProviderError, at now: Timestamp) {
        if sweep?.createdBefore != nil, error.code == .rejected || error.code == .invalidInput {
            listTakesBefore = false
        }
        sweep = nil
        lookWake = .distantPast
        earliestSweep = now.advanced(by: readBackoff(after: error, at: now))
        refusedToRead(error, at: now)
        guard error.code != .throttled else { return }
        sweepFailuresInARow += 1
        guard sweepFailuresInARow > 2 else { return }
        // A list that stays broken must not hide what single reads can tell.
        for (id, item) in window {
            guard case .running(var running) = item.phase, running.nextLook <= now else { continue }
            running.isBelowSweep = true
            enter(.running(running), for: id)
        }
    }

    mutating func read(_ id: ItemID, _ prediction: Prediction, at now: Timestamp) {
        readSucceeded(at: now)
        guard case .running(var running) = window[id]?.phase else { return }
        running.isBeingRead = false
        guard running.predictionID == prediction.id else {
            // Of another attempt, or the provider has mixed something up.
            running.nextLook = now.advanced(by: .seconds(2))
            enter(.running(running), for: id)
            return
        }
        (running.misses, running.missingSince, running.refusedSince) = (0, nil, nil)
        if prediction.leavesOpen, running.partialReads < Self.mostPartialReads {
            // Half an answer is no answer: it is asked once more.
            running.partialReads += 1
            running.nextLook = now.advanced(by: .seconds(2))
            enter(.running(running), for: id)
            return
        }
        enter(.running(running), for: id)
        update(id, prediction, at: now)
    }

    private static let mostPartialReads = 3

    mutating func readFailed(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        guard case .running(var running) = window[id]?.phase else { return }
        running.isBeingRead = false
        if error.code == .notFound {
            enter(.running(running), for: id)
            lookWake = .distantPast
            reads.passed(at: now)
            missed(id, at: now)
            return
        }
        running.nextLook = now.advanced(by: readBackoff(after: error, at: now))
        if [.unauthorized, .foreignRefusal, .rejected].contains(error.code) {
            running.refusedSince = running.refusedSince ?? now
            if let since = running.refusedSince, holdsUnreadable(id, since, running, error, at: now) { return }
        }
        enter(.running(running), for: id)
        refusedToRead(error, of: id, at: now)
    }

    /// One prediction that cannot be read for an hour while others can is left to a person: its result is most likely lost,
    /// and nobody can tell.
    private mutating func holdsUnreadable(
        _ id: ItemID, _ since: Timestamp, _ running: Running, _ error: ProviderError, at now: Timestamp
    ) -> Bool {
        let retention = settings.reconciling.retention
        guard since.duration(to: now) >= retention, let passed = lastReadPassed,
            passed.duration(to: now) < retention / 4
        else { return false }
        record(
            .held(
                reason: "prediction \(running.predictionID) cannot be read while others can: \(error.message)"),
            for: id,
            at: now)
        ended(id)
        return true
    }

    private mutating func readSucceeded(at now: Timestamp) {
        lookWake = .distantPast
        readFailuresInARow = 0
        lastReadPassed = now
        readRefusals.passed()
        toldTroubles.remove(.reading)
        reads.passed(at: now)
    }

    mutating func readBackoff(after error: ProviderError, at now: Timestamp) -> Duration {
        lookWake = .distantPast
        if error.code == .throttled {
            let wait = throttleWait(error, for: "looking at predictions", at: now)
            reads.throttled(for: wait, at: now)
            tellThrottle(of: \.reads, for: wait, at: now)
            return wait
        }
        reads.probeLost(at: now)
        readFailuresInARow += 1
        if readFailuresInARow >= 3 { tellUnreadable(error.message) }
        return Backoff(initial: .seconds(1), max: .seconds(60)).delay(afterFailure: readFailuresInARow, using: &random)
    }

    /// Applies what is known of a prediction, whatever the source. Never goes back from a final state.
    ///
    /// - Parameter mayBePartial: it is no answer to a read, and may say less than a read would.
    mutating func update(_ id: ItemID, _ prediction: Prediction, mayBePartial: Bool = false, at now: Timestamp) {
        guard let item = window[id], case .running(var running) = item.phase, running.predictionID == prediction.id
        else { return }
        absence.found(prediction.id)
        toldTroubles.remove(.missing)
        guard prediction.status.isTerminal else {
            if prediction.status == .processing, running.processingSince == nil { running.processingSince = now }
            if case .other(let status) = prediction.status { tell(unknownStatus: status, of: item, prediction.id) }
            resumed.settled(id)
            (running.misses, running.missingSince, running.refusedSince) = (0, nil, nil)
            running.isBelowSweep = false
            running.nextLook = nextLook(since: running.since, of: item.step, at: now)
            enter(.running(running), for: id)
            return
        }
        if mayBePartial, prediction.leavesOpen {
            running.isBelowSweep = true
            running.nextLook = now
            enter(.running(running), for: id)
            return
        }
        let seconds = prediction.predictTime
        if !running.isCounted { spend(predictTime: seconds ?? 0, of: id) }
        if isCanceling {
            if prediction.status == .canceled || prediction.status == .aborted, !running.isTimedOut {
                canceledByPerson(id, predictTime: seconds, at: now)
                return
            }
            control.canceling?.outcome.finished += 1
        }
        switch prediction.status {
        case .succeeded: succeeded(id, prediction, running, at: now)
        case .failed:
            let message = prediction.error ?? "the model failed without saying why"
            fail(id, AttemptFailure(FailureClass(errorText: prediction.error), message, predictTime: seconds), at: now)
        case .aborted:
            let failure = AttemptFailure(
                .aborted, "aborted before it started; nothing was billed", predictTime: seconds)
            fail(id, failure, at: now)
        default:
            let failure =
                running.isTimedOut
                ? AttemptFailure(.timedOut, "canceled: it took longer than 'timeout' allows", predictTime: seconds)
                : AttemptFailure(.canceled, "canceled, but not by this run", predictTime: seconds)
            fail(id, failure, at: now)
        }
    }

    private static let statusesTold = 20

    /// A status of a later version of the API may be a final one, so people hear of it.
    private mutating func tell(unknownStatus status: String, of item: WindowItem, _ predictionID: String) {
        let status = String(status.prefix(80))
        guard toldStatuses.count < Self.statusesTold, toldStatuses.insert(status).inserted else { return }
        let limit = settings.steps[item.step].runTimeout == nil ? "; 'timeout' in the manifest would end that" : ""
        announce(
            .unknownStatus,
            "prediction \(predictionID) of item '\(item.key)' has the status '\(status)', which this version does not know; it "
                + "is taken as not ended and looked at again\(limit)")
    }

    private mutating func succeeded(_ id: ItemID, _ prediction: Prediction, _ running: Running, at now: Timestamp) {
        var took = running.since.duration(to: now)
        if let createdAt = prediction.createdAt, let completedAt = prediction.completedAt {
            // The provider's own stamps, but no more than we have seen.
            took = Swift.min(took, Timestamp(createdAt).duration(to: Timestamp(completedAt)))
        }
        changeStep(of: id) { $0.runTimes.observe(took) }
        guard let output = prediction.output else {
            let failure =
                prediction.dataRemoved
                ? AttemptFailure(
                    .expired, "its output was removed before it was downloaded", predictTime: prediction.predictTime)
                : AttemptFailure(
                    .emptyOutput, "succeeded without any output", predictTime: prediction.predictTime)
            fail(id, failure, at: now)
            return
        }
        resumed.settled(id)
        record(.fetching(prediction, name: window[id]?.name ?? ""), for: id, at: now)
        let fetching = Fetching(
            predictionID: prediction.id, output: output, since: now, hasExpired: running.hasExpired
        )
        enter(.fetching(fetching), for: id)
        fetchQueue.insert(id, at: 0)
    }

    // MARK: - Time limits

    /// When a prediction has taken longer than the manifest allows.
    func deadline(of running: Running, in step: Int) -> Timestamp? {
        guard !running.isTimedOut, running.cancelAskedAt == nil else { return nil }
        if let processingSince = running.processingSince {
            return settings.steps[step].runTimeout.map { processingSince.advanced(by: $0) }
        }
        return settings.steps[step].startTimeout.map { running.since.advanced(by: $0) }
    }

    private mutating func cancel(_ id: ItemID, _ running: Running, at now: Timestamp) {
        var overdue = running
        overdue.isTimedOut = true
        overdue.nextLook = now.advanced(by: .milliseconds(250))
        enter(.running(overdue), for: id)
        lookWake = Swift.min(lookWake, overdue.nextLook)
        decision.actions.append(.cancel(predictionID: running.predictionID))
    }
}

extension Prediction {
    /// Whether it tells that it has ended and leaves out what came of it.
    fileprivate var leavesOpen: Bool {
        switch status {
        case .succeeded: !dataRemoved && absentKeys.contains("output")
        case .failed: absentKeys.contains("error")
        case .starting, .processing, .canceled, .aborted, .other: false
        }
    }
}
