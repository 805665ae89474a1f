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
        /// Where the files of a result that was not accepted are kept, in the output directory.
        public var kept: [String] = []
    }

    public struct File: Hashable, Sendable {
        public var path: String
        /// `nil` until it is stored.
        public var size: Int64?
        public var sha256: String?
        public var mediaType: String?
        public var isThere = false
    }

    /// A result that another one has taken the place of.
    public struct PreviousResult: Hashable, Sendable {
        /// Counts from 1 for the items of one output name.
        public var number: Int
        public var replacedAt: Timestamp
        public var finishedAt: Timestamp?
        public var predictionID: String?
        /// As it was sent; where files went into it, there is nothing.
        public var input: JSONValue
        /// What the provider told of the prediction: output, metrics, model, version and times.
        public var result: JSONValue?
        /// As long as there is no other result, they are the item's.
        public var files: [File]
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
    /// What it had before it was made again, the oldest first.
    public var previousResults: [PreviousResult] = []
    public var outputDirectory = ""
}
