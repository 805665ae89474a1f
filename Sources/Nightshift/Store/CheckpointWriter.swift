import Foundation
import GRDB
import LosslessJSON
import NightshiftCore
import ReplicateAPI

/// Writes transitions inside one transaction.
struct CheckpointWriter {
    let database: Database
    /// What becomes of files that have to step aside, by their paths.
    var kept: [String: KeptFile] = [:]

    mutating func write(_ transition: Transition) throws {
        let id = transition.item.rawValue
        let now = transition.at.milliseconds
        switch transition.change {
        case .submitting(let attempt, let intent, let changes):
            try update(
                transition,
                """
                state = 'submitting', attempt = ?, intent_at = ?, intent_offset = ?, request_digest = ?,
                changes = ?, prediction_id = NULL, running_since = NULL, lost_at = NULL, loss = NULL, result = NULL,
                \(ItemReset.unmeasured)
                """,
                [
                    attempt, intent.at.milliseconds, intent.clockOffset?.milliseconds, intent.requestDigest,
                    changes?.jsonString(),
                ])
        case .returned(let attempt, let due):
            try update(
                transition, "state = 'pending', attempt = ?, due_at = ?, prediction_id = NULL",
                [attempt, max(1, due.milliseconds)])
        case .unknown(let lost):
            try update(
                transition, "state = 'unknown', lost_at = ?, loss = ?, intent_offset = ?",
                [lost.lostAt.milliseconds, lost.loss.rawValue, lost.intent.clockOffset?.milliseconds])
        case .running(let predictionID, let since):
            try update(
                transition,
                "state = 'running', \(Self.counted), prediction_id = ?1, running_since = ?2, finished_at = NULL",
                [predictionID, since.milliseconds])
        case .found(let attempt, let predictionID, let since):
            try update(
                transition, "state = 'running', \(Self.counted), prediction_id = ?1, running_since = ?2, attempt = ?3",
                [predictionID, since.milliseconds, attempt])
        case .replaced(let failure, let counts, let attempt, let predictionID, let since):
            try end(failure, of: id, at: now)
            try update(
                transition,
                """
                state = 'running', \(Self.counted), prediction_id = ?1, running_since = ?2, attempt = ?3, excused = ?4,
                failure_counts = ?5, \(ItemReset.unmeasured)
                """,
                [predictionID, since.milliseconds, attempt, counts.excused, counts.record])
        case .fetching(let prediction, _):
            let times = PredictionTimes(prediction)
            try update(
                transition,
                """
                state = 'fetching', result = ?, started_at = ?, completed_at = ?, wait_time = ?, run_time = ?,
                fetching_at = ?, spent_time = spent_time + COALESCE(?7, 0) - COALESCE(predict_time, 0), predict_time = ?7
                """,
                [
                    Self.result(of: prediction), times.startedAt?.milliseconds, times.completedAt?.milliseconds,
                    times.waitTime, times.runTime, now, prediction.predictTime,
                ])
        case .succeeded(let outputs):
            for output in outputs {
                try execute(
                    "UPDATE output SET size = ?, sha256 = ?, media_type = ? WHERE item_id = ? AND place = ?",
                    [output.size, output.sha256, output.mediaType, id, output.index]
                )
            }
            try update(
                transition, "state = 'succeeded', finished_at = ?, failure_class = NULL, failure = NULL",
                [now])
        case .waiting(let failure, let counts, let due):
            try end(failure, of: id, at: now)
            try update(
                transition,
                """
                state = 'pending', failures = ?, excused = ?, failure_counts = ?, due_at = ?, failure_class = ?,
                failure = ?, prediction_id = NULL, result = NULL
                """,
                [
                    counts.counted, counts.excused, counts.record, max(1, due.milliseconds),
                    failure.failureClass.rawValue, BoundedText.keep(failure.message),
                ])
        case .failed(let failure, let counts):
            try end(failure, of: id, at: now)
            try update(
                transition,
                """
                state = 'failed', failures = ?, excused = ?, failure_counts = ?, failure_class = ?, failure = ?,
                finished_at = ?
                """,
                [
                    counts.counted, counts.excused, counts.record, failure.failureClass.rawValue,
                    BoundedText.keep(failure.message), now,
                ])
        case .unmet(let failure):
            try update(
                transition, "state = 'failed', failure_class = ?, failure = ?, finished_at = ?",
                [failure.failureClass.rawValue, BoundedText.keep(failure.message), now])
        case .held(let reason):
            try update(
                transition, "state = 'held', failure = ?",
                [BoundedText.keep(reason)])
        case .sharing(let shared, _): try write(shared, by: transition)
        case .unshared(let due):
            try update(
                transition, "state = 'pending', leader_id = NULL, due_at = ?, prediction_id = NULL, result = NULL",
                [max(1, due.milliseconds)])
            try execute("DELETE FROM earlier_result WHERE item_id = ?", [id])
        case .canceled(let reason, let predictTime):
            try end(AttemptFailure(.canceled, reason, predictTime: predictTime), of: id, at: now)
            try update(
                transition, "state = 'canceled', failure_class = 'canceled', failure = ?, finished_at = ?",
                [BoundedText.keep(reason), now])
        }
    }

