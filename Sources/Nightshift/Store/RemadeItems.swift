import GRDB
import NightshiftCore

/// Finds the items with results that a new input set would have made again.
enum RemadeItems {
    /// Of a set that is being read, in its own store.
    static func count(in run: RunRecord, _ database: Database) throws -> (remade: Int, done: Int) {
        let done =
            try Int.fetchOne(
                database,
                sql: """
                    SELECT COUNT(*) FROM item
                    WHERE run_id = ? AND is_withdrawn = 0 AND state = 'succeeded' AND generation <= ?
                    """, arguments: [run.id, run.generation]) ?? 0
        guard done > 0 else { return (0, 0) }
        let changed =
            try Int.fetchOne(
                database,
                sql: """
                    SELECT COUNT(*) FROM item_change AS change CROSS JOIN item ON item.id = change.item_id
                    WHERE change.digest IS NOT NULL AND item.state = 'succeeded' AND item.is_withdrawn = 0
                    """) ?? 0
        // A row whose items have got other keys, because these are made of the content, is known by itself or by its name.
        let replaced =
            try Int.fetchOne(
                database,
                sql: """
                    SELECT COUNT(*) FROM item AS old
                    WHERE run_id = ?1 AND is_withdrawn = 0 AND state = 'succeeded' AND generation <= ?2
                        AND id NOT IN (SELECT item_id FROM item_change)
                        AND (EXISTS (
                                SELECT 1 FROM item AS new
                                WHERE new.run_id = ?1 AND new.name_folded = old.name_folded AND new.generation > ?2)
                            OR (step, row) IN (SELECT step, row FROM item WHERE run_id = ?1 AND generation > ?2))
                    """, arguments: [run.id, run.generation]) ?? 0
        return (changed + replaced, done)
    }
}

extension Reports {
    /// How many items of a run have results that another input set would have made again.
    /// - Parameters:
    ///   - plan: a store of its own that has the set.
    ///   - planned: the run in it.
    func remadeItems(
        of run: RunRecord, by plan: Store, _ planned: RunRecord
    ) async throws(StoreError) -> (remade: Int, done: Int) {
        let path = plan.path
        return try await store.read { database in
            let other = try DatabaseQueue(path: path)
            return try other.read { plan in
                try remade(of: run, database, by: plan, planned)
            }
        }
    }

    private func remade(
        of run: RunRecord, _ database: Database, by plan: Database, _ planned: RunRecord
    ) throws -> (remade: Int, done: Int) {
        let isKnown = try database.makeStatement(
            sql:
                "SELECT EXISTS (SELECT 1 FROM item WHERE run_id = ? AND key = ? AND generation <= ? AND is_withdrawn = 0)"
        )
        var rows: Set<Int> = []
        var names: Set<Int> = []
        let items = try GRDB.Row.fetchCursor(
            plan, sql: "SELECT key, step, row, name_folded FROM item WHERE run_id = ?", arguments: [planned.id])
        while let item = try items.next() {
            let key: String = item["key"]
            guard try Bool.fetchOne(isKnown, arguments: [run.id, key, run.generation]) != true else { continue }
            rows.insert(Self.hash(item["step"], item["row"]))
            names.insert(Self.hash("", item["name_folded"]))
        }
        let digest = try plan.makeStatement(sql: "SELECT digest FROM item WHERE run_id = ? AND key = ?")
        var found = (remade: 0, done: 0)
        let known = try GRDB.Row.fetchCursor(
            database,
            sql: """
                SELECT key, digest, step, row, name_folded FROM item
                WHERE run_id = ? AND is_withdrawn = 0 AND state = 'succeeded' AND generation <= ?
                """, arguments: [run.id, run.generation])
        while let item = try known.next() {
            found.done += 1
            if let now = try String.fetchOne(digest, arguments: [planned.id, item["key"] as String]) {
                if now != item["digest"] { found.remade += 1 }
            } else if rows.contains(Self.hash(item["step"], item["row"]))
                || names.contains(Self.hash("", item["name_folded"]))
            {
                found.remade += 1
            }
        }
        return found
    }

    private static func hash(_ first: String, _ second: String) -> Int {
        var hasher = Hasher()
        hasher.combine(ExactText(first))
        hasher.combine(ExactText(second))
        return hasher.finalize()
    }
}
