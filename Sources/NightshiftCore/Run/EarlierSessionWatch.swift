/// Items that were running so long ago that their results may be gone. Nothing is created before it is known how many of
/// them must be run again.
struct EarlierSessionWatch: Hashable, Sendable {
    private var unseen: Set<ItemID> = []
    private var gone = 0
    private var isTold = false

    private static let longestWatch = Duration.seconds(120)

    var isWatching: Bool { !unseen.isEmpty }

    mutating func watch(_ id: ItemID) {
        unseen.insert(id)
    }

    /// What became of the item is known, or it leaves the window.
    mutating func resolved(_ id: ItemID) {
        guard !unseen.isEmpty else { return }
        unseen.remove(id)
    }

    mutating func failed(_ id: ItemID, _ failure: FailureClass) {
        if unseen.contains(id), failure == .expired || failure == .gone { gone += 1 }
    }

    /// How many are gone, once when all are known. A provider that cannot be read does not hold up the night.
    ///
    /// - Parameter age: of the session.
    mutating func verdict(age: Duration) -> Int? {
        if age > Self.longestWatch { unseen = [] }
        guard unseen.isEmpty, !isTold, gone > 0 else { return nil }
        isTold = true
        return gone
    }
}
