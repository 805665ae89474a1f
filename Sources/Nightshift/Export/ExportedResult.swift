import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI

/// An item with the files of it that are there, as the lists tell of it.
struct ExportedResult {
    /// A file, and what was found out about it.
    struct File {
        var file: ExportItem.File
        var picture: PictureSize?

        var json: JSONValue {
            [
                "path": .string(file.path), "media_type": file.mediaType.map(JSONValue.string) ?? .null,
                "bytes": .number(JSONNumber(Int(file.size))), "sha256": .string(file.sha256),
                "width": picture.map { .number(JSONNumber($0.width)) } ?? .null,
                "height": picture.map { .number(JSONNumber($0.height)) } ?? .null,
            ]
        }
    }

    let item: ExportItem
    let files: [File]
    /// Paths of files that could not be exported.
    let missing: [String]
    /// The object of `results.jsonl`, whose members are those of ``ResultsSchema``. What is not there is null, so that every line has
    /// the same keys.
    let json: JSONValue

    /// - Parameter matrixNames: names that are of the matrix, not of the row.
    init(item: ExportItem, matrixNames: Set<String>, files: [File], missing: [String]) {
        self.item = item
        self.files = files
        self.missing = missing
        let values = item.row.objectValue
        json = [
            "key": .string(item.key), "index": .number(JSONNumber(item.position)), "name": .string(item.name),
            "origin": .string(item.origin), "step": item.step.isEmpty ? .null : .string(item.step),
            "state": .string(item.state),
            "row": values.map { .object($0.filter { !matrixNames.contains($0.key) }) } ?? item.row,
            "matrix": .object((values ?? [:]).filter { matrixNames.contains($0.key) }), "input": item.input,
            "output": item.output ?? .null, "files": .array(files.map(\.json)),
            "missing_files": .array(missing.map(JSONValue.string)), "prediction": item.prediction?.json ?? .null,
            "attempts": .number(JSONNumber(item.attempts)), "sent_at": Self.time(item.times.sent),
            "started_at": Self.time(item.times.started), "completed_at": Self.time(item.times.completed),
            "fetched_at": Self.time(item.times.fetched), "predict_time": Self.number(item.predictTime),
            "cost": Self.number(item.cost), "rating": item.remarks.rating.map { .number(JSONNumber($0)) } ?? .null,
            "tags": .array(item.remarks.tags.map(JSONValue.string)), "note": Self.text(item.remarks.note),
            "metrics": .object(item.metrics), "failure_class": Self.text(item.failureClass),
            "error": Self.text(item.error),
        ]
    }

    static func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

    static func number(_ number: Double?) -> JSONValue {
        number.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null
    }

    /// RFC 3339 with milliseconds, by UTC.
    static func time(_ time: Timestamp?) -> JSONValue { text(time.map { APITime.format($0.date) }) }
}

extension ExportItem.Prediction {
    var json: JSONValue {
        [
            "id": .string(id), "model": ExportedResult.text(model), "version": ExportedResult.text(version),
        ]
    }
}
