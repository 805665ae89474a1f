import GRDB
import NightshiftCore

/// What people think of results. It belongs to what was sent, so it survives edits of the manifest, and any process may write it
/// beside a live run.
package struct Remarks: Sendable {
    let store: Store

    /// - Returns: how many items there are with these keys.
    package func change(_ change: RemarkChange, of keys: [String], in run: RunRecord) async throws(StoreError) -> Int {
        try await store.write { database in
            var digests: Set<String> = []
            var count = 0
            let digest = try database.cachedStatement(
                sql: "SELECT digest FROM item WHERE run_id = ? AND key = ? AND generation <= ? AND is_withdrawn = 0")
            for key in Set(keys) {
                guard let found = try String.fetchOne(digest, arguments: [run.id, key, run.generation]) else {
                    continue
                }
                digests.insert(found)
                count += 1
            }
            for digest in digests.sorted() { try Self.apply(change, to: digest, database) }
            return count
        }
    }

    private static func apply(_ change: RemarkChange, to digest: String, _ database: Database) throws {
        func execute(_ sql: String, _ arguments: StatementArguments) throws {
            try database.cachedStatement(sql: sql).execute(arguments: arguments)
        }
        func set(_ column: String, _ value: (any DatabaseValueConvertible)?) throws {
            try execute(
                """
                INSERT INTO remark (digest, \(column)) VALUES (?1, ?2)
                ON CONFLICT (digest) DO UPDATE SET \(column) = excluded.\(column)
                """, [digest, value])
        }
        switch change {
        case .rating(let rating): try set("rating", rating)
        case .note(let note): try set("note", note.flatMap { $0.isEmpty ? nil : BoundedText.keep($0) })
        case .tags(let added, let removed):
            for tag in removed { try execute("DELETE FROM tag WHERE digest = ? AND tag = ?", [digest, tag]) }
            for tag in added { try execute("INSERT OR IGNORE INTO tag (digest, tag) VALUES (?, ?)", [digest, tag]) }
        }
    }
}

extension Store {
    package var remarks: Remarks { Remarks(store: self) }
}
