import JSON
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

    var json: JSONValue {
        var members = Dictionary(
            named.map { ($0.name, JSONValue.number(JSONNumber($0.count))) }, uniquingKeysWith: { first, _ in first })
        members["predictions"] = .number(JSONNumber(predictions))
        members["predict_time"] = JSONNumber((predictTime * 1000).rounded() / 1000).map(JSONValue.number) ?? .null
        members["retries"] = .number(JSONNumber(retries))
        return .object(members)
    }
}
