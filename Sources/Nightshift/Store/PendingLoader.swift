import GRDB
import LosslessJSON
import NightshiftCore

/// Loads one page of pending items.
struct PendingLoader {
    let database: Database
    let run: RunRecord
    let step: String
    let count: Int
    var place: PendingCursor
    var items: [LoadedItem] = []
    var hasMore = false

    /// An item whose leader, or what it needs, has begun again waits for it once more.
    private static let isReady = """
        (leader_id IS NULL OR EXISTS (
            SELECT 1 FROM item AS leader WHERE leader.id = item.leader_id AND leader.\(Store.isSettled)))
        AND NOT (has_needs AND \(Store.waitsForNeeds))
        """

    /// What limits a session to the items that were chosen for it.
    private var isChosen: String { run.isLimited ? "AND id IN (SELECT item_id FROM choice)" : "" }

    mutating func loadDue(at now: Timestamp, latestFirst: Bool) throws {
        let statement = try database.cachedStatement(
            sql: """
                SELECT \(LoadedItem.columns(of: "item")) FROM item
                WHERE run_id = ? AND step = ? AND generation <= ? AND is_withdrawn = 0 AND state = 'pending'
                    AND due_at > 0 AND due_at <= ? AND \(Self.isReady) \(isChosen)
                    ORDER BY due_at \(latestFirst ? "DESC" : "") LIMIT ?
                """)
        let rows = try GRDB.Row.fetchCursor(
            statement, arguments: [run.id, step, run.generation, now.milliseconds, count])
        while let row = try rows.next() { items.append(try LoadedItem(row, database, of: run)) }
    }

    mutating func loadFresh() throws {
        let room = max(0, count - items.count)
        // A choice is walked itself, not the items beside it.
        let statement = try database.cachedStatement(
            sql: run.isLimited
                ? """
                SELECT \(LoadedItem.columns(of: "item")) FROM choice CROSS JOIN item ON item.id = choice.item_id
                WHERE run_id = ? AND step = ? AND generation <= ? AND is_withdrawn = 0 AND state = 'pending' AND due_at = 0
                    AND leader_id IS NULL AND has_needs = 0
                    AND (choice.rank, choice.position) > (?, ?) ORDER BY choice.rank, choice.position LIMIT ?
                """
                : """
                SELECT \(LoadedItem.columns(of: "item")) FROM item
                WHERE run_id = ? AND step = ? AND generation <= ? AND is_withdrawn = 0 AND state = 'pending'
                    AND due_at = 0 AND leader_id IS NULL AND has_needs = 0 AND (rank, position) > (?, ?)
                    ORDER BY rank, position LIMIT ?
                """)
        let rows = try GRDB.Row.fetchCursor(
            statement, arguments: [run.id, step, run.generation, place.rank, place.position, room + 1])
        var taken = 0
        while let row = try rows.next() {
            guard taken < room else {
                hasMore = true
                return
            }
            taken += 1
            place.rank = row["rank"]
            place.position = row["position"]
            items.append(try LoadedItem(row, database, of: run))
        }
    }

    func nextDue(after now: Timestamp) throws -> Timestamp? {
        // "> 0" is what tells that the index of waiting items has all of them.
        let statement = try database.cachedStatement(
            sql: """
                SELECT MIN(due_at) FROM item WHERE run_id = ? AND step = ? AND generation <= ? AND is_withdrawn = 0 AND state = 'pending'
                    AND due_at > 0 AND due_at > ? AND \(Self.isReady) \(isChosen)
                """)
        return try Int64.fetchOne(statement, arguments: [run.id, step, run.generation, now.milliseconds])
            .map(Timestamp.init(milliseconds:))
    }
}

extension SharedResult {
    /// What became of an item that another one waits for, or `nil` while that is open.
    init?(of leader: Int64, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "SELECT key, name, state, prediction_id, result, failure_class, failure FROM item WHERE id = ?")
        guard let row = try GRDB.Row.fetchOne(statement, arguments: [leader]) else { return nil }
        let failure: String = row["failure"] ?? "no reason recorded"
        let outcome: Outcome
        switch ItemState(rawValue: row["state"]) {
        case .succeeded:
            outcome = .succeeded(
                predictionID: row["prediction_id"] ?? "", result: row["result"] ?? "{}",
                try Store.storedOutputs(of: leader, database))
        case .failed, .canceled:
            let failureClass = (row["failure_class"] as String?).flatMap(FailureClass.init)
            outcome = .failed(failureClass ?? .model, failure)
        case .held: outcome = .held(failure)
        default: return nil
        }
        self.init(key: row["key"], name: row["name"], outcome: outcome)
    }
}

extension LoadedItem: StoredRecord {
    /// With the two that pages are cut by.
    static let columns =
        StoredInput.columns
        + [
            "key", "name", "origin", "step", "state", "attempt", "failures", "excused", "failure_counts",
            "failure_class", "failure", "intent_at", "intent_offset", "request_digest", "lost_at", "loss",
            "prediction_id",
            "running_since", "result", "predict_time", "row", "leader_id", "rank", "position",
        ]

    init(_ row: GRDB.Row, _ database: Database, of run: RunRecord) throws {
        let intent = CreateIntent(
            at: Timestamp(milliseconds: row["intent_at"] ?? 0), requestDigest: row["request_digest"] ?? "",
            clockOffset: (row["intent_offset"] as Int64?).map { .milliseconds($0) }, isEarlier: true)
        let predictionID: String = row["prediction_id"] ?? ""
        let checkpoint: Checkpoint
        switch ItemState(rawValue: row["state"]) {
        case .submitting: checkpoint = .submitting(intent)
        case .unknown:
            checkpoint = .unknown(
                LostCreate(
                    intent, lostAt: Timestamp(milliseconds: row["lost_at"] ?? intent.at.milliseconds),
                    loss: (row["loss"] as String?).flatMap(CreateLoss.init) ?? .broken))
        case .running:
            let since = Timestamp(milliseconds: row["running_since"] ?? 0)
            checkpoint = .running(predictionID: predictionID, since: since)
        case .fetching:
            let result: JSONValue? = try (row["result"] as String?).map { try JSONValue(parsing: $0) }
            checkpoint = .fetching(
                predictionID: predictionID, output: result?["output"],
                since: Timestamp(milliseconds: row["running_since"] ?? 0))
        default: checkpoint = .pending
        }
        let failures = FailureCounts(
            counted: row["failures"], excused: row["excused"], record: row["failure_counts"])
        let stored = try StoredInput(row, database, outputDirectory: run.outputDirectory ?? "")
        let hasFailed = failures.counted + failures.excused > 0
        self.init(
            id: ItemID(row["id"]), key: row["key"], name: row["name"],
            input: stored.input, files: stored.files, attempt: row["attempt"], failures: failures,
            checkpoint: checkpoint,
            lastFailure: hasFailed ? (row["failure_class"] as String?).flatMap(FailureClass.init) : nil,
            row: hasFailed ? try JSONValue(parsing: row["row"] as String) : nil,
            shared: try (row["leader_id"] as Int64?).flatMap { try SharedResult(of: $0, database) }
                ?? (run.sharesResults ? EarlierResult.shared(with: row["id"], database) : nil)
        )
        (step, origin) = (row["step"], row["origin"])
        if hasFailed { lastReason = row["failure"] ?? "" }
        changes = try (row["changes"] as String?).map { try JSONValue(parsing: $0) }
        unmet = stored.unmet
        // The result is recorded in the commit that counts it.
        isCounted = (row["result"] as String?) != nil
        predictTime = row["predict_time"]
    }
}
