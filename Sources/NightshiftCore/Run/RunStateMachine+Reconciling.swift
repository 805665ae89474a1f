import Foundation
import JSON
import ReplicateAPI

/// What became of a create whose answer was lost.
extension RunStateMachine {
    /// How lost creates are looked for.
    struct Searching: Sendable {
        /// The look that is under way.
        var scan: ListScan?
        /// A request of it is.
        var isAsking = false
        /// Neither a look nor its next request begins before.
        var nextAt = Timestamp.distantPast
        /// When the first lost create has settled enough for a look, or a late one is looked for again.
        var due: Timestamp?
        var failuresInARow = 0
        /// Looks in a row after which nobody could tell what is not there.
        var inconclusive = 0
        /// When the first of them ended.
        var inconclusiveSince: Timestamp?
        /// Rows that were read singly, and what was looked for then.
        var examined: [String: (candidate: ReconcileCandidate?, wanted: Set<String>)] = [:]
        /// When the newest create was sent that the provider has accepted.
        var newestAccepted: Timestamp?
        var toldAt: Timestamp?
        /// Creates that were taken for lost for good, and may still come.
        var late: [LateCreate] = []
        /// Predictions that no item has, and that were told of while late creates were waited for.
        var seenUnknown: Set<String> = []

        /// When the next request may be sent but for the rate.
        var opening: Timestamp? {
            guard !isAsking else { return nil }
            return scan == nil ? due.map { Swift.max($0, nextAt) } : nextAt
        }
    }

    /// So often the list may fail to prove anything before what it should prove is left to a person.
    private static let mostInconclusive = 3

    /// Looks through the account's list when a lost create has settled; one look serves all.
    mutating func reconcile(at now: Timestamp) {
        noteSearchDue(at: now)
        if searching.scan == nil { beginScan(at: now) }
        guard let opening = searching.opening, opening <= now, let request = searching.scan?.next else { return }
        guard takeReads(at: now) else { return }
        searching.isAsking = true
        ask(request)
    }

    private mutating func ask(_ request: ListScan.Request) {
        guard let search = searching.scan?.search else { return }
        switch request {
        case .page(var query):
            if !listTakesBefore { query.createdBefore = nil }
            decision.actions.append(.list(query, search))
        case .examine(let id): decision.actions.append(.examine(predictionID: id, search))
        }
    }

    private mutating func noteSearchDue(at now: Timestamp) {
        searching.due = nil
        forgetLateCreates(at: now)
        for late in searching.late { expectSearch(late.nextLook) }
        guard lostCreates > 0 else { return }
        for item in window.values {
            guard case .unknown(let lost) = item.phase else { continue }
            expectSearch(lost.lostAt.advanced(by: settings.reconciling.settle))
        }
    }

    private mutating func expectSearch(_ instant: Timestamp) {
        searching.due = Swift.min(searching.due ?? instant, instant)
    }

    private mutating func beginScan(at now: Timestamp) {
        guard let opening = searching.opening, opening <= now else { return }
        var wanted: Set<String> = []
        var outlines: Set<RequestOutline> = []
        var times: [Range<Timestamp>] = []
        var count = 0
        for one in lostItems {
            guard one.lost.lostAt.advanced(by: settings.reconciling.settle) <= now else { continue }
            count += 1
            wanted.insert(one.lost.intent.requestDigest)
            if let outline = one.outline { outlines.insert(outline) }
            times += acceptanceTimes(of: one.lost, at: now)
        }
        for late in searching.late {
            wanted.insert(late.lost.intent.requestDigest)
            if let outline = late.outline { outlines.insert(outline) }
            times += acceptanceTimes(of: late.lost, isOpen: true, at: now)
        }
        guard !wanted.isEmpty else { return }
        let search = LostCreateSearch(
            wanted: wanted, outlines: outlines, inputs: settings.steps.map(\.inputs))
        searching.scan = ListScan(search, count: count, times: times, at: now)
    }

