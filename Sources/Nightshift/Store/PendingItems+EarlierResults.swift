import GRDB
import LosslessJSON
package import NightshiftCore

/// What another job has made of an input.
package struct EarlierResult: Hashable, Sendable {
    /// The digest of the item, which holds the model and the input.
    package var digest: String
    /// The version that the model's name stood for, where it stood for one.
    package var version: String?
    /// As the other job's manifest wrote it.
    package var directory: String
    /// The name of its outputs there.
    package var name: String
    package var predictionID: String
    /// What the store keeps of the prediction.
    package var result: String
    package var files: [StoredOutput]
}

/// An item that was never sent, by what it would send.
package struct UnsentItem: Hashable, Sendable {
    package var id: ItemID
    package var digest: String
    package var step: String
}

extension PendingItems {
    /// Lets pending items take the results of earlier runs: of items with the same input that the same version of the
    /// model has computed.
    /// - Returns: how many there are.
    package func reuseEarlierResults(in run: RunRecord) async throws(StoreError) -> Int {
        try await store.write { database in
            try database.execute(
                sql: """
                    UPDATE item SET due_at = 1, leader_id = (
                        SELECT earlier.id FROM item AS earlier
                        WHERE earlier.digest = item.digest AND earlier.run_id <> item.run_id
                            AND earlier.state = 'succeeded' AND earlier.leader_id IS NULL
                            AND \(PreviousResult.isOfManifest("earlier")) AND \(Self.isSameVersion)
                        ORDER BY earlier.id DESC LIMIT 1)
                    WHERE run_id = ?1 AND generation <= ?2 AND is_withdrawn = 0 AND state = 'pending' AND leader_id IS NULL AND attempt = 0
                        AND EXISTS (
                            SELECT 1 FROM item AS earlier
                            WHERE earlier.digest = item.digest AND earlier.run_id <> item.run_id
                                AND earlier.state = 'succeeded' AND earlier.leader_id IS NULL
                                AND \(PreviousResult.isOfManifest("earlier")) AND \(Self.isSameVersion))
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

    /// The items of a run that wait for their first attempt and take nobody's result, a page at a time.
    package func unsent(
        of run: RunRecord, after last: ItemID?, limit: Int
    ) async throws(StoreError) -> [UnsentItem] {
        try await store.read { database in
            try GRDB.Row.fetchAll(
                database,
                sql: """
                    SELECT id, digest, step FROM item
                    WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 AND id > ? AND state = 'pending' AND attempt = 0
                        AND leader_id IS NULL AND id NOT IN (SELECT item_id FROM earlier_result)
                    ORDER BY id LIMIT ?
                    """,
                arguments: [run.id, run.generation, last?.rawValue ?? 0, limit]
            ).map { UnsentItem(id: ItemID($0["id"]), digest: $0["digest"], step: $0["step"]) }
        }
    }

    /// Those of the digests that a run has results of.
    package func succeeded(digests: [String], in run: RunRecord) async throws(StoreError) -> Set<String> {
        try await store.read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM item WHERE digest = ? AND leader_id IS NULL AND run_id = ?
                        AND state = 'succeeded' AND \(PreviousResult.isOfManifest("item")))
                    """)
            return try Set(digests.filter { try Bool.fetchOne(statement, arguments: [$0, run.id]) ?? false })
        }
    }

