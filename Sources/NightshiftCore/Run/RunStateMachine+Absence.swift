import ReplicateAPI

/// Predictions that the provider does not find. What is given up is paid for again, so a 404 alone proves nothing: the provider
/// must answer for something else that is known to be there, at the same time.
extension RunStateMachine {
    /// How often a prediction is missed before anybody asks further.
    private static let missesBeforeCheck = 3
    /// After how many times the list's lag predictions that are all missing are left to a person.
    private static let patience = 20

    /// The provider has said, in the API's own form, that it does not know the prediction.
    mutating func missed(_ id: ItemID, at now: Timestamp) {
        guard case .running(var running) = window[id]?.phase else { return }
        // A read may lag behind a write, and one answer may be an accident.
        let missingSince = running.missingSince ?? now
        running.missingSince = missingSince
        running.misses += 1
        let pause = Swift.min(30, 2 * (1 << Swift.min(4, running.misses / Self.missesBeforeCheck)))
        running.nextLook = now.advanced(by: .seconds(pause))
        enter(.running(running), for: id)
        let isDue =
            running.misses >= Self.missesBeforeCheck
            && missingSince.duration(to: now) >= settings.reconciling.lag * 2
        if isDue, absence.suspect == nil { absence.suspect = id }
    }

    /// How many requests a closer look takes at most.
    private static let readsToCheck = 5

    /// Looks closer at a prediction that is missing, when the rate of reads allows it.
    mutating func checkSuspect(at now: Timestamp) {
        guard let id = absence.suspect, !absence.isUnderWay else { return }
        guard case .running(var running) = window[id]?.phase, running.misses > 0 else {
            absence.suspect = nil
            return
        }
        guard !running.isBeingRead, takeReads(Self.readsToCheck, at: now) else { return }
        absence.suspect = nil
        absence.isUnderWay = true
        running.isBeingRead = true
        enter(.running(running), for: id)
        decision.actions.append(
            .checkAbsence(
                id, predictionID: running.predictionID, witness: absence.witness(besides: running.predictionID)))
    }

    /// When there is something to ask the provider for beside its predictions.
    func checkWake(after now: Timestamp) -> Timestamp {
        var wake = Timestamp.distantFuture
        if let suspect = absence.suspect, !absence.isUnderWay,
            case .running(let running) = window[suspect]?.phase, !running.isBeingRead
        {
            wake = readOpening(after: now, count: Self.readsToCheck)
        }
        if providerWatch.isWanted, !providerWatch.isUnderWay {
            wake = Swift.min(wake, readOpening(after: now, count: ProviderWatch.reads))
        }
        return wake
    }

    mutating func absenceChecked(_ id: ItemID, _ check: AbsenceCheck, at now: Timestamp) {
        absence.isUnderWay = false
        lookWake = .distantPast
        // It may have been the one request that a throttle of reads lets through.
        if case .failed = check.prediction { reads.probeLost(at: now) } else { reads.passed(at: now) }
        guard case .running(var running) = window[id]?.phase else { return }
        running.isBeingRead = false
        running.nextLook = Swift.max(running.nextLook, now.advanced(by: .seconds(2)))
        enter(.running(running), for: id)
        let isListed = check.listed.contains { $0.id == running.predictionID }
        var othersListed = false
        for (other, prediction) in inFlight(among: check.listed) where other != id {
            othersListed = true
            update(other, prediction, at: now)
        }
        switch check.prediction {
        case .found(let prediction):
            read(id, prediction, at: now)
            return
        case .failed(let error) where error.code == .throttled:
            _ = readBackoff(after: error, at: now)
            return
        case .failed(let error):
            waitForMissing(error.message, at: now)
            return
        case .missing: break
        }
        if isListed {
            // The list knows it, so it is there.
            (running.misses, running.missingSince) = (0, nil)
            enter(.running(running), for: id)
            return
        }
        switch check.witness {
        case .found?: gone(id, running, at: now)
        case .failed(let error)?: waitForMissing(error.message, at: now)
        case .missing?, nil:
            if let failure = check.provider.failure {
                waitForMissing(failure, at: now)
            } else if othersListed {
                gone(id, running, at: now)
            } else if check.witness == nil, check.provider.account == .answered, missing == 1,
                !absence.isEverything
            {
                gone(id, running, at: now)
            } else {
                allAreMissing(id, running, at: now)
            }
        }
    }

