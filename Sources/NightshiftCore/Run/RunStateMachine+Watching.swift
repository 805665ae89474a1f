import ReplicateAPI

/// From a prediction's id to its end.
extension RunStateMachine {
    var pollPace: PredictionPoller.Pace {
        var shortest: Duration?
        var isKnown = true
        for (step, counts) in zip(steps, window.counts) where counts.inFlight > 0 {
            guard let typical = step.runTimes.typical else {
                isKnown = false
                break
            }
            shortest = Swift.min(shortest ?? typical, typical)
        }
        return PredictionPoller.Pace(
            inFlight: window.inFlight, runTimes: steps.map(\.runTimes), shortestRunTime: isKnown ? shortest : nil)
    }

    // MARK: - Answers

    mutating func polled(_ predictions: [Prediction], next: String?, at now: Timestamp) {
        readSucceeded(at: now)
        let (known, unknown) = poller.listed(predictions, next: next, at: now)
        for prediction in unknown { reconciler.noticeUnknown(prediction, at: now) }
        for (id, prediction) in known { update(id, prediction, mayBePartial: true, at: now) }
    }

    mutating func pollFailed(_ error: ProviderError, at now: Timestamp) {
        poller.listFailed(error, wait: readBackoff(after: error, at: now), at: now)
        refusedToRead(error, at: now)
    }

    mutating func read(_ id: ItemID, _ prediction: Prediction, at now: Timestamp) {
        readSucceeded(at: now)
        if poller.wasRead(id, prediction, at: now) { update(id, prediction, at: now) }
    }

    mutating func readFailed(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        // It may have been the one read that a throttle lets through, so the rate hears of it whoever it was for.
        if error.code == .notFound {
            poller.pollSoon()
            poller.reads.passed(at: now)
            poller.missed(id, at: now)
            return
        }
        let wait = readBackoff(after: error, at: now)
        guard let watch = poller.watches[id] else { return }
        // One prediction that cannot be read for an hour while others can is left to a person: its result is most likely lost,
        // and nobody can tell.
        if poller.readFailed(id, error, wait: wait, at: now) {
            let reason = "prediction \(watch.predictionID) cannot be read while others can: \(error.message)"
            record(.held(reason: reason), for: id, at: now)
            ended(id)
            return
        }
        refusedToRead(error, of: id, at: now)
    }

    private mutating func readSucceeded(at now: Timestamp) {
        poller.readSucceeded(at: now)
        reporting.ended(.reading)
    }

    mutating func readBackoff(after error: ProviderError, at now: Timestamp) -> Duration {
        if error.code == .throttled { return throttleReads(error, for: .reading, at: now) }
        let (wait, isOutage) = poller.readBackoff(using: &random, at: now)
        if isOutage { reportUnreadable(.readingFails(message: error.message)) }
        return wait
    }

    /// What runs cannot be looked at, or a lost create not be looked for.
    mutating func reportUnreadable(_ cause: Announcement.Cause) {
        guard gate.pause == nil else { return }
        announce(.reading, cause)
    }

    /// Without a token nothing can be watched either. What runs there goes on, and its end is seen later.
    /// - Parameter id: the item whose prediction was read; `nil` where the account's list was asked for.
    mutating func refusedToRead(_ error: ProviderError, of id: ItemID? = nil, at now: Timestamp) {
        guard error.code == .unauthorized else { return }
        // One that is refused alone says nothing about the others.
        if let id, !poller.refusals.areEverybodys(after: id) { return }
        if settings.waitsWhenRefused {
            poller.reads.throttled(for: Swift.min(settings.probeAfter, .seconds(60)), at: now)
            pause(error, at: now)
        } else {
            shutdown.breakOff(.refused(error.message))
            shutdown.detach(at: now)
            closeGate()
        }
    }

    /// A webhook tells of a prediction, whoever made it. It counts as much as the answer to a read.
    mutating func notified(_ prediction: Prediction, at now: Timestamp) {
        if let id = window.holder(of: prediction.id), case .running = window[id]?.phase {
            update(id, prediction, mayBePartial: true, at: now)
            return
        }
        // It may have ended before the answer to its create came.
        if prediction.status.isTerminal, isWaitingForIDs { poller.keepUnmatchedDelivery(prediction) }
        reconciler.noticeUnknown(prediction, at: now)
    }

    // MARK: - What is known of a prediction

