package import LosslessJSON
package import NightshiftCore

/// All that is known of one item.
package struct ItemDetail: Hashable, Sendable {
    package struct Attempt: Hashable, Sendable {
        package var ordinal: Int
        package var predictionID: String?
        package var intentAt: Timestamp?
        package var endedAt: Timestamp
        package var failureClass: String
        package var failure: String
        package var predictTime: Double?
    }

    package struct File: Hashable, Sendable {
        package var path: String
        /// `nil` until it is stored.
        package var size: Int64?
        package var sha256: String?
        package var mediaType: String?
        package var isThere = false
    }

    package var summary: ItemSummary
    package var row: JSONValue
    /// With the paths of its files where the files went.
    package var input: JSONValue
    /// Failed attempts that count against `retry.attempts`, and those that do not.
    package var failures: Int
    package var excused: Int
    /// When it is due, if it waits for its next attempt.
    package var dueAt: Timestamp?
    /// When the last create was sent.
    package var intentAt: Timestamp?
    package var finishedAt: Timestamp?
    /// What the provider told of the prediction: output, metrics, model, version and times.
    package var result: JSONValue?
    /// Attempts that ended without a result, in order.
    package var attempts: [Attempt]
    package var files: [File]
    package var outputDirectory = ""
}
