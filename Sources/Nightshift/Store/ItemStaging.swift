import GRDB
import LosslessJSON
import NightshiftCore

/// Writes items of an input set that is being read, inside one transaction, so that nobody else sees them yet.
struct ItemStaging {
    let database: Database
    let run: Int64
    /// The one that the run has when the set is sealed.
    let generation: Int
    /// Whether the run had items before.
    let isRenewal: Bool
    let now: Timestamp
    var report: SynchronizationReport

    /// - Returns: whether it is a new one of the set, not the repetition of an earlier row.
    mutating func add(_ item: Item) throws -> Bool {
        let before = report.items
        try place(item)
        return report.items > before
    }

    private mutating func place(_ item: Item) throws {
        // Most items of a first session are new, and most of any other are known: the likely case is tried first.
        if !isRenewal {
            guard try isNameFree(for: item) else { return }
            if try insert(item) { return }
        }
        if let known = try KnownItem(item.key, run: run, generation: generation, database) {
            try add(item, known: known)
        } else {
            guard try isNameFree(for: item) else { return }
            try insert(item)
        }
    }

    private mutating func add(_ item: Item, known: KnownItem) throws {
        if known.isInSet {
            if known.digest == item.digest, known.name == item.name {
                report.repeated += 1
            } else {
                report.add(
                    ItemConflict(
                        place: item.origin.description,
                        text: "key '\(item.key)' is used by \(known.origin) already, for another input",
                        title: "key is used already, for another input"))
            }
            return
        }
        guard try isNameFree(for: item) else { return }
        report.items += 1
        if known.digest == item.digest, !known.wasInvalid {
            report.count(known.state, isInvalid: item.problem != nil)
            if item.problem != nil, known.state == .pending { report.invalid += 1 }
            try keep(item, known)
        } else {
            if item.problem == nil { report.changed += 1 } else { report.invalid += 1 }
            try replace(item, known)
        }
    }

