import LosslessJSON

/// Comma- or tab-separated values by RFC 4180: a header line, quoted fields with line ends inside, `""` for a quote.
///
/// Lines end with LF, CRLF or CR. Blank lines are passed over; a row of one empty value is written `""`.
package struct CSVFormat: RowFormat {
    package private(set) var line = 1
    package private(set) var notices: [InputNotice] = []
    private var delimiter: UInt8
    private let file: String
    private var columns: RowColumns?
    /// The places of the columns that have a name, where some have none or one that is there already.
    private var namedPlaces: [Int]?
    private var columnCount = 0
    /// The delimiter is still to be seen in the first line.
    private var detects: Bool

    /// - Parameter detects: where the first line holds no delimiter, another one that it holds is taken.
    package init(file: String, delimiter: UInt8 = UInt8(ascii: ","), detects: Bool = false) {
        self.file = file
        self.delimiter = delimiter
        self.detects = detects
    }

    /// What became of one record.
    private enum Record {
        /// Its end is not in the bytes yet.
        case partial
        case blank(end: Int)
        case values([JSONValue], end: Int, lines: Int, mistake: Diagnostic?)
    }

    package mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into sink: RowSink
    ) throws -> Int {
        var start = 0
        if detects {
            guard let settled = try settleDelimiter(bytes, isLast: isLast) else { return 0 }
            start = settled
            detects = false
        }
        scan: while start < bytes.count {
            switch try record(in: bytes, from: start, isLast: isLast) {
            case .partial: break scan
            case .blank(let end):
                line += 1
                start = end
            case .values(let values, let end, let lines, let mistake):
                try emit(values, UnsafeBufferPointer(rebasing: bytes[start..<end]), mistake: mistake, into: sink)
                line += lines
                start = end
            }
        }
        if isLast, columns == nil {
            throw Diagnostic("the file is empty", at: place, help: "its first line must name the columns")
        }
        return start
    }

    private var place: SourceLocation { SourceLocation(file: file, line: line) }

    private mutating func emit(
        _ values: [JSONValue], _ bytes: UnsafeBufferPointer<UInt8>, mistake: Diagnostic?, into sink: RowSink
    ) throws {
        guard let columns else {
            if let mistake { throw mistake }
            self.columns = try header(values)
            return
        }
        if let mistake { return try sink(.failure(mistake)) }
        guard values.count == columnCount else { return try sink(.failure(miscount(values.count, bytes))) }
        let named = namedPlaces.map { places in places.map { values[$0] } } ?? values
        try sink(.success(Row(.table(columns, named), origin: .line(file: file, line: line), isText: true)))
    }

    private func miscount(_ count: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Diagnostic {
        let text = String(decoding: bytes, as: UTF8.self)
        let isCurly = text.unicodeScalars.contains { YAMLQuotes.curly.contains($0) }
        let name = CSVDelimiter.name(of: delimiter)
        return Diagnostic(
            "this row has \(count) value\(count == 1 ? "" : "s"), but the header names "
                + "\(columnCount) column\(columnCount == 1 ? "" : "s")",
            at: place,
            help: "a value that holds the delimiter (\(name)) or a line end must be in double quotes"
                + (isCurly ? "; curly quotes are none" : ""))
    }

    private mutating func header(_ values: [JSONValue]) throws -> RowColumns {
        var names: [String] = []
        var places: [Int] = []
        var repeated: [String: [Int]] = [:]
        for (index, value) in values.enumerated() {
            var name = (value.stringValue ?? "").unicodeScalars[...]
            // Spaces around a name are never meant; around a value they may be.
            while let first = name.first, VisibleText.isBlank(first) { name = name.dropFirst() }
            while let last = name.last, VisibleText.isBlank(last) { name = name.dropLast() }
            guard !name.isEmpty else { continue }
            let text = String(name)
            if let first = names.firstIndex(of: text) {
                repeated[text, default: [places[first] + 1]].append(index + 1)
            } else {
                names.append(text)
                places.append(index)
            }
        }
        guard !names.isEmpty else {
            throw Diagnostic("no column has a name", at: place, help: "the first line must name the columns")
        }
        columnCount = values.count
        // A name that stands for two columns stands for none; it matters only to those who use it.
        let kept = names.indices.filter { repeated[names[$0]] == nil }
        if kept.count < values.count { namedPlaces = kept.map { places[$0] } }
        return RowColumns(kept.map { names[$0] }, repeated: repeated)
    }

    // MARK: - Scanning

    private func record(
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int, isLast: Bool
    ) throws -> Record {
        var values: [JSONValue] = []
        values.reserveCapacity(columns?.names.count ?? 8)
        var index = start
        var lines = 0
        var mistake: Diagnostic?
        let count = bytes.count
        while true {
            let fieldStart = index
            if index < count, bytes[index] == UInt8(ascii: "\"") {
                guard let field = quotedField(in: bytes, from: index) else {
                    guard isLast else { return .partial }
                    throw unclosedQuote(bytes, at: index, line: line + lines)
                }
                index = field.end
                lines += field.lines
                if index < count, !isEnd(bytes[index]) {
                    mistake =
                        mistake
                        ?? Diagnostic(
                            "text follows the closing quote of \(label(values.count))", at: place,
                            help: "a quote inside a quoted value is written twice: \"\"")
                    while index < count, !isEnd(bytes[index]) { index += 1 }
                }
                if field.text == nil { mistake = mistake ?? illegible(bytes, fieldStart..<index, values.count) }
                values.append(.string(field.text ?? ""))
            } else {
                while index < count, !isEnd(bytes[index]) { index += 1 }
                let text = String(validating: UnsafeBufferPointer(rebasing: bytes[fieldStart..<index]), as: UTF8.self)
                if text == nil { mistake = mistake ?? illegible(bytes, fieldStart..<index, values.count) }
                values.append(.string(text ?? ""))
            }
            guard index < count else {
                return isLast ? .values(values, end: index, lines: lines + 1, mistake: mistake) : .partial
            }
            if bytes[index] == delimiter {
                index += 1
                continue
            }
            // A carriage return may be half of a line end.
            if bytes[index] == 0x0D {
                if index + 1 == count, !isLast { return .partial }
                if index + 1 < count, bytes[index + 1] == 0x0A { index += 1 }
            }
            index += 1
            if values.count == 1, fieldStart == start, bytes[start] == 0x0A || bytes[start] == 0x0D {
                return .blank(end: index)
            }
            return .values(values, end: index, lines: lines + 1, mistake: mistake)
        }
    }

    /// The value of a row as messages name it.
    private func label(_ index: Int) -> String {
        let place = namedPlaces?.firstIndex(of: index) ?? (namedPlaces == nil ? index : nil)
        guard let columns, let place, columns.names.indices.contains(place) else { return "value \(index + 1)" }
        return "value \(index + 1) ('\(VisibleText.of(columns.names[place]))')"
    }

    private func unclosedQuote(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int, line: Int) -> Diagnostic {
        var diagnostic = Diagnostic(
            "the quote that opens here is never closed", at: SourceLocation(file: file, line: line),
            help: "close it, or double each quote inside a quoted value")
        show(bytes, offset, in: &diagnostic)
        return diagnostic
    }

    /// Says which character a byte that is not UTF-8 probably was.
    private func illegible(_ bytes: UnsafeBufferPointer<UInt8>, _ field: Range<Int>, _ index: Int) -> Diagnostic {
        let offset =
            field.lowerBound
            + (UTF8Check.firstInvalidOffset(in: UnsafeBufferPointer(rebasing: bytes[field])) ?? 0)
        let byte = VisibleText.hex(UInt32(bytes[offset])).dropFirst(2)
        let character = LegacyText.character(of: bytes[offset]).map { ", probably '\($0)' of Windows-1252" } ?? ""
        var diagnostic = Diagnostic(
            "\(label(index)) is not valid UTF-8: it holds the byte 0x\(byte)\(character)", at: place,
            help: "save the table as CSV UTF-8, or write beside it in the manifest: encoding: windows-1252")
        show(bytes, offset, in: &diagnostic)
        return diagnostic
    }

    private func show(_ bytes: UnsafeBufferPointer<UInt8>, _ offset: Int, in diagnostic: inout Diagnostic) {
        var start = offset
        while start > 0, bytes[start - 1] != 0x0A, bytes[start - 1] != 0x0D { start -= 1 }
        var end = offset
        while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
        let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
        let isText = UTF8Check.firstInvalidOffset(in: line) == nil
        let text = isText ? String(decoding: line, as: UTF8.self) : LegacyText.text(line)
        let before = UnsafeBufferPointer(rebasing: bytes[start..<offset])
        let column = isText ? String(decoding: before, as: UTF8.self).unicodeScalars.count + 1 : before.count + 1
        diagnostic.location?.column = column
        diagnostic.excerpt = SourceExcerpt(text.unicodeScalars, column: column)
    }

    @inline(__always)
    private func isEnd(_ byte: UInt8) -> Bool {
        byte == delimiter || byte == 0x0A || byte == 0x0D
    }

    /// A quoted field and where it ends, `nil` if its end is not there. A text of `nil` is not UTF-8.
    private func quotedField(
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> (text: String?, end: Int, lines: Int)? {
        var index = start + 1
        var lines = 0
        var pieceStart = index
        var pieces: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\"") {
                    pieces.append(contentsOf: bytes[pieceStart...index])
                    index += 2
                    pieceStart = index
                    continue
                }
                let last = UnsafeBufferPointer(rebasing: bytes[pieceStart..<index])
                if pieces.isEmpty { return (String(validating: last, as: UTF8.self), index + 1, lines) }
                pieces.append(contentsOf: last)
                return (String(validating: pieces, as: UTF8.self), index + 1, lines)
            }
            let isLoneReturn = byte == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A)
            if byte == 0x0A || isLoneReturn { lines += 1 }
            index += 1
        }
        return nil
    }
}

