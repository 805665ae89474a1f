import NightshiftCore

/// Streams the rows of a source, in constant memory for files.
struct SourceReader {
    /// What the paths of the manifest start from.
    let directory: String
    /// Called often while reading; what it throws ends the reading.
    let checkpoint: () throws -> Void

    /// What the receiver of a row wants next.
    enum Continuation {
        case more, enough
    }

    private struct Enough: Error {}

    /// Hands each row, or the mistake that stands in its place, to `body`.
    /// - Throws: ``Diagnostic`` if the source cannot be read on, or what `body` throws.
    func forEachRow(
        of source: InputSource, _ body: (Result<Row, Diagnostic>) throws -> Continuation
    ) throws {
        do {
            try read(source) { row in
                if case .enough = try body(row) { throw Enough() }
            }
        } catch is Enough {}
    }

    private func read(_ source: InputSource, into sink: RowSink) throws {
        switch source.kind {
        case .list(let rows):
            for (index, row) in rows.enumerated() { try sink(.success(.element(row, number: index + 1))) }
        case .range(let range):
            for index in 0..<range.count {
                if index & 0xFFF == 0 { try checkpoint() }
                try sink(.success(.number(range.number(at: index), number: index + 1)))
            }
        case .files(let patterns):
            // Several patterns may find the same file; it is one row.
            var known: Set<String> = []
            for pattern in patterns {
                try GlobExpansion.forEachFile(of: pattern, in: directory) { path in
                    try checkpoint()
                    if patterns.count > 1, !known.insert(path).inserted { return }
                    try sink(.success(.file(path)))
                }
            }
        case .table(let table, let path):
            switch table {
            case .csv: try read(CSVFormat(file: path), path, source, into: sink)
            case .tsv: try read(CSVFormat(file: path, delimiter: UInt8(ascii: "\t")), path, source, into: sink)
            case .jsonl: try read(LineFormat.objects(file: path), path, source, into: sink)
            case .json: try read(JSONArrayFormat(file: path), path, source, into: sink)
            case .lines: try read(LineFormat.texts(file: path), path, source, into: sink)
            }
        }
    }

    private func read(
        _ format: some RowFormat, _ path: String, _ source: InputSource, into sink: RowSink
    ) throws {
        var reader = RowReader(format, file: path)
        func failure(_ error: InputFileError) -> any Error {
            Diagnostic(
                "cannot read '\(path)': \(error.reason)", at: source.location,
                help: PathName.isAbsolute(path) ? nil : "the path starts from the manifest's directory")
        }
        let file: InputFile
        do throws(InputFileError) {
            file = try InputFile(RealPath.join(directory, path))
        } catch {
            throw failure(error)
        }
        try file.forEachChunk(failure: failure) { chunk in
            try checkpoint()
            try reader.read(chunk, into: sink)
            return true
        }
        try reader.finish(into: sink)
    }
}
