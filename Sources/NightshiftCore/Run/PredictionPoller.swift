import ReplicateAPI

/// From a prediction's id to its end: when each is looked at, by single reads while few are due, by pages of the account's list
/// when many are.
struct PredictionPoller: Sendable {
    /// A prediction in flight, as it is looked at.
    struct Watch: Hashable, Sendable {
        let predictionID: String
        /// The place of its item's step among the run's.
        let step: Int
        var since: Timestamp
        /// When the provider says that it was made, by which its list is cut; not known after a resume.
        var createdAt: Timestamp?
        /// When the provider said `processing` first.
        var processingSince: Timestamp?
        var nextPollAt: Timestamp
        /// A single read is under way.
        var isBeingRead = false
        /// We asked for it to be canceled because it takes too long.
        var isTimedOut = false
        /// Reads answered "not found" since it was last seen, and when the first of them was.
        var misses = 0
        var missingSince: Timestamp?
        /// Since when reads of it are refused.
        var refusedSince: Timestamp?
        /// When a person's cancel was sent last.
        var cancelAskedAt: Timestamp?
        /// The list should have shown it and did not, so it is read singly.
        var isUnlisted = false
        /// The output expired once already; the next answer decides.
        var hasExpired = false
        /// Reads that told of its end and not of what came of it.
        var partialReads = 0
        /// Its computing time is in the totals already.
        var isCounted = false

        init(_ predictionID: String, step: Int, since: Timestamp, nextPollAt: Timestamp) {
            self.predictionID = predictionID
            self.step = step
            self.since = since
            self.nextPollAt = nextPollAt
        }
    }

    /// What is known of how long predictions take, and how many there are.
    struct Pace: Sendable {
        /// Of all steps.
        var inFlight: Int
        /// For each step.
        var runTimes: [RunTimes]
        /// The shortest of the times that predictions under way take, or `nil` while one of them has no history.
        var shortestRunTime: Duration?
    }

    struct TimeLimits: Hashable, Sendable {
        var start: Duration?
        var run: Duration?
    }

    /// What an answer says of a prediction in flight.
    enum Observation: Hashable, Sendable {
        /// It goes on; with its status, if that is one that this version does not know.
        case goesOn(unknownStatus: String?)
        /// It tells that it has ended, and not what came of it: it is read singly.
        case mustBeRead
        case ended(Watch)
    }

    private let traits: ProviderTraits
    /// For each step.
    private let timeLimits: [TimeLimits]
    let retention: Duration
    let lag: Duration
    /// The provider calls us when a prediction has ended; polling is only the net below.
    let isNotified: Bool

    var watches: [ItemID: Watch] = [:]
    var reads: SharedGate
    var clock: ProviderClock
    var sweep = ListSweep()
    /// When ``poll(_:into:at:)`` has something to do next; it goes through all predictions, so it is not called for less.
    private(set) var pollWake = Timestamp.distantFuture
    var failuresInARow = 0
    var lastReadPassed: Timestamp?
    var refusals = RefusedReads()
    var absence = AbsenceWatch()
    /// Predictions that a webhook told of before the answer to their create came.
    private var unmatchedDeliveries: [String: Prediction] = [:]

    private static let mostUnmatchedDeliveries = 1000
    static let mostPartialReads = 3
    static let failuresBeforeTold = 3
    /// A provider that has not taken a cancel to heart is asked again after this time.
    private static let cancelPatience = Duration.seconds(5)
    static let backoff = Backoff(initial: .seconds(1), max: .seconds(60))

    init(_ settings: RunSettings, clockOffset: Duration?, at now: Timestamp) {
        traits = settings.traits
        timeLimits = settings.steps.map { TimeLimits(start: $0.startTimeout, run: $0.runTimeout) }
        retention = settings.reconciling.retention
        lag = settings.reconciling.lag
        isNotified = settings.isNotified
        reads = SharedGate(limit: settings.reads, sharesAccount: settings.sharesAccount, at: now)
        clock = ProviderClock(offset: clockOffset)
    }

    // MARK: - What is watched