    /// The newest result of each of the digests in any run of this store, by version of the model.
    package func results(ofDigests digests: [String]) async throws(StoreError) -> [EarlierResult] {
        try await store.read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT item.id, item.name, item.prediction_id, item.result, run.output_directory, (
                            SELECT version FROM pin WHERE pin.run_id = item.run_id AND pin.step = item.step) AS version
                    FROM item JOIN run ON run.id = item.run_id
                    WHERE digest = ? AND leader_id IS NULL AND state = 'succeeded' AND prediction_id IS NOT NULL
                        AND result IS NOT NULL AND run.output_directory IS NOT NULL
                        AND \(PreviousResult.isOfManifest("item"))
                    ORDER BY item.id DESC
                    """)
            var results: [EarlierResult] = []
            for digest in digests {
                var versions: Set<String?> = []
                for row in try GRDB.Row.fetchAll(statement, arguments: [digest]) {
                    let version: String? = row["version"]
                    guard versions.insert(version).inserted else { continue }
                    results.append(
                        EarlierResult(
                            digest: digest, version: version, directory: row["output_directory"], name: row["name"],
                            predictionID: row["prediction_id"], result: row["result"],
                            files: try Store.storedOutputs(of: row["id"], database)))
                }
            }
            return results
        }
    }

    /// Those of the paths, relative to the output directory, that an item of this store has had for an output.
    package func reserved(paths: [String]) async throws(StoreError) -> Set<String> {
        try await store.read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM output WHERE path_folded = ?1)
                        OR EXISTS (SELECT 1 FROM previous_output WHERE path_folded = ?1)
                    """)
            return try Set(
                paths.filter { try Bool.fetchOne(statement, arguments: [OutputNaming.fold($0)]) ?? false })
        }
    }

    /// The items of a run with one of the output names that wait for their first attempt.
    package func unsent(named names: [String], in run: RunRecord) async throws(StoreError) -> Set<ItemID> {
        try await store.read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT id FROM item WHERE run_id = ? AND name_folded = ? AND generation <= ? AND is_withdrawn = 0 AND state = 'pending'
                        AND attempt = 0
                    """)
            var items: Set<ItemID> = []
            for name in names {
                let ids = try Int64.fetchAll(statement, arguments: [run.id, OutputNaming.fold(name), run.generation])
                items.formUnion(ids.map { ItemID($0) })
            }
            return items
        }
    }

    /// Lets items take results of other jobs instead of being computed.
    /// - Parameter job: whose results they are.
    package func take(
        _ results: [(item: ItemID, result: EarlierResult)], of job: String, in run: RunRecord
    ) async throws(StoreError) {
        guard !results.isEmpty else { return }
        let rows = results.map { ($0.item.rawValue, $0.result) }
        try await store.write { database in
            let insert = try database.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO earlier_result (item_id, job, directory, name, prediction_id, result, files)
                    SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM item WHERE id = ?1 AND state = 'pending' AND attempt = 0
                    """)
            let wake = try database.cachedStatement(
                sql: "UPDATE item SET due_at = 1 WHERE id IN (SELECT item_id FROM earlier_result) AND id = ?")
            for (item, result) in rows {
                try insert.execute(arguments: [
                    item, job, result.directory, result.name, result.predictionID, result.result,
                    EarlierResult.encode(result.files),
                ])
                try wake.execute(arguments: [item])
            }
            try database.execute(sql: "UPDATE run SET shares_results = 1 WHERE id = ?", arguments: [run.id])
        }
    }
}

extension EarlierResult: StoredRecord {
    static let columns = ["job", "directory", "name", "prediction_id", "result", "files"]

    /// The result of another job that an item is to take, if there is one.
    static func shared(with item: Int64, _ database: Database) throws -> SharedResult? {
        let statement = try database.cachedStatement(
            sql: "SELECT \(columns(of: "earlier_result")) FROM earlier_result WHERE item_id = ?")
        guard let row = try GRDB.Row.fetchOne(statement, arguments: [item]) else { return nil }
        let name: String = row["name"]
        // What an item of the same run has had before it was made again names neither job nor directory.
        let (job, directory): (String, String) = (row["job"], row["directory"])
        return SharedResult(
            key: job.isEmpty ? name : "\(name) of the job \(job)", name: name,
            outcome: .succeeded(
                predictionID: row["prediction_id"], result: row["result"], try decode(row["files"])),
            directory: directory.isEmpty ? nil : directory)
    }

    static func encode(_ files: [StoredOutput]) -> String {
        JSONValue.array(
            files.map { file in
                [
                    "place": .number(JSONNumber(file.index)), "path": .string(file.path),
                    "size": .number(JSONNumber(Int(file.size))), "sha256": .string(file.sha256),
                    "media_type": file.mediaType.map(JSONValue.string) ?? .null,
                ]
            }
        ).jsonString()
    }

    private static func decode(_ text: String) throws -> [StoredOutput] {
        try (JSONValue(parsing: text).arrayValue ?? []).map { file in
            StoredOutput(
                index: file["place"]?.intValue ?? 0, path: try OutputPath.checked(file["path"]?.stringValue ?? ""),
                size: Int64(file["size"]?.intValue ?? 0), sha256: file["sha256"]?.stringValue ?? "",
                mediaType: file["media_type"]?.stringValue)
        }
    }
}
