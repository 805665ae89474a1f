import Foundation
import GRDB
import LosslessJSON
package import NightshiftCore

/// What an expanded input set meant for the store.
package struct SynchronizationReport: Hashable, Sendable {
    /// Items of the manifest.
    package var items = 0
    package var new = 0
    /// Known under their key, with another content: they run again.
    package var changed = 0
    /// Known with the same content, and succeeded: they are kept.
    package var done = 0
    /// Known with the same content, and failed or held.
    package var failed = 0
    /// Known with the same content, and not finished.
    package var unfinished = 0
    /// Fail without being tried, because they cannot be sent.
    package var invalid = 0
    /// No longer in the manifest.
    package var withdrawn = 0
    /// Rows that give the same item as an earlier row.
    package var repeated = 0
    /// Two items under one key, or with one output name; nothing was changed if there is one.
    package var conflicts: [ItemConflict] = []
    package var conflictCount = 0

    package init() {}

    /// What a run would create, or has created and not finished.
    package var toDo: Int { new + changed + unfinished }

    static let listedConflicts = 20
}

extension Store {
    /// Lets pending items take the results of earlier runs: of items with the same input that the same version of the
    /// model has computed.
    /// - Returns: how many there are.
    package func reuseEarlierResults(in run: RunRecord) async throws(StoreError) -> Int {
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE item SET due_at = 1, leader_id = (
                        SELECT earlier.id FROM item AS earlier
                        WHERE earlier.digest = item.digest AND earlier.run_id <> item.run_id
                            AND earlier.state = 'succeeded' AND earlier.leader_id IS NULL
                            AND \(Self.isSameVersion)
                        ORDER BY earlier.id DESC LIMIT 1)
                    WHERE run_id = ?1 AND generation >= ?2 AND state = 'pending' AND leader_id IS NULL AND attempt = 0
                        AND EXISTS (
                            SELECT 1 FROM item AS earlier
                            WHERE earlier.digest = item.digest AND earlier.run_id <> item.run_id
                                AND earlier.state = 'succeeded' AND earlier.leader_id IS NULL
                                AND \(Self.isSameVersion))
                    """,
                arguments: [run.id, run.generation])
            let count = database.changesCount
            if count > 0 {
                try database.execute(sql: "UPDATE run SET shares_results = 1 WHERE id = ?", arguments: [run.id])
            }
            return count
        }
    }

    /// Whether two items were computed by one version of the model that both name.
    private static let isSameVersion = """
        (SELECT version FROM pin WHERE run_id = earlier.run_id AND step = earlier.step)
            IS (SELECT version FROM pin WHERE run_id = item.run_id AND step = item.step)
        """

    /// The failure class of items that were never sent because they do not fit the model.
    package static let notSendable = "not_sendable"
}

/// Two items of an input set that cannot be told apart.
package struct ItemConflict: Hashable, Sendable, CustomStringConvertible {
    /// Where the later one's row stands.
    package var place: String
    /// What is wrong, in a sentence.
    package var text: String
    /// The sentence about all conflicts of this kind.
    package var title: String

    package var diagnostic: Diagnostic { Diagnostic(text, at: SourceLocation(file: place)) }

    package var description: String { "\(place): \(text)" }
}

/// Conflicts undo the whole synchronization.
private struct ConflictsFound: Error {
    let report: SynchronizationReport
}

extension Store {
    /// Brings the store in line with the manifest, in one transaction: nothing changes unless everything fits.
    ///
    /// - Parameters:
    ///   - expand: Gives every item of the input set to its argument, in order, which says whether the item is a new one of
    ///     the set, not the repetition of an earlier row. It runs on a thread that may block.
    ///   - approve: is told what it all means before it is done; what it throws undoes it.
    package func synchronize(
        _ run: RunRecord, at now: Timestamp, expand: @Sendable (_ emit: (Item) throws -> Bool) throws -> Void,
        approve: @Sendable (SynchronizationReport) throws -> Void = { _ in }
    ) async throws -> (run: RunRecord, report: SynchronizationReport) {
        do {
            return try await pool.write { database in
                var writer = try ItemWriter(database, run: run.id, generation: run.generation + 1, now: now)
                try expand { try writer.write($0) }
                if writer.report.conflictCount > 0 { throw ConflictsFound(report: writer.report) }
                var renewed = run
                renewed.generation += 1
                renewed.sharesResults =
                    try Bool.fetchOne(
                        database,
                        sql: """
                            SELECT EXISTS (SELECT 1 FROM item WHERE leader_id IS NOT NULL AND run_id = ?1)
                                OR EXISTS (SELECT 1 FROM earlier_result JOIN item ON id = item_id WHERE run_id = ?1)
                            """,
                        arguments: [run.id]
                    ) ?? false
                renewed.hasSteps = writer.hasSteps
                try database.execute(
                    sql: "UPDATE run SET generation = ?, shares_results = ?, has_steps = ? WHERE id = ?",
                    arguments: [renewed.generation, renewed.sharesResults, renewed.hasSteps, run.id]
                )
                try Store.settleNeeds(of: renewed, database)
                writer.report.withdrawn =
                    try Int.fetchOne(
                        database, sql: "SELECT COUNT(*) FROM item WHERE run_id = ? AND generation < ?",
                        arguments: [run.id, renewed.generation]
                    ) ?? 0
                try approve(writer.report)
                return (renewed, writer.report)
            }
        } catch let error as ConflictsFound {
            return (run, error.report)
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }
}

/// Writes the items of one synchronization.
private struct ItemWriter {
    let database: Database
    let run: Int64
    let generation: Int
    let now: Timestamp
    var report = SynchronizationReport()
    /// Whether any item belongs to a step.
    var hasSteps = false
    /// Whether the run had items before.
    private let isRenewal: Bool

    init(_ database: Database, run: Int64, generation: Int, now: Timestamp) throws {
        self.database = database
        self.run = run
        self.generation = generation
        self.now = now
        isRenewal =
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM item WHERE run_id = ?)", arguments: [run]) ?? false
    }

    mutating func write(_ item: Item) throws -> Bool {
        let before = report.items
        if !item.step.isEmpty { hasSteps = true }
        try place(item)
        return report.items > before
    }

    private mutating func place(_ item: Item) throws {
        // Most items of a first session are new, and most of any other are known: the likely case is tried first.
        if !isRenewal {
            guard try isNameFree(for: item) else { return }
            if try insert(item) { return }
        }
        let known = try database.cachedStatement(
            sql: """
                SELECT id, digest, generation, origin, name, state, failure_class FROM item WHERE run_id = ? AND key = ?
                """
        )
        if let row = try GRDB.Row.fetchOne(known, arguments: [run, item.key]) {
            try update(item, known: row)
        } else {
            guard try isNameFree(for: item) else { return }
            if try !takeOver(item) { try insert(item) }
        }
    }

    private mutating func update(_ item: Item, known row: GRDB.Row) throws {
        let digest: String = row["digest"]
        let name: String = row["name"]
        if row["generation"] == generation {
            if digest == item.digest, name == item.name {
                report.repeated += 1
            } else {
                conflict(
                    item, "key '\(item.key)' is used by \(row["origin"] as String) already, for another input",
                    title: "key is used already, for another input")
            }
            return
        }
        guard try isNameFree(for: item) else { return }
        report.items += 1
        let id: Int64 = row["id"]
        let state = ItemState(rawValue: row["state"])
        let failureClass: String? = row["failure_class"]
        let wasInvalid = state == .failed && failureClass == Store.notSendable
        if digest == item.digest, !wasInvalid {
            count(state, isInvalid: item.problem != nil)
            let statement = try database.cachedStatement(
                sql: """
                    UPDATE item SET \(Self.renamed), generation = ?, position = ?, name_folded = ?, origin = ?, row = ?,
                        rank = ?
                    WHERE id = ?
                    """
            )
            try statement.execute(arguments: [
                item.name, generation, item.position, OutputNaming.fold(item.name), item.origin.description,
                item.row.jsonString(), -item.priority, id,
            ])
            if !item.needs.isEmpty { try relink(item, id: id) }
            // What an earlier session has sent is finished, whatever is thought of it now.
            if state == .pending { try follow(item, id: id) }
        } else {
            if item.problem == nil { report.changed += 1 }
            try replace(item, id: id)
            try relink(item, id: id)
            try follow(item, id: id)
        }
    }

    /// Gives an item the output name that comes first among the arguments, as SQL.
    ///
    /// The names of files that are being fetched were reserved by the old one; the prediction is read once more, and then
    /// they are by the new one. Its result stays, which tells that it was counted.
    private static let renamed = """
        state = CASE WHEN state = 'fetching' AND leader_id IS NULL AND name <> ?1 THEN 'running' ELSE state END, name = ?1
        """

    /// Makes an item of an earlier manifest with the same input this one, if it is in flight: it is paid for already,
    /// whatever it is called now.
    private mutating func takeOver(_ item: Item) throws -> Bool {
        guard item.problem == nil else { return false }
        let other = try database.cachedStatement(
            sql: """
                SELECT id, state FROM item WHERE digest = ? AND run_id = ? AND leader_id IS NULL AND generation < ?
                    AND step = ? AND state IN ('submitting', 'unknown', 'running', 'fetching', 'held')
                ORDER BY position LIMIT 1
                """)
        guard
            let row = try GRDB.Row.fetchOne(other, arguments: [item.digest, run, generation, item.step])
        else { return false }
        let id: Int64 = row["id"]
        let statement = try database.cachedStatement(
            sql: """
                UPDATE item SET \(Self.renamed), generation = ?, key = ?, position = ?, name_folded = ?, origin = ?,
                    row = ?, rank = ?
                WHERE id = ?
                """)
        try statement.execute(arguments: [
            item.name, generation, item.key, item.position, OutputNaming.fold(item.name), item.origin.description,
            item.row.jsonString(), -item.priority, id,
        ])
        try relink(item, id: id)
        report.items += 1
        count(ItemState(rawValue: row["state"]), isInvalid: false)
        return true
    }

    /// Notes anew which items' results it is made from.
    private func relink(_ item: Item, id: Int64) throws {
        try database.cachedStatement(sql: "DELETE FROM need WHERE item_id = ?").execute(arguments: [id])
        try link(item, id: id)
    }

    /// Notes which items' results it is made from.
    private func link(_ item: Item, id: Int64) throws {
        guard !item.needs.isEmpty else { return }
        let link = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO need (item_id, needs_id) SELECT ?, id FROM item WHERE run_id = ? AND key = ?")
        for need in item.needs { try link.execute(arguments: [id, run, need.key]) }
    }

    /// Lets a pending item wait for another one with the same input, if there is one. One that cannot be sent fails at
    /// once.
    private mutating func follow(_ item: Item, id: Int64) throws {
        guard item.problem == nil else { return try settle(item, id: id) }
        let leader = try leader(of: item, besides: id)
        let statement = try database.cachedStatement(
            sql: """
                UPDATE item SET leader_id = ?1, due_at = CASE WHEN ?2 THEN 1 ELSE due_at END
                WHERE id = ?3 AND (leader_id IS NOT ?1 OR ?2)
                """)
        try statement.execute(arguments: [leader?.id, leader?.isReady ?? false, id])
    }

    /// The other item with the same input that has its result already, else the first of the set.
    private func leader(of item: Item, besides id: Int64? = nil) throws -> (id: Int64, isReady: Bool)? {
        let others = try database.cachedStatement(
            sql: """
                SELECT id FROM item WHERE digest = ? AND run_id = ? AND id IS NOT ? AND leader_id IS NULL
                    AND (state = 'succeeded' OR (generation = ? AND position < ?))
                ORDER BY state = 'succeeded' DESC, position LIMIT 1
                """)
        let leader = try Int64.fetchOne(others, arguments: [item.digest, run, id, generation, item.position])
        guard let leader else { return nil }
        let state = try database.cachedStatement(sql: "SELECT \(Store.isSettled) FROM item WHERE id = ?")
        return (leader, try Bool.fetchOne(state, arguments: [leader]) ?? false)
    }

    private mutating func count(_ state: ItemState?, isInvalid: Bool) {
        switch state {
        case .succeeded: report.done += 1
        case .failed, .canceled, .held: report.failed += 1
        case .pending where isInvalid: break
        default: report.unfinished += 1
        }
    }

    private mutating func settle(_ item: Item, id: Int64) throws {
        guard let problem = item.problem else { return }
        report.invalid += 1
        let statement = try database.cachedStatement(
            sql: """
                UPDATE item SET state = 'failed', failure_class = ?, failure = ?, finished_at = ?, leader_id = NULL
                WHERE id = ?
                """
        )
        try statement.execute(arguments: [Store.notSendable, problem, now.milliseconds, id])
    }

    /// The key stays, its content is another: what is known of the old content does not count any more.
    private func replace(_ item: Item, id: Int64) throws {
        try database.cachedStatement(sql: "DELETE FROM earlier_result WHERE item_id = ?").execute(arguments: [id])
        let statement = try database.cachedStatement(
            sql: """
                UPDATE item SET generation = ?, position = ?, digest = ?, name = ?, name_folded = ?, origin = ?,
                    row = ?, input = ?, files = ?, rank = ?, step = ?, has_needs = ?, deferred = ?, \(ItemReset.renewed)
                WHERE id = ?
                """
        )
        try statement.execute(arguments: [
            generation, item.position, item.digest, item.name, OutputNaming.fold(item.name), item.origin.description,
            item.row.jsonString(), item.input.jsonString(), ItemFileRecord.encode(item.files), -item.priority,
            item.step, !item.needs.isEmpty, DeferredRecord.encode(item.deferred), id,
        ])
    }

    /// - Returns: whether there was no item with its key.
    @discardableResult
    private mutating func insert(_ item: Item) throws -> Bool {
        let leader = item.problem == nil ? try leader(of: item) : nil
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO item (
                    run_id, generation, key, position, digest, name, name_folded, origin, row, input, files, rank,
                    step, has_needs, deferred, leader_id, due_at
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id, key) DO NOTHING
                """
        )
        try statement.execute(arguments: [
            run, generation, item.key, item.position, item.digest, item.name, OutputNaming.fold(item.name),
            item.origin.description, item.row.jsonString(), item.input.jsonString(), ItemFileRecord.encode(item.files),
            -item.priority, item.step, !item.needs.isEmpty, DeferredRecord.encode(item.deferred), leader?.id,
            leader?.isReady ?? false,
        ])
        guard database.changesCount == 1 else { return false }
        let id = database.lastInsertedRowID
        try link(item, id: id)
        if item.problem == nil { report.new += 1 } else { try settle(item, id: id) }
        report.items += 1
        return true
    }

    private mutating func isNameFree(for item: Item) throws -> Bool {
        let statement = try database.cachedStatement(
            sql: "SELECT origin FROM item WHERE run_id = ? AND name_folded = ? AND generation = ? AND key <> ?"
        )
        let other = try String.fetchOne(
            statement, arguments: [run, OutputNaming.fold(item.name), generation, item.key]
        )
        guard let other else { return true }
        conflict(
            item, "its outputs would be named '\(item.name)', as those of \(other) are",
            title: "outputs would have the same name")
        return false
    }

    private mutating func conflict(_ item: Item, _ text: String, title: String) {
        report.conflictCount += 1
        guard report.conflicts.count < SynchronizationReport.listedConflicts else { return }
        report.conflicts.append(ItemConflict(place: item.origin.description, text: text, title: title))
    }
}
