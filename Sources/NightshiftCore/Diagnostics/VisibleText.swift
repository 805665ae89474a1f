/// Text in messages, with signs for characters that nobody can see.
package enum VisibleText {
    /// The text with `⍽` for no-break spaces, `→` for tabs, and the number of what has no sign.
    package static func of(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { sign(for: $0) != nil }) else { return text }
        return text.unicodeScalars.reduce(into: "") { $0 += sign(for: $1) ?? String($1) }
    }

    /// What is shown instead of a character that cannot be seen, or that looks like a space and is none.
    static func sign(for scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x09: return "→"
        case 0xA0, 0x202F, 0x2007: return "⍽"
        case 0xAD, 0x200B...0x200F, 0x2060, 0xFEFF, 0x202A...0x202E, 0x2000...0x2006, 0x2008...0x200A, 0x3000, 0x85,
            0x2028, 0x2029:
            return "<U+\(hex(scalar.value))>"
        default:
            return scalar.value < 0x20 || scalar.value == 0x7F ? "<U+\(hex(scalar.value))>" : nil
        }
    }

    /// Whether a text holds a character that a message cannot show as it is.
    package static func isNeeded(for text: String) -> Bool {
        text.unicodeScalars.contains { sign(for: $0) != nil }
    }

    /// The number of a character in four digits or more: `00A0`.
    package static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    /// Whether a character is one of the spaces, marks and joiners that people do not see around a name.
    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20, 0x09, 0xA0, 0x202F, 0x2007, 0x200B, 0x2060, 0xFEFF: true
        default: false
        }
    }
}
