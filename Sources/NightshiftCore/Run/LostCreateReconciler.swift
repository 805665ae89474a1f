import Foundation
import ReplicateAPI

/// What became of creates whose answer was lost: they are looked for in the account's list, and nothing is sent again before
/// that has proven something.
struct LostCreateReconciler: Sendable {
    /// An item whose create was lost.
    struct Lost: Sendable {
        let id: ItemID
        /// The place of its step among the run's.
        let step: Int
        var create: LostCreate
        let sent: InputFingerprint?
    }

    /// What else is known that a row of the list may belong to.
    struct Surroundings: Sendable {
        /// Creates that are being sent right now, by their digests.
        var submitting: [String: Int]
        /// The inputs of these.
        var submittingInputs: [InputFingerprint]
        /// Predictions that an item has.
        var holders: [String: ItemID]
        /// When predictions were made that the list must show by now.
        var shown: [Timestamp]
        var clock: ProviderClock
    }

    /// What a look has proven of an item.
    enum Finding: Sendable {
        /// The prediction is the item's.
        case adopt(Lost, Prediction)
        /// Nobody can tell; a person has to.
        case hold(Lost, reason: String)
        /// It is not shown though the list had time to, and may still come.
        case quiet(Lost)
        /// Nothing was made; the item is to be sent again.
        case absent(Lost)
        /// A prediction that may take the place of what was made since.
        case late(LateCreate, Prediction)
    }

    let reconciling: RunSettings.Reconciling
    private let inputs: [KnownInputs]
    /// The models of the steps, as the list shows them.
    let models: [String?]

    var lost: [ItemID: Lost] = [:]
    /// Creates that were taken for lost for good, and may still come.
    var late: [LateCreate] = []
    /// Predictions that no item has, and that were told of while late creates were waited for.
    var seenUnknown: Set<String> = []

    /// The look that is under way.
    private(set) var scan: ListScan?
    /// A request of it is.
    private var isAsking = false
    /// Predictions that items have taken since the look began: its pages may have shown them before anybody had them.
    var takenMeanwhile: Set<String> = []
    /// Neither a look nor its next request begins before.
    var nextAt = Timestamp.distantPast
    /// When the first lost create has settled enough for a look, or a late one is looked for again.
    private var due: Timestamp?
    private var failuresInARow = 0
    /// Looks in a row after which nobody could tell what is not there, and when the first of them ended.
    var inconclusive = 0
    var inconclusiveSince: Timestamp?
    /// Rows that were read singly, and what was looked for then.
    var examined: [String: (candidate: ReconcileCandidate?, wanted: Set<String>)] = [:]
    /// When the newest create was sent that the provider has accepted.
    private var newestAccepted: Timestamp?
    private var progressToldAt: Timestamp?

    /// So often the list may fail to prove anything before what it should prove is left to a person.
    static let mostInconclusive = 3
    private static let failuresBeforeTold = 3
    private static let backoff = Backoff(initial: .seconds(5), factor: 1.5, max: .seconds(60), jitter: .none)

    init(_ settings: RunSettings) {
        reconciling = settings.reconciling
        inputs = settings.steps.map(\.inputs)
        models = settings.steps.map(\.model)
    }

    // MARK: - What is lost

    mutating func add(_ id: ItemID, step: Int, _ create: LostCreate, sent: InputFingerprint?, at now: Timestamp) {
        var create = create
        if isOvertaken(create.intent) { create.overtakenAt = create.overtakenAt ?? now }
        lost[id] = Lost(id: id, step: step, create: create, sent: sent)
    }

    mutating func remove(_ id: ItemID, isTerminal: Bool) {
        lost[id] = nil
        if isTerminal { late.removeAll { $0.item == id } }
    }

    /// The provider has accepted a create.
    mutating func accepted(sentAt: Timestamp, at now: Timestamp) {
        newestAccepted = Swift.max(newestAccepted ?? sentAt, sentAt)
        for (id, one) in lost where one.create.overtakenAt == nil && isOvertaken(one.create.intent) {
            lost[id]?.create.overtakenAt = now
        }
    }

