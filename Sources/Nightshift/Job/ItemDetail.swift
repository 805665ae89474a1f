public import LosslessJSON
public import NightshiftCore

/// All that is known of one item.
public struct ItemDetail: Hashable, Sendable {
    public struct Attempt: Hashable, Sendable {
        public var ordinal: Int
        public var predictionID: String?
        public var intentAt: Timestamp?
        /// By the provider's clock, when it began and was done, if that is known.
        public var startedAt: Timestamp?
        public var completedAt: Timestamp?
        public var endedAt: Timestamp
        public var failureClass: String
        public var failure: String
        public var predictTime: Double?
    }

    public struct File: Hashable, Sendable {
        public var path: String
        /// `nil` until it is stored.
        public var size: Int64?
        public var sha256: String?
        public var mediaType: String?
        public var isThere = false
    }

    public var summary: ItemSummary
    public var row: JSONValue
    /// With the paths of its files where the files went.
    public var input: JSONValue
    /// Failed attempts that count against `retry.attempts`, and those that do not.
    public var failures: Int
    public var excused: Int
    /// When it is due, if it waits for its next attempt.
    public var dueAt: Timestamp?
    /// When the last create was sent.
    public var intentAt: Timestamp?
    public var finishedAt: Timestamp?
    /// What the provider told of the prediction: output, metrics, model, version and times.
    public var result: JSONValue?
    /// Attempts that ended without a result, in order.
    public var attempts: [Attempt]
    public var files: [File]
    public var outputDirectory = ""
}
