/// A form that results are exported in.
public enum ExportFormat: String, Hashable, Sendable, CaseIterable {
    /// `results.jsonl`, a line for each item, and `failed.jsonl`, the rows to run again, with the files beside them.
    case jsonl
    /// `results.csv`, a line for each item, with the files beside it.
    case csv
    /// Folders as Hugging Face's `datasets` loads them: the files of one media type and `metadata.jsonl`.
    case imagefolder, audiofolder, videofolder
    /// Archives as `webdataset` streams them: `JOB-000000.tar`, the files of each item with what is known of it.
    case webdataset
    /// Tables with typed columns, `JOB-000000.parquet`, in which pictures, sounds and films are as `datasets` has them.
    case parquet
    /// `output.jsonl` and `errors.jsonl` with the lines of OpenAI's Batch API.
    case openai

    /// Whether its results are numbered files, each of which holds so much.
    package var hasShards: Bool { self == .webdataset || self == .parquet }
}

/// How much one file of an export holds that has several; what is not given is as the format has it.
public struct ShardLimits: Hashable, Sendable {
    /// The most items in a file.
    public var samples: Int?
    /// The most bytes of a file; a single item may have more.
    public var bytes: Int64?

    public init(samples: Int? = nil, bytes: Int64? = nil) {
        self.samples = samples
        self.bytes = bytes
    }
}