    private func isOvertaken(_ intent: CreateIntent) -> Bool {
        newestAccepted.map { intent.isEarlier || intent.at < $0 } ?? false
    }

    /// In the order in which they were sent.
    var inOrder: [Lost] {
        lost.values.sorted { ($0.create.intent.at, $0.id) < ($1.create.intent.at, $1.id) }
    }

    /// A prediction is an item's now.
    mutating func taken(_ predictionID: String) {
        if scan != nil { takenMeanwhile.insert(predictionID) }
    }

    // MARK: - Asking

    /// The next request of a look, if one is due; ``asked()`` says that it is sent. One look serves all.
    mutating func next(_ clock: ProviderClock, isFetching: (ItemID) -> Bool, at now: Timestamp) -> ListScan.Request? {
        noteDue(isFetching: isFetching, at: now)
        if scan == nil { beginScan(clock, at: now) }
        guard let opening, opening <= now else { return nil }
        return scan?.next
    }

    mutating func asked() { isAsking = true }

    var search: LostCreateSearch? { scan?.search }

    /// When the next request may be sent but for the rate.
    var opening: Timestamp? {
        guard !isAsking else { return nil }
        return scan == nil ? due.map { Swift.max($0, nextAt) } : nextAt
    }

    private mutating func noteDue(isFetching: (ItemID) -> Bool, at now: Timestamp) {
        guard !lost.isEmpty || !late.isEmpty else {
            due = nil
            return
        }
        forgetLateCreates(isFetching: isFetching, at: now)
        due = late.map(\.nextLookAt).min()
        for one in lost.values {
            let settled = one.create.lostAt.advanced(by: reconciling.settle)
            due = Swift.min(due ?? settled, settled)
        }
    }

    private mutating func beginScan(_ clock: ProviderClock, at now: Timestamp) {
        guard let opening, opening <= now else { return }
        var wanted: Set<String> = []
        var sent: Set<InputFingerprint> = []
        var times: [Range<Timestamp>] = []
        // Those that were lost a moment ago are looked for too, so that they need no look of their own; what this one does not show
        // proves nothing of them yet.
        for one in inOrder {
            wanted.insert(one.create.intent.requestDigest)
            if let input = one.sent { sent.insert(input) }
            times += acceptanceTimes(of: one.create, clock, at: now)
        }
        for late in late {
            wanted.insert(late.create.intent.requestDigest)
            if let input = late.sent { sent.insert(input) }
            times += acceptanceTimes(of: late.create, isOpen: true, clock, at: now)
        }
        guard !wanted.isEmpty else { return }
        takenMeanwhile = []
        scan = ListScan(
            LostCreateSearch(wanted: wanted, fingerprints: sent, inputs: inputs), count: lost.count, times: times,
            at: now)
    }

    // MARK: - Answers

    /// A page of the look has come.
    /// - Returns: what is proven, if the look is over.
    mutating func listed(_ page: ListPage, _ around: Surroundings, at now: Timestamp) -> [Finding]? {
        guard var scan, case .page = scan.next else { return nil }
        answered()
        let sought = inOrder.map { (acceptanceTimes(of: $0.create, around.clock, at: now), $0.step) }
        let late = late.map { (acceptanceTimes(of: $0.create, isOpen: true, around.clock, at: now), $0.step) }
        scan.take(page) { candidate in
            if around.holders[candidate.prediction.id] != nil { return false }
            return (sought + late).contains { matches(candidate.prediction, $0.0, step: $0.1) }
        }
        return goOn(scan, around, at: now)
    }

    /// A row was read singly; `nil` if it cannot be one that is looked for.
    mutating func examined(
        _ id: String, _ candidate: ReconcileCandidate?, _ around: Surroundings, at now: Timestamp
    ) -> [Finding]? {
        guard var scan, scan.bareRow(id) != nil else { return nil }
        answered()
        examined[id] = (candidate, scan.search.wanted)
        scan.examined(id, candidate)
        return goOn(scan, around, at: now)
    }

