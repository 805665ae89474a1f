import GRDB
import LosslessJSON
import NightshiftCore

/// Items that are made from the results of other items.
extension Store {
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

    /// How the items of each step stand, in the order of the steps.
    func stepCounts(of run: RunRecord) async throws(StoreError) -> [StatusReport.StepCounts] {
        guard run.hasSteps else { return [] }
        return try await read { database in
            let rows = try GRDB.Row.fetchAll(
                database,
                sql: """
                    SELECT step, state, COUNT(*) AS count, MIN(position) AS first FROM item
                    WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0 GROUP BY step, state
                    """,
                arguments: [run.id, run.generation])
            let steps = Dictionary(grouping: rows) { $0["step"] as String }
            let order = ItemState.allCases.map(\.rawValue)
            func first(_ rows: [GRDB.Row]) -> Int { rows.map { $0["first"] as Int }.min() ?? 0 }
            return steps.sorted { first($0.value) < first($1.value) }.map { step, rows in
                let states = rows.map { StatusReport.StepCounts.State(state: $0["state"], count: $0["count"]) }
                    .sorted { (order.firstIndex(of: $0.state) ?? 0) < (order.firstIndex(of: $1.state) ?? 0) }
                return StatusReport.StepCounts(name: step, states: states)
            }
        }
    }

    /// What the items that one needs have come to, by their steps.
    static func needs(of item: Int64, _ database: Database) throws -> [NeededItem] {
        let rows = try GRDB.Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT item.* FROM need JOIN item ON item.id = need.needs_id WHERE need.item_id = ? ORDER BY step"
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
                sql: "SELECT * FROM output WHERE item_id = ? AND size IS NOT NULL ORDER BY place"),
            arguments: [item]
        ).map { file in
            StoredOutput(
                index: file["place"], path: try OutputPath.read(file), size: file["size"], sha256: file["sha256"],
                mediaType: file["media_type"])
        }
    }
}

/// An item that another one is made from, as it stands.
struct NeededItem {
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
struct StoredInput {
    var input: JSONValue
    var files: [ItemFile]
    /// Why it can never be complete.
    var unmet: AttemptFailure?

    /// - Parameter outputDirectory: the run's, as the manifest writes it.
    init(_ row: GRDB.Row, _ database: Database, outputDirectory: String) throws {
        input = try JSONValue(parsing: row["input"] as String)
        files = try ItemFileRecord.decode(row["files"])
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
