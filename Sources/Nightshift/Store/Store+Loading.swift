import Foundation
import GRDB
import LosslessJSON
package import NightshiftCore

extension Store {
    /// Items that were in flight when the last session ended.
    package func inFlight(of run: RunRecord) async throws(StoreError) -> [LoadedItem] {
        try await read { database in
            // The plus keeps SQLite from walking all items in their order, where the index has the few that count.
            let rows = try GRDB.Row.fetchCursor(
                database,
                sql: """
                    SELECT * FROM item WHERE run_id = ? AND generation <= ? AND is_withdrawn = 0
                        AND finished_at IS NULL AND (intent_at IS NOT NULL OR prediction_id IS NOT NULL)
                        AND state IN ('submitting', 'unknown', 'running', 'fetching') ORDER BY +position
                    """,
                arguments: [run.id, run.generation]
            )
            var items: [LoadedItem] = []
            while let row = try rows.next() { items.append(try LoadedItem(row, database, of: run)) }
            return items
        }
    }

    /// Whether those who wait for an item's result wait no longer, as SQL.
    static let isSettled = "state IN ('succeeded', 'failed', 'canceled', 'held')"

    /// The next pending items: those that wait no longer, for a retry or for another item's result, then fresh ones by
    /// priority and input order.
    /// - Parameters:
    ///   - step: the step whose items are loaded; empty in a manifest without `steps`.
    ///   - place: fresh items of it up to this one are in the window already or done.
    package func pending(
        of run: RunRecord, step: String = "", count: Int, latestFirst: Bool = false, after place: PendingCursor,
        at now: Timestamp
    ) async throws(StoreError) -> (page: LoadedPage, place: PendingCursor) {
        try await read { database in
            var loader = PendingLoader(database: database, run: run, step: step, count: count, place: place)
            try loader.loadDue(at: now, latestFirst: latestFirst)
            // As many again as are asked for, since some of these may be in the window.
            let isFull = loader.items.count >= count
            try loader.loadFresh()
            let nextDue = try loader.nextDue(after: isFull ? .distantPast : now)
            return (LoadedPage(items: loader.items, hasMore: loader.hasMore, nextDue: nextDue), loader.place)
        }
    }

    /// A retry can be due in the far future only if a clock was wrong when it was set: it is due at once.
    package func bringForwardRetries(of run: RunRecord, dueAfter latest: Timestamp) async throws(StoreError) {
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE item SET due_at = 1 WHERE run_id = ?2 AND state = 'pending' AND due_at > 0 AND due_at > ?1
                    """,
                arguments: [latest.milliseconds, run.id])
        }
    }

    /// Brings what earlier sessions have stored to the clock of this one, as far as both can be compared by the provider's.
    ///
    /// Intents keep the times and offsets that they were recorded with, since the provider's clock is what counts for them.
    /// - Parameter offset: the provider's clock minus this session's, if it is known.
    package func adjustTimes(of run: RunRecord, to offset: Duration?) async throws(StoreError) {
        guard let offset else { return }
        try await write { database in
            let stored = try Int64.fetchOne(
                database, sql: "SELECT clock_offset FROM run WHERE id = ?", arguments: [run.id])
            let shift = (stored ?? offset.milliseconds) - offset.milliseconds
            try database.execute(
                sql: "UPDATE run SET clock_offset = ? WHERE id = ?", arguments: [offset.milliseconds, run.id])
            // The provider tells its time in whole seconds, and the answer has its way.
            guard abs(shift) > 3000 else { return }
            try database.execute(
                sql: """
                    UPDATE item SET due_at = max(1, due_at + ?1) WHERE run_id = ?2 AND state = 'pending' AND due_at > 1;
                    UPDATE item SET running_since = max(1, running_since + ?1)
                        WHERE run_id = ?2 AND running_since > 0 AND state IN ('running', 'fetching');
                    UPDATE item SET lost_at = max(1, lost_at + ?1) WHERE run_id = ?2 AND state = 'unknown' AND lost_at > 0;
                    """, arguments: [shift, run.id, shift, run.id, shift, run.id])
        }
    }
}

/// How far the fresh items of a run's step were loaded, by priority and input order.
package struct PendingCursor: Hashable, Sendable {
    fileprivate var rank = -Double.greatestFiniteMagnitude
    fileprivate var position = -1

    package static let start = PendingCursor()
}

/// How far the fresh items of each step were loaded.
package struct PendingCursors: Sendable {
    private var places: [Int: PendingCursor] = [:]

    package init() {}

    package subscript(step: Int) -> PendingCursor {
        get { places[step] ?? .start }
        set { places[step] = newValue }
    }
}

/// Loads one page of pending items.
private struct PendingLoader {
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
                SELECT * FROM item WHERE run_id = ? AND step = ? AND generation <= ? AND is_withdrawn = 0 AND state = 'pending'
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
                SELECT item.* FROM choice CROSS JOIN item ON item.id = choice.item_id
                WHERE run_id = ? AND step = ? AND generation <= ? AND is_withdrawn = 0 AND state = 'pending' AND due_at = 0
                    AND leader_id IS NULL AND has_needs = 0
                    AND (choice.rank, choice.position) > (?, ?) ORDER BY choice.rank, choice.position LIMIT ?
                """
                : """
                SELECT * FROM item WHERE run_id = ? AND step = ? AND generation <= ? AND is_withdrawn = 0 AND state = 'pending'
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
    fileprivate init?(of leader: Int64, _ database: Database) throws {
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

extension LoadedItem {
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
        step = row["step"]
        changes = try (row["changes"] as String?).map { try JSONValue(parsing: $0) }
        unmet = stored.unmet
        // The result is recorded in the commit that counts it.
        isCounted = (row["result"] as String?) != nil
    }
}
