package import LosslessJSON

/// What a person at another terminal asks of a run. On the wire it is one JSON object in a line, such as
/// `{"command":"retry","items":["ada"]}`.
package enum ControlCommand: Hashable, Sendable {
    case status
    /// Create nothing new, finish what runs, and stay.
    case pause
    case resume
    /// Create nothing new, have what runs canceled by the provider, and end.
    case cancel
    case set(OrderChange)
    /// Make failed, canceled and held items pending again, with all their attempts.
    case retry(keys: [String])
    /// Make succeeded items again.
    case redo([RedoOrder])
    /// Take a prediction as the item's.
    case adopt(key: String, predictionID: String)

    package var json: JSONValue {
        switch self {
        case .status: ["command": "status"]
        case .pause: ["command": "pause"]
        case .resume: ["command": "resume"]
        case .cancel: ["command": "cancel"]
        case .set(let change): .object(change.json.merging(["command": "set"]) { _, name in name })
        case .retry(let keys): ["command": "retry", "items": .array(keys.map(JSONValue.string))]
        case .redo(let orders):
            [
                "command": "redo",
                "items": .array(orders.map { ["key": .string($0.key), "set": .object($0.changes)] }),
            ]
        case .adopt(let key, let predictionID):
            ["command": "adopt", "item": .string(key), "prediction": .string(predictionID)]
        }
    }

    package init(json: JSONValue) throws(ControlError) {
        let names = ["status", "pause", "resume", "cancel", "set", "retry", "redo", "adopt"]
        switch json["command"]?.stringValue {
        case "status": self = .status
        case "pause": self = .pause
        case "resume": self = .resume
        case "cancel": self = .cancel
        case "set": self = .set(try OrderChange(json: json))
        case "retry":
            guard let keys = json["items"]?.arrayValue?.map(\.stringValue), !keys.contains(nil) else {
                throw ControlError("'items' of 'retry' must be a list of item keys")
            }
            self = .retry(keys: keys.compactMap { $0 })
        case "redo":
            let orders = json["items"]?.arrayValue?.map { item -> RedoOrder? in
                guard let key = item["key"]?.stringValue, let changes = item["set"]?.objectValue else { return nil }
                return RedoOrder(key: key, changes: changes)
            }
            guard let orders, !orders.contains(nil) else {
                throw ControlError("'items' of 'redo' must be a list of objects with 'key' and 'set'")
            }
            self = .redo(orders.compactMap { $0 })
        case "adopt":
            guard let key = json["item"]?.stringValue, let predictionID = json["prediction"]?.stringValue else {
                throw ControlError("'adopt' needs 'item', an item's key, and 'prediction', an id")
            }
            self = .adopt(key: key, predictionID: predictionID)
        case let name?:
            throw ControlError("unknown command '\(name)'; \(NearestName.help(for: name, among: names))")
        case nil:
            throw ControlError("'command' is missing; expected one of: \(names.joined(separator: ", "))")
        }
    }
}

extension OrderChange {
    fileprivate var json: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        switch concurrency {
        case .none: break
        case .asInManifest: members["concurrency"] = .string(Self.manifest)
        case .to(let count): members["concurrency"] = .number(JSONNumber(count))
        }
        switch rate {
        case .none: break
        case .asInManifest: members["rate"] = .string(Self.manifest)
        case .to(let choice): members["rate"] = .string(RateText.format(choice.limit(byProvider: nil)))
        }
        return members
    }

    fileprivate init(json: JSONValue) throws(ControlError) {
        self.init()
        for name in Self.names {
            guard let value = json[name], !value.isNull else { continue }
            try set(name, to: value.stringValue ?? value.jsonString())
        }
    }
}
