import NightshiftCore

/// Answers requests from other terminals while a run is prepared, which takes minutes for a large input set.
///
/// What a person tells the run is kept for its session, which begins with it; items of the run before are retried in the
/// store. What needs the session waits for it.
actor PreparationControl {
    private let job: String
    private let store: Store
    /// The run as it was before its input set is read.
    private let run: RunRecord
    private let clock: WallClock
    private var orders: RunOverrides
    private var isOver = false

    init(job: String, store: Store, run: RunRecord, clock: WallClock) {
        self.job = job
        self.store = store
        self.run = run
        self.clock = clock
        orders = run.orders
    }

    /// - Returns: `nil` if the session has to answer.
    func answer(_ command: ControlCommand) async -> ControlAnswer? {
        guard !isOver else { return nil }
        do throws(StoreError) {
            switch command {
            case .pause, .resume, .set:
                // Taken before they are written, so that they are not lost if the session begins meanwhile.
                let before = orders
                orders.take(command)
                let notes = JournalNote.orders(from: before, to: orders)
                try await store.keep(orders, of: run)
                try await store.note(notes, of: run, at: clock.now)
                return .overrides(orders)
            case .retry(let keys) where run.generation > 0:
                return try await store.note(
                    try await store.checkpoints.retry(keys: keys, in: run), of: run, at: clock.now)
            case .redo(let orders) where run.generation > 0:
                return try await store.note(
                    try await store.checkpoints.redo(orders, in: run, at: clock.now), of: run, at: clock.now)
            case .status: return .refused("the run of '\(job)' is still being prepared")
            case .cancel, .adopt, .retry, .redo: return nil
            }
        } catch {
            return .refused(error.message)
        }
    }

    /// From now on the session answers.
    /// - Returns: the orders that it begins with.
    func end() -> RunOverrides {
        isOver = true
        return orders
    }
}
