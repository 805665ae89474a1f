import Foundation

/// One value on its way to a type, with its place.
struct ValueDecoding {
    let json: JSONValue
    let codingPath: [any CodingKey]
    let decoder: JSONValueDecoder

    init(_ json: JSONValue, path: [any CodingKey], decoder: JSONValueDecoder) {
        self.json = json
        codingPath = path
        self.decoder = decoder
    }

    /// A value inside of this one.
    func member(_ json: JSONValue, _ key: any CodingKey) -> ValueDecoding {
        ValueDecoding(json, path: codingPath + [key], decoder: decoder)
    }

    func value<Value: Decodable>(of type: Value.Type) throws -> Value {
        let special: Any? =
            switch type {
            case is JSONValue.Type: json
            case is Date.Type: try date()
            case is Data.Type: try data()
            case is URL.Type: try url()
            case is Decimal.Type: try decimal()
            case let type as any StringDictionary.Type: try type.init(decoding: self)
            default: nil
            }
        // Not in one step: a missing value casts to every optional type.
        if let special, let value = special as? Value { return value }
        return try Value(from: self)
    }

    // MARK: - Scalars

    func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
        let found = json.isNull ? "null" : "of type \(json.typeName)"
        return .typeMismatch(
            type, .init(codingPath: codingPath, debugDescription: "it is \(found); expected \(expected)"))
    }

    func corrupted(_ reason: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: reason))
    }

    func bool() throws -> Bool {
        guard case .bool(let value) = json else { throw mismatch(Bool.self, "true or false") }
        return value
    }

    func string() throws -> String {
        guard case .string(let text) = json else { throw mismatch(String.self, "a text") }
        return text
    }

    func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws -> Value {
        guard case .number(let number) = json else { throw mismatch(type, "a whole number") }
        guard number.isInteger else { throw corrupted("the number \(number) has a fraction; expected a whole number") }
        guard let value = number.integer(Value.self) else {
            throw corrupted("the number \(number) does not fit \(type): it takes \(Value.min) to \(Value.max)")
        }
        return value
    }

    func floating<Value: BinaryFloatingPoint & LosslessStringConvertible>(_ type: Value.Type = Value.self) throws
        -> Value
    {
        guard case .number(let number) = json else { throw mismatch(type, "a number") }
        guard let value = Value(number.literal), value.isFinite else {
            throw corrupted("the number \(number) is too large for \(type)")
        }
        return value
    }

    private func decimal() throws -> Decimal {
        guard case .number(let number) = json else { throw mismatch(Decimal.self, "a number") }
        guard let value = Decimal(string: number.literal, locale: Locale(identifier: "en_US_POSIX")), !value.isNaN
        else {
            throw corrupted("the number \(number) does not fit Decimal")
        }
        return value
    }

    // MARK: - Types of Foundation

    private func date() throws -> Date {
        switch decoder.dates {
        case .custom(let read): return try read(json)
        case .secondsSince1970: return Date(timeIntervalSince1970: try floating())
        case .millisecondsSince1970: return Date(timeIntervalSince1970: try floating(Double.self) / 1000)
        case .rfc3339:
            let text = try string()
            guard let date = Self.date(rfc3339: text) else {
                throw corrupted("'\(text)' is no time; expected one such as 2026-01-31T23:59:59Z")
            }
            return date
        }
    }

    /// The fraction may have any number of digits, which the format of Foundation does not take.
    private static func date(rfc3339 text: String) -> Date? {
        guard let point = text.firstIndex(of: ".") else { return try? Date.ISO8601FormatStyle().parse(text) }
        let digits: Substring = text[text.index(after: point)...].prefix(while: \.isNumber)
        let others = String(text[..<point]) + String(text[digits.endIndex...])
        guard !digits.isEmpty, let fraction = Double("0.\(digits)"),
            let whole = try? Date.ISO8601FormatStyle().parse(others)
        else {
            return nil
        }
        return whole.addingTimeInterval(fraction)
    }

    /// Base64, with or without the head of a data URI.
    private func data() throws -> Data {
        let text = try string()
        let base64 =
            text.hasPrefix("data:") ? text.firstIndex(of: ",").map { text[text.index(after: $0)...] } : text[...]
        guard let base64, let data = Data(base64Encoded: String(base64)) else {
            throw corrupted("the text is not Base64")
        }
        return data
    }

    private func url() throws -> URL {
        let text = try string()
        guard let url = URL(string: text) else { throw corrupted("'\(text)' is no URL") }
        return url
    }
}

extension JSONNumber {
    /// The number as an integer of any width, if it has no fraction and fits.
    func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
        if let value = Value(literal) { return value }
        let exact = decimal
        guard exact.exponent >= 0, exact.digits.count + exact.exponent <= 40 else { return nil }
        if exact.digits.isEmpty { return 0 }
        return Value((exact.isNegative ? "-" : "") + exact.digits + String(repeating: "0", count: exact.exponent))
    }
}

/// A dictionary whose keys are data, and no names of properties.
private protocol StringDictionary {
    init(decoding value: ValueDecoding) throws
}

extension Dictionary: StringDictionary where Key == String, Value: Decodable {
    fileprivate init(decoding value: ValueDecoding) throws {
        guard case .object(let members) = value.json else { throw value.mismatch(Self.self, "an object") }
        self.init(minimumCapacity: members.count)
        for (key, member) in members {
            self[key] = try value.member(member, ValueKey(key)).value(of: Value.self)
        }
    }
}
