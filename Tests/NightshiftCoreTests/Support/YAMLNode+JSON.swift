import LosslessJSON
import NightshiftCore

extension YAMLNode {
    /// The node as JSON; `nil` where a scalar means nothing that JSON can write.
    var json: JSONValue? {
        switch content {
        case .scalar(let scalar):
            switch scalar.value {
            case .null: return .null
            case .bool(let value): return .bool(value)
            case .number(let number): return .number(number)
            case .text(let text): return .string(text)
            case .unusable: return nil
            }
        case .sequence(let nodes):
            let elements = nodes.map(\.json)
            return elements.contains(nil) ? nil : .array(elements.compactMap(\.self))
        case .mapping(let members):
            var object: [String: JSONValue] = [:]
            for member in members {
                guard let value = member.value.json else { return nil }
                object[member.key] = value
            }
            return .object(object)
        }
    }
}
