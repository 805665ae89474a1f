import Foundation

/// With `JSONEncoder` and `JSONDecoder` numbers of up to 38 digits pass unchanged; what is longer is rounded there, and
/// nowhere else.
extension JSONValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .number(JSONNumber(value))
        } else if let number = (try? container.decode(Decimal.self)).flatMap({ JSONNumber(literal: $0.description) }) {
            self = .number(number)
        } else if let number = (try? container.decode(Double.self)).flatMap(JSONNumber.init(_:)) {
            self = .number(number)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let elements = try? container.decode([JSONValue].self) {
            self = .array(elements)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let number):
            if let value = number.intValue {
                try container.encode(value)
            } else if let value = Decimal(string: number.literal, locale: Locale(identifier: "en_US_POSIX")),
                !value.isNaN
            {
                try container.encode(value)
            } else {
                try container.encode(number.doubleValue)
            }
        case .string(let value): try container.encode(value)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }
}
