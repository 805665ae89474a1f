import LosslessJSON

/// Comma- or tab-separated values by RFC 4180: a header line, quoted fields with line ends inside, `""` for a quote.
///
/// Lines end with LF, CRLF or CR. Blank lines are passed over; a row of one empty value is written `""`.
package struct CSVFormat: RowFormat {
    package internal(set) var line = 1
    let dialect: CSVDialect
    let file: String
    var delimiter: UInt8
    var found: [InputNotice] = []
    private let quote: UInt8?
    private var columns: RowColumns?
    /// The places of the columns that have a name, where some have none or one that is there already.
    private var namedPlaces: [Int]?
    private var columnCount = 0
    private var rows = 0
    /// Whether what stands before the header was read, and the delimiter is known.
    private var isBegun = false
    /// Rows with empty values behind the last column, and the line of the first.
    private var trailing: (rows: Int, line: Int)?

    package init(file: String, dialect: CSVDialect) {
        self.file = file
        self.dialect = dialect
        delimiter = dialect.delimiter ?? UInt8(ascii: ",")
        quote = dialect.quote
    }

    /// - Parameter detects: where the first lines show another delimiter, that is taken.
    package init(file: String, delimiter: UInt8 = UInt8(ascii: ","), detects: Bool = false) {
        self.init(file: file, dialect: CSVDialect(delimiter: detects ? nil : delimiter))
    }

    package var notices: [InputNotice] {
        found + (trailing.map { [.trailingEmpty(file: file, rows: $0.rows, line: $0.line)] } ?? [])
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
        if !isBegun {
            guard let begin = try begin(bytes, isLast: isLast) else { return 0 }
            start = begin
            isBegun = true
            if let names = dialect.header {
                columns = RowColumns(names)
                columnCount = names.count
            }
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

    var place: SourceLocation { SourceLocation(file: file, line: line) }

    private mutating func emit(
        _ values: [JSONValue], _ bytes: UnsafeBufferPointer<UInt8>, mistake: Diagnostic?, into sink: RowSink
    ) throws {
        guard let columns else {
            if let mistake { throw mistake }
            self.columns = try header(values)
            return
        }
        defer { rows += 1 }
        if let mistake { return try sink(.failure(mistake)) }
        if rows == 0, let names = dialect.header { try check(values, against: names) }
        var values = values
        guard values.count == columnCount || fit(&values) else {
            return try sink(.failure(miscount(values.count, bytes)))
        }
        let named = namedPlaces.map { places in places.map { values[$0] } } ?? values
        try sink(.success(Row(.table(columns, named), origin: .line(file: file, line: line), isText: true)))
    }

    /// Leaves out empty values behind the last column, and adds those that only columns without a name lack.
    private mutating func fit(_ values: inout [JSONValue]) -> Bool {
        if values.count > columnCount {
            guard values[columnCount...].allSatisfy({ $0 == "" }) else { return false }
            values.removeSubrange(columnCount...)
            trailing = (rows: (trailing?.rows ?? 0) + 1, line: trailing?.line ?? line)
            return true
        }
        guard let namedPlaces, !namedPlaces.contains(where: { $0 >= values.count }) else { return false }
        values += Array(repeating: "", count: columnCount - values.count)
        return true
    }

    /// A `header` that does not fit the first row fits none.
    private func check(_ values: [JSONValue], against names: [String]) throws {
        if values.compactMap(\.stringValue) == names {
            throw Diagnostic(
                "the first row holds the names of 'header' themselves", at: place,
                help: "leave 'header' out, or the line with: skip_lines: \(line)")
        }
        let isLong = values.dropFirst(names.count).contains { $0 != "" }
        guard isLong || values.count < names.count else { return }
        throw Diagnostic(
            "the first row has \(values.count) value\(values.count == 1 ? "" : "s"), but 'header' names "
                + "\(names.count) column\(names.count == 1 ? "" : "s")", at: place,
            help: "name all columns in their order, or say what separates the values: it was taken to be "
                + CSVDelimiter.name(of: delimiter))
    }

    private func miscount(_ count: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Diagnostic {
        let text = String(decoding: bytes, as: UTF8.self)
        let isCurly = text.unicodeScalars.contains { YAMLQuotes.curly.contains($0) }
        let name = CSVDelimiter.name(of: delimiter)
        var help =
            quote.map { quote in
                "a value that holds the delimiter (\(name)) or a line end must be in "
                    + (quote == UInt8(ascii: "\"") ? "double quotes" : "quotes: \(Unicode.Scalar(quote))")
            } ?? "with 'quote: none' no value can hold the delimiter (\(name)) or a line end"
        if isCurly { help += "; curly quotes are none" }
        if columnCount == 1 { help += "; texts that are a line each are read with 'lines'" }
        if rows == 0, count == columnCount + 1, columnCount > 1, !isCurly {
            help +=
                "; if all rows have one more, the first column has no name: name all of them with 'header', and "
                + "write skip_lines: \(dialect.skippedLines + 1)"
        }
        return Diagnostic(
            "this row has \(count) value\(count == 1 ? "" : "s"), but the header names "
                + "\(columnCount) column\(columnCount == 1 ? "" : "s")",
            at: place, help: help)
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
        if places.first != 0, values.count > 1 { found.append(.unnamedColumn(file: file)) }
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
            if index < count, let quote, bytes[index] == quote {
                guard let field = quotedField(in: bytes, from: index, quote) else {
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
                            help: "a quote inside a quoted value is written twice: "
                                + String(repeating: String(Unicode.Scalar(quote)), count: 2)
                                + "; where quotes stand for themselves, write in the manifest: quote: none")
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
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ quote: UInt8
    ) -> (text: String?, end: Int, lines: Int)? {
        var index = start + 1
        var lines = 0
        var pieceStart = index
        var pieces: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte == quote {
                if index + 1 < bytes.count, bytes[index + 1] == quote {
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