    /// The list shows a row that a read does not find: it may be anything.
    mutating func examinedMissing(_ id: String, _ around: Surroundings, at now: Timestamp) -> [Finding]? {
        guard var scan, let row = scan.bareRow(id) else { return nil }
        answered()
        scan.examined(id, row)
        return goOn(scan, around, at: now)
    }

    func isExamining(_ id: String) -> Bool { scan?.bareRow(id) != nil }

    private mutating func answered() {
        isAsking = false
        failuresInARow = 0
    }

    /// A request of the look was throttled.
    mutating func throttled(for wait: Duration, at now: Timestamp) {
        isAsking = false
        nextAt = now.advanced(by: wait)
    }

    /// A request of the look has failed; it is sent again.
    ///
    /// - Parameter takesBefore: whether the list can be cut at its younger end, as far as is known.
    /// - Returns: whether the list has turned out not to take that, whether the failure is one of many, and what is proven if
    ///   the look is over.
    mutating func failed(
        _ error: ProviderError, takesBefore: Bool, _ around: Surroundings, using random: inout SeededGenerator,
        at now: Timestamp
    ) -> (takesNoBefore: Bool, isOutage: Bool, findings: [Finding]?) {
        isAsking = false
        var takesNoBefore = false
        if case .page(let query)? = scan?.next, query.continuation == nil, takesBefore,
            error.code == .rejected || error.code == .invalidInput
        {
            takesNoBefore = true
        }
        scan?.failed(error)
        failuresInARow += 1
        nextAt = now.advanced(by: Self.backoff.delay(afterFailure: failuresInARow, using: &random))
        var findings: [Finding]?
        if let scan, scan.next == nil {
            self.scan = nil
            findings = conclude(scan, around, at: now)
        }
        return (takesNoBefore, failuresInARow >= Self.failuresBeforeTold, findings)
    }

    /// Asks for more, or decides by what was found.
    private mutating func goOn(_ scan: ListScan, _ around: Surroundings, at now: Timestamp) -> [Finding]? {
        var scan = scan
        // What was read singly a moment ago need not be read again.
        while case .examine(let id)? = scan.next, let known = examined[id],
            scan.search.wanted.isSubset(of: known.wanted)
        {
            scan.recall(id, known.candidate)
        }
        guard scan.next != nil else {
            self.scan = nil
            return conclude(scan, around, at: now)
        }
        self.scan = scan
        // A list that brings nothing new is not asked as fast as it answers, and a long one leaves room for others.
        nextAt = now.advanced(by: scan.pace)
        return nil
    }

    /// How far a long look is, when it is time to tell it.
    mutating func progress(at now: Timestamp) -> Announcement.Cause? {
        guard let scan, scan.requests >= 20 || scan.startedAt.duration(to: now) >= .seconds(10) else { return nil }
        if let progressToldAt, progressToldAt.duration(to: now) < .seconds(30) { return nil }
        progressToldAt = now
        return .searching(creates: scan.count, rows: scan.rows, oldest: scan.oldest)
    }
}

extension LostCreateReconciler {
    var contradictions: [String] {
        var found: [String] = []
        if isAsking, scan == nil { found.append("an answer is awaited and nothing is looked for") }
        if late.count > Self.mostLateCreates { found.append("\(late.count) late creates are remembered") }
        return found
    }

    var dump: String {
        let lines = inOrder.map { one in
            "\(one.id.rawValue) sent at \(one.create.intent.at.milliseconds), lost at \(one.create.lostAt.milliseconds) "
                + "(\(one.create.loss.rawValue))" + (one.create.isQuiet ? ", not shown" : "")
        }
        let look = scan.map { "\($0.rows) rows seen in \($0.requests) requests" } ?? "no look under way"
        return (["\(look), \(late.count) late"] + lines).joined(separator: "\n")
    }
}
