import GRDB
import LosslessJSON
import NightshiftCore

extension Reports {
    /// One page of items in input order, with all that a list tells of them; blocks.
    /// - Parameters:
    ///   - filter: which items are meant; all by default.
    ///   - prices: by the names of the steps.
    package func exportItems(
        of run: RunRecord, _ filter: ItemFilter = ItemFilter(), prices: [String: PriceSettings] = [:],
        after position: Int?, limit: Int
    ) throws -> [ExportItem] {
        let query = ItemQuerySQL(run: run, prices: prices)
        return try store.pool.read { database in
            let (text, arguments) = try SQL(
                """
                SELECT \(sql: ExportItem.columns(of: "item")), \(query.expression(.predictTime)) AS all_predict_time,
                    \(query.expression(.cost)) AS cost, \(query.expression(.rating)) AS rating,
                    \(query.expression(.note)) AS note
                FROM item WHERE \(query.condition(filter)) AND item.position > \(position ?? -1)
                ORDER BY item.position LIMIT \(limit)
                """
            ).build(database)
            return try GRDB.Row.fetchAll(database, sql: text, arguments: arguments).map {
                try ExportItem($0, database, of: run)
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
            "failure_class", "step", "digest", "intent_at", "started_at", "completed_at", "finished_at",
        ]

    fileprivate init(_ row: GRDB.Row, _ database: Database, of run: RunRecord) throws {
        func time(_ column: String) -> Timestamp? { (row[column] as Int64?).map(Timestamp.init(milliseconds:)) }
        let state: String = row["state"]
        let result: JSONValue? = try (row["result"] as String?).map { try JSONValue(parsing: $0) }
        let isSucceeded = state == ItemState.succeeded.rawValue
        let prediction = (row["prediction_id"] as String?).map { id in
            Prediction(id: id, model: result?["model"]?.stringValue, version: result?["version"]?.stringValue)
        }
        self.init(
            position: row["position"], key: row["key"], name: row["name"], origin: row["origin"], state: state,
            // A held one may have been paid for: it is no row to simply run again.
            isFailed: [ItemState.failed, .canceled].map(\.rawValue).contains(state),
            row: try JSONValue(parsing: row["row"] as String),
            input: try Reports.shownInput(row, database, of: run),
            output: isSucceeded ? result?["output"] : nil,
            files: isSucceeded ? try Reports.files(of: row["id"], database) : [], prediction: prediction,
            attempts: row["attempt"], metrics: result?["metrics"]?.objectValue ?? [:],
            error: isSucceeded ? nil : row["failure"])
        step = row["step"]
        failureClass = isSucceeded ? nil : row["failure_class"]
        times.sent = time("intent_at")
        times.started = time("started_at")
        times.completed = time("completed_at")
        times.fetched = isSucceeded ? time("finished_at") : nil
        predictTime = row["all_predict_time"]
        cost = row["cost"]
        remarks.rating = row["rating"]
        remarks.note = row["note"]
        remarks.tags = try String.fetchAll(
            database.cachedStatement(sql: "SELECT tag FROM tag WHERE digest = ? ORDER BY tag"),
            arguments: [row["digest"] as String])
    }
}

extension ExportItem.File: StoredRecord {
    static let columns = ["path", "size", "sha256", "media_type"]
}
