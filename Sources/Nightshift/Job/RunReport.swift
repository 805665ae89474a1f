public import NightshiftCore

/// How a session of a run ended.
public struct RunReport: Hashable, Sendable {
    public var end: RunEnd
    public var counts: RunCounts
    /// Whether only some of the items were to be done.
    public var isLimited = false
    /// Where the outputs are.
    public var outputDirectory: String
    /// The most common reasons of failed and held items, with how many items each has.
    public var failureReasons: [FailureReason]
    /// Files of succeeded items that are not in their place any more; counted when a run is completed.
    public var missingFiles = 0
    /// The first few of them.
    public var missingExamples: [String] = []
    /// Of the failed items: cannot be sent as they are, so trying them again changes nothing.
    public var unsendable = 0
    /// What became of the exports that the manifest asks for.
    public var exports: [ExportOutcome] = []

    /// When the run was worked on, how long its items took, and what it cost.
    public var history: RunHistory?

    /// A reason that items failed for.
    public struct FailureReason: Hashable, Sendable {
        public var reason: String
        public var count: Int
    }
}
