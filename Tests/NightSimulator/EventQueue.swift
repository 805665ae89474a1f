/// What is to happen, in the order in which it will; what was scheduled first comes first at equal times.
struct EventQueue<Effect> {
    private var entries: [(at: Int64, order: Int, effect: Effect)] = []
    private var order = 0

    var first: Int64? { entries.last?.at }

    var effects: [Effect] { entries.reversed().map(\.effect) }

    /// When those effects happen that fit.
    func instants(where fits: (Effect) -> Bool) -> [Int64] { entries.filter { fits($0.effect) }.map(\.at) }

    mutating func schedule(_ effect: Effect, at instant: Int64) {
        order += 1
        // The next one is last; most are scheduled near the end that comes first.
        let index = entries.lastIndex { ($0.at, $0.order) > (instant, order) }.map { $0 + 1 } ?? 0
        entries.insert((instant, order, effect), at: index)
    }

    mutating func next() -> (at: Int64, effect: Effect)? {
        entries.popLast().map { ($0.at, $0.effect) }
    }

    mutating func removeAll(where shouldBeRemoved: (Effect) -> Bool) {
        entries.removeAll { shouldBeRemoved($0.effect) }
    }
}
