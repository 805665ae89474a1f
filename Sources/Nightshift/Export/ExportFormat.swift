public import NightshiftCore

/// A form that results are exported in.
public enum ExportFormat: String, Hashable, Sendable, CaseIterable {
    /// `results.jsonl`, a line for each item, and `failed.jsonl`, the rows to run again, with the files beside them.
    case jsonl
    /// `results.csv`, a line for each item, with the files beside it.
    case csv
    /// Folders as Hugging Face's `datasets` loads them: the files of one media type and `metadata.jsonl`.
    case imagefolder, audiofolder, videofolder
    /// `output.jsonl` and `errors.jsonl` with the lines of OpenAI's Batch API.
    case openai

    /// Whether it is a list that stands beside the outputs, under the paths that they have.
    var isList: Bool {
        switch self {
        case .jsonl, .csv, .openai: true
        case .imagefolder, .audiofolder, .videofolder: false
        }
    }

    /// The names of the files that it writes beside the outputs.
    var fileNames: [String] {
        switch self {
        case .jsonl: ["results.jsonl", "failed.jsonl"]
        case .csv: ["results.csv"]
        case .openai: ["output.jsonl", "errors.jsonl"]
        case .imagefolder, .audiofolder, .videofolder: ["metadata.jsonl", "README.md"]
        }
    }

    /// The beginning of the media types that a folder is of.
    var mediaKind: String? {
        switch self {
        case .imagefolder: "image/"
        case .audiofolder: "audio/"
        case .videofolder: "video/"
        case .jsonl, .csv, .openai: nil
        }
    }
}

/// What to export, and how.
public struct ExportOptions: Hashable, Sendable {
    /// Lists stand in the directory itself; a folder does so if it is the only format, else under its own name.
    public var formats: [ExportFormat]
    /// Which items; all by default.
    public var filter = ItemFilter()
    /// The filter as it was written, for `export.json`.
    public var filterText: String?
    /// Only items that somebody has rated.
    public var onlyRated = false
    /// Whether files become hard links where that is possible; otherwise they are copied.
    public var links = true
    /// Whether a CSV begins with the mark by which Excel knows UTF-8.
    public var isForExcel = false

    public init(formats: [ExportFormat] = [.jsonl]) {
        self.formats = formats
    }

    /// The items that are meant.
    var items: ItemFilter {
        guard onlyRated else { return filter }
        return ItemFilter(filter.terms + [ItemFilter.Term(.column(.rating, .equal, [.missing]), isNegated: true)])
    }
}