    mutating func watch(_ id: ItemID, _ watch: Watch) {
        watches[id] = watch
        if let deadline = deadline(of: watch) { wake(at: deadline) }
        if !watch.isBeingRead { wake(at: watch.nextPollAt) }
    }

    mutating func remove(_ id: ItemID) {
        watches[id] = nil
        if absence.suspect == id { absence.suspect = nil }
        if absence.isEverything, missing == 0 { absence.isEverything = false }
    }

    mutating func wake(at instant: Timestamp) {
        pollWake = Swift.min(pollWake, instant)
    }

    /// What was read may free what waits for a read.
    mutating func pollSoon() { pollWake = .distantPast }

    /// What a provider that is asked twice has told before the answer to the create.
    mutating func takeUnmatchedDelivery(_ predictionID: String) -> Prediction? {
        unmatchedDeliveries.removeValue(forKey: predictionID)
    }

    /// A webhook tells the end of a prediction that nobody has yet.
    mutating func keepUnmatchedDelivery(_ prediction: Prediction) {
        guard unmatchedDeliveries.count < Self.mostUnmatchedDeliveries else { return }
        unmatchedDeliveries[prediction.id] = prediction
    }

    // MARK: - Polling

    /// Looks at what is due.
    mutating func poll(_ pace: Pace, into actions: inout [RunAction], at now: Timestamp) {
        guard now >= pollWake else { return }
        pollWake = .distantFuture
        guard traits.remembersPredictions else { return }
        var due: [(id: ItemID, watch: Watch)] = []
        var overdue: [(id: ItemID, watch: Watch)] = []
        for (id, watch) in watches {
            if let deadline = deadline(of: watch) {
                if deadline <= now {
                    overdue.append((id, watch))
                    continue
                }
                wake(at: deadline)
            }
            guard !watch.isBeingRead else { continue }
            if watch.nextPollAt <= now { due.append((id, watch)) } else { wake(at: watch.nextPollAt) }
        }
        // The order of a dictionary is another one in each process, and a run is to be the same when it is played again.
        for (id, watch) in overdue.sorted(by: { $0.id < $1.id }) { cancelOverdue(id, watch, into: &actions, at: now) }
        guard goOnSweeping(into: &actions, at: now), !due.isEmpty else { return }
        let listed = due.map(\.watch).filter { !$0.isUnlisted }
        let next = sweep.covering(listed, among: watches.values, clock: clock, at: now)
        let sweeps = due.count > 2 * next.pages
        // What a sweep should have shown and did not is read singly.
        let singles = sweeps ? due.filter(\.watch.isUnlisted) : due
        for (id, watch) in singles.sorted(by: { ($0.watch.nextPollAt, $0.id) < ($1.watch.nextPollAt, $1.id) }) {
            guard reads.take(at: now) else {
                wake(at: reads.opening(after: now))
                return
            }
            watches[id]?.isBeingRead = true
            actions.append(.read(id, predictionID: watch.predictionID))
        }
        guard sweeps, !sweep.isUnderWay, singles.count < due.count else { return }
        guard now >= sweep.earliest else {
            wake(at: sweep.earliest)
            return
        }
        sweep.begin(next.part, pages: next.pages, nextAt: nextPollTick(pace, after: now))
        _ = goOnSweeping(into: &actions, at: now)
    }

    /// Asks for the next page of a sweep; each is taken from the rate.
    /// - Returns: whether reads are left for something else.
    private mutating func goOnSweeping(into actions: inout [RunAction], at now: Timestamp) -> Bool {
        guard let query = sweep.next else { return true }
        guard reads.take(at: now) else {
            wake(at: reads.opening(after: now))
            return false
        }
        sweep.asked()
        actions.append(.pollList(query))
        return true
    }

    // MARK: - Answers to the list