    /// An item that has a prediction of its own takes nothing from another one any more.
    func makeIndependent(by transition: Transition) throws {
        guard case .running = transition.change else { return }
        try execute(
            "UPDATE item SET leader_id = NULL WHERE id = ? AND leader_id IS NOT NULL", [transition.item.rawValue])
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
    private func write(_ shared: SharedResult, by transition: Transition) throws {
        let now = transition.at.milliseconds
        switch shared.outcome {
        case .succeeded(let predictionID, let result, _):
            try update(
                transition, "state = 'fetching', prediction_id = ?, result = ?, running_since = ?, intent_at = ?",
                [predictionID, result, now, now])
        case .failed(let failureClass, let message):
            try update(
                transition, "state = 'failed', failure_class = ?, failure = ?, finished_at = ?",
                [
                    failureClass.rawValue,
                    BoundedText.keep("as item \(shared.key), which has the same input: \(message)"), now,
                ])
        case .held(let reason):
            try update(
                transition, "state = 'held', failure = ?",
                [BoundedText.keep("as item \(shared.key), which has the same input: \(reason)")])
        }
    }

    /// Changes the item of a transition, if it is in a state that the transition was decided for.
    private func update(_ transition: Transition, _ assignments: String, _ arguments: StatementArguments) throws {
        let states = transition.change.predecessors.quotedNames
        let sql = "UPDATE item SET \(assignments) WHERE id = ? AND state IN (\(states))"
        try execute(sql, arguments + [transition.item.rawValue])
        guard database.changesCount == 0 else { return }
        let found = try String.fetchOne(
            database, sql: "SELECT state FROM item WHERE id = ?", arguments: [transition.item.rawValue])
        throw StoreError(
            .storeChanged,
            message: "item '\(transition.key)' was to become '\(transition.change.state.rawValue)', but is "
                + (found.map { "'\($0)'" } ?? "no longer there")
                + " in the checkpoints: another program has changed them; nothing more is written")
    }

    func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    private func end(_ failure: AttemptFailure, of id: Int64, at now: Int64) throws {
        try execute(
            """
            INSERT INTO attempt (
                item_id, attempt, prediction_id, intent_at, changes, ended_at, failure_class, failure,
                predict_time, started_at, completed_at, kept
            )
            SELECT id, attempt, prediction_id, intent_at, changes, ?, ?, ?, COALESCE(?, predict_time),
                COALESCE(?, started_at), COALESCE(?, completed_at), ? FROM item WHERE id = ?
            """,
            [
                now, failure.failureClass.rawValue, BoundedText.keep(failure.message), failure.predictTime,
                failure.times?.startedAt?.milliseconds, failure.times?.completedAt?.milliseconds,
                failure.kept.isEmpty ? nil : JSONValue.array(failure.kept.map(JSONValue.string)).jsonString(), id,
            ]
        )
        try execute(
            """
            UPDATE item SET \(ItemReset.unmeasured),
                spent_time = spent_time + COALESCE(?1, predict_time, 0) - COALESCE(predict_time, 0) WHERE id = ?2
            """, [failure.predictTime, id])
    }

    /// Counts a prediction that the item has not had yet, as SQL with the prediction's id as `?1`.
    private static let counted = """
        spent_predictions = spent_predictions + (prediction_id IS NOT ?1 AND NOT EXISTS (
            SELECT 1 FROM attempt WHERE attempt.item_id = item.id AND attempt.prediction_id = ?1
            UNION ALL SELECT 1 FROM previous_result AS previous
            WHERE previous.item_id = item.id AND previous.prediction_id = ?1))
        """

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
}
