import GRDB
import LosslessJSON
import NightshiftCore

/// What several parts of the store ask of items.
extension Store {
    /// The row of the manifest's item with this key, with the columns of a record.
    static func item(
        _ key: String, _ record: (some StoredRecord).Type, in run: RunRecord, _ database: Database
    ) throws -> GRDB.Row? {
        let statement = try database.cachedStatement(
            sql: """
                SELECT \(record.columns(of: "item")) FROM item
                WHERE run_id = ? AND key = ? AND generation <= ? AND is_withdrawn = 0
                """
        )
        return try GRDB.Row.fetchOne(statement, arguments: [run.id, key, run.generation])
    }

    /// Whether those who wait for an item's result wait no longer, as SQL.
    static let isSettled = "state IN ('succeeded', 'failed', 'canceled', 'held')"

    /// Whether an item that `item` needs has not ended yet, as SQL. A held one may still come to its result.
    static let waitsForNeeds = """
        EXISTS (SELECT 1 FROM need JOIN item AS needed ON needed.id = need.needs_id
            WHERE need.item_id = item.id AND needed.state NOT IN ('succeeded', 'failed', 'canceled'))
        """

    /// Brings items that need others in line with the states of these, when many of them have changed at once: what had
    /// failed only because another one had waits for that again, and who waits no longer is due.
    /// - Returns: how many had failed and are pending again.
    @discardableResult
    static func settleNeeds(of run: RunRecord, _ database: Database) throws -> Int {
        guard run.hasSteps else { return 0 }
        var count = 0
        repeat {
            try database.execute(
                sql: """
                    UPDATE item SET state = 'pending', due_at = 0, finished_at = NULL, failure_class = NULL, failure = NULL
                    WHERE run_id = ? AND state = 'failed' AND failure_class = ? AND \(waitsForNeeds)
                    """,
                arguments: [run.id, FailureClass.stepFailed.rawValue])
            count += database.changesCount
            // One more of a chain of steps each time.
        } while database.changesCount > 0
        try database.execute(
            sql: """
                UPDATE item SET due_at = 1 - due_at
                WHERE run_id = ? AND state = 'pending' AND has_needs AND due_at <= 1 AND due_at = \(waitsForNeeds)
                """,
            arguments: [run.id])
        return count
    }

    /// What the items that one needs have come to, by their steps.
    static func needs(of item: Int64, _ database: Database) throws -> [NeededItem] {
        let rows = try GRDB.Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT \(NeededItem.columns(of: "item")) FROM need JOIN item ON item.id = need.needs_id
                    WHERE need.item_id = ? ORDER BY step
                    """
            ),
            arguments: [item])
        return try rows.map { row in
            let result: JSONValue? = try (row["result"] as String?).map { try JSONValue(parsing: $0) }
            return NeededItem(
                step: row["step"], state: ItemState(rawValue: row["state"]) ?? .pending, failure: row["failure"],
                result: StepResult(
                    key: row["key"], name: row["name"], output: result?["output"],
                    files: try storedOutputs(of: row["id"], database)))
        }
    }

    static func storedOutputs(of item: Int64, _ database: Database) throws -> [StoredOutput] {
        try GRDB.Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT \(StoredOutput.columns(of: "output")) FROM output
                    WHERE item_id = ? AND size IS NOT NULL ORDER BY place
                    """),
            arguments: [item]
        ).map { file in
            StoredOutput(
                index: file["place"], path: try OutputPath.read(file), size: file["size"], sha256: file["sha256"],
                mediaType: file["media_type"])
        }
    }
}

/// An item that another one is made from, as it stands.
struct NeededItem: StoredRecord {
    static let columns = ["id", "step", "state", "failure", "key", "name", "result"]

    var step: String
    var state: ItemState
    var failure: String?
    var result: StepResult
}

/// How what comes from other steps is written in the store.
enum DeferredRecord {
    static func encode(_ deferred: [DeferredValue]) -> String? {
        deferred.isEmpty ? nil : JSONValue.array(deferred.map(\.json)).jsonString()
    }

    static func decode(_ text: String?) throws -> [DeferredValue] {
        guard let text else { return [] }
        return try JSONValue(parsing: text).arrayValue?.compactMap(DeferredValue.init) ?? []
    }
}

/// The input of an item that may be made from the results of others.
struct StoredInput: StoredRecord {
    static let columns = ["id", "input", "files", "has_needs", "deferred", "redo", "changes"]

    var input: JSONValue
    var files: [ItemFile]
    /// Why it can never be complete.
    var unmet: AttemptFailure?

    /// - Parameter outputDirectory: the run's, as the manifest writes it.
    init(_ row: GRDB.Row, _ database: Database, outputDirectory: String) throws {
        input = try JSONValue(parsing: row["input"] as String)
        files = try ItemFileRecord.decode(row["files"])
        try complete(row, database, outputDirectory: outputDirectory)
        guard let members = try (row["redo"] as String?).flatMap({ try JSONValue(parsing: $0).objectValue }) else {
            return
        }
        input = input.setting(members)
        files.removeAll { file in members.keys.contains { file.pointer.first == .key($0) } }
    }

    private mutating func complete(_ row: GRDB.Row, _ database: Database, outputDirectory: String) throws {
        guard row["has_needs"] else { return }
        let needs = try Store.needs(of: row["id"], database)
        for need in needs where need.state == .failed || need.state == .canceled {
            let end = need.state == .failed ? "failed: \(need.failure ?? "no reason recorded")" : "was canceled"
            unmet = AttemptFailure(.stepFailed, "the step '\(need.step)' \(end)")
            return
        }
        let deferred = try DeferredRecord.decode(row["deferred"])
        do throws(RenderError) {
            let completed = try CompletedInput(
                input, files: files, deferred: deferred,
                results: Dictionary(needs.map { ($0.step, $0.result) }) { first, _ in first },
                outputDirectory: outputDirectory)
            (input, files) = (completed.input, completed.files)
        } catch {
            let help = error.help.map { "; \($0)" } ?? ""
            unmet = AttemptFailure(
                .stepFailed, "what it needs cannot be put into its input: \(error.message)\(help)")
        }
    }
}

extension JSONValue {
    /// An input with other members in it.
    func setting(_ members: [String: JSONValue]) -> JSONValue {
        guard case .object(let own) = self, !members.isEmpty else { return self }
        return .object(own.merging(members) { $1 })
    }
}

extension StoredOutput: StoredRecord {
    static let columns = ["place", "path", "size", "sha256", "media_type"]
}
