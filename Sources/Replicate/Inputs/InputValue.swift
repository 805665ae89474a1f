import Foundation
public import LosslessJSON
import ReplicateAPI

/// What a model is given: JSON in which files may stand anywhere.
///
/// ```swift
/// let input: InputValue = [
///     "prompt": "a lighthouse at dusk",
///     "steps": 20,
///     "image": .path("harbour.png"),
///     "masks": [.data(mask, name: "mask.png"), .url(URL(string: "https://example.com/m.png")!)],
/// ]
/// ```
///
/// Any `Encodable` type is made one by ``init(encoding:)``, and a dictionary of such by ``init(members:)``; the calls that
/// take an input do so by themselves.
public enum InputValue: Hashable, Sendable {
    /// A part without files.
    case json(JSONValue)
    /// A file.
    case file(InputFile)
    /// A list that may hold files.
    case array([InputValue])
    /// An object that may hold files.
    case object([String: InputValue])
}

extension InputValue {
    /// A text that is not a literal.
    public static func string(_ text: some StringProtocol) -> InputValue {
        .json(.string(String(text)))
    }

    /// A whole number that is not a literal.
    public static func integer(_ value: some BinaryInteger) -> InputValue {
        .json(JSONNumber(literal: "\(value)").map(JSONValue.number) ?? .null)
    }

    /// A number that is not a literal; null for infinities, which JSON cannot write.
    public static func number(_ value: Double) -> InputValue {
        .json(JSONNumber(value).map(JSONValue.number) ?? .null)
    }

    /// A truth value that is not a literal.
    public static func bool(_ value: Bool) -> InputValue {
        .json(.bool(value))
    }

    /// The JSON of any encodable value, in which ``InputFile`` and `Data` become files, dates become RFC 3339 text in UTC,
    /// and numbers keep their digits.
    ///
    /// - Throws: ``ReplicateError`` with the code `invalidArgument` if the value cannot be encoded, as infinities
    ///   cannot.
    public init(encoding value: some Encodable) throws(ReplicateError) {
        try self.init(encoding: value, at: [])
    }

    /// - Parameters:
    ///   - path: where in the input the value stands, for messages.
    ///   - snakeCase: whether `someName` is written as `some_name`.
    init(encoding value: some Encodable, at path: [String], snakeCase: Bool = false) throws(ReplicateError) {
        if let value = value as? JSONValue {
            self = .json(value)
            return
        }
        if let value = value as? InputValue {
            self = value
            return
        }
        if let members = value as? [String: any Encodable] {
            try self.init(members: members, at: path)
            return
        }
        let collector = InputFileCollector()
        let encoder = JSONEncoder()
        encoder.userInfo[.inputFiles] = collector
        if snakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
        encoder.dataEncodingStrategy = .custom { data, encoder in
            try InputFile.data(data).encode(to: encoder)
        }
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(APITime.format(date))
        }
        do {
            let json = try JSONValue(parsing: try encoder.encode(value))
            self = collector.isEmpty ? .json(json) : InputValue(json, files: collector)
        } catch let error as EncodingError {
            throw ReplicateError(.invalidArgument, "the input cannot be sent: \(Self.explain(error, at: path))")
        } catch {
            throw ReplicateError(.invalidArgument, "the input cannot be sent: \(error)")
        }
    }

    private init(_ json: JSONValue, files: InputFileCollector) {
        switch json {
        case .string(let text):
            if let file = files.file(for: text) { self = .file(file) } else { self = .json(json) }
        case .array(let elements): self = .array(elements.map { InputValue($0, files: files) })
        case .object(let members): self = .object(members.mapValues { InputValue($0, files: files) })
        case .null, .bool, .number: self = .json(json)
        }
    }

    private static func explain(_ error: EncodingError, at place: [String]) -> String {
        guard case .invalidValue(_, let context) = error else { return "\(error)" }
        let path = (place + context.codingPath.map(\.stringValue)).joined(separator: ".")
        return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
    }
}

extension InputValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// `nil`: null.
    public init(nilLiteral: ()) { self = .json(.null) }
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .json(.bool(value)) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .json(JSONValue(integerLiteral: value)) }
    /// A number such as `0.5`.
    public init(floatLiteral value: Double) { self = .json(JSONValue(floatLiteral: value)) }
    /// A text.
    public init(stringLiteral value: String) { self = .json(.string(value)) }
    /// A list.
    public init(arrayLiteral elements: InputValue...) { self = .array(elements) }
    /// An object; a member that is `nil` is left out, and when a key is repeated, the last value counts.
    public init(dictionaryLiteral elements: (String, InputValue?)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }).compactMapValues { $0 })
    }
}