    /// A page of the list has come.
    /// - Returns: what it says of predictions in flight, in the order of the items; and the predictions that no item has.
    mutating func listed(
        _ predictions: [Prediction], next: String?, at now: Timestamp
    ) -> (known: [(ItemID, Prediction)], unknown: [Prediction]) {
        pollSoon()
        let page = sweep.take(predictions, next: next, at: now)
        let seen = Dictionary(predictions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var known: [(ItemID, Prediction)] = []
        var unknown = Set(seen.keys)
        for (id, watch) in watches {
            unknown.remove(watch.predictionID)
            guard !watch.isBeingRead else { continue }
            if let prediction = seen[watch.predictionID] {
                known.append((id, prediction))
            } else if page.isLast, watch.nextPollAt <= now, page.shouldHaveShown(watch) {
                watches[id]?.isUnlisted = true
                wake(at: watch.nextPollAt)
            }
        }
        return (known.sorted { $0.0 < $1.0 }, unknown.sorted().compactMap { seen[$0] })
    }

    /// - Parameter wait: until the next page may be asked for.
    mutating func listFailed(_ error: ProviderError, wait: Duration, at now: Timestamp) {
        pollSoon()
        // A list that stays broken must not hide what single reads can tell.
        guard sweep.failed(error, nextAt: now.advanced(by: wait)) else { return }
        for (id, watch) in watches where watch.nextPollAt <= now { watches[id]?.isUnlisted = true }
    }

    // MARK: - Canceling

    /// When a prediction has taken longer than the manifest allows.
    private func deadline(of watch: Watch) -> Timestamp? {
        guard !watch.isTimedOut, watch.cancelAskedAt == nil else { return nil }
        if let processingSince = watch.processingSince {
            return timeLimits[watch.step].run.map { processingSince.advanced(by: $0) }
        }
        return timeLimits[watch.step].start.map { watch.since.advanced(by: $0) }
    }

    func hasTimeLimit(_ step: Int) -> Bool { timeLimits[step].run != nil }

    private mutating func cancelOverdue(
        _ id: ItemID, _ watch: Watch, into actions: inout [RunAction], at now: Timestamp
    ) {
        var overdue = watch
        overdue.isTimedOut = true
        overdue.nextPollAt = now.advanced(by: .milliseconds(250))
        self.watch(id, overdue)
        actions.append(.cancel(predictionID: watch.predictionID))
    }

    /// Asks for everything that runs to be canceled; what becomes of each is read like anything else.
    mutating func cancelAll(into actions: inout [RunAction], at now: Timestamp) {
        guard traits.remembersPredictions else { return }
        for (id, known) in watches.sorted(by: { $0.key < $1.key }) {
            var watch = known
            if watch.cancelAskedAt.map({ $0.duration(to: now) >= Self.cancelPatience }) ?? true {
                watch.cancelAskedAt = now
                watch.nextPollAt = now.advanced(by: .milliseconds(250))
                actions.append(.cancel(predictionID: watch.predictionID))
            }
            watch.nextPollAt = Swift.min(watch.nextPollAt, now.advanced(by: .seconds(1)))
            self.watch(id, watch)
        }
    }
}

extension PredictionPoller {
    var contradictions: [String] {
        var found = reads.contradictions
        // The answer to a page, to a claim or to the one read that a throttle lets through wakes, too.
        let isAnswerAwaited = sweep.isAsking || reads.isClaiming || reads.gate.isClosed
        if traits.remembersPredictions, pollWake == .distantFuture, !isAnswerAwaited {
            for (id, watch) in watches where !watch.isBeingRead {
                found.append("nobody wakes to look at item \(id.rawValue)")
            }
        }
        if let suspect = absence.suspect, watches[suspect] == nil {
            found.append("item \(suspect.rawValue) is missed and not in flight")
        }
        return found
    }

    var dump: String {
        let lines = watches.sorted { $0.key < $1.key }.map { id, watch in
            "\(id.rawValue) \(watch.predictionID) next at \(watch.nextPollAt.milliseconds)"
                + (watch.isBeingRead ? ", being read" : "") + (watch.misses > 0 ? ", missed \(watch.misses) times" : "")
        }
        return (["reads \(reads.dump), \(sweep.dump), \(failuresInARow) failures in a row"] + lines)
            .joined(separator: "\n")
    }
}