    private func inFlight(among predictions: [Prediction]) -> [(ItemID, Prediction)] {
        let listed = Dictionary(predictions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let found = window.compactMap { id, item -> (ItemID, Prediction)? in
            guard case .running(let running) = item.phase, !running.isBeingRead else { return nil }
            return listed[running.predictionID].map { (id, $0) }
        }
        return found.sorted { $0.0 < $1.0 }
    }

    /// How many predictions are not found now.
    var missing: Int {
        window.values.count { if case .running(let running) = $0.phase { running.misses > 0 } else { false } }
    }

    /// The provider knows others and not this one.
    private mutating func gone(_ id: ItemID, _ running: Running, at now: Timestamp) {
        absence.isEverything = false
        toldTroubles.remove(.missing)
        let failure = AttemptFailure(
            .gone, "prediction \(running.predictionID) is not known to the provider any more")
        guard let item = window[id], item.isOfEarlierSession, missing > 1 || absence.heldResumed else {
            fail(id, failure, at: now)
            return
        }
        // Several predictions of an earlier session at once are no accident of one of them.
        absence.heldResumed = true
        holdMissing(
            id, running, "nor others that an earlier session made; they may be those of another account or deleted",
            at: now)
    }

    /// The provider answers, and none of what this run has there is known to it.
    private mutating func allAreMissing(_ id: ItemID, _ running: Running, at now: Timestamp) {
        let since = running.missingSince ?? now
        if since.duration(to: now) >= settings.reconciling.lag * Self.patience {
            holdMissing(id, running, "nor anything else that this run has there", at: now)
            if missing == 0 { absence.isEverything = false }
            return
        }
        waitForMissing("the provider answers, and knows none of them", at: now)
    }

    private mutating func waitForMissing(_ reason: String, at now: Timestamp) {
        absence.isEverything = true
        let count = missing
        let what = count == 1 ? "a prediction in flight is" : "\(count) predictions in flight are"
        tell(
            .missing,
            "\(what) not found at the provider, which may be an outage or another account: \(reason); the run waits, creates "
                + "nothing and pays for none of them again")
    }

    private mutating func holdMissing(_ id: ItemID, _ running: Running, _ others: String, at now: Timestamp) {
        guard let item = window[id] else { return }
        record(
            .held(
                reason:
                    "the provider does not know prediction \(running.predictionID) any more, \(others); it was paid for, so it "
                    + "is not made again by itself"),
            for: id, at: now)
        ended(id)
        stopOnFailures(
            AttemptFailure(.gone, "predictions are not known to the provider any more"), of: item, isFinal: true)
    }
}

/// What is being found out about predictions that are not found.
struct AbsenceWatch: Sendable {
    /// A prediction that is to be looked for more closely.
    var suspect: ItemID?
    /// One is being looked for.
    var isUnderWay = false
    /// Nothing that is in flight is found, so nothing is created.
    var isEverything = false
    /// Several predictions of an earlier session were missing and have been held.
    var heldResumed = false
    /// Predictions that the provider has shown, the newest last.
    private var seen: [String] = []

    /// The provider knows the prediction.
    mutating func found(_ id: String) {
        isEverything = false
        guard seen.last != id else { return }
        seen.removeAll { $0 == id }
        seen.append(id)
        if seen.count > 2 { seen.removeFirst() }
    }

    func witness(besides id: String) -> String? { seen.last { $0 != id } }
}
