import Foundation
import GRDB
package import NightshiftCore

/// The processes that have worked on runs.
package struct Sessions: Sendable {
    let store: Store
}

extension Store {
    package var sessions: Sessions { Sessions(store: self) }
}

extension Sessions {
    /// A session of a run begins: until it is closed the run has not ended by itself.
    /// - Returns: the run with the session in it.
    package func begin(_ run: RunRecord, at now: Timestamp) async throws(StoreError) -> RunRecord {
        var begun = run
        begun.session = try await store.write { database in
            try database.execute(sql: "UPDATE run SET ending = NULL WHERE id = ?", arguments: [run.id])
            // Whatever was under way was killed, since the lock is free.
            try database.execute(
                sql: "UPDATE session SET ended_at = seen_at WHERE run_id = ? AND ended_at IS NULL", arguments: [run.id])
            let (host, version) = (ProcessInfo.processInfo.hostName, NightshiftVersion.current)
            try database.execute(
                sql: "INSERT INTO session (run_id, began_at, seen_at, host, version) VALUES (?1, ?2, ?2, ?3, ?4)",
                arguments: [run.id, now.milliseconds, host, version])
            let session = database.lastInsertedRowID
            try JournalNote(.sessionBegan, ["host": .string(host), "version": .string(version)])
                .write(to: run.id, session: session, at: now, database)
            return session
        }
        return begun
    }

    /// The run ends, and with it the session that works on it, if one does.
    package func close(_ run: RunRecord, ending: String, at now: Timestamp) async throws(StoreError) {
        try await store.write { database in
            try database.execute(sql: "UPDATE run SET ending = ? WHERE id = ?", arguments: [ending, run.id])
            let session = try Int64.fetchOne(
                database, sql: "SELECT id FROM session WHERE run_id = ? AND ended_at IS NULL", arguments: [run.id])
            guard let session else { return }
            try database.execute(
                sql: """
                    UPDATE session SET ended_at = MAX(?1, began_at), seen_at = MAX(?1, began_at), ending = ?2
                    WHERE id = ?3
                    """,
                arguments: [now.milliseconds, ending, session])
            try JournalNote(.sessionEnded, ["ending": .string(ending)])
                .write(to: run.id, session: session, at: now, database)
        }
    }
}

extension Reports {
    /// The sessions of a run in order; none is known of runs of older versions.
    package func sessions(of run: RunRecord) async throws(StoreError) -> [SessionSummary] {
        try await store.read { database in
            try GRDB.Row.fetchAll(
                database,
                sql: "SELECT \(SessionSummary.columns(of: "session")) FROM session WHERE run_id = ? ORDER BY id",
                arguments: [run.id]
            ).map(SessionSummary.init)
        }
    }
}

extension SessionSummary: StoredRecord {
    static let columns = ["id", "began_at", "seen_at", "ended_at", "ending", "host", "version"]

    fileprivate init(_ row: GRDB.Row) {
        self.init(
            id: Int(row["id"] as Int64), beganAt: Timestamp(milliseconds: row["began_at"]),
            seenAt: Timestamp(milliseconds: row["seen_at"]),
            endedAt: (row["ended_at"] as Int64?).map(Timestamp.init(milliseconds:)), ending: row["ending"],
            host: row["host"], version: row["version"])
    }
}
