import GRDB
import LosslessJSON
import NightshiftCore

extension Reports {
    /// One page of the export, for ``Exporter``; blocks.
    package func exportItems(of run: RunRecord, after position: Int?, limit: Int) throws -> [ExportItem] {
        try store.pool.read { database in
            let rows = try GRDB.Row.fetchAll(
                database,
                sql: """
                    SELECT \(ExportItem.columns(of: "item")) FROM item
                    WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 AND position > ? ORDER BY position LIMIT ?
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
                    input: try Reports.shownInput(row, database, of: run),
                    output: isSucceeded ? result?["output"] : nil,
                    files: isSucceeded ? try Reports.files(of: row["id"], database) : [], prediction: prediction,
                    attempts: row["attempt"], metrics: result?["metrics"]?.objectValue ?? [:],
                    error: isSucceeded ? nil : row["failure"]
                )
                item.step = row["step"]
                return item
            }
        }
    }

    /// The input as it was sent last, with the paths of its files where the files went, and, as long as they are not known, with
    /// the templates of what comes from other steps.
    static func shownInput(_ row: GRDB.Row, _ database: Database, of run: RunRecord) throws -> JSONValue {
        let stored = try StoredInput(row, database, outputDirectory: run.outputDirectory ?? "")
        var input = stored.input
        for file in stored.files { input = input.replacing(at: file.pointer, with: .string(file.path)) }
        for value in try DeferredRecord.decode(row["deferred"]) where input.value(at: value.pointer) == .null {
            input = input.replacing(at: value.pointer, with: .string(value.template))
        }
        let changes = try (row["changes"] as String?).flatMap { try JSONValue(parsing: $0).objectValue }
        return input.setting(changes ?? [:])
    }

    static func files(of item: Int64, _ database: Database) throws -> [ExportItem.File] {
        let rows = try GRDB.Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT \(ExportItem.File.columns(of: "output")) FROM output
                    WHERE item_id = ? AND size IS NOT NULL ORDER BY place
                    """
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

extension ExportItem: StoredRecord {
    static let columns =
        StoredInput.columns
        + [
            "position", "key", "name", "origin", "state", "row", "prediction_id", "attempt", "result", "failure",
            "step",
        ]
}

extension ExportItem.File: StoredRecord {
    static let columns = ["path", "size", "sha256", "media_type"]
}
