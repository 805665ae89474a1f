import GRDB
import LosslessJSON
import NightshiftCore

/// Rows that come back in another order than they went in: sorted on disk, so that memory stays small for any number.
final class ShuffledRows {
    private let database: DatabaseQueue
    private var waiting: [(draw: Int64, number: Int, text: String)] = []
    private var count = 0
    /// What rows share, in the order of its first use.
    private var columns: [RowColumns] = []
    private var files: [NamedFiles] = []

    private static let batch = 1000

    /// Makes a temporary database, which is gone with this object.
    init() throws(StoreError) {
        do {
            var configuration = Configuration()
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            }
            // SQLite keeps a database without a name in a temporary file of its own.
            database = try DatabaseQueue(path: "", configuration: configuration)
            try database.write { database in
                try database.execute(
                    sql: """
                        CREATE TABLE shuffled (
                            draw INTEGER NOT NULL, number INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (draw, number)
                        ) STRICT, WITHOUT ROWID
                        """)
            }
        } catch {
            throw StoreError(error, path: "for shuffling")
        }
    }

    /// - Parameter draw: decides the place; equal draws keep the order in which they came.
    func add(_ row: NightshiftCore.Row, draw: UInt64) throws(StoreError) {
        count += 1
        waiting.append((Int64(bitPattern: draw), count, encode(row).jsonString()))
        if waiting.count >= ShuffledRows.batch { try flush() }
    }

    /// Gives back all rows in their new order.
    func forEach(_ body: (NightshiftCore.Row) throws -> Bool) throws {
        try flush()
        var last: (draw: Int64, number: Int) = (.min, -1)
        while true {
            let page = try page(after: last)
            guard let end = page.last else { return }
            for entry in page where !(try body(decode(try JSONValue(parsing: entry.text)))) { return }
            last = (end.draw, end.number)
        }
    }

    private func page(
        after last: (draw: Int64, number: Int)
    ) throws(StoreError) -> [(draw: Int64, number: Int, text: String)] {
        do {
            return try database.read { database in
                let statement = try database.cachedStatement(
                    sql:
                        "SELECT draw, number, row FROM shuffled WHERE (draw, number) > (?, ?) ORDER BY draw, number LIMIT ?"
                )
                return try GRDB.Row.fetchAll(statement, arguments: [last.draw, last.number, ShuffledRows.batch])
                    .map { ($0["draw"], $0["number"], $0["row"]) }
            }
        } catch {
            throw StoreError(error, path: "for shuffling")
        }
    }

    private func flush() throws(StoreError) {
        let entries = waiting
        waiting.removeAll(keepingCapacity: true)
        do {
            try database.write { database in
                let statement = try database.cachedStatement(sql: "INSERT INTO shuffled VALUES (?, ?, ?)")
                for entry in entries { try statement.execute(arguments: [entry.draw, entry.number, entry.text]) }
            }
        } catch {
            throw StoreError(error, path: "for shuffling")
        }
    }

    // MARK: - Rows as text

    private func encode(_ row: NightshiftCore.Row) -> JSONValue {
        func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
        let origin: JSONValue =
            switch row.origin {
            case .line(let file, let line): ["line", .string(file), number(line)]
            case .file(let path): ["file", .string(path)]
            case .row(let index, let source): ["row", .string(source), number(index)]
            }
        var encoded: [String: JSONValue] = ["origin": origin, "text": .bool(row.isText)]
        if let named = row.namedFiles {
            encoded["files"] = number(index(of: named, in: &files))
        }
        switch row.storage {
        case .object(let members): encoded["row"] = .object(members)
        case .table(let shared, let values):
            encoded["row"] = .array(values)
            encoded["columns"] = number(index(of: shared, in: &columns))
        }
        return .object(encoded)
    }

    private func index<Shared: AnyObject>(of object: Shared, in list: inout [Shared]) -> Int {
        // Rows of one file follow each other.
        if let index = list.lastIndex(where: { $0 === object }) { return index }
        list.append(object)
        return list.count - 1
    }

    private func decode(_ encoded: JSONValue) -> NightshiftCore.Row {
        let origin: RowOrigin
        let first = encoded["origin"]?[1]?.stringValue ?? ""
        let second = encoded["origin"]?[2]?.intValue ?? 0
        switch encoded["origin"]?[0]?.stringValue {
        case "line": origin = .line(file: first, line: second)
        case "file": origin = .file(first)
        default: origin = .row(second, of: first)
        }
        let storage: NightshiftCore.Row.Storage =
            if let index = encoded["columns"]?.intValue {
                .table(columns[index], encoded["row"]?.arrayValue ?? [])
            } else {
                .object(encoded["row"]?.objectValue ?? [:])
            }
        return NightshiftCore.Row(
            storage, origin: origin, isText: encoded["text"] == true,
            namedFiles: encoded["files"]?.intValue.map { files[$0] })
    }
}
