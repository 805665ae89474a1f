import GRDB
package import NightshiftCore

/// One execution of a job, as the store knows it.
package struct RunRecord: Hashable, Sendable {
    package var id: Int64
    package var job: String
    package var startedAt: Timestamp
    package var generation: Int
    /// The versions that the models' names stand for in all sessions, by the names of the steps.
    package var pins: [String: PinnedVersion] = [:]
    /// Where the outputs are, as the manifest wrote it.
    package var outputDirectory: String?
    /// How the last session ended; `nil` while one is under way or after a crash.
    package var ending: String?
    /// Whether any item takes the result of another one.
    package var sharesResults = false
    /// Whether its manifest is written with `steps`.
    package var hasSteps = false
    /// What a person told the run while it went on.
    package var orders = RunOverrides()
    /// The name of the account whose predictions it has, if the provider tells one.
    package var account: String?
    /// Only the items that were chosen are begun; see ``Store/choose(_:in:)``. Not stored.
    package var isLimited = false

    /// The version that a step's model had in earlier sessions, if it is still the same model.
    package func version(for step: Step) -> String? {
        guard let pin = pins[step.name], pin.model == step.modelName else { return nil }
        return pin.version
    }
}

/// A version, and the model that it is one of, as the manifest named it.
package struct PinnedVersion: Hashable, Sendable {
    package var model: String
    package var version: String
}

extension Store {
    /// The latest run, or a new one if there is none or `fresh` asks to start over.
    ///
    /// A new one replaces the one before it when its input set is stored, not sooner: what is refused or broken off before
    /// that has changed nothing.
    package func openRun(job: String, fresh: Bool, at now: Timestamp) async throws(StoreError) -> RunRecord {
        try await write { database in
            if !fresh, let run = try Store.latestRun(database) { return run }
            try database.execute(
                sql: "INSERT INTO run (job, started_at) VALUES (?, ?)", arguments: [job, now.milliseconds]
            )
            return RunRecord(id: database.lastInsertedRowID, job: job, startedAt: now, generation: 0)
        }
    }

    /// Whether a run has ever had an input set, as SQL.
    private static let isBegun = "generation > 0"

    /// The session of a run begins: until it is closed it has not ended by itself.
    package func beginSession(of run: RunRecord) async throws(StoreError) {
        try await write { database in
            try database.execute(sql: "UPDATE run SET ending = NULL WHERE id = ?", arguments: [run.id])
        }
    }

    package func latestRun() async throws(StoreError) -> RunRecord? {
        try await read { try Store.latestRun($0) }
    }

    /// The latest run, for who is on a thread that may block.
    package func latestRunNow() throws(StoreError) -> RunRecord? {
        do {
            return try pool.unsafeReentrantRead { try Store.latestRun($0) }
        } catch {
            throw StoreError(error, path: path)
        }
    }

    private static func latestRun(_ database: Database) throws -> RunRecord? {
        try GRDB.Row.fetchOne(database, sql: "SELECT * FROM run WHERE \(isBegun) ORDER BY id DESC LIMIT 1").map { row in
            let pins = try GRDB.Row.fetchAll(
                database, sql: "SELECT step, model, version FROM pin WHERE run_id = ?", arguments: [row["id"] as Int64])
            return RunRecord(
                id: row["id"], job: row["job"], startedAt: Timestamp(milliseconds: row["started_at"]),
                generation: row["generation"],
                pins: Dictionary(
                    uniqueKeysWithValues: pins.map {
                        ($0["step"], PinnedVersion(model: $0["model"], version: $0["version"]))
                    }),
                outputDirectory: row["output_directory"], ending: row["ending"],
                sharesResults: row["shares_results"], hasSteps: row["has_steps"], orders: RunOverrides(row),
                account: row["account"]
            )
        }
    }

    /// Pins the version that the name of a step's model stands for, for all sessions of the run.
    package func pin(_ pin: PinnedVersion, for step: String, in run: RunRecord) async throws(StoreError) {
        try await write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO pin (run_id, step, model, version) VALUES (?, ?, ?, ?)",
                arguments: [run.id, step, pin.model, pin.version])
        }
    }

    package func setAccount(_ account: String, of run: RunRecord) async throws(StoreError) {
        try await write { database in
            try database.execute(sql: "UPDATE run SET account = ? WHERE id = ?", arguments: [account, run.id])
        }
    }

    package func setOutputDirectory(_ directory: String, of run: RunRecord) async throws(StoreError) {
        try await write { database in
            try database.execute(
                sql: "UPDATE run SET output_directory = ? WHERE id = ?", arguments: [directory, run.id])
        }
    }

    package func close(_ run: RunRecord, ending: String) async throws(StoreError) {
        try await write { database in
            try database.execute(sql: "UPDATE run SET ending = ? WHERE id = ?", arguments: [ending, run.id])
        }
    }

    /// Makes every failed, canceled or held item of the run pending again, with all its attempts.
    /// - Returns: how many there were.
    package func retryFailed(in run: RunRecord) async throws(StoreError) -> Int {
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE item SET \(ItemReset.retried), due_at = 0 WHERE run_id = ? AND \(ItemReset.canBeRetried)
                    """,
                arguments: [run.id]
            )
            let count = database.changesCount
            try Store.settleNeeds(of: run, database)
            return count
        }
    }

    /// Counts the items of the manifest by state, and what was spent on all of them.
    package func totals(of run: RunRecord) async throws(StoreError) -> RunTotals {
        try await read { database in
            var totals = RunTotals()
            let counts = try GRDB.Row.fetchCursor(
                database,
                sql: """
                    SELECT CASE WHEN is_withdrawn THEN 'withdrawn' ELSE state END AS state, COUNT(*) AS count
                    FROM item WHERE run_id = ? AND generation <= ? GROUP BY 1
                    """,
                arguments: [run.id, run.generation]
            )
            while let row = try counts.next() {
                guard let state = ItemState(rawValue: row["state"]) else { continue }
                totals[state] = row["count"]
            }
            if let row = try GRDB.Row.fetchOne(database, sql: "SELECT * FROM run WHERE id = ?", arguments: [run.id]) {
                totals.predictions = row["predictions"]
                totals.predictTime = row["predict_time"]
                totals.retries = row["retries"]
                totals.throttles = row["throttles"]
                totals.unbilled = row["unbilled"]
                totals.blockedTime = row["held_up"]
            }
            let spending = try GRDB.Row.fetchCursor(
                database, sql: "SELECT * FROM spending WHERE run_id = ?", arguments: [run.id])
            while let row = try spending.next() {
                totals.spending[row["step"]] = Spending(
                    predictions: row["predictions"], predictTime: row["predict_time"])
            }
            return totals
        }
    }
}
