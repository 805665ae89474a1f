import LosslessJSON

/// Writes the results of a run in one form: each item as it comes, in input order; then all of it appears at once.
protocol ExportWriter {
    mutating func add(_ result: ExportedResult) throws
    /// Puts on the disk what the next export has to know if this one is interrupted.
    func flush() throws
    /// Puts what was written under its names.
    /// - Parameter report: told of files of earlier exports.
    mutating func finish(_ report: inout ExportReport) throws
    /// Removes what was written so far.
    func discard()
}

extension ExportWriter {
    func flush() throws {}
}

/// `results.jsonl` and `failed.jsonl`.
struct JSONLinesExport: ExportWriter {
    private let results: LineFile
    private let failed: LineFile
    private var failedRows = SeenRows()

    init(in directory: OutputDirectory, parts: ExportParts) throws(ExportError) {
        results = try LineFile("results.jsonl", in: directory, parts: parts)
        failed = try LineFile("failed.jsonl", in: directory, parts: parts)
    }

    mutating func add(_ result: ExportedResult) throws {
        try results.append(result.json.jsonBytes())
        let item = result.item
        if item.isFailed, failedRows.insert(item.row) { try failed.append(item.row.jsonBytes()) }
    }

    func finish(_ report: inout ExportReport) throws {
        try results.finish()
        try failed.finish()
    }

    func discard() {
        results.discard()
        failed.discard()
    }
}

/// `output.jsonl` and `errors.jsonl`, as OpenAI's Batch API answers: programs that read these read ours.
struct OpenAIExport: ExportWriter {
    private let output: LineFile
    private let errors: LineFile

    init(in directory: OutputDirectory, parts: ExportParts) throws(ExportError) {
        output = try LineFile("output.jsonl", in: directory, parts: parts)
        errors = try LineFile("errors.jsonl", in: directory, parts: parts)
    }

    func add(_ result: ExportedResult) throws {
        let item = result.item
        var line: [String: JSONValue] = [
            "id": .string("batch_req_\(item.prediction?.id ?? item.key)"), "custom_id": .string(item.key),
        ]
        if item.isSucceeded {
            line["response"] = [
                "status_code": 200, "request_id": ExportedResult.text(item.prediction?.id),
                "body": ["output": item.output ?? .null, "files": .array(result.files.map(\.json))],
            ]
            line["error"] = .null
            try output.append(JSONValue.object(line).jsonBytes())
        } else if item.error != nil || item.isFailed {
            line["response"] = .null
            line["error"] = [
                "code": .string(item.failureClass ?? item.state), "message": .string(item.error ?? item.state),
            ]
            try errors.append(JSONValue.object(line).jsonBytes())
        }
    }

    func finish(_ report: inout ExportReport) throws {
        try output.finish()
        try errors.finish()
    }

    func discard() {
        output.discard()
        errors.discard()
    }
}

/// `results.csv`: a table with the columns of the rows, for spreadsheets and data frames.
struct CSVExport: ExportWriter {
    private let file: LineFile
    /// The columns of the rows and the names of the matrix.
    private let columns: [String]

    private static let builtIns = [
        "key", "name", "origin", "step", "state", "output", "file", "files", "media_type", "width", "height",
        "prediction", "model",
        "version", "attempts", "sent_at", "started_at", "completed_at", "fetched_at", "predict_time", "cost", "rating",
        "tags", "note", "failure_class", "error",
    ]

    /// - Parameter columns: of the rows, in their order.
    init(
        in directory: OutputDirectory, parts: ExportParts, columns: [String], isForExcel: Bool
    ) throws(ExportError) {
        file = try LineFile("results.csv", in: directory, parts: parts)
        self.columns = columns
        let names = columns.map { Self.builtIns.contains($0) ? "row.\($0)" : $0 }
        try file.append(text: (isForExcel ? "\u{FEFF}" : "") + CSVText.line(Self.builtIns + names))
    }

    func add(_ result: ExportedResult) throws {
        var members = result.json.objectValue ?? [:]
        let first = result.files.first
        members["file"] = ExportedResult.text(first?.file.path)
        members["media_type"] = ExportedResult.text(first?.file.mediaType)
        members["width"] = first?.json["width"]
        members["height"] = first?.json["height"]
        members["files"] = .array(result.files.map { .string($0.file.path) })
        members["prediction"] = ExportedResult.text(result.item.prediction?.id)
        members["model"] = ExportedResult.text(result.item.prediction?.model)
        members["version"] = ExportedResult.text(result.item.prediction?.version)
        members["tags"] = .string(result.item.remarks.tags.joined(separator: " "))
        let row = result.item.row.objectValue ?? [:]
        let fields = Self.builtIns.map { members[$0] } + columns.map { row[$0] }
        try file.append(text: CSVText.line(fields.map(Self.field)))
    }

    /// Texts as they are, everything else as JSON; nothing for null.
    private static func field(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null?: ""
        case .string(let text)?: text
        case let value?: value.jsonString()
        }
    }

    func finish(_ report: inout ExportReport) throws { try file.finish() }

    func discard() { file.discard() }
}
