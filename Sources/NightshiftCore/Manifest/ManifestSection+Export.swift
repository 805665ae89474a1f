import LosslessJSON

extension ManifestSection {
    /// What the values of an export look like.
    var exportShapes: [String: JSONValue] {
        let format = Shape.choice(ExportFormat.allCases.map(\.rawValue))
        return [
            "to": Shape.text("the directory to write into; by default the outputs' own with '-export'"),
            "format": Shape.anyOf([format, Shape.list(of: format, unique: true)], "one form or several; jsonl"),
            "where": Shape.text("only items that a filter means, such as rating>=4"),
            "only_rated": ["type": "boolean", "description": "only items that somebody has rated"],
            "files": Shape.choice(
                ManifestDecoder.exportFileWords, "link: hard links where that is possible; the default"),
            "excel": [
                "type": "boolean", "description": "whether a csv begins with the mark by which Excel knows UTF-8",
            ],
            "shard_samples": Shape.integer(1...Int.max, "the most items in one file of a format that has several"),
            "shard_size": Shape.anyOf(
                [Shape.integer(1...Int.max), Shape.byteSizeText],
                "the most bytes in one file of a format that has several, such as 500MB"),
        ]
    }
}
