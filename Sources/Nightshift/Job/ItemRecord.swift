public import LosslessJSON
public import NightshiftCore

/// An item as it is listed: what it was made from, how it stands, what it took and what came of it.
public struct ItemRecord: Hashable, Sendable, Identifiable {
    public struct File: Hashable, Sendable {
        /// Relative to the job's output directory.
        public var path: String
        public var size: Int64
        public var sha256: String
        public var mediaType: String?
    }

    public var id: Int64
    public var key: String
    public var name: String
    /// Its place in the input order, from 0.
    public var position: Int
    /// Where its row was read, such as `rows.csv:7`.
    public var origin: String
    /// The step that it belongs to; empty in a manifest without `steps`.
    public var step: String
    public var state: ItemState
    public var attempts: Int
    public var predictionID: String?
    public var failureClass: String?
    public var failure: String?
    /// When the newest create was sent, and when the item ended.
    public var sentAt: Timestamp?
    public var endedAt: Timestamp?
    /// When the newest attempt was begun and done, by the provider's clock.
    public var startedAt: Timestamp?
    public var completedAt: Timestamp?
    /// Seconds before the newest attempt began, in which it was computed, and in which its files were fetched.
    public var waitTime: Double?
    public var runTime: Double?
    public var downloadTime: Double?
    /// Seconds from the sending of the newest create to the item's end.
    public var duration: Double?
    /// Seconds computed by all its attempts, and what they cost by the manifest's prices.
    public var predictTime: Double?
    public var cost: Double?
    /// How many results it had before it was made again.
    public var previousResults = 0
    /// The source row and the values of the matrix.
    public var row: JSONValue
    /// The output, where it is kept beside the files, or instead of them.
    public var output: JSONValue?
    public var files: [File]
    /// 1 to 5.
    public var rating: Int?
    public var tags: [String]
    public var note: String?
}
