import LosslessJSON

/// The items of a run that are loaded: those in flight and those that are next, each in one phase.
///
/// It holds a window of the run, not the run: an item that has ended, or that waits for its retry, leaves it.
struct ItemWindow: Sendable {
    /// Where an item in the window stands. What a phase needs to know beside this is kept by the part that works on it.
    enum Phase: Sendable {
        /// Loaded; waits for a slot.
        case ready(input: JSONValue, files: [ItemFile])
        /// Its files are read or uploaded.
        case preparing
        /// Prepared; waits for the rate.
        case prepared(input: JSONValue, requestDigest: String)
        /// The intent is recorded and the create sent.
        case submitting(CreateIntent)
        /// The answer was lost. `isQuiet` when the list has had time to show the prediction and does not.
        case unknown(isQuiet: Bool)
        case running(predictionID: String)
        /// Its outputs are downloaded, or those of another item copied.
        case fetching(predictionID: String, isShared: Bool)

        enum Kind: String, CaseIterable, Sendable {
            case ready, preparing, prepared, submitting, unknown, running, fetching
        }

        var kind: Kind {
            switch self {
            case .ready: .ready
            case .preparing: .preparing
            case .prepared: .prepared
            case .submitting: .submitting
            case .unknown: .unknown
            case .running: .running
            case .fetching: .fetching
            }
        }

        /// The prediction that the item has, if it is the item's alone.
        var predictionID: String? {
            switch self {
            case .running(let id), .fetching(let id, isShared: false): id
            case .ready, .preparing, .prepared, .submitting, .unknown, .fetching: nil
            }
        }

        /// Which phases may follow; from each of them an item may also leave the window.
        static func followers(of kind: Kind) -> Set<Kind> {
            switch kind {
            // A shared result is fetched at once; a person, or a create that comes late, may bring a prediction.
            case .ready: [.preparing, .submitting, .running, .fetching]
            case .preparing: [.prepared]
            case .prepared: [.submitting]
            case .submitting: [.running, .unknown]
            case .unknown: [.unknown, .running]
            // A late create takes the place of what was made instead.
            case .running: [.running, .fetching]
            // Where the output has expired, the prediction is read again.
            case .fetching: [.running]
            }
        }
    }

    struct Item: Sendable {
        let key: String
        let name: String
        /// Where its row was read.
        let origin: String
        /// The place of its step among the run's.
        let step: Int
        /// Where files go into its input.
        let files: [ItemFile]
        /// What the create at hand was sent with, for the case that its answer is lost.
        var sent: InputFingerprint?
        var attempt: Int
        var failures: FailureCounts
        var lastFailure: FailureClass?
        var lastReason = ""
        /// The source row, once an attempt has failed.
        let row: JSONValue?
        /// Members of the input that the attempt at hand sends otherwise than the manifest says.
        var changes: JSONValue?
        /// Seconds computed by the attempt at hand, once its prediction has succeeded.
        var predictTime: Double?
        /// What it has at the provider was made by an earlier session.
        var isOfEarlierSession = false
        /// The state on disk, once the transitions of the decision at hand are.
        var state: ItemState
        fileprivate(set) var phase: Phase
    }

    /// How many items of one step are where.
    struct Counts: Hashable, Sendable {
        /// What occupies a slot at the provider, or may do so.
        var inFlight = 0
        /// Of these: sent, and not ended.
        var underWay = 0
        /// Of these: their files are being prepared.
        var preparing = 0
        /// Of these: creates whose answer was lost.
        var lost = 0
        /// Of the lost ones: those that the list should show by now and does not.
        var quiet = 0
        /// Items whose outputs are not stored yet.
        var fetching = 0

        fileprivate mutating func add(_ phase: Phase, _ change: Int) {
            switch phase {
            case .unknown(let isQuiet):
                inFlight += change
                lost += change
                if isQuiet { quiet += change }
            case .submitting, .running:
                inFlight += change
                underWay += change
            case .preparing:
                inFlight += change
                preparing += change
            case .prepared: inFlight += change
            case .fetching: fetching += change
            case .ready: break
            }
        }
    }

    private(set) var items: [ItemID: Item] = [:]
    /// For each step.
    private(set) var counts: [Counts]
    /// The items that have a prediction of their own, by its id.
    private(set) var holders: [String: ItemID] = [:]
    /// Prepared items, in the order in which they became so.
    private(set) var prepared: [ItemID] = []
    /// How many creates with a digest are being sent.
    private(set) var submitting: [String: Int] = [:]
    /// Transitions that are in no table; there are none unless the machine is wrong.
    private(set) var illegalTransitions: [String] = []

    init(steps: Int) {
        counts = Array(repeating: Counts(), count: steps)
    }

    subscript(id: ItemID) -> Item? { items[id] }

    var isEmpty: Bool { items.isEmpty }

    var inFlight: Int { counts.reduce(0) { $0 + $1.inFlight } }

