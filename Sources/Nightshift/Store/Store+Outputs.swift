import Foundation
import GRDB
package import NightshiftCore

/// Outputs that were stored and are not in their place any more.
package struct MissingOutputs: Hashable, Sendable {
    package var count = 0
    /// The first few, for a message.
    package var examples: [String] = []
    /// The items they belong to.
    package var items: [ItemID] = []
}

extension Store {
    /// The name by which the store's files are known in a directory that it shares with other jobs: made once, and made anew
    /// for a copy of the store.
    package func identity() async throws(StoreError) -> String {
        let place = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        let inode = Int64(bitPattern: UInt64((try? FileSystemCalls.status(of: place))?.st_ino ?? 0))
        return try await write { database in
            let known = try GRDB.Row.fetchOne(database, sql: "SELECT id, path, inode FROM identity")
            let isSame = known.map { $0["path"] == place || $0["inode"] == inode } ?? false
            let fresh = String(UInt64.random(in: .min ... .max), radix: 36)
            let id: String = isSame ? known?["id"] ?? fresh : fresh
            try database.execute(sql: "DELETE FROM identity")
            try database.execute(
                sql: "INSERT INTO identity (id, path, inode) VALUES (?, ?, ?)", arguments: [id, place, inode])
            return id
        }
    }

    /// The same for who only looks; `nil` before its first use.
    package func knownIdentity() async throws(StoreError) -> String? {
        try await read { try String.fetchOne($0, sql: "SELECT id FROM identity") }
    }

    /// How many files the run has stored, those of withdrawn items included.
    package func storedFiles(of run: RunRecord) async throws(StoreError) -> Int {
        try await read { database in
            try Int.fetchOne(
                database,
                sql: """
                    SELECT COUNT(*) FROM output JOIN item ON item.id = output.item_id
                    WHERE item.run_id = ? AND output.size IS NOT NULL
                    """,
                arguments: [run.id]
            ) ?? 0
        }
    }

    /// Looks for the file of every output of the succeeded items.
    /// - Parameter exists: asked for each path, in input order.
    package func missingOutputs(
        of run: RunRecord, exists: @Sendable (String) -> Bool
    ) async throws(StoreError) -> MissingOutputs {
        try await read { database in
            let rows = try GRDB.Row.fetchCursor(
                database,
                sql: """
                    SELECT item.id, output.path FROM item JOIN output ON output.item_id = item.id
                    WHERE item.run_id = ? AND item.generation <= ? AND item.is_withdrawn = 0 AND item.state = 'succeeded'
                        AND output.size IS NOT NULL ORDER BY item.position, output.place
                    """,
                arguments: [run.id, run.generation]
            )
            var missing = MissingOutputs()
            while let row = try rows.next() {
                let path = try OutputPath.read(row)
                guard !exists(path) else { continue }
                let item = ItemID(row["id"])
                missing.count += 1
                if missing.examples.count < 3 { missing.examples.append(path) }
                if missing.items.last != item { missing.items.append(item) }
            }
            return missing
        }
    }

    /// Makes succeeded items running again: their predictions are read once more, and their outputs fetched if the
    /// provider still has them. An item that took another one's result takes it again. What they have cost does not count, since
    /// their results were there and a person wants them again.
    package func fetchAgain(_ items: [ItemID]) async throws(StoreError) {
        guard !items.isEmpty else { return }
        try await write { database in
            let statement = try database.cachedStatement(
                sql: """
                    UPDATE item SET state = 'running', running_since = NULL, finished_at = NULL,
                        failures = -1, failure_counts = NULL, result = json_remove(result, '$.output')
                    WHERE id = ? AND state = 'succeeded' AND prediction_id IS NOT NULL AND leader_id IS NULL
                        AND id NOT IN (SELECT item_id FROM earlier_result)
                    """)
            let follower = try database.cachedStatement(
                sql: """
                    UPDATE item SET state = 'pending', due_at = 1, finished_at = NULL, result = NULL, prediction_id = NULL
                    WHERE id = ? AND state = 'succeeded'
                        AND (leader_id IS NOT NULL OR id IN (SELECT item_id FROM earlier_result))
                    """)
            for item in items {
                try statement.execute(arguments: [item.rawValue])
                try follower.execute(arguments: [item.rawValue])
            }
        }
    }
}

/// A file of a succeeded item, as it was when it was stored.
package struct StoredFile: Hashable, Sendable {
    package var item: ItemID
    package var key: String
    /// Of the item, in the input set; and of the file, among those of the item.
    package var position: Int
    package var place: Int
    package var path: String
    package var size: Int64
    package var sha256: String
}

extension Store {
    /// The files of succeeded items in input order, a page at a time.
    package func storedFiles(
        of run: RunRecord, after last: StoredFile?, limit: Int
    ) async throws(StoreError) -> [StoredFile] {
        try await read { database in
            try GRDB.Row.fetchAll(
                database,
                sql: """
                    SELECT item.id, item.key, item.position, output.place, output.path, output.size, output.sha256
                    FROM item JOIN output ON output.item_id = item.id
                    WHERE item.run_id = ? AND item.generation <= ? AND item.is_withdrawn = 0 AND item.state = 'succeeded'
                        AND output.size IS NOT NULL AND (item.position, output.place) > (?, ?)
                    ORDER BY item.position, output.place LIMIT ?
                    """,
                arguments: [run.id, run.generation, last?.position ?? -1, last?.place ?? -1, limit]
            ).map { row throws in
                StoredFile(
                    item: ItemID(row["id"]), key: row["key"], position: row["position"], place: row["place"],
                    path: try OutputPath.read(row), size: row["size"], sha256: row["sha256"] ?? ""
                )
            }
        }
    }
}
