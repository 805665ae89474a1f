import LosslessJSON
import Nightshift
import NightshiftCore

/// An item as the page lists it.
struct ItemJSON {
    let record: ItemRecord
    /// The job's name in addresses.
    let job: String
    /// What is known of its files, by their paths.
    let files: [String: OutputFacts]

    private static let textShown = 500

    var members: [String: JSONValue] {
        [
            "key": .string(record.key), "name": .string(record.name), "origin": .string(record.origin),
            "position": .of(record.position), "step": .string(record.step), "state": .string(record.state.rawValue),
            "attempts": .of(record.attempts), "prediction_id": .of(record.predictionID),
            "failure_class": .of(record.failureClass),
            "failure": .of(record.failure.map { BoundedText.line($0, characters: 1000) }), "rating": .of(record.rating),
            "tags": .array(record.tags.map(JSONValue.string)), "note": .of(record.note), "sent_at": .of(record.sentAt),
            "started_at": .of(record.startedAt), "completed_at": .of(record.completedAt),
            "ended_at": .of(record.endedAt), "waiting": .of(record.waitTime), "running": .of(record.runTime),
            "download": .of(record.downloadTime), "duration": .of(record.duration),
            "predict_time": .of(record.predictTime), "cost": .of(record.cost), "values": values,
            "outputs": .array(record.files.map(output)), "text": .of(text), "version": .of(record.previousResults),
        ]
    }

    /// By the words that mean the columns in filters: the page has one name for each.
    private var values: JSONValue {
        guard let row = record.row.objectValue else { return record.row }
        return .object(Dictionary(row.map { (ItemColumn.row($0.key).word, $0.value) }) { first, _ in first })
    }

    private func output(_ file: ItemRecord.File) -> JSONValue {
        let facts = files[file.path] ?? OutputFacts()
        return [
            "path": .string(file.path), "url": .string(FileAddress.of(file.path, in: job)),
            "media_type": .of(file.mediaType), "size": .of(Int(file.size)), "width": .of(facts.picture?.width),
            "height": .of(facts.picture?.height), "is_there": .bool(facts.isThere),
        ]
    }

    /// The beginning of an output that is a text, or that is told as JSON and has no files.
    private var text: String? {
        guard let output = record.output else { return nil }
        if record.files.isEmpty || output.stringValue != nil, let text = output.stringValue {
            return text.hasPrefix("http") && !record.files.isEmpty ? nil : String(text.prefix(Self.textShown))
        }
        guard record.files.isEmpty, !output.isNull else { return nil }
        return String(output.jsonString().prefix(Self.textShown))
    }
}

/// What is found out about an output's file.
struct OutputFacts: Hashable, Sendable {
    var isThere = false
    var picture: PictureSize?
}

/// Addresses of outputs.
enum FileAddress {
    static func of(_ path: String, in job: String) -> String {
        "/files/" + ([job] + path.split(separator: "/").map(String.init)).map(encoded).joined(separator: "/")
    }

    static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-._~".utf8.contains(byte)
            if isPlain {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                for nibble in [byte >> 4, byte & 15] { bytes.append(Array("0123456789ABCDEF".utf8)[Int(nibble)]) }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
