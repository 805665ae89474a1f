public import Foundation

/// Makes values of `Decodable` types from a ``JSONValue``, without writing it as text in between.
///
/// Numbers are read from their digits: one that a type cannot hold is an error that says where it stands, never a crash or
/// another number.
public struct JSONValueDecoder: Sendable {
    /// How a date is written.
    public enum DateStrategy: Sendable {
        /// As text by RFC 3339, such as `2026-01-31T23:59:59.5Z`.
        case rfc3339
        /// As a number of seconds since 1970.
        case secondsSince1970
        /// As a number of milliseconds since 1970.
        case millisecondsSince1970
        /// As something else.
        case custom(@Sendable (JSONValue) throws -> Date)
    }

    /// How the keys of an object become names of properties. Keys of dictionaries stay as they are.
    public enum KeyStrategy: Sendable {
        /// As they are.
        case asWritten
        /// `snake_case` becomes `snakeCase`.
        case fromSnakeCase
        /// By a function of its own.
        case custom(@Sendable (String) -> String)
    }

    /// How dates are written; RFC 3339 unless told otherwise.
    public var dates = DateStrategy.rfc3339
    /// How keys are written; as the properties unless told otherwise.
    public var keys = KeyStrategy.asWritten
    /// What the types that are decoded may look up.
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    /// Makes a decoder with the usual strategies.
    public init() {}

    /// Makes a value of a type.
    ///
    /// - Throws: `DecodingError` with the path of what does not fit, and what the type itself throws.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self, from json: JSONValue) throws -> Value {
        try ValueDecoding(json, path: [], decoder: self).value(of: type)
    }
}

extension JSONValueDecoder.KeyStrategy {
    func name(for key: String) -> String {
        switch self {
        case .asWritten: return key
        case .custom(let name): return name(key)
        case .fromSnakeCase:
            // Underscores at either end are part of the name.
            let core = key.drop { $0 == "_" }
            guard let last = core.lastIndex(where: { $0 != "_" }) else { return key }
            let words = core[...last].split(separator: "_")
            let joined = words.dropFirst().reduce(String(words.first ?? "")) {
                $0 + $1.prefix(1).uppercased() + $1.dropFirst()
            }
            let head = key[..<core.startIndex]
            let tail = core[core.index(after: last)...]
            return head + joined + tail
        }
    }
}

/// A key of an object, or an index of a list.
struct ValueKey: CodingKey {
    var stringValue: String
    var intValue: Int?

    init(_ name: String) { stringValue = name }
    init(index: Int) { (stringValue, intValue) = ("\(index)", index) }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init(index: intValue) }
}
