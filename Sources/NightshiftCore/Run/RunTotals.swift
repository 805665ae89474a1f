/// How many items of a run are in which state, and what has been spent.
package struct RunTotals: Hashable, Sendable {
    private var counts: [ItemState: Int] = [:]
    /// Creates that were accepted, or may have been, over all sessions of the run.
    package var predictions = 0
    /// Seconds computed, as the provider counts them.
    package var predictTime = 0.0
    /// Failed attempts that were followed by another.
    package var retries = 0
    /// Creates that were answered with 429; they cost nothing and count as no attempt.
    package var throttles = 0
    /// Attempts that the provider does not bill: refused creates, and predictions that were aborted before their start.
    package var unbilled = 0
    /// Milliseconds in which there was work and room, and nothing might be created: rate, pauses, windows.
    package var blockedTime: Int64 = 0
    /// What each step has spent, in a run with `steps`; the sums are ``predictions`` and ``predictTime``.
    package var spending: [String: Spending] = [:]

    package init() {}

    package subscript(state: ItemState) -> Int {
        get { counts[state] ?? 0 }
        set { counts[state] = newValue }
    }

    /// The items of the manifest; withdrawn ones are not among them.
    package var items: Int {
        counts.reduce(0) { $0 + ($1.key == .withdrawn ? 0 : $1.value) }
    }

    /// Counts what was spent, for the run and for one step of it.
    package mutating func spend(predictions: Int = 0, predictTime: Double = 0, on step: String) {
        self.predictions += predictions
        self.predictTime += predictTime
        guard !step.isEmpty else { return }
        spending[step, default: Spending()].predictions += predictions
        spending[step, default: Spending()].predictTime += predictTime
    }

    mutating func move(from old: ItemState, to new: ItemState, count: Int = 1) {
        self[old] -= count
        self[new] += count
    }
}

/// What was spent on the predictions of one step.
package struct Spending: Hashable, Sendable {
    package var predictions = 0
    /// Seconds computed.
    package var predictTime = 0.0

    package init(predictions: Int = 0, predictTime: Double = 0) {
        self.predictions = predictions
        self.predictTime = predictTime
    }
}