    // MARK: - When and what

    struct LostItem {
        var id: ItemID
        var lost: LostCreate
        var outline: RequestOutline?
    }

    /// In the order in which they were sent.
    private var lostItems: [LostItem] {
        window.compactMap { id, item -> LostItem? in
            guard case .unknown(let lost) = item.phase else { return nil }
            return LostItem(id: id, lost: lost, outline: item.outline)
        }
        .sorted { ($0.lost.intent.at, $0.id) < ($1.lost.intent.at, $1.id) }
    }

    /// When the provider may have accepted the create, by the provider's clock. The clock that stamps answers may not be the
    /// one that stamps predictions, so there may be several answers.
    ///
    /// - Parameter isOpen: it may have been accepted at any time until now.
    func acceptanceTimes(of lost: LostCreate, isOpen: Bool = false, at now: Timestamp) -> [Range<Timestamp>] {
        let intent = lost.intent
        let skew = settings.reconciling.skew
        var offsets: Set<Duration> = [.zero]
        if let offset = intent.clockOffset { offsets.insert(offset) }
        if !intent.isEarlier { offsets.insert(providerClock.offset) }
        let latestEver = providerClock.theirs(now).advanced(by: skew)
        // What waits in a queue of the provider may be taken up much later than what was answered with a failure.
        let wait: Duration =
            lost.loss == .timedOut || isOpen
            ? .seconds(3600)
            : Swift.max(.seconds(300), .seconds(120) + settings.reconciling.patience(after: lost.loss))
        var times = offsets.map { offset in
            let sent = intent.at.advanced(by: offset)
            let from = sent.advanced(by: .zero - skew)
            let until = isOpen ? Swift.max(sent.advanced(by: skew + wait), latestEver) : sent.advanced(by: skew + wait)
            return from..<until.advanced(by: .milliseconds(1))
        }
        if intent.clockOffset == nil, !providerClock.isKnown {
            // Neither clock is known to be right, so no time tells anything: the input alone does.
            let longest = Duration.seconds(3650 * 86_400)
            times.append(now.advanced(by: .zero - longest)..<now.advanced(by: longest))
        } else if intent.clockOffset == nil, intent.isEarlier {
            // Nobody knows how wrong the clock was by which it was sent: most that are wrong are so by a day at most.
            let theirs = providerClock.theirs(now)
            let earliest = Swift.min(intent.at, theirs).advanced(by: .seconds(-26 * 3600))
            let from = Swift.max(earliest, theirs.advanced(by: .seconds(-14 * 86_400)))
            times.append(from..<latestEver.advanced(by: .milliseconds(1)))
        }
        return times
    }

    func matches(_ prediction: Prediction, _ times: [Range<Timestamp>], step: Int) -> Bool {
        guard prediction.source != "web", !isOfAnotherStep(prediction, step) else { return false }
        guard let createdAt = prediction.createdAt.map(Timestamp.init) else { return true }
        return times.contains { $0.contains(createdAt) }
    }

    /// A model's name may come back as another one, so it only tells steps of this run apart.
    private func isOfAnotherStep(_ prediction: Prediction, _ step: Int) -> Bool {
        guard steps.count > 1, let model = prediction.model, settings.steps[step].model != model else { return false }
        return settings.steps.contains { $0.model == model }
    }

    /// Whether the provider may still be working on it though the list does not show it.
    private func mayStillCome(_ lost: LostCreate, asOf startedAt: Timestamp) -> Bool {
        if startedAt >= lost.lostAt.advanced(by: settings.reconciling.patience(after: lost.loss)) { return false }
        // What was sent later and is there already has overtaken it only if there is no queue any more.
        return lost.overtakenAt.map { startedAt < $0.advanced(by: settings.reconciling.lag) } ?? true
    }

