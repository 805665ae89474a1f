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
    /// Only the items that were chosen are begun; see ``PendingItems/choose(_:in:)``. Not stored.
    package var isLimited = false
    /// The session that works on it, in the process that has begun it. Not stored.
    package var session: Int64?

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
        try GRDB.Row.fetchOne(
            database, sql: "SELECT \(RunRecord.columns(of: "run")) FROM run WHERE \(isBegun) ORDER BY id DESC LIMIT 1"
        ).map { row in
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

    /// Keeps what a person has told a run.
    package func keep(_ orders: RunOverrides, of run: RunRecord) async throws(StoreError) {
        try await write { database in
            try database.execute(
                sql: "UPDATE run SET is_paused = ?, ordered_concurrency = ?, ordered_rate = ? WHERE id = ?",
                arguments: [
                    orders.isPaused, orders.concurrency,
                    orders.rate.map { RateText.format($0.limit(byProvider: nil)) }, run.id,
                ]
            )
        }
    }
}

extension RunRecord: StoredRecord {
    static let columns =
        [
            "id", "job", "started_at", "generation", "output_directory", "ending", "shares_results", "has_steps",
            "account",
        ] + RunOverrides.columns
}

extension RunOverrides: StoredRecord {
    static let columns = ["is_paused", "ordered_concurrency", "ordered_rate"]

    init(_ row: GRDB.Row) {
        self.init(
            isPaused: row["is_paused"] ?? false, concurrency: row["ordered_concurrency"],
            rate: (row["ordered_rate"] as String?).flatMap(RateText.parse)
        )
    }
}
