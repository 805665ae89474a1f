import Foundation
import GRDB
import LosslessJSON
package import NightshiftCore
import ReplicateAPI

/// The files that an item's outputs will have, fixed before anything is downloaded.
package struct OutputReservation: Hashable, Sendable {
    package var item: ItemID
    /// File names in order: made from the output name by the naming rules.
    package var paths: [String]

    package init(item: ItemID, paths: [String]) {
        self.item = item
        self.paths = paths
    }
}

/// A file name that an output of an item has in the store.
package struct ReservedPath: Hashable, Sendable {
    package var path: String
    /// The store has had a whole file of its own there before, which may be replaced.
    package var replaces = false

    package init(path: String, replaces: Bool = false) {
        self.path = path
        self.replaces = replaces
    }
}

/// What a reservation may ask of the output directory.
package protocol OutputPaths: Sendable {
    /// Whether something lies at the path.
    func exists(_ path: String) -> Bool
    /// Whether nothing lies at the path, or a file of this very item.
    func isFree(_ path: String, for item: ItemID) -> Bool
    /// Gives the file at `path` a second name, which will be its only one when `path` is written anew.
    func keep(_ path: String, as other: String)
}

extension Store {
    /// Commits what the machine decided: one transaction, durable when this returns.
    package func record(
        _ transitions: [Transition], totals: RunTotals, in run: RunRecord, reservations: [OutputReservation] = [],
        directory: (any OutputPaths)? = nil
    ) async throws(StoreError) -> [ItemID: [ReservedPath]] {
        try await write { database in
            var writer = CheckpointWriter(database: database)
            for transition in transitions {
                try writer.write(transition)
                if run.sharesResults { try writer.wakeFollowers(after: transition) }
                if run.hasSteps { try writer.wakeNextSteps(after: transition) }
            }
            var reserved: [ItemID: [ReservedPath]] = [:]
            for reservation in reservations {
                reserved[reservation.item] = try writer.reserve(reservation, run: run, in: directory)
            }
            let statement = try database.cachedStatement(
                sql: """
                    UPDATE run SET predictions = ?, predict_time = ?, retries = ?, throttles = ?, unbilled = ?, held_up = ?
                    WHERE id = ?
                    """
            )
            try statement.execute(arguments: [
                totals.predictions, totals.predictTime, totals.retries, totals.throttles, totals.unbilled,
                totals.blockedTime, run.id,
            ])
            for (step, spending) in totals.spending {
                try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO spending (run_id, step, predictions, predict_time) VALUES (?, ?, ?, ?)"
                ).execute(arguments: [run.id, step, spending.predictions, spending.predictTime])
            }
            return reserved
        }
    }

    /// The paths that were reserved for an item's outputs by an earlier session.
    package func reservedPaths(of item: ItemID) async throws(StoreError) -> [ReservedPath] {
        try await read { database in
            try GRDB.Row.fetchAll(
                database, sql: "SELECT path, size FROM output WHERE item_id = ? ORDER BY place",
                arguments: [item.rawValue]
            ).map { ReservedPath(path: try OutputPath.checked($0["path"]), replaces: $0["size"] != nil) }
        }
    }

    /// Gives an output another path before its file is put there: the wished one, or one beside it that nothing has.
    package func move(
        outputAt place: Int, of item: ItemID, to wished: String, in run: RunRecord, directory: any OutputPaths
    ) async throws(StoreError) -> String {
        try await write { database in
            var writer = CheckpointWriter(database: database)
            return try writer.move(place, of: item.rawValue, to: wished, run: run, in: directory)
        }
    }

    /// A prediction of the run whose result is stored, other than the one given: the provider must know it.
    package func storedPrediction(of run: RunRecord, besides id: String) async throws(StoreError) -> String? {
        try await read { database in
            try String.fetchOne(
                database,
                sql: """
                    SELECT prediction_id FROM item WHERE run_id = ? AND state = 'succeeded' AND leader_id IS NULL
                        AND prediction_id IS NOT NULL AND prediction_id IS NOT ? ORDER BY id DESC LIMIT 1
                    """, arguments: [run.id, id])
        }
    }

    /// Those of the predictions that some item of this store has had already.
    package func known(predictionIDs: [String]) async throws(StoreError) -> Set<String> {
        try await read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM item WHERE prediction_id = ?1)
                        OR EXISTS (SELECT 1 FROM attempt WHERE prediction_id = ?1)
                    """
            )
            return try Set(predictionIDs.filter { try Bool.fetchOne(statement, arguments: [$0]) ?? false })
        }
    }
}

/// Writes transitions inside one transaction.
private struct CheckpointWriter {
    let database: Database

    mutating func write(_ transition: Transition) throws {
        let id = transition.item.rawValue
        let now = transition.at.milliseconds
        switch transition.change {
        case .submitting(let attempt, let intent, let changes):
            try execute(
                """
                UPDATE item SET state = 'submitting', attempt = ?, intent_at = ?, intent_offset = ?, request_digest = ?,
                    changes = ?, prediction_id = NULL, running_since = NULL, lost_at = NULL, loss = NULL, result = NULL
                WHERE id = ?
                """,
                [
                    attempt, intent.at.milliseconds, intent.clockOffset?.milliseconds, intent.requestDigest,
                    changes?.jsonString(), id,
                ]
            )
        case .returned(let attempt, let due):
            try execute(
                "UPDATE item SET state = 'pending', attempt = ?, due_at = ?, prediction_id = NULL WHERE id = ?",
                [attempt, max(1, due.milliseconds), id]
            )
        case .unknown(let lost):
            try execute(
                "UPDATE item SET state = 'unknown', lost_at = ?, loss = ?, intent_offset = ? WHERE id = ?",
                [
                    lost.lostAt.milliseconds, lost.loss.rawValue, lost.intent.clockOffset?.milliseconds, id,
                ])
        case .running(let predictionID, let since):
            try execute(
                "UPDATE item SET state = 'running', prediction_id = ?, running_since = ?, finished_at = NULL WHERE id = ?",
                [predictionID, since.milliseconds, id]
            )
        case .found(let attempt, let predictionID, let since):
            try execute(
                "UPDATE item SET state = 'running', attempt = ?, prediction_id = ?, running_since = ? WHERE id = ?",
                [attempt, predictionID, since.milliseconds, id])
        case .replaced(let failure, let counts, let attempt, let predictionID, let since):
            try end(failure, of: id, at: now)
            try execute(
                """
                UPDATE item SET state = 'running', attempt = ?, excused = ?, failure_counts = ?, prediction_id = ?,
                    running_since = ? WHERE id = ?
                """,
                [attempt, counts.excused, counts.record, predictionID, since.milliseconds, id])
        case .fetching(let prediction, _):
            try execute(
                "UPDATE item SET state = 'fetching', result = ? WHERE id = ?", [Self.result(of: prediction), id]
            )
        case .succeeded(let outputs):
            for output in outputs {
                try execute(
                    "UPDATE output SET size = ?, sha256 = ?, media_type = ? WHERE item_id = ? AND place = ?",
                    [output.size, output.sha256, output.mediaType, id, output.index]
                )
            }
            try execute(
                """
                UPDATE item SET state = 'succeeded', finished_at = ?, failure_class = NULL, failure = NULL WHERE id = ?
                """,
                [now, id]
            )
        case .waiting(let failure, let counts, let due):
            try end(failure, of: id, at: now)
            try execute(
                """
                UPDATE item SET state = 'pending', failures = ?, excused = ?, failure_counts = ?, due_at = ?,
                    failure_class = ?, failure = ?, prediction_id = NULL, result = NULL WHERE id = ?
                """,
                [
                    counts.counted, counts.excused, counts.record, max(1, due.milliseconds),
                    failure.failureClass.rawValue, BoundedText.keep(failure.message), id,
                ]
            )
        case .failed(let failure, let counts):
            try end(failure, of: id, at: now)
            try execute(
                """
                UPDATE item SET state = 'failed', failures = ?, excused = ?, failure_counts = ?, failure_class = ?,
                    failure = ?, finished_at = ? WHERE id = ?
                """,
                [
                    counts.counted, counts.excused, counts.record, failure.failureClass.rawValue,
                    BoundedText.keep(failure.message), now, id,
                ]
            )
        case .unmet(let failure):
            try execute(
                "UPDATE item SET state = 'failed', failure_class = ?, failure = ?, finished_at = ? WHERE id = ?",
                [failure.failureClass.rawValue, BoundedText.keep(failure.message), now, id])
        case .held(let reason):
            try execute("UPDATE item SET state = 'held', failure = ? WHERE id = ?", [BoundedText.keep(reason), id])
        case .sharing(let shared, _): try write(shared, for: id, at: now)
        case .unshared(let due):
            try execute(
                """
                UPDATE item SET state = 'pending', leader_id = NULL, due_at = ?, prediction_id = NULL, result = NULL
                WHERE id = ?
                """,
                [max(1, due.milliseconds), id]
            )
            try execute("DELETE FROM earlier_result WHERE item_id = ?", [id])
        case .canceled(let reason, let predictTime):
            try end(AttemptFailure(.canceled, reason, predictTime: predictTime), of: id, at: now)
            try execute(
                """
                UPDATE item SET state = 'canceled', failure_class = 'canceled', failure = ?, finished_at = ? WHERE id = ?
                """,
                [BoundedText.keep(reason), now, id]
            )
        }
    }

    /// Items that wait for this one's result can be loaded now.
    func wakeFollowers(after transition: Transition) throws {
        switch transition.change.state {
        case .succeeded, .failed, .canceled, .held:
            try execute(
                "UPDATE item SET due_at = 1 WHERE leader_id = ? AND state = 'pending'", [transition.item.rawValue])
        default: break
        }
    }

    /// Items that are made from this one's result can be loaded when nothing else is missing.
    func wakeNextSteps(after transition: Transition) throws {
        switch transition.change.state {
        case .succeeded, .failed, .canceled:
            try execute(
                """
                UPDATE item SET due_at = 1 WHERE id IN (SELECT item_id FROM need WHERE needs_id = ?)
                    AND state = 'pending' AND due_at = 0 AND NOT \(Store.waitsForNeeds)
                """, [transition.item.rawValue])
        default: break
        }
    }

    /// The item takes what became of another one; it had no attempt of its own.
    private func write(_ shared: SharedResult, for id: Int64, at now: Int64) throws {
        switch shared.outcome {
        case .succeeded(let predictionID, let result, _):
            try execute(
                """
                UPDATE item SET state = 'fetching', prediction_id = ?, result = ?, running_since = ?, intent_at = ?
                WHERE id = ?
                """, [predictionID, result, now, now, id])
        case .failed(let failureClass, let message):
            try execute(
                "UPDATE item SET state = 'failed', failure_class = ?, failure = ?, finished_at = ? WHERE id = ?",
                [
                    failureClass.rawValue,
                    BoundedText.keep("as item \(shared.key), which has the same input: \(message)"), now, id,
                ])
        case .held(let reason):
            try execute(
                "UPDATE item SET state = 'held', failure = ? WHERE id = ?",
                [BoundedText.keep("as item \(shared.key), which has the same input: \(reason)"), id])
        }
    }

    private func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    private func end(_ failure: AttemptFailure, of id: Int64, at now: Int64) throws {
        try execute(
            """
            INSERT INTO attempt (
                item_id, attempt, prediction_id, intent_at, changes, ended_at, failure_class, failure, predict_time
            )
            SELECT id, attempt, prediction_id, intent_at, changes, ?, ?, ?, ? FROM item WHERE id = ?
            """,
            [now, failure.failureClass.rawValue, BoundedText.keep(failure.message), failure.predictTime, id]
        )
    }

    /// Outputs up to this size are kept in the store; larger ones (data URIs) live in their files alone.
    private static let keptOutput = 256 * 1024

    private static func result(of prediction: Prediction) -> String {
        var members: [String: JSONValue] = ["metrics": .object(prediction.metrics)]
        if let output = prediction.output, output.jsonBytes().count <= keptOutput { members["output"] = output }
        if let model = prediction.model { members["model"] = .string(model) }
        if let version = prediction.version { members["version"] = .string(version) }
        if let time = prediction.createdAt { members["created_at"] = .string(APITime.format(time)) }
        if let time = prediction.startedAt { members["started_at"] = .string(APITime.format(time)) }
        if let time = prediction.completedAt { members["completed_at"] = .string(APITime.format(time)) }
        return JSONValue.object(members).jsonString()
    }

    // MARK: - Reserving paths

    mutating func reserve(
        _ reservation: OutputReservation, run: RunRecord, in directory: (any OutputPaths)?
    ) throws -> [ReservedPath] {
        let id = reservation.item.rawValue
        let own = try GRDB.Row.fetchAll(
            database.cachedStatement(sql: "SELECT path, size FROM output WHERE item_id = ? ORDER BY place"),
            arguments: [id]
        ).map { ReservedPath(path: $0["path"], replaces: $0["size"] != nil) }
        // The extension may have been settled by the content since.
        let isKept =
            own.count == reservation.paths.count
            && zip(own, reservation.paths).allSatisfy { OutputNaming.differInExtensionOnly($0.path, $1) }
        if isKept { return own }
        if !own.isEmpty { try execute("DELETE FROM output WHERE item_id = ?", [id]) }
        var paths: [ReservedPath] = []
        for (place, wanted) in reservation.paths.enumerated() {
            let free = try free(wanted, for: reservation.item, own: own, run: run, in: directory)
            try execute(
                "INSERT INTO output (item_id, place, path, path_folded) VALUES (?, ?, ?, ?)",
                [id, place, free.path, OutputNaming.fold(free.path)]
            )
            paths.append(free)
        }
        return paths
    }

    mutating func move(
        _ place: Int, of id: Int64, to wished: String, run: RunRecord, in directory: any OutputPaths
    ) throws -> String {
        let path = try free(wished, for: ItemID(id), own: [], run: run, in: directory).path
        try execute(
            "UPDATE output SET path = ?, path_folded = ?, size = NULL, sha256 = NULL WHERE item_id = ? AND place = ?",
            [path, OutputNaming.fold(path), id, place])
        return path
    }

    /// The path itself, or another one beside it if it is taken by somebody with a right to it.
    private func free(
        _ wanted: String, for item: ItemID, own: [ReservedPath], run: RunRecord, in directory: (any OutputPaths)?
    ) throws -> ReservedPath {
        for ordinal in 1... {
            let path = ordinal == 1 ? wanted : OutputNaming.alternative(to: wanted, ordinal: ordinal)
            let owner = try GRDB.Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT output.item_id, output.place, item.run_id, item.generation, output.size FROM output
                        JOIN item ON item.id = output.item_id WHERE path_folded = ?
                        """
                ),
                arguments: [OutputNaming.fold(path)]
            )
            guard let owner else {
                if let known = own.first(where: { $0.path == path }) { return known }
                if directory?.isFree(path, for: item) ?? true { return ReservedPath(path: path) }
                continue
            }
            let replaces = owner["size"] != nil
            if owner["run_id"] != run.id {
                // A fresh start takes over the names of the runs before it.
                try execute(
                    "DELETE FROM output WHERE item_id = ? AND place = ?",
                    [owner["item_id"] as Int64, owner["place"] as Int]
                )
                return ReservedPath(path: path, replaces: replaces)
            }
            if (owner["generation"] as Int) < run.generation {
                try stepAside(owner, from: path, in: directory)
                return ReservedPath(path: path, replaces: replaces)
            }
        }
        return ReservedPath(path: wanted)
    }

    /// A withdrawn item's file keeps its content under another name, because it was paid for.
    private func stepAside(_ owner: GRDB.Row, from path: String, in directory: (any OutputPaths)?) throws {
        for ordinal in 2... {
            let other = OutputNaming.alternative(to: path, ordinal: ordinal)
            let isTaken = try Bool.fetchOne(
                database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM output WHERE path_folded = ?)"),
                arguments: [OutputNaming.fold(other)]
            )
            if isTaken == true || directory?.exists(other) == true { continue }
            directory?.keep(try OutputPath.checked(path), as: other)
            try execute(
                "UPDATE output SET path = ?, path_folded = ? WHERE item_id = ? AND place = ?",
                [other, OutputNaming.fold(other), owner["item_id"] as Int64, owner["place"] as Int]
            )
            return
        }
    }
}
