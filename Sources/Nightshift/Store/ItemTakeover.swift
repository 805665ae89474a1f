import GRDB
import NightshiftCore

/// A new item of a set that has the same input as one in flight, which the set has no longer, or only with another content:
/// what is in flight is paid for already, so it becomes the new item, whatever it was called.
struct ItemTakeover {
    /// The item in flight.
    private let old: Int64
    private let new: Int64
    let state: ItemState?
    /// Whether the set has the old item's key too, with another content.
    let keyStays: Bool

    /// Those of a set that is being read.
    static func all(in run: RunRecord, _ database: Database) throws -> [ItemTakeover] {
        let items = try GRDB.Row.fetchAll(
            database,
            sql: """
                SELECT item.id, item.digest, item.step, item.state, change.item_id IS NOT NULL AS key_stays
                FROM item LEFT JOIN item_change AS change ON change.item_id = item.id
                WHERE run_id = ? AND generation <= ? AND leader_id IS NULL
                    AND finished_at IS NULL AND (intent_at IS NOT NULL OR prediction_id IS NOT NULL)
                    AND state IN ('submitting', 'unknown', 'running', 'fetching', 'held')
                    AND \(PreviousResult.isOfManifest("item"))
                    AND (change.item_id IS NULL OR change.digest <> item.digest)
                ORDER BY +item.position
                """, arguments: [run.id, run.generation])
        let equal = try database.makeStatement(
            sql: """
                SELECT id FROM item WHERE digest = ? AND run_id = ? AND leader_id IS NULL AND generation > ?
                    AND step = ? AND state = 'pending' ORDER BY +position
                """)
        var taken: Set<Int64> = []
        return try items.compactMap { item in
            let others = try Int64.fetchCursor(
                equal, arguments: [item["digest"], run.id, run.generation, item["step"]])
            while let other = try others.next() {
                guard taken.insert(other).inserted else { continue }
                return ItemTakeover(
                    old: item["id"], new: other, state: ItemState(rawValue: item["state"]),
                    keyStays: item["key_stays"])
            }
            return nil
        }
    }

    /// Makes the old item the new one, before anything is done that was noted in `item_change`.
    func apply(_ database: Database) throws {
        func execute(_ sql: String, _ arguments: StatementArguments) throws {
            try database.cachedStatement(sql: sql).execute(arguments: arguments)
        }
        func row(_ id: Int64) throws -> GRDB.Row? {
            try GRDB.Row.fetchOne(
                database.cachedStatement(
                    sql: "SELECT key, name, name_folded, position, origin, row, rank FROM item WHERE id = ?"),
                arguments: [id])
        }
        guard let fresh = try row(new), let key: String = try row(old)?["key"] else { return }
        if keyStays {
            // The two change places: what the set says of the old item's key is said of the new row from now on. An item
            // needs another one of its step only once, so nobody needs both.
            try execute("UPDATE item SET key = ? WHERE id = ?", ["\u{0}", new])
            try execute("UPDATE item_change SET item_id = ? WHERE item_id = ?", [new, old])
            try execute("UPDATE need_change SET item_id = ? WHERE item_id = ?", [new, old])
            for table in ["need", "need_change"] {
                try execute(
                    "UPDATE \(table) SET needs_id = CASE needs_id WHEN ?1 THEN ?2 ELSE ?1 END WHERE needs_id IN (?1, ?2)",
                    [old, new])
            }
        }
        func needs(_ id: Int64) throws -> [Int64] {
            try Int64.fetchAll(
                database.cachedStatement(sql: "SELECT needs_id FROM need WHERE item_id = ?"), arguments: [id])
        }
        let (oldNeeds, newNeeds) = (try needs(old), try needs(new))
        try execute("DELETE FROM need WHERE item_id IN (?, ?)", [old, new])
        for need in newNeeds { try execute("INSERT INTO need (item_id, needs_id) VALUES (?, ?)", [old, need]) }
        if keyStays {
            for need in oldNeeds { try execute("INSERT INTO need (item_id, needs_id) VALUES (?, ?)", [new, need]) }
        } else {
            for table in ["need", "need_change"] {
                try execute("UPDATE OR IGNORE \(table) SET needs_id = ? WHERE needs_id = ?", [old, new])
            }
            try execute("DELETE FROM item WHERE id = ?", [new])
        }
        try execute(
            """
            UPDATE item SET \(ItemSwitch.renamed(to: "?1")), name_folded = ?2, key = ?3, position = ?4, origin = ?5,
                row = ?6, rank = ?7, is_withdrawn = 0
            WHERE id = ?8
            """,
            [
                fresh["name"], fresh["name_folded"], fresh["key"], fresh["position"], fresh["origin"], fresh["row"],
                fresh["rank"], old,
            ])
        if keyStays { try execute("UPDATE item SET key = ? WHERE id = ?", [key, new]) }
    }
}
