package import NightshiftCore

/// What the store knows of a job.
public struct StatusReport: Hashable, Sendable {
    public var job: String
    public var counts: RunCounts
    /// When the run began, in seconds since 1970.
    public var startedAt: Double
    /// Whether a process is working on it now.
    public var isAlive: Bool
    /// How the last session ended, as `RunEnd(recorded:)` reads it; `nil` while one is alive or after a crash.
    public var ending: String?
    public var outputDirectory: String
    public var failureReasons: [RunReport.FailureReason]
    /// The items of each step by their states, in the order of the steps; empty for a job without `steps`.
    public var steps: [StepCounts] = []
    /// Items that wait for a person's word, the first of them.
    public var heldItems: [HeldItem] = []
    /// What a person has told the run, and has not taken back.
    public var orders: RunOrders
    /// Of the failed items: cannot be sent as they are, so trying them again changes nothing.
    public var unsendable = 0
    /// When it was worked on, how long its items took, and what it cost.
    public var history: RunHistory?
    /// What the process that works on it tells; `nil` while none does, or it is just starting or ending.
    package var live: LiveStatus?

    /// How the items of one step stand.
    public struct StepCounts: Hashable, Sendable {
        /// How many items are in a state, by the state's word.
        public struct State: Hashable, Sendable {
            public var state: String
            public var count: Int
        }

        public var name: String
        /// In the order of an item's life.
        public var states: [State]
    }

    /// An item of which nobody can tell what became of its create.
    public struct HeldItem: Hashable, Sendable {
        public var key: String
        public var name: String
        /// Where its row was read, such as `rows.csv:7`.
        public var origin: String
        public var reason: String
    }
}

extension StatusReport {
    /// Of a job that has no run yet.
    package init(notRunYet job: Job) {
        self.init(
            job: job.name, counts: RunCounts(RunTotals()), startedAt: 0, isAlive: job.isAlive,
            outputDirectory: job.outputDirectory, failureReasons: [], orders: RunOrders(RunOverrides()))
    }

    static let heldItemsShown = 20
}
