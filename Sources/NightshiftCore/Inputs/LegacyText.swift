/// Text in the character sets of before Unicode, as spreadsheets still write it.
package enum LegacyText {
    /// Windows-1252, of which Latin-1 is a part, from 0x80 to 0x9F; 0 for what it does not define.
    private static let upper: [UInt32] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]

    /// The character that a byte is in Windows-1252; `nil` for the few that are none.
    package static func character(of byte: UInt8) -> Unicode.Scalar? {
        guard (0x80...0x9F).contains(byte) else { return Unicode.Scalar(byte) }
        let value = upper[Int(byte) - 0x80]
        return value == 0 ? nil : Unicode.Scalar(value)
    }

    /// What the first byte that is not UTF-8 probably was, as the end of a sentence.
    package static func guess(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard let offset = UTF8Check.firstInvalidOffset(in: bytes), let character = character(of: bytes[offset]) else {
            return ""
        }
        let byte = VisibleText.hex(UInt32(bytes[offset])).dropFirst(2)
        return ": it holds the byte 0x\(byte), probably '\(character)' of Windows-1252"
    }

    /// Bytes that are not UTF-8, as they probably were meant.
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var view = String.UnicodeScalarView()
        for byte in bytes { view.append(character(of: byte) ?? "\u{FFFD}") }
        return String(view)
    }
}

/// How the bytes of a table are its text.
package enum TextEncoding: String, CaseIterable, Hashable, Sendable {
    case utf8 = "utf-8"
    case windows1252 = "windows-1252"
    case latin1 = "latin-1"
    case utf16 = "utf-16"
}

/// Turns the bytes of a table into UTF-8, piece by piece.
package struct TextTranscoder: Sendable {
    private let encoding: TextEncoding
    private var isBigEndian = false
    private var isAtStart = true
    /// Bytes that are no whole character yet.
    private var rest: [UInt8] = []

    /// - Parameter encoding: anything but UTF-8.
    package init(_ encoding: TextEncoding) {
        self.encoding = encoding
    }

    package mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        switch encoding {
        case .utf8: return Array(bytes)
        case .windows1252, .latin1:
            var result: [UInt8] = []
            result.reserveCapacity(bytes.count + bytes.count / 8)
            for byte in bytes {
                if byte < 0x80 {
                    result.append(byte)
                } else {
                    let scalar =
                        encoding == .latin1 ? Unicode.Scalar(byte) : LegacyText.character(of: byte) ?? "\u{FFFD}"
                    result.append(contentsOf: String(scalar).utf8)
                }
            }
            return result
        case .utf16: return readUTF16(bytes)
        }
    }

    private mutating func readUTF16(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        rest.append(contentsOf: bytes)
        if isAtStart, rest.count >= 2 {
            isAtStart = false
            isBigEndian = rest[0] == 0xFE && rest[1] == 0xFF
            if isBigEndian || (rest[0] == 0xFF && rest[1] == 0xFE) { rest.removeFirst(2) }
        }
        var units: [UInt16] = []
        units.reserveCapacity(rest.count / 2)
        for index in stride(from: 0, to: rest.count - 1, by: 2) {
            let (high, low) = isBigEndian ? (rest[index], rest[index + 1]) : (rest[index + 1], rest[index])
            units.append(UInt16(high) << 8 | UInt16(low))
        }
        // Half of a character waits for its other half.
        if let last = units.last, (0xD800...0xDBFF).contains(last) { units.removeLast() }
        rest.removeFirst(units.count * 2)
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    /// What is left when nothing follows.
    package mutating func finish() -> [UInt8] {
        rest.isEmpty ? [] : Array("\u{FFFD}".utf8)
    }
}
