import Foundation
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
    /// What programs that make rows find in their environment, but for the token.
    var environment = ProcessInfo.processInfo.environment
    /// What commands have printed.
    let outputs = CommandOutputs()
    /// Called often while reading; what it throws ends the reading.
    let checkpoint: () throws -> Void
    /// Told what a person should know of how the sources were read.
    var notice: (InputNotice) -> Void = { _ in }

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
            try readRows(of: source) { row in
                if case .enough = try body(row) { throw Enough() }
            }
        } catch is Enough {}
    }

    private func readRows(of source: InputSource, into sink: RowSink) throws {
        switch source.kind {
        case .list(let rows):
            for (index, row) in rows.enumerated() { try sink(.success(.element(row, number: index + 1))) }
        case .range(let range):
            for index in 0..<range.count {
                if index & 0xFFF == 0 { try checkpoint() }
                try sink(.success(.number(range.number(at: index), number: index + 1)))
            }
        case .files(let patterns):
            try readFiles(patterns, source, into: sink)
        case .table(let table, let places):
            try forEachTable(at: places, source, into: sink) { file, _, name in
                try readTable(table, in: file, named: name, source, into: sink)
            }
        case .openAIBatch(let places):
            try forEachTable(at: places, source, into: sink) { file, _, name in
                try readRows(OpenAIBatchFormat(file: name), of: file, named: name, source, into: sink)
            }
        case .parquet(let places):
            try forEachTable(at: places, source, into: sink) { _, path, name in
                try readDuckDB(.parquet(path), named: name, source, into: sink)
            }
        case .duckdb(let file, let query):
            // For a message that says why; the program opens the file itself.
            if let file { _ = try openTable(at: file, source) }
            try readDuckDB(.query(query), of: file, named: source.label, source, into: sink)
        case .command(let command, let table):
            try readCommand(command, table, source, into: sink)
        case .sqlite(let file, let query):
            try readQuery(query, file, source, into: sink)
        case .run(let job):
            let rows = RunRows(
                directory: directory, manifestPath: manifestPath, stateDirectory: stateDirectory, checkpoint: checkpoint
            )
            try rows.forEachRow(of: job, at: source.location, into: sink)
        }
    }

    private func readFiles(_ patterns: [GlobPattern], _ source: InputSource, into sink: RowSink) throws {
        // Several patterns may find the same file; it is one row.
        var known: Set<ExactText> = []
        var misses: [(pattern: GlobPattern, found: GlobExpansion.NearMisses)] = []
        for pattern in patterns {
            let found = try GlobExpansion.forEachFile(
                of: pattern, in: directory, followsLinks: source.followsLinks
            ) { file in
                try checkpoint()
                switch file {
                case .success(let path):
                    if patterns.count > 1, !known.insert(ExactText(path)).inserted { return }
                    if source.readsSidecars, Sidecars.isOne(path) { return }
                    let sidecars = Sidecars(directory: directory, followsLinks: source.followsLinks)
                    let row = source.readsSidecars ? sidecars.row(of: path) : .success(Row.file(path))
                    try sink(
                        row.map { row in
                            var row = row
                            row.followsLinks = source.followsLinks
                            return row
                        })
                case .failure(let problem): try sink(.failure(problem))
                }
            }
            misses.append((pattern, found))
        }
        for (pattern, found) in misses { tell(found, of: pattern, known: known) }
    }

    /// Tells what a pattern has nearly found, but for what others have.
    private func tell(_ found: GlobExpansion.NearMisses, of pattern: GlobPattern, known: Set<ExactText>) {
        if found.linkedFolders > 0 {
            notice(
                .linkedFolders(pattern: pattern.text, count: found.linkedFolders, example: found.linkedFolder))
        }
        let missed = found.otherCase.filter { !known.contains(ExactText($0)) }
        let count = found.otherCaseCount - (found.otherCase.count - missed.count)
        if count > 0, let example = missed.first {
            notice(.otherCase(pattern: pattern.text, count: count, example: example))
        }
    }

    // MARK: - Tables

    /// Hands each file of a source to `body`, with its path as this process reaches it and its name for messages.
    private func forEachTable(
        at places: [InputSource.TablePlace], _ source: InputSource, into sink: RowSink,
        _ body: (_ file: InputFile, _ path: String, _ name: String) throws -> Void
    ) throws {
        var known: Set<ExactText> = []
        for place in places {
            switch place {
            case .standardInput:
                let file = try open(place.label, source) { () throws(InputFileError) in try StandardInput.file() }
                try body(file, place.label, place.label)
            case .web(let address):
                guard let copy = webCopies[address] else {
                    throw Diagnostic("'\(place.label)' was not fetched", at: source.location)
                }
                let file = try open(place.label, source) { () throws(InputFileError) in try InputFile(copy) }
                try body(file, RealPath.of(copy) ?? copy, place.label)
            case .files(let pattern):
                // A file that has such a name is meant itself.
                guard pattern.hasWildcards, RealPath.of(RealPath.join(directory, pattern.text)) == nil else {
                    if known.insert(ExactText(pattern.text)).inserted {
                        let (file, name) = try openTable(at: pattern.text, source)
                        try body(file, name, name)
                    }
                    continue
                }
                let found = try GlobExpansion.forEachFile(
                    of: pattern, in: directory, followsLinks: source.followsLinks
                ) { found in
                    do {
                        let path = try found.get()
                        guard known.insert(ExactText(path)).inserted else { return }
                        let (file, name) = try openTable(at: path, source)
                        try body(file, name, name)
                    } catch let diagnostic as Diagnostic {
                        // The other files may have problems of their own.
                        try sink(.failure(diagnostic))
                    }
                }
                tell(found, of: pattern, known: known)
            }
        }
    }

    /// - Returns: the file, and the path under which it was found.
    private func openTable(at path: String, _ source: InputSource) throws -> (file: InputFile, path: String) {
        var path = path
        if RealPath.of(RealPath.join(directory, path)) == nil, let other = PathAdvice(path, in: directory).sameName {
            notice(.otherForm(written: path, found: other))
            path = other
        }
        let file = try open(path, source) { () throws(InputFileError) in try InputFile(RealPath.join(directory, path)) }
        return (file, path)
    }

    private func readTable(
        _ kind: InputSource.Table, in file: InputFile, named name: String, _ source: InputSource, into sink: RowSink
    ) throws {
        func readRows(_ format: some RowFormat) throws {
            try self.readRows(format, of: file, named: name, source, into: sink)
        }
        switch kind {
        case .csv: try readRows(CSVFormat(file: name, dialect: source.dialect))
        case .tsv:
            var dialect = source.dialect
            dialect.delimiter = UInt8(ascii: "\t")
            try readRows(CSVFormat(file: name, dialect: dialect))
        case .jsonl: try readRows(LineFormat.objects(file: name))
        case .json: try readRows(JSONArrayFormat(file: name))
        case .lines: try readRows(LineFormat.texts(file: name))
        }
    }

    private func readRows(
        _ format: some RowFormat, of file: InputFile, named name: String, _ source: InputSource, into sink: RowSink
    ) throws {
        var table = TableBytes(RowReader(format, file: name), file: name, encoding: source.encoding)
        defer { table.notices.forEach(notice) }
        func pass(_ row: Result<Row, Diagnostic>) throws {
            guard source.followsLinks, case .success(var found) = row else { return try sink(row) }
            found.followsLinks = true
            try sink(.success(found))
        }
        do {
            try file.forEachChunk(failure: { failure($0.reason, name, source) }) { chunk in
                try checkpoint()
                try table.read(chunk, checkpoint, into: pass)
                return true
            }
            try table.finish(into: pass)
        } catch let error as GzipError {
            throw failure(error.reason, name, source)
        } catch let error as UnreadableTable {
            throw Diagnostic(
                "'\(name)' is \(error.kind.name), not a table", at: source.location, help: error.kind.help)
        }
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

    // MARK: - Other programs

    private var program: SourceProgram {
        SourceProgram(directory: directory, environment: environment, checkpoint: checkpoint)
    }

    private func readDuckDB(
        _ relation: DuckDBRows.Relation, of database: String? = nil, named name: String, _ source: InputSource,
        into sink: RowSink
    ) throws {
        do {
            let rows = DuckDBRows(program: program, name: name, database: database, notice: notice)
            try rows.forEachRow(of: relation, into: sink)
        } catch let failure as DuckDBRows.Failure {
            throw Diagnostic("cannot read '\(name)': \(failure.reason)", at: source.location, help: failure.help)
        }
    }

    private func readCommand(
        _ command: String, _ table: InputSource.Table, _ source: InputSource, into sink: RowSink
    ) throws {
        let file: InputFile
        do {
            file = try outputs.output(of: command, at: source.location, by: program)
        } catch let failure as SourceProgram.Failure {
            throw Diagnostic(
                "the command gave no rows: \(failure.reason)", at: source.location,
                help: "it was run by the shell in the manifest's folder: \(VisibleText.of(command))")
        }
        try readTable(table, in: file, named: source.label, source, into: sink)
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
        let isPath = !name.containsExactly("://") && name != "standard input"
        let isThere = RealPath.of(RealPath.join(directory, name)) != nil
        let help = isThere ? "the path starts from the manifest's directory" : PathAdvice(name, in: directory).text
        return Diagnostic(
            "cannot read '\(name)': \(reason)", at: source.location,
            help: !isPath || (isThere && PathName.isAbsolute(name)) ? nil : help)
    }
}
