public import NightshiftCore

/// How one item stands.
public struct ItemSummary: Hashable, Sendable {
    /// What tells it from the other items of the job, and stays the same when the job is edited.
    public var key: String
    /// What its output files are named after.
    public var name: String
    /// Its place in the input order, from 0.
    public var position: Int
    /// Where its row was read, such as `rows.csv:7`.
    public var origin: String
    public var state: ItemState
    /// Predictions that were asked for.
    public var attempts: Int
    /// Of the newest attempt.
    public var predictionID: String?
    /// One word for why it failed or is held.
    public var failureClass: String?
    /// Why it failed or is held, for people.
    public var failure: String?
    /// Its stored files, relative to the job's output directory.
    public var files: [String]
}
