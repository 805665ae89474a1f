/// A few items first: what they show decides about the rest.
struct Canary: Hashable, Sendable {
    /// How many items of each step are tried: what follows from the first ones is tried with them.
    let limit: Int
    private var items: [Set<ItemID>]
    private var open: Set<ItemID> = []
    private(set) var isJudging = false

    init(limit: Int, steps: Int) {
        self.limit = limit
        items = Array(repeating: [], count: steps)
    }

    /// Whether the item may be sent: it is one of the first, or may become one.
    func admits(_ id: ItemID, of step: Int) -> Bool { !isFull(step) || items[step].contains(id) }

    func isFull(_ step: Int) -> Bool { items[step].count >= limit }

    /// Whether as many of a step as there should be were begun, and all have ended.
    var hasEnded: Bool { open.isEmpty && items.indices.contains { isFull($0) } }

    mutating func began(_ id: ItemID, of step: Int) {
        if items[step].insert(id).inserted { open.insert(id) }
    }

    mutating func ended(_ id: ItemID) {
        open.remove(id)
    }

    /// The first items have ended, and it is asked about the rest.
    mutating func judge() { isJudging = true }
}
