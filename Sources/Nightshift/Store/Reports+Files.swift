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

extension Reports {
    /// How many files the run has stored, those of withdrawn items included.
    package func storedFiles(of run: RunRecord) async throws(StoreError) -> Int {
        try await store.read { database in
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
        try await store.read { database in
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

    /// The files of succeeded items in input order, a page at a time.
    package func storedFiles(
        of run: RunRecord, after last: StoredFile?, limit: Int
    ) async throws(StoreError) -> [StoredFile] {
        try await store.read { database in
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
