package import LosslessJSON

/// What a run answers to a ``ControlCommand``, once what it tells is on disk. On the wire it is one JSON object in a line.
package enum ControlAnswer: Hashable, Sendable {
    case status(LiveStatus)
    /// The orders as they are now, after `pause`, `resume` or `set`.
    case overrides(RunOverrides)
    case retried(RetryOutcome)
    /// The prediction is the item's now; the word says how it stands.
    case adopted(String)
    /// What was in flight has ended.
    case canceled(CancelOutcome)
    case refused(String)

    package var json: JSONValue {
        switch self {
        case .status(let status): ["ok": true, "status": status.json]
        case .overrides(let orders):
            [
                "ok": true,
                "orders": [
                    "is_paused": .bool(orders.isPaused),
                    "concurrency": orders.concurrency.map { .number(JSONNumber($0)) } ?? .null,
                    "rate": orders.rate.map { .string(RateText.format($0.limit(byProvider: nil))) } ?? .null,
                ],
            ]
        case .retried(let outcome): ["ok": true, "retried": outcome.json]
        case .adopted(let status): ["ok": true, "adopted": .string(status)]
        case .canceled(let outcome): ["ok": true, "canceled": outcome.json]
        case .refused(let message): ["ok": false, "error": .string(message)]
        }
    }

    package init?(json: JSONValue) {
        if let message = json["error"]?.stringValue {
            self = .refused(message)
        } else if let status = json["status"].flatMap(LiveStatus.init(json:)) {
            self = .status(status)
        } else if let orders = json["orders"] {
            self = .overrides(
                RunOverrides(
                    isPaused: orders["is_paused"]?.boolValue ?? false, concurrency: orders["concurrency"]?.intValue,
                    rate: (orders["rate"]?.stringValue).flatMap(RateText.parse)
                ))
        } else if let retried = json["retried"] {
            self = .retried(RetryOutcome(json: retried))
        } else if let status = json["adopted"]?.stringValue {
            self = .adopted(status)
        } else if let canceled = json["canceled"] {
            self = .canceled(CancelOutcome(json: canceled))
        } else {
            return nil
        }
    }
}

/// What became of items that were to be tried again.
package struct RetryOutcome: Hashable, Sendable {
    /// Items that are pending now, by the state that they were in.
    package var retried: [ItemState: Int] = [:]
    /// Items that stay as they are, with their states: there is nothing to retry.
    package var unchanged: [String: ItemState] = [:]
    /// Keys that no item of the manifest has.
    package var unknown: [String] = []

    package init() {}

    package var count: Int { retried.values.reduce(0, +) }

    fileprivate var json: JSONValue {
        func object(_ pairs: [(String, JSONValue)]) -> JSONValue {
            .object(Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
        }
        return [
            "items": object(retried.map { ($0.key.rawValue, .number(JSONNumber($0.value))) }),
            "unchanged": object(unchanged.map { ($0.key, .string($0.value.rawValue)) }),
            "unknown": .array(unknown.map(JSONValue.string)),
        ]
    }

    fileprivate init(json: JSONValue) {
        for (name, count) in json["items"]?.objectValue ?? [:] {
            if let state = ItemState(rawValue: name) { retried[state] = count.intValue ?? 0 }
        }
        for (key, name) in json["unchanged"]?.objectValue ?? [:] {
            unchanged[key] = name.stringValue.flatMap(ItemState.init(rawValue:))
        }
        unknown = (json["unknown"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}

/// What became of the predictions that were in flight when a person canceled.
package struct CancelOutcome: Hashable, Sendable {
    /// The provider has said that they are canceled.
    package var canceled = 0
    /// They had ended before: their outputs are home, or they failed by themselves.
    package var finished = 0
    /// Whether something made the run end before all was confirmed.
    package var isComplete = true

    package init() {}

    fileprivate var json: JSONValue {
        [
            "predictions": .number(JSONNumber(canceled)), "finished": .number(JSONNumber(finished)),
            "is_complete": .bool(isComplete),
        ]
    }

    fileprivate init(json: JSONValue) {
        canceled = json["predictions"]?.intValue ?? 0
        finished = json["finished"]?.intValue ?? 0
        isComplete = json["is_complete"]?.boolValue ?? false
    }
}
