import GRDB
package import LosslessJSON
package import NightshiftCore

/// What is written into a journal.
package struct JournalNote: Hashable, Sendable {
    package var kind: JournalEntry.Kind
    package var facts: JSONValue

    package init(_ kind: JournalEntry.Kind, _ facts: [String: JSONValue] = [:]) {
        self.kind = kind
        self.facts = .object(facts)
    }

    func write(to run: Int64, session: Int64?, at now: Timestamp, _ database: Database) throws {
        try database.cachedStatement(
            sql: "INSERT INTO journal (run_id, session_id, at, kind, facts) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [run, session, now.milliseconds, kind.rawValue, facts.jsonString()])
    }
}

extension Store {
    /// Adds to the journal of a run.
    package func note(_ notes: [JournalNote], of run: RunRecord, at now: Timestamp) async throws(StoreError) {
        guard !notes.isEmpty else { return }
        try await write { database in
            for note in notes { try note.write(to: run.id, session: run.session, at: now, database) }
        }
    }
}

extension Reports {
    /// Entries of a run's journal, the newest first.
    /// - Parameter before: only older ones than this.
    package func journal(
        of run: RunRecord, before: Int? = nil, after: Int = 0, limit: Int
    ) async throws(StoreError) -> [JournalEntry] {
        try await store.read { database in
            try GRDB.Row.fetchAll(
                database,
                sql: """
                    SELECT \(JournalEntry.columns(of: "journal")) FROM journal
                    WHERE run_id = ? AND id > ? AND id < ? ORDER BY id DESC LIMIT ?
                    """,
                arguments: [run.id, after, before ?? .max, limit]
            ).map(JournalEntry.init)
        }
    }
}

extension JournalEntry: StoredRecord {
    static let columns = ["id", "at", "session_id", "kind", "facts"]

    fileprivate init(_ row: GRDB.Row) throws {
        self.init(
            id: Int(row["id"] as Int64), at: Timestamp(milliseconds: row["at"]),
            session: (row["session_id"] as Int64?).map(Int.init), kind: row["kind"],
            facts: try JSONValue(parsing: row["facts"] as String))
    }
}
