import ReplicateAPI

/// Predictions that the provider does not find. What is given up is paid for again, so a 404 alone proves nothing: the provider
/// must answer for something else that is known to be there, at the same time.
extension PredictionPoller {
    /// What a closer look at a missing prediction has shown.
    enum AbsenceVerdict: Hashable, Sendable {
        case found(Prediction)
        /// The account's list knows it.
        case listed
        case throttled(ProviderError)
        /// It may be an outage or another account, for that reason: the run waits.
        case wait(String)
        /// The provider knows others and not this one.
        case gone(Watch)
        /// It is left to a person, since nothing that the words name is known there either.
        case hold(Watch, others: String)
    }

    /// How often a prediction is missed before anybody asks further.
    private static let missesBeforeCheck = 3
    /// After how many times the list's lag predictions that are all missing are left to a person.
    private static let patience = 20
    /// How many requests a closer look takes at most.
    private static let readsToCheck = 5

    /// How many predictions are not found now.
    var missing: Int { watches.values.count { $0.misses > 0 } }

    /// Nothing that is in flight is found, so nothing may be created.
    var isEverythingMissing: Bool { absence.isEverything && missing > 0 }

    /// The provider has said, in the API's own form, that it does not know the prediction.
    mutating func missed(_ id: ItemID, at now: Timestamp) {
        guard var watch = watches[id] else { return }
        watch.isBeingRead = false
        // A read may lag behind a write, and one answer may be an accident.
        let missingSince = watch.missingSince ?? now
        watch.missingSince = missingSince
        watch.misses += 1
        let pause = Swift.min(30, 2 * (1 << Swift.min(4, watch.misses / Self.missesBeforeCheck)))
        watch.nextPollAt = now.advanced(by: .seconds(pause))
        self.watch(id, watch)
        let isDue = watch.misses >= Self.missesBeforeCheck && missingSince.duration(to: now) >= lag * 2
        if isDue, absence.suspect == nil { absence.suspect = id }
    }

    /// Looks closer at a prediction that is missing, when the rate of reads allows it.
    mutating func checkSuspect(into actions: inout [RunAction], at now: Timestamp) {
        guard let id = absence.suspect, !absence.isUnderWay else { return }
        guard let watch = watches[id], watch.misses > 0 else {
            absence.suspect = nil
            return
        }
        guard !watch.isBeingRead, reads.take(Self.readsToCheck, at: now) else { return }
        absence.suspect = nil
        absence.isUnderWay = true
        var reading = watch
        reading.isBeingRead = true
        self.watch(id, reading)
        actions.append(
            .checkAbsence(id, predictionID: watch.predictionID, witness: absence.witness(besides: watch.predictionID)))
    }

    /// When a closer look may begin.
    func checkWake(after now: Timestamp) -> Timestamp {
        guard let suspect = absence.suspect, !absence.isUnderWay, let watch = watches[suspect], !watch.isBeingRead
        else { return .distantFuture }
        return reads.opening(after: now, count: Self.readsToCheck)
    }

    /// A closer look is over.
    /// - Returns: what it has shown of other predictions in flight, in the order of the items; `nil` if the item waits no more.
    mutating func absenceChecked(
        _ id: ItemID, _ check: AbsenceCheck, at now: Timestamp
    ) -> [(ItemID, Prediction)]? {
        absence.isUnderWay = false
        pollSoon()
        // It may have been the one request that a throttle of reads lets through.
        if case .failed = check.prediction { reads.probeLost(at: now) } else { reads.passed(at: now) }
        guard var watch = watches[id] else { return nil }
        watch.isBeingRead = false
        watch.nextPollAt = Swift.max(watch.nextPollAt, now.advanced(by: .seconds(2)))
        self.watch(id, watch)
        let listed = Dictionary(check.listed.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let others = watches.compactMap { other, watch -> (ItemID, Prediction)? in
            guard other != id, !watch.isBeingRead else { return nil }
            return listed[watch.predictionID].map { (other, $0) }
        }
        return others.sorted { $0.0 < $1.0 }
    }

    /// What becomes of the prediction that was looked for.
    ///
    /// - Parameters:
    ///   - othersListed: whether the list has shown others that are in flight.
    ///   - isOfEarlierSession: whether another session has made it.
    mutating func judgeAbsence(
        of id: ItemID, _ check: AbsenceCheck, othersListed: Bool, isOfEarlierSession: Bool, at now: Timestamp
    ) -> AbsenceVerdict? {
        guard var watch = watches[id] else { return nil }
        switch check.prediction {
        case .found(let prediction): return .found(prediction)
        case .failed(let error) where error.code == .throttled: return .throttled(error)
        case .failed(let error): return wait(error.message)
        case .missing: break
        }
        if check.listed.contains(where: { $0.id == watch.predictionID }) {
            // The list knows it, so it is there.
            (watch.misses, watch.missingSince) = (0, nil)
            self.watch(id, watch)
            return .listed
        }
        switch check.witness {
        case .found?: return gone(watch, isOfEarlierSession)
        case .failed(let error)?: return wait(error.message)
        case .missing?, nil: break
        }
        if let failure = check.provider.failure { return wait(failure) }
        let isAlone =
            check.witness == nil && check.provider.account == .answered && missing == 1 && !absence.isEverything
        if othersListed || isAlone { return gone(watch, isOfEarlierSession) }
        // The provider answers, and none of what this run has there is known to it.
        if (watch.missingSince ?? now).duration(to: now) >= lag * Self.patience {
            return .hold(watch, others: "nor anything else that this run has there")
        }
        return wait("the provider answers, and knows none of them")
    }

    private mutating func wait(_ reason: String) -> AbsenceVerdict {
        absence.isEverything = true
        return .wait(reason)
    }

    private mutating func gone(_ watch: Watch, _ isOfEarlierSession: Bool) -> AbsenceVerdict {
        absence.isEverything = false
        guard isOfEarlierSession, missing > 1 || absence.heldResumed else { return .gone(watch) }
        // Several predictions of an earlier session at once are no accident of one of them.
        absence.heldResumed = true
        return .hold(
            watch, others: "nor others that an earlier session made; they may be those of another account or deleted")
    }
}

/// What is being found out about predictions that are not found.
struct AbsenceWatch: Sendable {
    /// A prediction that is to be looked for more closely.
    var suspect: ItemID?
    /// One is being looked for.
    var isUnderWay = false
    /// Nothing that is in flight is found.
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

/// Reads that were refused since one passed.
struct RefusedReads: Hashable, Sendable {
    private var refusals: [ItemID: Int] = [:]

    /// Takes in that the prediction of an item was not to be read.
    /// - Returns: whether the refusal is the account's: several are refused, or one again and again, and nothing passes.
    mutating func areEverybodys(after id: ItemID) -> Bool {
        refusals[id, default: 0] += 1
        return refusals.count > 1 || refusals[id, default: 0] > 1
    }

    mutating func passed() {
        refusals = [:]
    }
}
