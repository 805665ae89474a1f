import GRDB
package import NightshiftCore

/// Brings the items of a run in line with its manifest: all of them, or none.
///
/// The items come in batches, each stored in a short transaction, so that others read and write the store all the while. A
/// new item is stored at once, with a generation that the run has not reached; a known one stays as it is, and what is to
/// become of it is noted in `item_change`. ``seal()`` makes it all true in one transaction. Without it nothing has changed
/// for anybody, also after a crash, and the next synchronization removes what was left.
///
/// Only the owner of the run's lock may have one.
package struct ItemSynchronization: Sendable {
    private let store: Store
    private let run: RunRecord
    private let now: Timestamp
    /// Whether the run had items before.
    private let isRenewal: Bool
    private var hasSteps = false
    /// Its commits are not made durable one by one; that of ``seal()`` makes them so too.
    let connection: DatabaseQueue
    /// What the items so far mean; complete after ``review()``.
    package private(set) var report = SynchronizationReport()

    /// Begins to take the items of a run.
    package init(of run: RunRecord, in store: Store, at now: Timestamp) async throws(StoreError) {
        self.store = store
        self.run = run
        self.now = now
        connection = try store.stagingConnection()
        try await Self.discardUnsealedItems(of: store, by: connection)
        isRenewal = try await store.write { database in
            // Others that were never sealed, of sessions that were broken off.
            try database.execute(
                sql: "DELETE FROM run WHERE generation = 0 AND id <> ?", arguments: [run.id])
            try database.execute(
                sql: "UPDATE run SET unsealed_after = (SELECT COALESCE(MAX(id), 0) FROM item) WHERE id = ?",
                arguments: [run.id])
            return try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM item WHERE run_id = ?)", arguments: [run.id]) ?? false
        }
    }

    /// Removes what synchronizations without an end have left, a little at a time.
    private static func discardUnsealedItems(
        of store: Store, by connection: DatabaseQueue
    ) async throws(StoreError) {
        let runs = try await store.read { database in
            try GRDB.Row.fetchAll(
                database, sql: "SELECT id, generation, unsealed_after FROM run WHERE unsealed_after IS NOT NULL"
            ).map { row -> (id: Int64, generation: Int, after: Int64) in
                (row["id"], row["generation"], row["unsealed_after"])
            }
        }
        for run in runs {
            var count = 0
            repeat {
                count = try await store.stage(by: connection) { database in
                    // The last first: what follows another item goes before it.
                    try database.execute(
                        sql: """
                            DELETE FROM item WHERE id IN (
                                SELECT id FROM item WHERE id > ? AND +run_id = ? AND generation > ?
                                ORDER BY id DESC LIMIT 1000)
                            """, arguments: [run.after, run.id, run.generation])
                    return database.changesCount
                }
            } while count > 0
        }
        try await store.write { database in
            try ItemSwitch.clear(database)
            try database.execute(sql: "UPDATE run SET unsealed_after = NULL WHERE unsealed_after IS NOT NULL")
        }
    }

    /// Takes the next items of the input set, in its order.
    /// - Returns: for each, whether it is a new one of the set, not the repetition of an earlier row.
    package mutating func add(_ items: [Item]) async throws(StoreError) -> [Bool] {
        let (run, isRenewal, now, before) = (run, isRenewal, now, report)
        let (added, after) = try await store.stage(by: connection) { database in
            var writer = ItemStaging(
                database: database, run: run.id, generation: run.generation + 1, isRenewal: isRenewal, now: now,
                report: before)
            let added = try items.map { try writer.add($0) }
            return (added, writer.report)
        }
        report = after
        hasSteps = hasSteps || items.contains { !$0.step.isEmpty }
        return added
    }

    /// Completes the report when all items are there; nothing changes by it.
    package mutating func review() async throws(StoreError) -> SynchronizationReport {
        guard isRenewal else { return report }
        let run = run
        let hasChanges = report.changed + report.invalid > 0
        let (withdrawn, taken, work) = try await store.read { database in
            let withdrawn =
                try Int.fetchOne(
                    database,
                    sql: """
                        SELECT COUNT(*) FROM item
                        WHERE run_id = ? AND generation <= ? AND id NOT IN (SELECT item_id FROM item_change)
                        """, arguments: [run.id, run.generation]) ?? 0
            // Most sessions go on with the set of the last one; all items are not walked for that.
            let work = hasChanges || withdrawn > 0 ? try RemadeItems.count(in: run, database) : (0, 0)
            return (withdrawn, try ItemTakeover.all(in: run, database), work)
        }
        (report.remade, report.hadResults) = work
        report.withdrawn = withdrawn - taken.count { !$0.keyStays }
        report.new -= taken.count
        for takeover in taken { report.count(takeover.state, isInvalid: false) }
        return report
    }

    /// Makes the items that were taken those of the run, unless there are conflicts among them.
    package func seal() async throws(StoreError) -> RunRecord {
        guard report.conflictCount == 0 else { return run }
        let (run, now, isRenewal, hasSteps) = (run, now, isRenewal, hasSteps)
        let sealed = try await store.write { database in
            // Changed digests fall on all pages of their index; a few megabytes more keep these from being read again.
            try database.execute(sql: "PRAGMA cache_size = -64000")
            defer { try? database.execute(sql: "PRAGMA cache_size = -2000") }
            let change = ItemSwitch(database: database, run: run, now: now)
            return try change.apply(isRenewal: isRenewal, hasSteps: hasSteps)
        }
        // These count no more, and the set is sealed: if they cannot be removed now, the next synchronization does it.
        try? await store.stage(by: connection) { try ItemSwitch.clear($0) }
        return sealed
    }
}

extension Store {
    /// Brings the items of a run in line with a manifest that has these.
    package func synchronize(
        _ run: RunRecord, with items: [Item], at now: Timestamp
    ) async throws(StoreError) -> (run: RunRecord, report: SynchronizationReport) {
        var synchronization = try await ItemSynchronization(of: run, in: self, at: now)
        _ = try await synchronization.add(items)
        let report = try await synchronization.review()
        return (try await synchronization.seal(), report)
    }

    /// A connection for what may be lost with the machine's power until something durable is written after it.
    fileprivate func stagingConnection() throws(StoreError) -> DatabaseQueue {
        var configuration = Self.configuration
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
            // Keys and digests fall on all pages of their indexes: many changes of a page are worth one copy of it.
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -16000")
        }
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    fileprivate func stage<Value: Sendable>(
        by connection: DatabaseQueue, _ body: @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do {
            return try await connection.write(body)
        } catch {
            throw StoreError(error, path: path)
        }
    }
}
