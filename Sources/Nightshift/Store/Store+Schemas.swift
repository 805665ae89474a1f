import GRDB
import LosslessJSON
package import NightshiftCore
package import ReplicateAPI

/// A model's schema as the store keeps it.
package struct KeptSchema: Sendable {
    package var schema: ModelSchema
    /// The version that it belongs to; `nil` for models that run by their name.
    package var version: String?
}

extension Store {
    /// Keeps the schema of a model for checks without a network.
    /// - Parameter model: as the manifest names it; `nil` for the model that Cog servers are.
    package func keep(_ kept: KeptSchema, of model: String?) async throws(StoreError) {
        let text = kept.schema.openAPI.jsonString()
        try await write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO model_schema (model, version, schema) VALUES (?, ?, ?)",
                arguments: [model ?? "", kept.version, text])
        }
    }

    /// The schema that was kept of a model.
    package func schema(of model: String?) async throws(StoreError) -> KeptSchema? {
        try await read { database in
            let row = try GRDB.Row.fetchOne(
                database, sql: "SELECT version, schema FROM model_schema WHERE model = ?", arguments: [model ?? ""])
            return try row.map { row in
                KeptSchema(
                    schema: ModelSchema(openAPI: try JSONValue(parsing: row["schema"] as String)),
                    version: row["version"])
            }
        }
    }

    /// What the predictions of a step's model took and gave so far, over all runs of the job.
    package func history(of step: String) async throws(StoreError) -> ModelHistory? {
        try await read { database in
            guard
                let times = try GRDB.Row.fetchOne(
                    database,
                    sql: """
                        SELECT COUNT(*) AS count, AVG(json_extract(result, '$.metrics.predict_time')) AS predict_time,
                            AVG(COALESCE(json_extract(result, '$.metrics.total_time'),
                                json_extract(result, '$.metrics.predict_time'))) AS total_time
                        FROM (SELECT result FROM item WHERE state = 'succeeded' AND result IS NOT NULL AND step = ?
                            ORDER BY finished_at DESC LIMIT 1000)
                        """, arguments: [step]), (times["count"] as Int) > 0
            else { return nil }
            let sizes = try GRDB.Row.fetchOne(
                database,
                sql: """
                    SELECT COUNT(DISTINCT item_id) AS count, SUM(size) AS size FROM output
                    JOIN item ON item.id = output.item_id WHERE item.state = 'succeeded' AND item.step = ?
                    """, arguments: [step])
            let count: Int = sizes?["count"] ?? 0
            let size: Int64 = sizes?["size"] ?? 0
            return ModelHistory(
                predictions: times["count"], predictTime: times["predict_time"], totalTime: times["total_time"],
                outputBytes: count > 0 ? Double(size) / Double(count) : nil)
        }
    }

    /// How many different inputs a run's items have.
    package func distinctInputs(of run: RunRecord) async throws(StoreError) -> Int {
        try await read { database in
            try Int.fetchOne(
                database, sql: "SELECT COUNT(DISTINCT digest) FROM item WHERE run_id = ?", arguments: [run.id]) ?? 0
        }
    }
}