    /// The provider has accepted a create: it goes on, if it had stopped.
    mutating func accepted(sentAt: Timestamp, at now: Timestamp) {
        searching.newestAccepted = Swift.max(searching.newestAccepted ?? sentAt, sentAt)
        guard lostCreates > 0 else { return }
        for (id, item) in window {
            guard case .unknown(var lost) = item.phase, lost.overtakenAt == nil, isOvertaken(lost.intent) else {
                continue
            }
            lost.overtakenAt = now
            enter(.unknown(lost), for: id)
        }
    }

    func isOvertaken(_ intent: CreateIntent) -> Bool {
        searching.newestAccepted.map { intent.isEarlier || intent.at < $0 } ?? false
    }

    // MARK: - Answers

    mutating func listed(_ page: ListPage, at now: Timestamp) {
        guard var scan = searching.scan, case .page = scan.next else { return }
        heardFromList(at: now)
        let sought = lostItems.map {
            (times: acceptanceTimes(of: $0.lost, at: now), step: window[$0.id]?.step ?? 0)
        }
        let late = searching.late.map {
            (times: acceptanceTimes(of: $0.lost, isOpen: true, at: now), step: $0.step)
        }
        scan.take(page) { candidate in
            if isKnown(candidate.prediction.id) { return false }
            return (sought + late).contains { matches(candidate.prediction, $0.times, step: $0.step) }
        }
        goOn(scan, at: now)
    }

    mutating func examined(_ id: String, _ candidate: ReconcileCandidate?, at now: Timestamp) {
        guard var scan = searching.scan, scan.bareRow(id) != nil else { return }
        heardFromList(at: now)
        searching.examined[id] = (candidate, scan.search.wanted)
        scan.examined(id, candidate)
        goOn(scan, at: now)
    }

    mutating func examineFailed(_ id: String, _ error: ProviderError, at now: Timestamp) {
        guard var scan = searching.scan, let row = scan.bareRow(id) else { return }
        guard error.code == .notFound else { return listFailed(error, at: now) }
        heardFromList(at: now)
        // What the list shows and a read does not find may be anything.
        scan.examined(id, row)
        goOn(scan, at: now)
    }

    private mutating func heardFromList(at now: Timestamp) {
        searching.isAsking = false
        searching.failuresInARow = 0
        lookWake = .distantPast
        toldTroubles.remove(.reading)
        reads.passed(at: now)
    }

    /// Asks for more, or decides by what was found.
    private mutating func goOn(_ scan: ListScan, at now: Timestamp) {
        var scan = scan
        // What was read singly a moment ago need not be read again.
        while case .examine(let id)? = scan.next, let known = searching.examined[id],
            scan.search.wanted.isSubset(of: known.wanted)
        {
            scan.recall(id, known.candidate)
        }
        guard scan.next != nil else {
            searching.scan = nil
            return conclude(scan, at: now)
        }
        searching.scan = scan
        // A list that brings nothing new is not asked as fast as it answers, and a long one leaves room for others.
        searching.nextAt = now.advanced(by: scan.pace)
        tellProgress(of: scan, at: now)
    }

    private mutating func tellProgress(of scan: ListScan, at now: Timestamp) {
        guard scan.requests >= 20 || scan.startedAt.duration(to: now) >= .seconds(10) else { return }
        if let toldAt = searching.toldAt, toldAt.duration(to: now) < .seconds(30) { return }
        searching.toldAt = now
        let creates = scan.count == 1 ? "1 lost create" : "\(scan.count) lost creates"
        let back = scan.oldest.map { ", back to \(APITime.format($0.date))" } ?? ""
        announce(.searching, "looking for \(creates): \(scan.rows) predictions of the account read\(back)")
    }

