import Foundation
import LosslessJSON
import Nightshift

extension RunCounts {
    /// The counts with the words that people see.
    var named: [(name: String, count: Int)] {
        [
            ("items", items), ("pending", pending), ("running", running), ("unknown", unknown), ("held", held),
            ("fetching", fetching), ("succeeded", succeeded), ("failed", failed), ("canceled", canceled),
            ("withdrawn", withdrawn),
        ]
    }

    /// What was spent on attempts, and what cost nothing but time, as far as there was any.
    var spending: [(name: String, text: String)] {
        var rows = [("predictions", "\(predictions)"), ("predict time", String(format: "%.1f s", predictTime))]
        if retries > 0 { rows.append(("retries", "\(retries)")) }
        if unbilled > 0 { rows.append(("not billed", "\(unbilled) attempts")) }
        if throttles > 0 { rows.append(("throttled", "\(throttles) creates")) }
        if blockedTime >= 1 { rows.append(("held up", String(format: "%.0f s by rate, pauses or hours", blockedTime))) }
        return rows
    }

    var json: JSONValue {
        var members = Dictionary(
            named.map { ($0.name, JSONValue.number(JSONNumber($0.count))) }, uniquingKeysWith: { first, _ in first })
        members["predictions"] = .number(JSONNumber(predictions))
        members["predict_time"] = JSONNumber((predictTime * 1000).rounded() / 1000).map(JSONValue.number) ?? .null
        members["retries"] = .number(JSONNumber(retries))
        members["unbilled"] = .number(JSONNumber(unbilled))
        members["throttles"] = .number(JSONNumber(throttles))
        members["held_up"] = JSONNumber((blockedTime * 1000).rounded() / 1000).map(JSONValue.number) ?? .null
        return .object(members)
    }
}
