import LosslessJSON
import NightshiftCore

/// The rows that DuckDB gives, by its program: with their types, as JSON lines that are read while they are made.
struct DuckDBRows {
    /// What rows are read from.
    enum Relation: Hashable {
        /// One query; it is given to a function of DuckDB that takes nothing else.
        case query(String)
        /// The path of a Parquet file, from the manifest's folder.
        case parquet(String)
    }

    /// Why there are no rows, or not all.
    struct Failure: Error, Hashable {
        var reason: String
        var help: String?
    }

    let program: SourceProgram
    /// What the rows are of, for messages.
    let name: String
    /// The path of a database, from the manifest's folder; it is only read.
    var database: String?
    /// Told of columns that are no text and no number.
    var notice: (InputNotice) -> Void = { _ in }

    /// Never by its name alone, because a program that opens its own output by another name may replace that.
    private static let output = "TO '/dev/fd/1' (FORMAT json, USE_TMP_FILE false)"

    /// Hands each row to `sink`.
    /// - Throws: ``Failure``, or what `sink` throws.
    func forEachRow(of relation: Relation, into sink: RowSink) throws {
        guard let path = program.find("duckdb") else {
            throw Failure(
                reason: "the program duckdb, which reads it, is not on PATH",
                help: "install it, for example with: pip install duckdb-cli")
        }
        let columns = try self.columns(of: relation, path)
        let left = columns.filter { $0.type.containsExactly("BLOB") }.map(\.name)
        guard left.count < columns.count else {
            throw Failure(
                reason: "all of its columns hold bytes", help: "make text of them in a query, such as base64(column)")
        }
        if !left.isEmpty { notice(.bytesLeftOut(source: name, columns: left)) }
        let names = columns.map(\.name).filter { name in !left.contains { $0.isExactly(name) } }
        let chosen = names.map(Self.identifier).joined(separator: ", ")
        var reader = RowReader(QueryLineFormat(name: name, columns: names), file: name)
        try run(path, "SELECT \(chosen) FROM \(Self.sql(relation))") { try reader.read($0, into: sink) }
        try reader.finish(into: sink)
    }

    private func columns(of relation: Relation, _ path: String) throws -> [(name: String, type: String)] {
        var bytes: [UInt8] = []
        let description = "DESCRIBE FROM \(Self.sql(relation))"
        try run(path, "SELECT column_name AS name, column_type AS type FROM (\(description))") { bytes += $0 }
        return try bytes.split(separator: 0x0A).map { line in
            guard let column = try? JSONValue(parsing: String(decoding: line, as: UTF8.self)),
                let name = column["name"]?.stringValue, let type = column["type"]?.stringValue
            else {
                throw Failure(reason: "the program duckdb did not tell the columns", help: "is it DuckDB 1.4 or newer?")
            }
            return (name, type)
        }
    }

    private func run(_ path: String, _ query: String, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        // No settings of the user, which could change what is printed.
        var words = [path, "-init", "/dev/null", "-bail"]
        if let database { words += ["-readonly", Self.path(database)] }
        words += ["-c", "COPY (\(query)) \(Self.output)"]
        do {
            try program.run("exec " + words.map(SourceProgram.quoted).joined(separator: " "), body)
        } catch let failure as SourceProgram.Failure {
            throw Self.failure(failure)
        }
    }

    /// What DuckDB said, without its drawing of the place.
    private static func failure(_ failure: SourceProgram.Failure) -> Failure {
        let lines = failure.said.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        let said = lines.drop { $0.isEmpty }.prefix { !$0.isEmpty && !$0.hasPrefix("LINE ") }.joined(separator: " ")
        guard !said.isEmpty else { return Failure(reason: "duckdb: \(failure.reason)") }
        let isNoQuery = said.containsExactly("Expected a single SELECT statement")
        return Failure(
            reason: "duckdb: \(VisibleText.of(said))",
            help: isNoQuery ? "a query is one SELECT; it writes nothing" : nil)
    }

    // MARK: - SQL

    private static func sql(_ relation: Relation) -> String {
        switch relation {
        case .query(let query): "query(\(text(query)))"
        case .parquet(let file): "read_parquet(\(text(literal(path(file)))))"
        }
    }

    /// A path in which the signs of patterns stand for themselves.
    private static func literal(_ path: String) -> String {
        path.replacingExactly("[", with: "[[]").replacingExactly("*", with: "[*]").replacingExactly("?", with: "[?]")
    }

    private static func text(_ text: String) -> String { "'" + text.replacingExactly("'", with: "''") + "'" }

    private static func identifier(_ name: String) -> String { "\"" + name.replacingExactly("\"", with: "\"\"") + "\"" }

    /// A path that is taken for nothing else, such as an option or the address of a store in the network.
    private static func path(_ path: String) -> String { PathName.isAbsolute(path) ? path : "./" + path }
}
