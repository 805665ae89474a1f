package import LosslessJSON
package import NightshiftCore

/// An item as it is exported; the store fills it, the writers only arrange it.
package struct ExportItem: Hashable, Sendable {
    /// A file that the item's prediction produced.
    package struct File: Hashable, Sendable {
        /// Relative to the output directory, and so to the export.
        package var path: String
        package var size: Int64
        package var sha256: String
        package var mediaType: String?

        package init(path: String, size: Int64, sha256: String, mediaType: String?) {
            self.path = path
            self.size = size
            self.sha256 = sha256
            self.mediaType = mediaType
        }
    }

    /// The prediction that gave the result, or the last one that was tried.
    package struct Prediction: Hashable, Sendable {
        package var id: String
        package var model: String?
        package var version: String?

        package init(id: String, model: String?, version: String?) {
            self.id = id
            self.model = model
            self.version = version
        }
    }

    /// When what happened of the newest attempt: sent by this machine's clock, started and completed by the provider's.
    package struct Times: Hashable, Sendable {
        package var sent: Timestamp?
        package var started: Timestamp?
        package var completed: Timestamp?
        /// When its files were all there.
        package var fetched: Timestamp?

        package init() {}
    }

    /// What people think of it.
    package struct Remarks: Hashable, Sendable {
        package var rating: Int?
        package var tags: [String] = []
        package var note: String?

        package init() {}
    }

    /// The item's place in the input set; paging goes on by it.
    package var position: Int
    package var key: String
    /// The step that it belongs to; empty in a job without `steps`.
    package var step = ""
    package var name: String
    /// Where the row stands, such as `prompts.csv:12`.
    package var origin: String
    /// The item's state by its word, such as `succeeded`.
    package var state: String
    /// Whether the item's row belongs into `failed.jsonl`.
    package var isFailed: Bool
    /// The fields of the row that the item was made of, and the values of the matrix.
    package var row: JSONValue
    package var input: JSONValue
    package var output: JSONValue?
    package var files: [File]
    package var prediction: Prediction?
    package var attempts: Int
    package var metrics: [String: JSONValue]
    package var error: String?
    package var failureClass: String?
    package var times = Times()
    /// Seconds computed by all its attempts, and what they cost by the manifest's prices.
    package var predictTime: Double?
    package var cost: Double?
    package var remarks = Remarks()

    package init(
        position: Int, key: String, name: String, origin: String, state: String, isFailed: Bool, row: JSONValue,
        input: JSONValue, output: JSONValue? = nil, files: [File] = [], prediction: Prediction? = nil,
        attempts: Int = 0, metrics: [String: JSONValue] = [:], error: String? = nil
    ) {
        self.position = position
        self.key = key
        self.name = name
        self.origin = origin
        self.state = state
        self.isFailed = isFailed
        self.row = row
        self.input = input
        self.output = output
        self.files = files
        self.prediction = prediction
        self.attempts = attempts
        self.metrics = metrics
        self.error = error
    }

    package var isSucceeded: Bool { state == ItemState.succeeded.rawValue }
}
