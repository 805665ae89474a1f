/// A JSON number as it was written, compared by its exact decimal value.
public struct JSONNumber: Sendable {
    /// The number as JSON text, such as `12`, `-0.50` or `1e400`.
    public let literal: String

    /// A whole number.
    public init(_ value: Int) {
        literal = String(value)
    }

    /// A number from a floating-point value, or `nil` for infinities and NaN, which JSON cannot write.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        // Swift prints 3.0 for 3; the shorter form is the one people and schemas expect for an integer.
        if value == value.rounded(), abs(value) < 1e15 {
            literal = String(Int(value))
        } else {
            literal = "\(value)"
        }
    }

    /// A number from text, or `nil` if the text is not a number by JSON's grammar.
    public init?(literal: String) {
        var text = literal
        let valid = text.withUTF8 { JSONNumber.length(of: $0, from: 0) == $0.count && !$0.isEmpty }
        guard valid else { return nil }
        self.literal = literal
    }

    /// For the parser, which has checked the grammar already.
    init(checkedLiteral: String) {
        literal = checkedLiteral
    }

    /// Whether the value has no fraction; `1.0` and `1e3` are integers by value.
    public var isInteger: Bool {
        Int(literal) != nil || decimal.exponent >= 0
    }

    /// The value as an integer, if it has no fraction and fits 64 bits.
    public var intValue: Int? {
        if let value = Int(literal) { return value }
        let value = decimal
        if value.digits.isEmpty { return 0 }
        guard value.exponent >= 0, value.exponent < 20 else { return nil }
        let digits = value.digits + String(repeating: "0", count: value.exponent)
        return Int((value.isNegative ? "-" : "") + digits)
    }

    /// The nearest binary floating-point value; out of range gives an infinity.
    public var doubleValue: Double {
        Double(literal) ?? (decimal.isNegative ? -Double.infinity : .infinity)
    }

    /// The length of the number that starts at `start`, or `nil` if there is none by JSON's grammar.
    static func length(of bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var index = start
        func isDigit(_ index: Int) -> Bool { index < bytes.count && bytes[index] >= 0x30 && bytes[index] <= 0x39 }
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
        guard isDigit(index) else { return nil }
        if bytes[index] == UInt8(ascii: "0") {
            index += 1
        } else {
            while isDigit(index) { index += 1 }
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            guard isDigit(index + 1) else { return nil }
            index += 1
            while isDigit(index) { index += 1 }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            var exponent = index + 1
            if exponent < bytes.count, bytes[exponent] == UInt8(ascii: "+") || bytes[exponent] == UInt8(ascii: "-") {
                exponent += 1
            }
            guard isDigit(exponent) else { return nil }
            index = exponent
            while isDigit(index) { index += 1 }
        }
        return index - start
    }
}

/// The exact value of a number: `digits` × 10^`exponent` without leading or trailing zeros; zero has no digits.
struct ExactDecimal: Hashable {
    var isNegative: Bool
    var digits: String
    var exponent: Int
}

extension JSONNumber {
    var decimal: ExactDecimal {
        var digits: [UInt8] = []
        var exponent = 0
        var isNegative = false
        var isFraction = false
        var rest = literal.utf8.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                var text = ""
                while let next = rest.next() { text.unicodeScalars.append(Unicode.Scalar(next)) }
                let written = Int(text) ?? (text.hasPrefix("-") ? .min : .max)
                exponent += Self.clamped(written)
            default:
                digits.append(byte)
                if isFraction { exponent -= 1 }
            }
        }
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        guard !significant.isEmpty else { return ExactDecimal(isNegative: false, digits: "", exponent: 0) }
        return ExactDecimal(
            isNegative: isNegative, digits: String(decoding: significant, as: UTF8.self),
            exponent: Self.clamped(exponent)
        )
    }

    /// An exponent of thousands of millions is not a number anybody computes with; it is bounded, at reading and again
    /// after the digits were counted in, so that the canonical form stays as it is when it is read back.
    private static func clamped(_ exponent: Int) -> Int {
        max(-1_000_000_000, min(1_000_000_000, exponent))
    }

    /// One spelling for each value, so that equal numbers have equal digests.
    var canonicalLiteral: String {
        // By value, not by spelling: 1e18 and 1000000000000000000 must come out the same.
        if let value = intValue { return String(value) }
        let value = decimal
        return "\(value.isNegative ? "-" : "")\(value.digits)e\(value.exponent)"
    }
}

extension JSONNumber: Hashable {
    public static func == (left: JSONNumber, right: JSONNumber) -> Bool {
        left.literal == right.literal || left.decimal == right.decimal
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(decimal)
    }
}

extension JSONNumber: CustomStringConvertible {
    public var description: String { literal }
}
