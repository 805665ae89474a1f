public import LosslessJSON
package import ReplicateAPI

/// What a member of an item's input is sent as when the item is made again.
public enum InputChange: Hashable, Sendable {
    case value(JSONValue)
    /// As people write it: it becomes what the model takes, as in a row of a CSV file.
    case text(String)
    /// A whole number by chance, another one for each item, within the bounds of the model.
    case random

    /// Reads `name=value`; `name=random` is ``random``.
    package static func parse(_ text: String) -> (name: String, change: InputChange)? {
        guard let sign = text.firstIndex(of: "="), sign > text.startIndex else { return nil }
        let value = String(text[text.index(after: sign)...])
        return (String(text[..<sign]), value == "random" ? .random : .text(value))
    }

    /// The value that is sent.
    /// - Parameter schema: what the item's model takes, if that is known.
    /// - Throws: `ControlError` if the model does not take it.
    package func value(
        of name: String, schema: ModelSchema?, using random: inout some RandomNumberGenerator
    ) throws(ControlError) -> JSONValue {
        guard let schema, schema.describesInput else { return value(for: nil, using: &random) }
        guard let check = schema.inputChecks[name] else {
            throw ControlError(InputProblem(unknown: name, among: schema).message)
        }
        let value = value(for: check.field, using: &random)
        if let problem = check.problems(of: value).first {
            throw ControlError(InputProblem(problem, of: value, for: check.field).message)
        }
        return value
    }

    private func value(for field: InputField?, using random: inout some RandomNumberGenerator) -> JSONValue {
        switch self {
        case .value(let value): return value
        case .text(let text):
            if let conversion = TextConversion(to: field?.type) { return conversion.value(of: text) }
            return (try? JSONValue(parsing: text)) ?? .string(text)
        case .random:
            // A model that takes the word takes it as it is.
            if let type = field?.type, type != .integer, type != .number { return "random" }
            let least = field?.minimum.flatMap { $0.intValue } ?? 0
            let most = field?.maximum.flatMap { $0.intValue } ?? Int(Int32.max)
            return .number(JSONNumber(Int.random(in: least...max(least, most), using: &random)))
        }
    }
}