// MARK: - Delimiters

/// The characters that separate the values of tables.
package enum CSVDelimiter {
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
}

extension CSVFormat {
    /// Sees in the first line what separates the values.
    /// - Returns: where the header begins, `nil` if the line's end is not in the bytes yet.
    private mutating func settleDelimiter(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool) throws -> Int? {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        var end = 0
        while end < bytes.count {
            let byte = bytes[end]
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if !isQuoted {
                if byte == 0x0A || byte == 0x0D { break }
                if CSVDelimiter.all.contains(byte) { counts[byte, default: 0] += 1 }
            }
            end += 1
        }
        guard end < bytes.count || isLast else { return nil }
        let first = UnsafeBufferPointer(rebasing: bytes[..<end])
        if let separator = Self.announced(by: first) {
            if end + 1 == bytes.count, bytes[end] == 0x0D, !isLast { return nil }
            if end + 1 < bytes.count, bytes[end] == 0x0D, bytes[end + 1] == 0x0A { end += 1 }
            line += 1
            delimiter = separator
            return min(bytes.count, end + 1)
        }
        try refuseJSON(first)
        guard counts[delimiter] == nil else { return 0 }
        let others = CSVDelimiter.all.filter { counts[$0] != nil }
        guard others.count < 2 else {
            throw Diagnostic(
                "the first line has no \(CSVDelimiter.name(of: delimiter)), but "
                    + others.map(CSVDelimiter.name).joined(separator: " and "), at: place,
                help: "say in the manifest what separates the values, such as: delimiter: ';'")
        }
        if let other = others.first {
            delimiter = other
            notices.append(.delimiter(file: file, CSVDelimiter.name(of: other)))
        }
        return 0
    }

    /// Excel's first line that names the delimiter: `sep=;`.
    private static func announced(by line: UnsafeBufferPointer<UInt8>) -> UInt8? {
        var text = Array(line)[...]
        if text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\""), text.count > 1 {
            text = text.dropFirst().dropLast()
        }
        guard text.count == 5, String(decoding: text.prefix(4), as: UTF8.self).lowercased() == "sep=" else {
            return nil
        }
        return text.last
    }

    private func refuseJSON(_ line: UnsafeBufferPointer<UInt8>) throws {
        let text = line.drop { $0 == 0x20 }
        guard text.starts(with: #"{""#.utf8) || text.starts(with: "[{".utf8) else { return }
        let isList = text.first == UInt8(ascii: "[")
        throw Diagnostic(
            "the first line is JSON, not the names of columns", at: place,
            help: isList ? "read the file with 'json'" : "read the file with 'jsonl'")
    }
}
