/// Why a text is not JSON, with the place.
public struct JSONParsingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong, such as "expected ',' or '}'".
    public let message: String
    /// The offset in bytes, from 0.
    public let offset: Int
    /// The line, from 1.
    public let line: Int
    /// The column in bytes, from 1.
    public let column: Int

    public var description: String { "\(line):\(column): \(message)" }
}

extension JSONValue {
    /// How deep arrays and objects may nest; beyond it parsing fails instead of exhausting the stack.
    public static let maximumDepth = 512

    /// Parses JSON text in UTF-8.
    ///
    /// A repeated key keeps its last value, because the API has been seen to repeat keys. A byte order mark at the
    /// start is passed over, and bytes that are not UTF-8 inside a string become U+FFFD.
    ///
    /// - Throws: ``JSONParsingError`` with the place of the first mistake.
    public init(parsing bytes: some Sequence<UInt8>) throws(JSONParsingError) {
        let result = bytes.withContiguousStorageIfAvailable { JSONValue.parse($0) }
        self = try (result ?? Array(bytes).withUnsafeBufferPointer { JSONValue.parse($0) }).get()
    }

    /// Parses JSON text.
    ///
    /// - Throws: ``JSONParsingError`` with the place of the first mistake.
    public init(parsing text: String) throws(JSONParsingError) {
        var text = text
        self = try text.withUTF8 { JSONValue.parse($0) }.get()
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSONValue, JSONParsingError> {
        var parser = JSONParser(bytes: bytes)
        do throws(JSONParsingError) {
            return .success(try parser.parseDocument())
        } catch {
            return .failure(error)
        }
    }
}

/// A recursive-descent parser over bytes that outlive it.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    private var depth = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func parseDocument() throws(JSONParsingError) -> JSONValue {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { index = 3 }
        let value = try parseValue()
        skipSpace()
        guard index == bytes.count else { throw failure("unexpected text after the value") }
        return value
    }

    private func failure(_ message: String, at offset: Int? = nil) -> JSONParsingError {
        let offset = offset ?? index
        var line = 1
        var lineStart = 0
        for position in 0..<min(offset, bytes.count) where bytes[position] == 0x0A {
            line += 1
            lineStart = position + 1
        }
        return JSONParsingError(message: message, offset: offset, line: line, column: offset - lineStart + 1)
    }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    private mutating func parseValue() throws(JSONParsingError) -> JSONValue {
        skipSpace()
        guard index < bytes.count else { throw failure("the text ends where a value should be") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return try parseObject()
        case UInt8(ascii: "["): return try parseArray()
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parse(word: "true", as: .bool(true))
        case UInt8(ascii: "f"): return try parse(word: "false", as: .bool(false))
        case UInt8(ascii: "n"): return try parse(word: "null", as: .null)
        default: return try parseNumber()
        }
    }

    private mutating func parse(word: StaticString, as value: JSONValue) throws(JSONParsingError) -> JSONValue {
        let count = word.utf8CodeUnitCount
        guard index + count <= bytes.count,
            UnsafeBufferPointer(start: word.utf8Start, count: count).elementsEqual(bytes[index..<index + count])
        else { throw failure("expected a value") }
        index += count
        return value
    }

    private mutating func parseNumber() throws(JSONParsingError) -> JSONValue {
        guard let length = JSONNumber.length(of: bytes, from: index) else { throw failure("expected a value") }
        let literal = String(decoding: bytes[index..<index + length], as: UTF8.self)
        index += length
        return .number(JSONNumber(checkedLiteral: literal))
    }

    private mutating func enter() throws(JSONParsingError) {
        depth += 1
        guard depth <= JSONValue.maximumDepth else {
            throw failure("nested deeper than \(JSONValue.maximumDepth) levels")
        }
        index += 1
        skipSpace()
    }

    private mutating func parseArray() throws(JSONParsingError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        if index < bytes.count, bytes[index] == UInt8(ascii: "]") {
            index += 1
            return .array(elements)
        }
        while true {
            elements.append(try parseValue())
            skipSpace()
            guard index < bytes.count else { throw failure("the text ends inside an array") }
            switch bytes[index] {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "]"):
                index += 1
                return .array(elements)
            default: throw failure("expected ',' or ']'")
            }
        }
    }

    private mutating func parseObject() throws(JSONParsingError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var members: [String: JSONValue] = [:]
        if index < bytes.count, bytes[index] == UInt8(ascii: "}") {
            index += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
                throw failure(index < bytes.count ? "expected a key in quotes" : "the text ends inside an object")
            }
            let key = try parseString()
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else { throw failure("expected ':'") }
            index += 1
            members[key] = try parseValue()
            skipSpace()
            guard index < bytes.count else { throw failure("the text ends inside an object") }
            switch bytes[index] {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "}"):
                index += 1
                return .object(members)
            default: throw failure("expected ',' or '}'")
            }
        }
    }

    private mutating func parseString() throws(JSONParsingError) -> String {
        let opening = index
        index += 1
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                let text = String(decoding: bytes[start..<index], as: UTF8.self)
                index += 1
                return text
            case UInt8(ascii: "\\"): return try parseEscapedString(from: start, opening: opening)
            case 0..<0x20: throw failure("a control character inside a string must be escaped")
            default: index += 1
            }
        }
        throw failure("the string that starts here never ends", at: opening)
    }

    /// Goes on with a string whose first escape is at `index`.
    private mutating func parseEscapedString(from start: Int, opening: Int) throws(JSONParsingError) -> String {
        // A text of megabytes that grew step by step would take several times its size.
        var text: [UInt8] = []
        text.reserveCapacity(closingQuote() - start)
        text.append(contentsOf: bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                index += 1
                guard index < bytes.count else { break }
                let escape = bytes[index]
                index += 1
                switch escape {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
                case UInt8(ascii: "b"): text.append(0x08)
                case UInt8(ascii: "f"): text.append(0x0C)
                case UInt8(ascii: "n"): text.append(0x0A)
                case UInt8(ascii: "r"): text.append(0x0D)
                case UInt8(ascii: "t"): text.append(0x09)
                case UInt8(ascii: "u"): text.append(contentsOf: String(try parseUnicodeEscape()).utf8)
                default: throw failure("unknown escape in a string", at: index - 2)
                }
            case 0..<0x20: throw failure("a control character inside a string must be escaped")
            default:
                text.append(byte)
                index += 1
            }
        }
        throw failure("the string that starts here never ends", at: opening)
    }

    /// Where the string that is being read ends, or the text, if it never does.
    private func closingQuote() -> Int {
        var end = index
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(end, bytes.count)
    }

    private mutating func parseUnicodeEscape() throws(JSONParsingError) -> Character {
        let first = try parseFourHexDigits()
        if let scalar = Unicode.Scalar(first) { return Character(scalar) }
        // A high surrogate takes its partner from the next escape; a lone one has no character.
        if first < 0xDC00, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        {
            let mark = index
            index += 2
            let second = try parseFourHexDigits()
            if (0xDC00...0xDFFF).contains(second),
                let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
            {
                return Character(scalar)
            }
            index = mark
        }
        return "\u{FFFD}"
    }

    private mutating func parseFourHexDigits() throws(JSONParsingError) -> UInt32 {
        guard index + 4 <= bytes.count else { throw failure("the text ends inside an escape") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[index]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: throw failure("expected four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
