import LosslessJSON
import Nightshift
import NightshiftCore

/// Items as lines under a header. The widths are those of the first items, so that a million need not be held.
struct ItemTable {
    private let columns: [(word: String, column: ItemColumn)]
    private var waiting: [[String]] = []
    private var widths: [Int]?

    private static let measured = 200
    private static let files = "files"

    /// - Parameter columns: their words with commas; `nil` for the usual ones.
    init(columns: String?) {
        let words = columns.map { $0.split(separator: ",").map { String($0).wholeInOneLine } }
        self.columns = (words ?? ["state", "name", "origin", Self.files, "failure"]).map { ($0, ItemColumn($0)) }
    }

    /// - Returns: lines that can be written now.
    mutating func add(_ item: ItemRecord) -> [String] {
        let cells = columns.map { word, column in
            word == Self.files
                ? item.files.map(\.path.wholeInOneLine).joined(separator: " ")
                : column == .failure ? (item.failure?.messageLine ?? "") : item.text(of: column).wholeInOneLine
        }
        guard widths == nil else { return [line(cells)] }
        waiting.append(cells)
        return waiting.count < Self.measured ? [] : end()
    }

    /// - Returns: the lines that are left.
    mutating func end() -> [String] {
        guard widths == nil, !waiting.isEmpty else { return [] }
        let header = columns.map { $0.word.uppercased() }
        widths = columns.indices.map { index in ([header] + waiting).map { $0[index].columns }.max() ?? 0 }
        let lines = ([header] + waiting).map(line)
        waiting = []
        return lines
    }

    private func line(_ cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            line += cell
            guard index < cells.count - 1 else { break }
            line += String(repeating: " ", count: max(0, (widths?[index] ?? 0) - cell.columns) + 2)
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}

extension ItemRecord {
    var json: JSONValue {
        func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
        func number(_ value: Double?) -> JSONValue { value.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null }
        func time(_ value: Timestamp?) -> JSONValue { text(value.map(JournalEntry.time)) }
        return [
            "key": .string(key), "name": .string(name), "index": .number(JSONNumber(position)),
            "origin": .string(origin), "step": .string(step), "state": .string(state.rawValue),
            "attempts": .number(JSONNumber(attempts)), "prediction": text(predictionID),
            "failure_class": text(failureClass), "failure": text(failure),
            "files": .array(files.map { .string($0.path) }), "values": row, "sent": time(sentAt),
            "started": time(startedAt), "completed": time(completedAt), "ended": time(endedAt),
            "waiting": number(waitTime), "running": number(runTime), "download": number(downloadTime),
            "duration": number(duration), "predict_time": number(predictTime), "cost": number(cost),
            "rating": rating.map { .number(JSONNumber($0)) } ?? .null, "tags": .array(tags.map(JSONValue.string)),
            "note": text(note),
        ]
    }
}
