import LosslessJSON

/// `export.json`: what an export is of, and whether it is all there is to come. The same for the same results.
struct ExportSummary {
    private static let name = "export.json"

    private let json: JSONValue

    init(_ report: ExportReport, _ source: Exporter.Source, _ options: ExportOptions) {
        func count(_ count: Int) -> JSONValue { .number(JSONNumber(count)) }
        json = [
            "v": 1, "job": .string(source.job), "models": .array(source.models.map(JSONValue.string)),
            "made_by": .string("nightshift \(NightshiftVersion.current)"),
            "formats": .array(options.formats.map { .string($0.rawValue) }),
            "filter": ExportedResult.text(source.filter),
            "complete": .bool(report.isComplete),
            "items": count(report.items),
            "succeeded": count(report.items - report.failedItems - report.unfinishedItems),
            "failed": count(report.failedItems), "unfinished": count(report.unfinishedItems),
            "files": count(report.files), "missing_files": count(report.missingFiles),
            "as_of": ExportedResult.time(source.asOf),
        ]
    }

    func write(to directory: OutputDirectory, parts: ExportParts) throws(ExportError) {
        let file = try LineFile(Self.name, in: directory, parts: parts)
        try file.append(json.jsonBytes(indented: true))
        try file.finish()
    }
}

extension Exporter.Source {
    /// What a dataset's card tells of it, as Markdown.
    var card: String {
        """
        # \(job)

        Made by the job `\(job)` of nightshift \(NightshiftVersion.current)\(models.isEmpty ? "" : " with \(models.map { "`\($0)`" }.joined(separator: ", "))").

        Each line of `metadata.jsonl` has the columns of the row and the matrix that a file was made from, `input`, what was sent to the \
        model as JSON, `model`, `version` and `prediction`, and `rating`, `tags` and `note`, what people think of it.

        """
    }
}