    /// Notes that an item stays, and what is told of it now.
    private func keep(_ item: Item, _ known: KnownItem) throws {
        let row = item.row.jsonString()
        let hasNewNeeds = try item.needs.isEmpty ? false : relink(item, id: known.id)
        let isUnchanged =
            !known.isWithdrawn && known.position == item.position && known.rank == -item.priority
            && known.name == item.name && known.origin == item.origin.description && known.row == row
        guard !isUnchanged else {
            let statement = try database.cachedStatement(
                sql: "INSERT INTO item_change (item_id, problem, has_new_needs) VALUES (?, ?, ?)")
            return try statement.execute(arguments: [known.id, item.problem, hasNewNeeds])
        }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO item_change (
                    item_id, position, name, name_folded, origin, row, rank, problem, has_new_needs
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            known.id, item.position, item.name, OutputNaming.fold(item.name), item.origin.description, row,
            -item.priority, item.problem, hasNewNeeds,
        ])
    }

    /// Notes that the key stays and its content is another.
    private func replace(_ item: Item, _ known: KnownItem) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO item_change (
                    item_id, position, name, name_folded, origin, row, rank, problem, has_new_needs,
                    digest, input, files, step, has_needs, deferred
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            known.id, item.position, item.name, OutputNaming.fold(item.name), item.origin.description,
            item.row.jsonString(), -item.priority, item.problem, try relink(item, id: known.id), item.digest,
            item.input.jsonString(), ItemFileRecord.encode(item.files), item.step, !item.needs.isEmpty,
            DeferredRecord.encode(item.deferred),
        ])
    }

    /// Notes which items' results a known item is made from, if they are others than before.
    private func relink(_ item: Item, id: Int64) throws -> Bool {
        let named = try database.cachedStatement(sql: "SELECT id FROM item WHERE run_id = ? AND key = ?")
        let needs = try Set(item.needs.compactMap { try Int64.fetchOne(named, arguments: [run, $0.key]) })
        let before = try database.cachedStatement(sql: "SELECT needs_id FROM need WHERE item_id = ?")
        guard try needs != Set(Int64.fetchAll(before, arguments: [id])) else { return false }
        let link = try database.cachedStatement(sql: "INSERT INTO need_change (item_id, needs_id) VALUES (?, ?)")
        for need in needs { try link.execute(arguments: [id, need]) }
        return true
    }

    /// - Returns: whether there was no item with its key.
    @discardableResult
    private mutating func insert(_ item: Item) throws -> Bool {
        // Where items are known, who shares whose result is decided when all are there.
        let leader = isRenewal || item.problem != nil ? nil : try leader(of: item)
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
        report.items += 1
        if !item.needs.isEmpty {
            let link = try database.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO need (item_id, needs_id) SELECT ?, id FROM item WHERE run_id = ? AND key = ?
                    """)
            for need in item.needs { try link.execute(arguments: [id, run, need.key]) }
        }
        guard let problem = item.problem else {
            report.new += 1
            return true
        }
        report.invalid += 1
        let fail = try database.cachedStatement(
            sql: "UPDATE item SET state = 'failed', failure_class = ?, failure = ?, finished_at = ? WHERE id = ?")
        try fail.execute(arguments: [Store.notSendable, problem, now.milliseconds, id])
        return true
    }

    /// The first item of the set with the same input.
    private func leader(of item: Item) throws -> (id: Int64, isReady: Bool)? {
        // The pluses keep SQLite from walking the items in their order.
        let others = try database.cachedStatement(
            sql: """
                SELECT id, \(Store.isSettled) AS is_ready FROM item
                WHERE digest = ? AND run_id = ? AND leader_id IS NULL AND generation = ? AND +position < ?
                ORDER BY +position LIMIT 1
                """)
        return try GRDB.Row.fetchOne(others, arguments: [item.digest, run, generation, item.position])
            .map { ($0["id"], $0["is_ready"]) }
    }

    private mutating func isNameFree(for item: Item) throws -> Bool {
        let statement = try database.cachedStatement(sql: isRenewal ? Self.otherOfName : Self.otherNewOfName)
        let other = try String.fetchOne(
            statement, arguments: [run, OutputNaming.fold(item.name), generation, item.key])
        guard let other else { return true }
        report.add(
            ItemConflict(
                place: item.origin.description,
                text: "its outputs would be named '\(item.name)', as those of \(other) are",
                title: "outputs would have the same name"))
        return false
    }

    private static let otherNewOfName =
        "SELECT origin FROM item WHERE run_id = ? AND name_folded = ? AND generation = ? AND key <> ?"

    /// The same where known items are in the set too, under their names or new ones.
    private static let otherOfName = """
        SELECT item.origin FROM item LEFT JOIN item_change AS change ON change.item_id = item.id
        WHERE run_id = ?1 AND item.name_folded = ?2 AND key <> ?4
            AND (generation = ?3 OR (change.item_id IS NOT NULL AND change.name_folded IS NULL))
        UNION ALL
        SELECT change.origin FROM item_change AS change JOIN item ON item.id = change.item_id
        WHERE change.name_folded = ?2 AND key <> ?4
        LIMIT 1
        """
}

/// An item that the store has under a key, and what the set has made of it so far.
private struct KnownItem {
    var id: Int64
    /// These three as in the set, if it is there already.
    var digest: String
    var name: String
    var origin: String
    var state: ItemState?
    var position: Int
    var row: String
    var rank: Double
    /// Whether an earlier row of the set gives it.
    var isInSet: Bool
    var isWithdrawn: Bool
    /// Whether it failed because it could not be sent; what is thought of it now is found out anew.
    var wasInvalid: Bool

    init?(_ key: String, run: Int64, generation: Int, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                SELECT item.id, COALESCE(change.digest, item.digest) AS digest, COALESCE(change.name, item.name) AS name,
                    COALESCE(change.origin, item.origin) AS origin, item.state, item.failure_class, item.position,
                    item.row, item.rank, item.is_withdrawn,
                    item.generation = ?3 OR change.item_id IS NOT NULL AS is_in_set
                FROM item LEFT JOIN item_change AS change ON change.item_id = item.id
                WHERE run_id = ?1 AND key = ?2
                """)
        guard let found = try GRDB.Row.fetchOne(statement, arguments: [run, key, generation]) else { return nil }
        id = found["id"]
        digest = found["digest"]
        name = found["name"]
        origin = found["origin"]
        state = ItemState(rawValue: found["state"])
        position = found["position"]
        row = found["row"]
        rank = found["rank"]
        isInSet = found["is_in_set"]
        isWithdrawn = found["is_withdrawn"]
        wasInvalid = state == .failed && (found["failure_class"] as String?) == Store.notSendable
    }
}