    var fetching: Int { counts.reduce(0) { $0 + $1.fetching } }

    /// The item that has the prediction.
    func holder(of predictionID: String) -> ItemID? { holders[predictionID] }

    // MARK: - Changes

    mutating func admit(_ item: LoadedItem, step: Int, phase: Phase) {
        guard items[item.id] == nil else {
            illegalTransitions.append("item '\(item.key)' was admitted twice")
            return
        }
        items[item.id] = Item(
            key: item.key, name: item.name, origin: item.origin, step: step, files: item.files, attempt: item.attempt,
            failures: item.failures, lastFailure: item.lastFailure, lastReason: item.lastReason, row: item.row,
            predictTime: item.predictTime, state: item.checkpoint.state, phase: phase)
        enter(phase, item.id, step)
    }

    mutating func transition(_ id: ItemID, to phase: Phase) {
        guard let old = items[id] else { return }
        if !Phase.followers(of: old.phase.kind).contains(phase.kind) {
            let text = "item '\(old.key)' went from \(old.phase.kind) to \(phase.kind)"
            assertionFailure(text)
            illegalTransitions.append(text)
        }
        exit(old.phase, id, old.step)
        enter(phase, id, old.step)
        items[id]?.phase = phase
    }

    /// The item leaves the window; the store gives it back when it is due.
    mutating func evict(_ id: ItemID) -> Item? {
        guard let item = items.removeValue(forKey: id) else { return nil }
        exit(item.phase, id, item.step)
        return item
    }

    mutating func change(_ id: ItemID, _ body: (inout Item) -> Void) {
        guard var item = items[id] else { return }
        body(&item)
        items[id] = item
    }

    /// Takes the illegal transitions that were not told yet.
    mutating func takeIllegalTransitions() -> [String] {
        defer { illegalTransitions = [] }
        return illegalTransitions
    }

    private mutating func enter(_ phase: Phase, _ id: ItemID, _ step: Int) {
        counts[step].add(phase, 1)
        if let predictionID = phase.predictionID { holders[predictionID] = id }
        switch phase {
        case .submitting(let intent): submitting[intent.requestDigest, default: 0] += 1
        case .prepared: prepared.append(id)
        case .ready, .preparing, .unknown, .running, .fetching: break
        }
    }

    private mutating func exit(_ phase: Phase, _ id: ItemID, _ step: Int) {
        counts[step].add(phase, -1)
        if let predictionID = phase.predictionID, holders[predictionID] == id { holders[predictionID] = nil }
        switch phase {
        case .submitting(let intent):
            let left = (submitting[intent.requestDigest] ?? 1) - 1
            submitting[intent.requestDigest] = left > 0 ? left : nil
        case .prepared: if let place = prepared.firstIndex(of: id) { prepared.remove(at: place) }
        case .ready, .preparing, .unknown, .running, .fetching: break
        }
    }
}

extension ItemWindow {
    /// Where the window contradicts itself.
    var contradictions: [String] {
        var found = illegalTransitions
        var counted = Array(repeating: Counts(), count: counts.count)
        var holding: [String: ItemID] = [:]
        var digests: [String: Int] = [:]
        for (id, item) in items {
            counted[item.step].add(item.phase, 1)
            if let predictionID = item.phase.predictionID {
                if holding.updateValue(id, forKey: predictionID) != nil {
                    found.append("two items hold one prediction")
                }
            }
            if case .submitting(let intent) = item.phase { digests[intent.requestDigest, default: 0] += 1 }
        }
        for (step, (right, wrong)) in zip(counted, counts).enumerated() where right != wrong {
            found.append("step \(step) has \(right), counted \(wrong)")
        }
        if holding != holders { found.append("the index of predictions is wrong") }
        let ready = items.filter { $0.value.phase.kind == .prepared }
        if Set(prepared) != Set(ready.keys) { found.append("the queue of prepared items is wrong") }
        if digests != submitting { found.append("the digests of what is being sent are wrong") }
        return found
    }

    /// As text, in the order of the ids.
    var dump: String {
        items.sorted { $0.key < $1.key }
            .map { id, item in
                let prediction = item.phase.predictionID.map { " \($0)" } ?? ""
                return "\(id.rawValue) '\(item.key)' \(item.phase.kind)\(prediction), attempt \(item.attempt), "
                    + "\(item.state.rawValue) on disk"
            }
            .joined(separator: "\n")
    }
}

extension LoadedItem.Checkpoint {
    /// Whether a create may be under way whose answer was not recorded.
    var isSent: Bool {
        switch self {
        case .submitting, .unknown: true
        case .pending, .running, .fetching: false
        }
    }

    fileprivate var state: ItemState {
        switch self {
        case .pending: .pending
        case .submitting: .submitting
        case .unknown: .unknown
        case .running: .running
        case .fetching: .fetching
        }
    }
}
