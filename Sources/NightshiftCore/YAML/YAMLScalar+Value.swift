package import LosslessJSON

extension YAMLScalar {
    /// What a scalar means by the core schema of YAML 1.2.
    package enum Value: Hashable, Sendable {
        case null
        case bool(Bool)
        case number(JSONNumber)
        case text(String)
        /// Looks like a number but is none that JSON can write, or one that would lose what was written.
        case unusable(reason: String)
    }

    package var value: Value {
        guard isPlain else { return .text(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, YAMLScalar.startsNumber(first) else { return .text(text) }
        return number ?? .text(text)
    }

    private static func startsNumber(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: ".")
    }

    private var number: Value? {
        if let number = JSONNumber(literal: text) { return .number(number) }
        switch text.lowercased() {
        case ".inf", "+.inf", "-.inf", ".nan": return .unusable(reason: "JSON has no infinity and no NaN")
        default: break
        }
        if text.hasPrefix("0x") || text.hasPrefix("0o") {
            let radix = text.hasPrefix("0x") ? 16 : 8
            let digits = text.dropFirst(2)
            // Radix parsing would take a sign after the prefix.
            guard digits.first != "-", digits.first != "+" else { return nil }
            return Int(digits, radix: radix).map { .number(JSONNumber($0)) }
        }
        var sign = ""
        var rest = text[...]
        if rest.first == "-" || rest.first == "+" {
            sign = rest.first == "-" ? "-" : ""
            rest = rest.dropFirst()
        }
        guard rest.utf8.contains(where: { (0x30...0x39).contains($0) }) else { return nil }
        // The forms that YAML knows and JSON does not: +1, .5, 5. and 5.e3.
        if rest.first == "." { rest = "0" + rest }
        var candidate = String(rest)
        if let dot = candidate.firstIndex(of: "."), case let after = candidate.index(after: dot),
            after == candidate.endIndex || candidate[after] == "e" || candidate[after] == "E"
        {
            candidate.insert("0", at: after)
        }
        if let number = JSONNumber(literal: sign + candidate) { return .number(number) }
        let significant = candidate.drop { $0 == "0" }
        if significant.utf8.count < candidate.utf8.count,
            JSONNumber(literal: significant.first?.isNumber == true ? String(significant) : "0" + significant) != nil
        {
            return .unusable(reason: "a number cannot keep its leading zeros")
        }
        return nil
    }
}
