package import LosslessJSON

extension Condition {
    /// Whether a value is what is asked for. A missing value equals null. Values of a text format equal what they would
    /// be without quotes.
    package func isMet(by value: JSONValue?, isText: Bool) -> Bool {
        let found = value ?? .null
        switch demand {
        case .oneOf(let values): return values.contains { Condition.isEqual(found, to: $0, isText: isText) }
        case .between(let from, let to):
            return from.map { Condition.isInOrder($0, found, isText: isText) } ?? true
                && to.map { Condition.isInOrder(found, $0, isText: isText) } ?? true
        case .matches(let pattern):
            switch found {
            case .string(let text): return pattern.isFound(in: text)
            case .number(let number): return pattern.isFound(in: number.literal)
            case .null, .bool, .array, .object: return false
            }
        }
    }

    private static func isEqual(_ found: JSONValue, to wanted: JSONValue, isText: Bool) -> Bool {
        if wanted == found { return true }
        guard isText, case .string(let text) = found else { return false }
        return switch wanted {
        case .number(let number): JSONNumber(literal: text) == number
        case .bool(let value): text == (value ? "true" : "false")
        case .null, .string, .array, .object: false
        }
    }

    /// Whether one value is not after the other: two numbers by their values, two texts by their bytes. Where a row's text
    /// meets a number, it is one if it is written as one.
    private static func isInOrder(_ first: JSONValue, _ second: JSONValue, isText: Bool) -> Bool {
        switch (first, second) {
        case (.number(let first), .number(let second)): return isInOrder(first, second)
        case (.string(let first), .string(let second)):
            return !second.utf8.lexicographicallyPrecedes(first.utf8)
        case (.number(let first), .string(let text)) where isText:
            return JSONNumber(literal: text).map { isInOrder(first, $0) } ?? false
        case (.string(let text), .number(let second)) where isText:
            return JSONNumber(literal: text).map { isInOrder($0, second) } ?? false
        default: return false
        }
    }

    private static func isInOrder(_ first: JSONNumber, _ second: JSONNumber) -> Bool {
        if let first = first.intValue, let second = second.intValue { return first <= second }
        return first.doubleValue <= second.doubleValue
    }
}
