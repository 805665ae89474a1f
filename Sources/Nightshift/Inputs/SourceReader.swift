import NightshiftCore

/// Streams the rows of a source, in constant memory for files.
struct SourceReader {
    /// What the paths of the manifest start from.
    let directory: String
    /// The manifest itself.
    var manifestPath = ""
    /// Where other jobs' stores are, if not beside their manifests.
    var stateDirectory: String?
    /// The copies of tables that are named by address.
    var webCopies: [String: String] = [:]
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
        case .table(let table, let places):
            try read(table, places, source, into: sink)
        case .sqlite(let file, let query):
            try readQuery(query, file, source, into: sink)
        case .run(let job):
            let rows = RunRows(
                directory: directory, manifestPath: manifestPath, stateDirectory: stateDirectory, checkpoint: checkpoint
            )
            try rows.forEachRow(of: job, at: source.location, into: sink)
        }
    }

    // MARK: - Tables

    private func read(
        _ table: InputSource.Table, _ places: [InputSource.TablePlace], _ source: InputSource, into sink: RowSink
    ) throws {
        var known: Set<String> = []
        for place in places {
            switch place {
            case .standardInput:
                let file = try open(place.label, source) { () throws(InputFileError) in try StandardInput.file() }
                try read(table, file, as: place.label, source, into: sink)
            case .web(let address):
                guard let copy = webCopies[address] else {
                    throw Diagnostic("'\(place.label)' was not fetched", at: source.location)
                }
                let file = try open(place.label, source) { () throws(InputFileError) in try InputFile(copy) }
                try read(table, file, as: place.label, source, into: sink)
            case .files(let pattern):
                // A file that has such a name is meant itself.
                guard pattern.hasWildcards, RealPath.of(RealPath.join(directory, pattern.text)) == nil else {
                    if known.insert(pattern.text).inserted { try read(table, pattern.text, source, into: sink) }
                    continue
                }
                try GlobExpansion.forEachFile(of: pattern, in: directory) { path in
                    guard known.insert(path).inserted else { return }
                    do {
                        try read(table, path, source, into: sink)
                    } catch let diagnostic as Diagnostic {
                        // The other files may have problems of their own.
                        try sink(.failure(diagnostic))
                    }
                }
            }
        }
    }

    private func read(
        _ table: InputSource.Table, _ path: String, _ source: InputSource, into sink: RowSink
    ) throws {
        let file = try open(path, source) { () throws(InputFileError) in try InputFile(RealPath.join(directory, path)) }
        try read(table, file, as: path, source, into: sink)
    }

    private func read(
        _ table: InputSource.Table, _ file: InputFile, as name: String, _ source: InputSource, into sink: RowSink
    ) throws {
        switch table {
        case .csv: try read(CSVFormat(file: name), file, name, source, into: sink)
        case .tsv: try read(CSVFormat(file: name, delimiter: UInt8(ascii: "\t")), file, name, source, into: sink)
        case .jsonl: try read(LineFormat.objects(file: name), file, name, source, into: sink)
        case .json: try read(JSONArrayFormat(file: name), file, name, source, into: sink)
        case .lines: try read(LineFormat.texts(file: name), file, name, source, into: sink)
        }
    }

    private func read(
        _ format: some RowFormat, _ file: InputFile, _ name: String, _ source: InputSource, into sink: RowSink
    ) throws {
        var reader = RowReader(format, file: name)
        var isFirst = true
        var inflater: GzipInflater?
        do {
            try file.forEachChunk(failure: { failure($0.reason, name, source) }) { chunk in
                try checkpoint()
                if isFirst, GzipInflater.isGzip(chunk) { inflater = try GzipInflater() }
                isFirst = false
                if let inflater {
                    try inflater.read(chunk) {
                        try checkpoint()
                        try reader.read($0, into: sink)
                    }
                } else {
                    try reader.read(chunk, into: sink)
                }
                return true
            }
            try inflater?.finish()
        } catch let error as GzipError {
            throw failure(error.reason, name, source)
        }
        try reader.finish(into: sink)
    }

    private func readQuery(_ query: String, _ path: String, _ source: InputSource, into sink: RowSink) throws {
        let full = RealPath.join(directory, path)
        // For a message that says why; the database opens the file itself.
        _ = try open(path, source) { () throws(InputFileError) in try InputFile(full) }
        do throws(QueryError) {
            try QueryRows(file: full, name: path, checkpoint: checkpoint).forEachRow(of: query, into: sink)
        } catch {
            switch error {
            case .database(let reason): throw Diagnostic("'\(path)': \(reason)", at: source.location)
            case .stopped(let error): throw error
            }
        }
    }

    // MARK: - Failures

    private func open(
        _ name: String, _ source: InputSource, _ body: () throws(InputFileError) -> InputFile
    ) throws -> InputFile {
        do throws(InputFileError) {
            return try body()
        } catch {
            throw failure(error.reason, name, source)
        }
    }

    private func failure(_ reason: String, _ name: String, _ source: InputSource) -> any Error {
        let isRelative = !PathName.isAbsolute(name) && !name.contains("://") && name != "standard input"
        return Diagnostic(
            "cannot read '\(name)': \(reason)", at: source.location,
            help: isRelative ? "the path starts from the manifest's directory" : nil)
    }
}
