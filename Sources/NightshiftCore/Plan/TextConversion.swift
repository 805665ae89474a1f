package import LosslessJSON
package import ReplicateAPI

/// What becomes of a text that a row of a text format gives for one of the model's inputs.
///
/// CSV knows nothing but text, so `3` means the number where the model takes numbers. It concerns lone placeholders of
/// a row's column only; what the manifest itself writes is what it says.
package enum TextConversion: Hashable, Sendable {
    case integer, number, boolean, list, mapping
    /// Text stays text.
    case text

    package init?(to type: InputField.ValueType?) {
        switch type {
        case .integer: self = .integer
        case .number: self = .number
        case .boolean: self = .boolean
        case .array: self = .list
        case .object: self = .mapping
        case .string: self = .text
        case nil: return nil
        }
    }

    /// The value that a text means, or the text itself if it means none; then the check tells of it.
    package func value(of text: String) -> JSONValue {
        switch self {
        case .text: return .string(text)
        case .integer:
            if let value = Int(text) { return .number(JSONNumber(value)) }
            guard let number = Self.number(text), number.isInteger, !Self.isShortened(text, number) else {
                return .string(text)
            }
            // A table that has gaps is often written with 3.0 for 3.
            return .number(number.intValue.map(JSONNumber.init) ?? number)
        case .number: return Self.number(text).map(JSONValue.number) ?? .string(text)
        case .boolean:
            switch Self.trimmed(text).lowercased() {
            case "true", "yes", "on", "1": return true
            case "false", "no", "off", "0": return false
            default: return .string(text)
            }
        case .list, .mapping:
            guard let value = try? JSONValue(parsing: text) else { return .string(text) }
            switch (self, value) {
            case (.list, .array), (.mapping, .object): return value
            default: return .string(text)
            }
        }
    }

    private static func number(_ text: String) -> JSONNumber? {
        if let number = JSONNumber(literal: text) { return number }
        var rest = trimmed(text)[...]
        if rest.utf8.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        if let number = JSONNumber(literal: String(rest)) { return number }
        return Int(rest).map(JSONNumber.init)
    }

    /// Whether a spreadsheet has written a long number with an exponent, without its last digits: `1.58E+18`.
    private static func isShortened(_ text: String, _ number: JSONNumber) -> Bool {
        text.utf8.contains { $0 | 0x20 == UInt8(ascii: "e") } && number.doubleValue.magnitude >= 1e10
    }

    private static func trimmed(_ text: String) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        guard let first = text.utf8.first, let last = text.utf8.last, isSpace(first) || isSpace(last) else {
            return text
        }
        var bytes = Array(text.utf8)[...]
        while let first = bytes.first, isSpace(first) { bytes = bytes.dropFirst() }
        while let last = bytes.last, isSpace(last) { bytes = bytes.dropLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// How the texts of rows become values of the types that a model takes, input by input.
package struct TextConversions: Sendable {
    package struct Rule: Hashable, Sendable {
        /// For the value itself.
        package var conversion: TextConversion?
        /// For the elements of a list that the manifest writes.
        package var elements: TextConversion?
        /// An empty text means that nothing is given: it would be no value, and the input may be left out.
        package var leavesOutEmpty: Bool
    }

    private let rules: [String: Rule]

    /// Nothing is known of the model: texts stay texts.
    package static let none = TextConversions(rules: [:])

    private init(rules: [String: Rule]) {
        self.rules = rules
    }

    package init(_ schema: ModelSchema) {
        var rules: [String: Rule] = [:]
        for field in schema.inputs {
            let isPlainText =
                field.type == nil || (field.type == .string && !field.isFile && field.choices?.contains("") ?? true)
            rules[field.name] = Rule(
                conversion: TextConversion(to: field.type), elements: TextConversion(to: field.itemType),
                leavesOutEmpty: !isPlainText && !field.isRequired)
        }
        self.rules = rules
    }

    package subscript(input: String) -> Rule? { rules[input] }
}
