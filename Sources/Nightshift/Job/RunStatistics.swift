public import NightshiftCore

/// How long the items of a run took, and which took longest.
public struct RunStatistics: Hashable, Sendable {
    public struct Slow: Hashable, Sendable {
        public var key: String
        public var name: String
        public var origin: String
        /// Seconds.
        public var duration: Double
    }

    /// Before attempts began, while they were computed, and while files were fetched, of the items that have succeeded.
    public var waiting: Distribution?
    public var running: Distribution?
    public var download: Distribution?
    /// From the sending of the newest create to the end.
    public var duration: Distribution?
    public var slowest: [Slow]
}

/// What a run did in ten seconds.
public struct RunActivity: Hashable, Sendable {
    /// So many seconds are taken together.
    public static let length = 10

    /// When these seconds began.
    public var since: Timestamp
    public var sent: Int
    public var succeeded: Int
    public var failed: Int
    public var retried: Int
    public var throttled: Int
    /// Predictions in flight, at most.
    public var inFlight: Int
}
