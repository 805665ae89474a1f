/// How the text of a table is cut into values, as far as the manifest says it.
package struct CSVDialect: Hashable, Sendable {
    /// What separates the values; `nil` for what the first lines show.
    package var delimiter: UInt8?
    /// What a value stands in that holds delimiters or line ends; `nil` where no character means that.
    package var quote: UInt8?
    /// The columns of a table whose first line is a row.
    package var header: [String]?
    /// How many lines stand before the table.
    package var skippedLines: Int

    package init(
        delimiter: UInt8? = nil, quote: UInt8? = UInt8(ascii: "\""), header: [String]? = nil, skippedLines: Int = 0
    ) {
        self.delimiter = delimiter
        self.quote = quote
        self.header = header
        self.skippedLines = skippedLines
    }

    /// What `quote` in the manifest says: one character, or none.
    package static func parseQuote(_ text: String) -> UInt8?? {
        if text == "none" { return .some(nil) }
        guard text.utf8.count == 1, let byte = text.utf8.first, (0x21..<0x7F).contains(byte),
            !CSVDelimiter.all.contains(byte)
        else { return nil }
        return byte
    }
}

/// The characters that separate the values of tables.
package enum CSVDelimiter {
    /// Those that are looked for where the manifest names none.
    static let all: [UInt8] = [0x2C, 0x3B, 0x09, 0x7C]

    /// For messages.
    package static func name(of byte: UInt8) -> String {
        switch byte {
        case 0x09: "a tab"
        case 0x20: "a space"
        default: "'\(Unicode.Scalar(byte))'"
        }
    }

    /// As the manifest writes it.
    package static func parse(_ text: String) -> UInt8? {
        if text == "tab" || text == "\t" { return 0x09 }
        guard text.utf8.count == 1, let byte = text.utf8.first, byte != UInt8(ascii: "\""),
            byte >= 0x20 || byte == 0x09,
            byte < 0x7F
        else { return nil }
        return byte
    }

    /// As one types it into the manifest.
    static func written(_ byte: UInt8) -> String {
        byte == 0x09 ? "tab" : "'\(Unicode.Scalar(byte))'"
    }
}

/// The ways in which the first records of a table can be cut into values.
struct CSVReadings {
    /// A delimiter with which all records have as many values as the first.
    struct Reading: Hashable {
        var delimiter: UInt8
        var columns: Int
    }

    /// How far is looked.
    static let lookahead = 64 << 10
    private static let records = 100

    private let bytes: UnsafeBufferPointer<UInt8>
    private let quote: UInt8?
    private let isWhole: Bool

    /// - Parameter isWhole: nothing follows the bytes; if something does, the last record is not looked at.
    init(_ bytes: UnsafeBufferPointer<UInt8>, quote: UInt8?, isWhole: Bool) {
        self.bytes = bytes
        self.quote = quote
        self.isWhole = isWhole
    }

    /// Those of the delimiters that fit.
    func fitting(_ delimiters: [UInt8]) -> [Reading] {
        delimiters.compactMap { delimiter in
            let counts = self.counts(delimiter)
            guard let first = counts.first, first > 1, counts.allSatisfy({ $0 == first }) else { return nil }
            return Reading(delimiter: delimiter, columns: first)
        }
    }

    /// How many values each of the first records has.
    private func counts(_ delimiter: UInt8) -> [Int] {
        var counts: [Int] = []
        var count = 1
        var isQuoted = false
        // A quote opens a value at its start, and again right behind one that closed, where it stands for itself.
        var canOpen = true
        var isBlank = true
        for byte in bytes {
            if isQuoted {
                if byte == quote { (isQuoted, canOpen) = (false, true) }
                continue
            }
            switch byte {
            case 0x0A, 0x0D:
                if !isBlank { counts.append(count) }
                guard counts.count < Self.records else { return counts }
                (count, canOpen, isBlank) = (1, true, true)
                continue
            case delimiter:
                count += 1
                canOpen = true
            default:
                isQuoted = canOpen && byte == quote
                canOpen = false
            }
            isBlank = false
        }
        if isWhole, !isBlank { counts.append(count) }
        return counts
    }
}
