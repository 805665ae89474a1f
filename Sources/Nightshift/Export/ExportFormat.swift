import NightshiftCore

extension ExportFormat {
    /// Whether it is a list that stands beside the outputs, under the paths that they have.
    var isList: Bool {
        switch self {
        case .jsonl, .csv, .openai: true
        case .imagefolder, .audiofolder, .videofolder, .webdataset, .parquet: false
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
        case .webdataset, .parquet: []
        }
    }

    /// The beginning of the media types that a folder is of.
    var mediaKind: String? {
        switch self {
        case .imagefolder: "image/"
        case .audiofolder: "audio/"
        case .videofolder: "video/"
        case .jsonl, .csv, .webdataset, .parquet, .openai: nil
        }
    }
}
