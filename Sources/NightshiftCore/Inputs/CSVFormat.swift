import JSON

/// Comma- or tab-separated values by RFC 4180: a header line, quoted fields with line ends inside, `""` for a quote.
///
/// Lines end with LF, CRLF or CR. Blank lines are passed over; a row of one empty value is written `""`.
package struct CSVFormat: RowFormat {
    package private(set) var line = 1
    private let delimiter: UInt8
    private let file: String
    private var columns: RowColumns?

    package init(file: String, delimiter: UInt8 = UInt8(ascii: ",")) {
        self.file = file
        self.delimiter = delimiter
    }

    /// What became of one record.
    private enum Record {
        /// Its end is not in the bytes yet.
        case partial
        case blank(end: Int)
        case values([JSONValue], end: Int, lines: Int, mistake: String?)
    }

    package mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into sink: RowSink
    ) throws -> Int {
        var start = 0
        scan: while start < bytes.count {
            switch try record(in: bytes, from: start, isLast: isLast) {
            case .partial: break scan
            case .blank(let end):
                line += 1
                start = end
            case .values(let values, let end, let lines, let mistake):
                try emit(values, mistake: mistake, into: sink)
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

    private mutating func emit(_ values: [JSONValue], mistake: String?, into sink: RowSink) throws {
        guard let columns else {
            if let mistake { throw Diagnostic(mistake, at: place) }
            self.columns = RowColumns(try header(values))
            return
        }
        if let mistake { return try sink(.failure(Diagnostic(mistake, at: place))) }
        guard values.count == columns.names.count else {
            let named = columns.names.count
            return try sink(
                .failure(
                    Diagnostic(
                        "this row has \(values.count) value\(values.count == 1 ? "" : "s"), but the header names "
                            + "\(named) column\(named == 1 ? "" : "s")",
                        at: place, help: "a value that holds the delimiter or a line end must be in double quotes")))
        }
        try sink(.success(Row(.table(columns, values), origin: .line(file: file, line: line), isText: true)))
    }

    private func header(_ values: [JSONValue]) throws -> [String] {
        var names: [String] = []
        for value in values {
            var name = (value.stringValue ?? "")[...]
            // Spaces around a name are never meant; around a value they may be.
            while name.first == " " || name.first == "\t" { name = name.dropFirst() }
            while name.last == " " || name.last == "\t" { name = name.dropLast() }
            guard !name.isEmpty else {
                throw Diagnostic(
                    "column \(names.count + 1) has no name", at: place, help: "the first line must name every column")
            }
            if let first = names.firstIndex(of: String(name)) {
                throw Diagnostic(
                    "column \(names.count + 1) is named '\(name)' as column \(first + 1) is", at: place,
                    help: "give each column a name of its own")
            }
            names.append(String(name))
        }
        return names
    }

    // MARK: - Scanning

    private func record(
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int, isLast: Bool
    ) throws -> Record {
        var values: [JSONValue] = []
        values.reserveCapacity(columns?.names.count ?? 8)
        var index = start
        var lines = 0
        var mistake: String?
        let count = bytes.count
        while true {
            let fieldStart = index
            if index < count, bytes[index] == UInt8(ascii: "\"") {
                guard let field = quotedField(in: bytes, from: index) else {
                    guard isLast else { return .partial }
                    throw Diagnostic(
                        "a quote that opens in this row is never closed", at: place,
                        help: "close it, or double each quote inside a quoted value")
                }
                index = field.end
                lines += field.lines
                if index < count, !isEnd(bytes[index]) {
                    mistake = mistake ?? "text follows the closing quote of value \(values.count + 1)"
                    while index < count, !isEnd(bytes[index]) { index += 1 }
                }
                append(field.text, to: &values, mistake: &mistake)
            } else {
                while index < count, !isEnd(bytes[index]) { index += 1 }
                append(
                    String(validating: UnsafeBufferPointer(rebasing: bytes[fieldStart..<index]), as: UTF8.self),
                    to: &values, mistake: &mistake)
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

    private func append(_ text: String?, to values: inout [JSONValue], mistake: inout String?) {
        if text == nil { mistake = mistake ?? "value \(values.count + 1) is not valid UTF-8" }
        values.append(.string(text ?? ""))
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
