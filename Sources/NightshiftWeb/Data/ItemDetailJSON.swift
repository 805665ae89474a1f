import LosslessJSON
import Nightshift
import NightshiftCore

/// All that is known of an item, as the page shows it.
struct ItemDetailJSON {
    let item: ItemJSON
    let detail: ItemDetail
    let matrixNames: [String]
    let neighbours: (previous: String?, next: String?)
    /// The command line that sends the same; `nil` where there is none.
    let command: String?

    var json: JSONValue {
        let values = detail.row.objectValue ?? [:]
        var members = item.members
        let more: [String: JSONValue] = [
            "row": .object(values.filter { !matrixNames.contains($0.key) }),
            "matrix": .object(values.filter { matrixNames.contains($0.key) }), "input": detail.input,
            "output": item.record.output ?? .null, "model": detail.result?["model"] ?? .null,
            "version_id": detail.result?["version"] ?? .null, "tries": .array(tries),
            "metrics": detail.result?["metrics"] ?? .object([:]), "logs": .null,
            "files": .array(detail.files.map(file)), "earlier": .array(detail.previousResults.map(earlier)),
            "command": .of(command),
            "failure": .of(detail.summary.failure),
            "neighbours": ["previous": .of(neighbours.previous), "next": .of(neighbours.next)],
        ]
        members.merge(more) { $1 }
        return .object(members)
    }

    /// The attempts that ended without a result, then the newest, if one is under way or has a result.
    private var tries: [JSONValue] {
        var tries = detail.attempts.map { attempt in
            JSONValue.object([
                "ordinal": .of(attempt.ordinal), "prediction_id": .of(attempt.predictionID),
                "sent_at": .of(attempt.intentAt), "started_at": .of(attempt.startedAt),
                "completed_at": .of(attempt.completedAt), "ended_at": .of(attempt.endedAt),
                "failure_class": .string(attempt.failureClass),
                "failure": .string(
                    attempt.failure
                        + (attempt.kept.isEmpty ? "" : "; kept as \(attempt.kept.joined(separator: ", "))")),
                "predict_time": .of(attempt.predictTime),
            ])
        }
        let record = item.record
        let hasCurrent = ![.pending, .failed, .canceled, .withdrawn].contains(record.state)
        if hasCurrent {
            tries.append([
                "ordinal": .of(record.attempts), "prediction_id": .of(record.predictionID),
                "sent_at": .of(record.sentAt), "started_at": .of(record.startedAt),
                "completed_at": .of(record.completedAt), "ended_at": .of(record.endedAt), "failure_class": .null,
                "failure": .null, "predict_time": detail.result?["metrics"]?["predict_time"] ?? .null,
            ])
        }
        return tries
    }

    private func earlier(_ result: ItemDetail.PreviousResult) -> JSONValue {
        [
            "number": .of(result.number), "replaced_at": .of(result.replacedAt), "input": result.input,
            "files": .array(result.files.map(file)),
        ]
    }

    private func file(_ file: ItemDetail.File) -> JSONValue {
        [
            "path": .string(file.path), "absolute_path": .string("\(detail.outputDirectory)/\(file.path)"),
            "url": .string(FileAddress.of(file.path, in: item.job)), "media_type": .of(file.mediaType),
            "size": .of(file.size.map { Int($0) }), "sha256": .of(file.sha256), "is_there": .bool(file.isThere),
        ]
    }
}
