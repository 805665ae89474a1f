import LosslessJSON

/// The lines of an input file of OpenAI's Batch API: each a request with a `custom_id`, the members of its `body` as columns.
package struct OpenAIBatchFormat: RowFormat {
    /// What a batch may ask for.
    package static let endpoints = [
        "/v1/responses", "/v1/chat/completions", "/v1/embeddings", "/v1/completions", "/v1/moderations",
        "/v1/images/generations", "/v1/images/edits", "/v1/videos",
    ]
    /// The columns that every request has; members of its body do not replace them.
    static let columns = ["custom_id", "method", "url", "body"]

    private let file: String
    private var lines: LineFormat
    /// The lines of the requests so far.
    private var known: [ExactText: Int] = [:]

    package init(file: String) {
        self.file = file
        lines = .objects(file: file)
    }

    package var line: Int { lines.line }

    package mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into sink: RowSink
    ) throws -> Int {
        var known: [ExactText: Int] = [:]
        swap(&known, &self.known)
        defer { swap(&known, &self.known) }
        return try lines.read(bytes, isLast: isLast) { line in
            try sink(line.flatMap { Self.request($0, &known) })
        }
    }

    private static func request(_ line: Row, _ known: inout [ExactText: Int]) -> Result<Row, Diagnostic> {
        guard case .line(let file, let number) = line.origin else { return .success(line) }
        let place = SourceLocation(file: file, line: number)
        func mistake(_ message: String, _ help: String) -> Result<Row, Diagnostic> {
            .failure(Diagnostic(message, at: place, help: help))
        }
        guard case .string(let id)? = line["custom_id"], !id.isEmpty else {
            return mistake(
                "this request has no 'custom_id' that is text",
                #"each line is { "custom_id": "…", "method": "POST", "url": "/v1/…", "body": { … } }"#)
        }
        guard line["method"] == "POST" else {
            return mistake(
                "the method of this request is \(line["method"]?.shortDescription ?? "missing")",
                "the Batch API knows POST alone")
        }
        guard case .string(let url)? = line["url"], endpoints.contains(url) else {
            let found = line["url"]?.shortDescription ?? "missing"
            return mistake(
                "the url of this request is \(found), which no batch asks for",
                NearestName.help(for: line["url"]?.stringValue ?? "", among: endpoints))
        }
        guard case .object(let body)? = line["body"] else {
            return mistake("this request has no 'body' that is an object", "its members are the columns")
        }
        if let first = known.updateValue(number, forKey: ExactText(id)) {
            return mistake(
                "the custom_id '\(VisibleText.of(id))' is that of line \(first) too",
                "each request needs one of its own")
        }
        var members = body
        for column in columns { members[column] = line[column] }
        return .success(Row(.object(members), origin: line.origin))
    }
}

extension Manifest {
    /// The key of items that are requests of the Batch API, if nothing multiplies them: their `custom_id`.
    var batchKey: Template? {
        guard let source = inputs.first, matrix.columns.isEmpty, matrix.inclusions.isEmpty, repetitions == 1,
            inputs.allSatisfy({ if case .openAIBatch = $0.kind { true } else { false } })
        else { return nil }
        var mistakes: [Diagnostic] = []
        return TemplateParser.parse("{{ custom_id }}", at: source.location, into: &mistakes)
    }
}