    mutating func listFailed(_ error: ProviderError, at now: Timestamp) {
        searching.isAsking = false
        lookWake = .distantPast
        if error.code == .throttled {
            let wait = error.retryAfter ?? .seconds(10)
            reads.throttled(for: wait, at: now)
            tellThrottle(of: \.reads, for: wait, at: now)
            searching.nextAt = now.advanced(by: wait)
            return
        }
        if case .page(let query)? = searching.scan?.next, query.continuation == nil, listTakesBefore,
            error.code == .rejected || error.code == .invalidInput
        {
            listTakesBefore = false
        }
        searching.scan?.failed(error)
        reads.probeLost(at: now)
        searching.failuresInARow += 1
        let backoff = Backoff(initial: .seconds(5), factor: 1.5, max: .seconds(60), jitter: .none)
        searching.nextAt = now.advanced(by: backoff.delay(afterFailure: searching.failuresInARow, using: &random))
        if searching.failuresInARow >= 3 { tellUnreadable("lost creates cannot be looked for: \(error.message)") }
        refusedToRead(error, at: now)
        if let scan = searching.scan, scan.next == nil {
            searching.scan = nil
            conclude(scan, at: now)
        }
    }

    // MARK: - Deciding

    /// Equal inputs are interchangeable: each lost create takes one candidate, oldest first.
    private mutating func conclude(_ scan: ListScan, at now: Timestamp) {
        var free = scan.candidates.filter { candidate in !isKnown(candidate.prediction.id) }
        free.sort { ($0.prediction.createdAt ?? .distantPast) < ($1.prediction.createdAt ?? .distantPast) }
        var unfound: [LostItem] = []
        for one in lostItems {
            // A create of equal input that is being sent right now may own the row; its answer tells.
            guard !isSubmitting(one.lost.intent.requestDigest) else { continue }
            let times = acceptanceTimes(of: one.lost, at: now)
            let step = window[one.id]?.step ?? 0
            let index = free.firstIndex {
                $0.equals(one.lost.intent.requestDigest) && matches($0.prediction, times, step: step)
            }
            if let index {
                adopt(one, free.remove(at: index).prediction, at: now)
            } else {
                unfound.append(one)
            }
        }
        let isConclusive = scan.problem == nil && showsWhatIsKnown(scan, at: now)
        searching.inconclusive = isConclusive ? 0 : searching.inconclusive + 1
        searching.inconclusiveSince = isConclusive ? nil : searching.inconclusiveSince ?? now
        for one in unfound {
            let times = acceptanceTimes(of: one.lost, at: now)
            let step = window[one.id]?.step ?? 0
            let likely = free.filter { matches($0.prediction, times, step: step) }
            let similar = likely.filter { $0.resembles(one.outline) }
            if similar.count == 1, isOnlyOne(with: one.outline) {
                free.removeAll { $0.prediction.id == similar[0].prediction.id }
                adopt(one, similar[0].prediction, at: now)
            } else if scan.startedAt >= one.lost.lostAt.advanced(by: settings.reconciling.lag) {
                settle(one, likely, by: scan, isConclusive: isConclusive, at: now)
            }
        }
        takeUpLateCreates(free, at: now)
        searching.nextAt = now.advanced(by: restAfterLook(at: now))
        if lostCreates == 0 { searching.examined = [:] }
    }

    private mutating func adopt(_ one: LostItem, _ prediction: Prediction, at now: Timestamp) {
        guard ResourceID.isUsable(prediction.id) else {
            // It is the item's all the same, and can never be read.
            hold(
                one, "its prediction was made, and the provider shows it under an id that cannot be asked for",
                at: now)
            return
        }
        let intent = one.lost.intent
        // An earlier session has sent it, by a clock that may have been another.
        let createdAt = prediction.createdAt.map { providerClock.ours(Timestamp($0)) } ?? intent.at
        adopt(one.id, prediction, sentAt: intent.isEarlier ? Swift.min(now, createdAt) : intent.at, at: now)
    }

