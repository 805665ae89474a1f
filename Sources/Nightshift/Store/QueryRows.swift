import GRDB
import LosslessJSON
import NightshiftCore

/// Why a query gave no rows, or not all.
enum QueryError: Error {
    case database(String)
    /// What the receiver of a row threw.
    case stopped(any Error)
}

/// The rows that a query gives, read from a database that nothing can be written to.
struct QueryRows {
    /// The database's file.
    let file: String
    /// The file as the manifest names it.
    let name: String
    let checkpoint: () throws -> Void

    /// Hands each row to `sink`, and a mistake in the place of a row that has no value as JSON.
    func forEachRow(of query: String, into sink: RowSink) throws(QueryError) {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        // What the file itself brings, such as views and functions in them, is not trusted.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF") }
        // A path that begins with none of these could be read as an address with options.
        let path = PathName.isAbsolute(file) ? file : "./" + file
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try database.unsafeReentrantRead { try read(query, from: $0, into: sink) }
        } catch let error as QueryError {
            throw error
        } catch let error as DatabaseError {
            throw .database(error.message ?? "error \(error.resultCode.rawValue)")
        } catch {
            throw .stopped(error)
        }
    }

    private func read(_ query: String, from database: Database, into sink: RowSink) throws {
        // Other statements can write files, even from here, or open other databases.
        guard ["select", "with", "values"].contains(QueryText.firstWord(of: query)) else {
            throw QueryError.database("the query must begin with SELECT, WITH or VALUES")
        }
        let statement = try database.makeStatement(sql: query)
        guard statement.columnCount > 0, statement.isReadonly else {
            throw QueryError.database("the query must only read")
        }
        let names = statement.columnNames
        if let name = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw QueryError.database("the query gives two columns the name '\(name)'; name one of them with AS")
        }
        let columns = RowColumns(names)
        let rows = try GRDB.Row.fetchCursor(statement)
        var number = 0
        while let row = try rows.next() {
            number += 1
            if number & 0xFF == 0 { try stopping(checkpoint) }
            let origin = RowOrigin.row(number, of: name)
            var values: [JSONValue] = []
            var mistake: String?
            for index in names.indices {
                if let value = QueryRows.json(row[index] as DatabaseValue) {
                    values.append(value)
                } else {
                    mistake = mistake ?? "column '\(names[index])' has no value as text or number"
                }
            }
            let result: Result<NightshiftCore.Row, Diagnostic> =
                if let mistake {
                    .failure(Diagnostic("\(origin): \(mistake)", help: "turn bytes into text, as with hex(column)"))
                } else {
                    .success(Row(.table(columns, values), origin: origin))
                }
            try stopping { try sink(result) }
        }
    }

    /// Keeps errors of the receiver apart from those of the database.
    private func stopping(_ body: () throws -> Void) throws(QueryError) {
        do { try body() } catch { throw .stopped(error) }
    }

    private static func json(_ value: DatabaseValue) -> JSONValue? {
        switch value.storage {
        case .null: .null
        case .int64(let number): .number(JSONNumber(Int(number)))
        case .double(let number): JSONNumber(number).map(JSONValue.number)
        case .string(let text): .string(text)
        case .blob: nil
        }
    }
}

/// SQL as text.
private enum QueryText {
    /// The first word in lower case, after comments.
    static func firstWord(of query: String) -> String {
        var rest = query.unicodeScalars[...]
        while true {
            rest = rest.drop { $0.properties.isWhitespace }
            if rest.starts(with: "--".unicodeScalars) {
                rest = rest.drop { $0 != "\n" }
            } else if rest.starts(with: "/*".unicodeScalars) {
                var last: Unicode.Scalar = " "
                rest = rest.dropFirst(2).drop { scalar in
                    defer { last = scalar }
                    return !(last == "*" && scalar == "/")
                }.dropFirst()
            } else {
                return String(rest.prefix { $0.properties.isAlphabetic }).lowercased()
            }
        }
    }
}
