import GRDB
import LosslessJSON
import NightshiftCore
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
}
