/// Finds out whom a refused create is meant for: the account, something on the way to the provider, or one item alone. What
/// becomes of the creates of other items tells.
struct RefusalWatch: Hashable, Sendable {
    enum Verdict: Hashable {
        /// Others pass and this one does not: it is to blame.
        case item
        /// Another item is to be tried before this one.
        case undecided
        /// Nothing else is left to compare with: the provider has to be asked for something else.
        case alone
        /// Several different items were refused and none passed in between.
        case everybody
    }

    private struct Suspect: Hashable {
        var refusals = 0
        /// How often the next create that was sent after it was refused passed, and none was refused in between.
        var contradictions = 0
    }

    /// Creates of this session that were accepted.
    private(set) var passes = 0
    private var suspects: [ItemID: Suspect] = [:]
    /// The items that were refused since a create passed last.
    private(set) var inARow: Set<ItemID> = []
    private var lastRefusedAt: Timestamp?

    private static let kept = 10_000
    /// How often an item is tried before the provider itself is asked.
    private static let triesAlone = 2
    private static let tries = 5

    mutating func passed(_ id: ItemID, sentAt: Timestamp) {
        passes += 1
        forget(id)
        // What was under way already when another was refused says nothing of the time after.
        if let lastRefusedAt, sentAt < lastRefusedAt { return }
        // Where several were refused together, it was nobody's own.
        if inARow.count == 1, let suspect = inARow.first { suspects[suspect]?.contradictions += 1 }
        inARow = []
    }

    /// - Parameters:
    ///   - isOwnForm: whether the refusal is in the API's own form, so that more must speak against it.
    ///   - hasOthers: whether another item can be tried.
    mutating func refused(_ id: ItemID, isOwnForm: Bool, hasOthers: Bool, at now: Timestamp) -> Verdict {
        var suspect = suspects[id] ?? Suspect()
        suspect.refusals += 1
        inARow.insert(id)
        lastRefusedAt = now
        if suspect.contradictions >= (isOwnForm ? 2 : 1) {
            forget(id)
            return .item
        }
        if suspects[id] != nil || suspects.count < Self.kept { suspects[id] = suspect }
        if inARow.count >= (isOwnForm ? 2 : 3) || (isOwnForm && passes == 0) {
            // Where nothing else is left, all that is left may be to blame.
            let isLeft = !isOwnForm && !hasOthers && suspect.refusals >= Self.tries
            return isLeft ? .alone : .everybody
        }
        if hasOthers, suspect.refusals < Self.tries { return .undecided }
        return suspect.refusals < Self.triesAlone ? .undecided : .alone
    }

    /// The item is given up, or not to blame.
    mutating func forget(_ id: ItemID) {
        suspects[id] = nil
        inARow.remove(id)
    }

    /// Whether an item goes behind those that were not refused since a create passed last.
    func goesLast(_ id: ItemID) -> Bool { inARow.contains(id) }
}