    /// Soon while the list may lag behind, and later more and more seldom.
    private func restAfterLook(at now: Timestamp) -> Duration {
        let youngest = lostItems.map(\.lost.lostAt).max() ?? now
        let age = youngest.duration(to: now)
        guard age > settings.reconciling.lag else { return .seconds(2) }
        return Swift.min(.seconds(30), Swift.max(.seconds(2), age / 8))
    }

    /// A list in which nothing at all is to be seen proves nothing as long as something must be in it.
    private func showsWhatIsKnown(_ scan: ListScan, at now: Timestamp) -> Bool {
        guard scan.rows == 0 else { return true }
        let shown = now.advanced(by: .zero - settings.reconciling.lag)
        return !window.values.contains { item in
            guard case .running(let running) = item.phase, let createdAt = running.createdAt, running.since < shown
            else { return false }
            return scan.covers(createdAt)
        }
    }

    /// Whether no other create whose id is not known could be the one that a similar row stands for.
    private func isOnlyOne(with outline: RequestOutline?) -> Bool {
        let alike = window.values.count { item in
            switch item.phase {
            case .submitting, .unknown: item.outline == outline
            default: false
            }
        }
        return alike == 1
    }

    /// The list has had time to show the prediction and does not.
    private mutating func settle(
        _ one: LostItem, _ likely: [ReconcileCandidate], by scan: ListScan, isConclusive: Bool, at now: Timestamp
    ) {
        let similar = likely.count { $0.resembles(one.outline) }
        let related = likely.count { $0.likeness != nil && $0.mayBe(one.outline) }
        if likely.contains(where: { $0.likeness == nil && !$0.isBare }) {
            // A row whose data are gone may be the one; nobody can tell any more.
            hold(one, "a create of this item may have been accepted, and the provider has removed its input", at: now)
        } else if likely.contains(where: \.isBare) {
            hold(
                one,
                "a create of this item may have been accepted: the provider shows a prediction of that time without its input",
                at: now)
        } else if similar > 0, one.outline?.hasFiles == true {
            hold(
                one,
                "a create of this item may have been accepted: the provider shows \(similar) of its kind and not which file "
                    + "each was made from", at: now)
        } else if related > 0 {
            hold(
                one,
                "a create of this item may have been accepted: the provider shows a prediction whose input differs only in "
                    + "what the provider itself may have added or left out", at: now)
        } else if one.lost.loss == .accepted {
            hold(
                one, "its create was accepted without an id that can be used, and the provider's list does not show it",
                at: now)
        } else if !isConclusive {
            let since = searching.inconclusiveSince ?? now
            guard searching.inconclusive >= Self.mostInconclusive,
                since.duration(to: now) >= settings.reconciling.lag * 8
            else { return }
            let problem = scan.problem ?? "it does not show what is known to be in it"
            hold(
                one,
                "a create of this item may have been accepted, and the provider's list of predictions cannot tell: \(problem)",
                at: now)
        } else if mayStillCome(one.lost, asOf: scan.startedAt) {
            guard !one.lost.isQuiet else { return }
            var lost = one.lost
            lost.isQuiet = true
            enter(.unknown(lost), for: one.id)
        } else {
            spend(predictions: -1, of: one.id)
            expectLate(one, at: now)
            returnToStore(one.id, due: now, at: now)
        }
    }

    private mutating func hold(_ one: LostItem, _ reason: String, at now: Timestamp) {
        record(.held(reason: reason), for: one.id, at: now)
        ended(one.id)
    }

    private func isKnown(_ predictionID: String) -> Bool {
        window.values.contains { item in
            switch item.phase {
            case .running(let running): running.predictionID == predictionID
            case .fetching(let fetching): fetching.predictionID == predictionID
            default: false
            }
        }
    }

    func isSubmitting(_ requestDigest: String) -> Bool {
        window.values.contains { item in
            if case .submitting(let intent) = item.phase { intent.requestDigest == requestDigest } else { false }
        }
    }
}