    /// Applies what is known of a prediction, whatever the source. Never goes back from a final state.
    ///
    /// - Parameter mayBePartial: it is no answer to a read, and may say less than a read would.
    mutating func update(_ id: ItemID, _ prediction: Prediction, mayBePartial: Bool = false, at now: Timestamp) {
        let observation = poller.observe(id, prediction, mayBePartial: mayBePartial, pollPace, at: now)
        guard let observation, let item = window[id] else { return }
        reporting.ended(.missing)
        switch observation {
        case .goesOn(let status):
            gate.earlier.resolved(id)
            guard let status else { return }
            let announcement = reporting.unknownStatus(
                status, of: prediction.id, key: item.key, hasTimeLimit: poller.hasTimeLimit(item.step))
            if let announcement { decision.announcements.append(announcement) }
        case .mustBeRead: break
        case .ended(let watch): ended(id, item, prediction, watch, at: now)
        }
    }

    private mutating func ended(
        _ id: ItemID, _ item: ItemWindow.Item, _ prediction: Prediction, _ watch: PredictionPoller.Watch,
        at now: Timestamp
    ) {
        let seconds = prediction.predictTime
        if !watch.isCounted { budget.spend(predictTime: seconds ?? 0, on: item.step) }
        if shutdown.isCanceling {
            if prediction.status == .canceled || prediction.status == .aborted, !watch.isTimedOut {
                // A person wanted it: no attempt is spent.
                shutdown.countCanceled()
                record(.canceled(reason: "canceled by a person", predictTime: seconds), for: id, at: now)
                evict(id)
                return
            }
            shutdown.countFinished()
        }
        switch prediction.status {
        case .succeeded: succeeded(id, item, prediction, watch, at: now)
        case .failed:
            let message = prediction.error ?? "the model failed without saying why"
            fail(id, AttemptFailure(FailureClass(errorText: prediction.error), message, of: prediction), at: now)
        case .aborted:
            let message = "aborted before it started; nothing was billed"
            fail(id, AttemptFailure(.aborted, message, of: prediction), at: now)
        default:
            let failure =
                watch.isTimedOut
                ? AttemptFailure(.timedOut, "canceled: it took longer than 'timeout' allows", of: prediction)
                : AttemptFailure(.canceled, "canceled, but not by this run", of: prediction)
            fail(id, failure, at: now)
        }
    }

    private mutating func succeeded(
        _ id: ItemID, _ item: ItemWindow.Item, _ prediction: Prediction, _ watch: PredictionPoller.Watch,
        at now: Timestamp
    ) {
        var took = watch.since.duration(to: now)
        if let createdAt = prediction.createdAt, let completedAt = prediction.completedAt {
            // The provider's own stamps, but no more than we have seen.
            took = Swift.min(took, Timestamp(createdAt).duration(to: Timestamp(completedAt)))
        }
        steps[item.step].runTimes.observe(took)
        guard let output = prediction.output else {
            let (reason, message): (FailureClass, String) =
                prediction.dataRemoved
                ? (.expired, "its output was removed before it was downloaded")
                : (.emptyOutput, "succeeded without any output")
            fail(id, AttemptFailure(reason, message, of: prediction), at: now)
            return
        }
        gate.earlier.resolved(id)
        record(.fetching(prediction, name: item.name), for: id, at: now)
        download(id, prediction.id, output, expiredSince: watch.hasExpired ? watch.since : nil, at: now)
    }

    // MARK: - Predictions that are not found

    mutating func absenceChecked(_ id: ItemID, _ check: AbsenceCheck, at now: Timestamp) {
        guard let others = poller.absenceChecked(id, check, at: now) else { return }
        for (other, prediction) in others { update(other, prediction, at: now) }
        let verdict = poller.judgeAbsence(
            of: id, check, othersListed: !others.isEmpty,
            isOfEarlierSession: window[id]?.isOfEarlierSession == true, at: now)
        switch verdict {
        case .found(let prediction): read(id, prediction, at: now)
        case .throttled(let error): _ = readBackoff(after: error, at: now)
        case .wait(let reason):
            announce(.missing, .predictionsMissing(count: poller.missing, reason: reason))
        case .gone(let watch):
            reporting.ended(.missing)
            let message = "prediction \(watch.predictionID) is not known to the provider any more"
            fail(id, AttemptFailure(.gone, message), at: now)
        case .hold(let watch, let others): holdMissing(id, watch, others, at: now)
        case .listed, nil: break
        }
    }

    private mutating func holdMissing(
        _ id: ItemID, _ watch: PredictionPoller.Watch, _ others: String, at now: Timestamp
    ) {
        guard let item = window[id] else { return }
        record(
            .held(
                reason:
                    "the provider does not know prediction \(watch.predictionID) any more, \(others); it was paid for, so "
                    + "it is not made again by itself"),
            for: id, at: now)
        ended(id)
        stopOnFailures(
            AttemptFailure(.gone, "predictions are not known to the provider any more"), of: item, isFinal: true)
    }
}
