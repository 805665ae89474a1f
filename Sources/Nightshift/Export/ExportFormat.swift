public import NightshiftCore

extension ExportFormat {
    /// Whether it is a list that stands beside the outputs, under the paths that they have.
    var isList: Bool {
        switch self {
        case .jsonl, .csv, .openai: true
        case .imagefolder, .audiofolder, .videofolder, .webdataset: false
        }
    }

    /// Whether it is a folder of the files of one kind.
    var isFolder: Bool { mediaKind != nil }

    /// Whether it tells how large pictures are.
    var tellsPictureSizes: Bool { !isFolder }

    /// The names of the files that it writes beside the outputs, where they are known beforehand.
    var fileNames: [String] {
        switch self {
        case .jsonl: ["results.jsonl", "failed.jsonl"]
        case .csv: ["results.csv"]
        case .openai: ["output.jsonl", "errors.jsonl"]
        case .imagefolder, .audiofolder, .videofolder: ["metadata.jsonl", "README.md"]
        case .webdataset: []
        }
    }

    /// The beginning of the media types that a folder is of.
    var mediaKind: String? {
        switch self {
        case .imagefolder: "image/"
        case .audiofolder: "audio/"
        case .videofolder: "video/"
        case .jsonl, .csv, .webdataset, .openai: nil
        }
    }
}

/// What to export, and how.
public struct ExportOptions: Hashable, Sendable {
    /// Lists and archives stand in the directory itself; a folder does so if it is the only format, else under its own name.
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
    /// How much one of several files holds.
    public var shards = ShardLimits()

    public init(formats: [ExportFormat] = [.jsonl]) {
        self.formats = formats
    }

    /// The items that are meant.
    var items: ItemFilter {
        guard onlyRated else { return filter }
        return ItemFilter(filter.terms + [ItemFilter.Term(.column(.rating, .equal, [.missing]), isNegated: true)])
    }
}
