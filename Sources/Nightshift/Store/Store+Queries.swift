import GRDB
import LosslessJSON
package import NightshiftCore

extension Store {
    /// Items in input order, a page at a time.
    /// - Parameter states: only items in these; `nil` for all. Withdrawn items are shown when asked for by name.
    package func items(
        of run: RunRecord, in states: Set<ItemState>? = nil, after position: Int = -1, limit: Int
    ) async throws(StoreError) -> [ItemSummary] {
        try await read { database in
            var conditions: [String] = []
            if let states {
                let stored = states.subtracting([.withdrawn]).map { "'\($0.rawValue)'" }.sorted()
                conditions.append("(is_withdrawn = 0 AND state IN (\(stored.joined(separator: ", "))))")
                if states.contains(.withdrawn) { conditions.append("is_withdrawn = 1") }
            } else {
                conditions.append("is_withdrawn = 0")
            }
            let rows = try GRDB.Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM item WHERE run_id = ? AND generation <= ? AND position > ?
                        AND (\(conditions.joined(separator: " OR ")))
                    ORDER BY position, is_withdrawn LIMIT ?
                    """,
                arguments: [run.id, run.generation, position, limit]
            )
            return try rows.map { row in
                let isWithdrawn: Bool = row["is_withdrawn"]
                return ItemSummary(
                    key: row["key"], name: row["name"], position: row["position"], origin: row["origin"],
                    state: isWithdrawn ? .withdrawn : ItemState(rawValue: row["state"]) ?? .pending,
                    attempts: row["attempt"], predictionID: row["prediction_id"], failureClass: row["failure_class"],
                    failure: row["failure"], files: try Store.files(of: row["id"], database).map(\.path)
                )
            }
        }
    }

    /// The most common reasons of failed items, for a summary: what differs in nothing but numbers, paths and the like is one.
    package func failureReasons(of run: RunRecord, limit: Int) async throws(StoreError) -> [(
        reason: String, count: Int
    )] {
        try await read { database in
            let rows = try GRDB.Row.fetchCursor(
                database,
                sql: """
                    SELECT failure_class, failure, COUNT(*) AS count FROM item
                    WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 AND state IN ('failed', 'canceled', 'held')
                    GROUP BY failure_class, failure ORDER BY count DESC, MIN(position)
                    """,
                arguments: [run.id, run.generation])
            var groups = FailureGroups()
            while let row = try rows.next() {
                groups.add(
                    row["failure"] ?? "no reason recorded", class: row["failure_class"] ?? "", count: row["count"])
            }
            return groups.largest(limit)
        }
    }

    /// How many items failed without being sent, because they do not fit the model.
    func unsendableItems(of run: RunRecord) async throws(StoreError) -> Int {
        try await read { database in
            try Int.fetchOne(
                database,
                sql: """
                    SELECT COUNT(*) FROM item
                    WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 AND state = 'failed' AND failure_class = ?
                    """,
                arguments: [run.id, run.generation, Store.notSendable]) ?? 0
        }
    }

    /// One page of the export, for ``Exporter``; blocks.
    package func exportItems(of run: RunRecord, after position: Int?, limit: Int) throws -> [ExportItem] {
        try pool.read { database in
            let rows = try GRDB.Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM item WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 AND position > ? ORDER BY position LIMIT ?
                    """,
                arguments: [run.id, run.generation, position ?? -1, limit]
            )
            return try rows.map { row in
                let state: String = row["state"]
                let result: JSONValue? = try (row["result"] as String?).map { try JSONValue(parsing: $0) }
                let isSucceeded = state == ItemState.succeeded.rawValue
                let prediction = (row["prediction_id"] as String?).map { id in
                    ExportItem.Prediction(
                        id: id, model: result?["model"]?.stringValue, version: result?["version"]?.stringValue
                    )
                }
                var item = ExportItem(
                    position: row["position"], key: row["key"], name: row["name"], origin: row["origin"], state: state,
                    // A held one may have been paid for: it is no row to simply run again.
                    isFailed: [ItemState.failed, .canceled].map(\.rawValue).contains(state),
                    row: try JSONValue(parsing: row["row"] as String),
                    input: try Store.shownInput(row, database, of: run),
                    output: isSucceeded ? result?["output"] : nil,
                    files: isSucceeded ? try Store.files(of: row["id"], database) : [], prediction: prediction,
                    attempts: row["attempt"], metrics: result?["metrics"]?.objectValue ?? [:],
                    error: isSucceeded ? nil : row["failure"]
                )
                item.step = row["step"]
                return item
            }
        }
    }

    /// The input with the paths of its files where the files went, and, as long as they are not known, with the templates
    /// of what comes from other steps.
    static func shownInput(_ row: GRDB.Row, _ database: Database, of run: RunRecord) throws -> JSONValue {
        let stored = try StoredInput(row, database, outputDirectory: run.outputDirectory ?? "")
        var input = stored.input
        for file in stored.files { input = input.replacing(at: file.pointer, with: .string(file.path)) }
        for value in try DeferredRecord.decode(row["deferred"]) where input.value(at: value.pointer) == .null {
            input = input.replacing(at: value.pointer, with: .string(value.template))
        }
        return input
    }

    private static func files(of item: Int64, _ database: Database) throws -> [ExportItem.File] {
        let rows = try GRDB.Row.fetchCursor(
            database.cachedStatement(
                sql: "SELECT * FROM output WHERE item_id = ? AND size IS NOT NULL ORDER BY place"
            ),
            arguments: [item]
        )
        var files: [ExportItem.File] = []
        while let row = try rows.next() {
            files.append(
                ExportItem.File(
                    path: try OutputPath.read(row), size: row["size"], sha256: row["sha256"],
                    mediaType: row["media_type"]
                )
            )
        }
        return files
    }
}

extension Store {
    // MARK: - What was uploaded before

    /// What was uploaded, for all sessions; a memory that fails costs another upload and nothing else.
    package var uploadMemory: UploadMemory {
        UploadMemory(
            recall: { key in
                try? await read { database in
                    try GRDB.Row.fetchOne(
                        database, sql: "SELECT url, expires_at FROM upload WHERE sha256 = ? AND media_type = ?",
                        arguments: [key.sha256, key.mediaType]
                    ).map { UploadedFile(url: $0["url"], expiresAt: Timestamp(milliseconds: $0["expires_at"])) }
                }
            },
            remember: { key, file in
                try? await write { database in
                    try database.execute(
                        sql: "INSERT OR REPLACE INTO upload (sha256, media_type, url, expires_at) VALUES (?, ?, ?, ?)",
                        arguments: [key.sha256, key.mediaType, file.url, file.expiresAt.milliseconds]
                    )
                }
            }
        )
    }
}

/// How an item of the manifest stands in the store.
package enum KnownState: Hashable, Sendable {
    case same(ItemState)
    /// Known under its key, with another content.
    case changed
}

extension Store {
    /// What the store knows of each of the items, whether or not it was withdrawn since.
    package func knownStates(of items: [Item], in run: RunRecord) async throws(StoreError) -> [KnownState?] {
        try await read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT state, digest FROM item WHERE run_id = ? AND key = ? AND generation <= ?")
            return try items.map { item in
                let row = try GRDB.Row.fetchOne(statement, arguments: [run.id, item.key, run.generation])
                guard let row else { return nil }
                guard row["digest"] == item.digest, let state = ItemState(rawValue: row["state"]) else {
                    return .changed
                }
                return .same(state)
            }
        }
    }
}
