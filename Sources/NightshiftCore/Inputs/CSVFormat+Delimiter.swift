/// What separates the values of a table that does not say it.
extension CSVFormat {
    /// Passes over what stands before the table, and sees in its first lines what separates the values.
    /// - Returns: where the header or the first row begins, `nil` if more of the file must be seen.
    mutating func begin(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool) throws -> Int? {
        var start = 0
        var passed = 0
        while passed < dialect.skippedLines {
            guard let end = lineEnd(bytes, from: start), end.next < bytes.count || isLast else {
                guard isLast else { return nil }
                throw Diagnostic(
                    "the file has no more than \(passed + (start < bytes.count ? 1 : 0)) lines, and skip_lines is "
                        + "\(dialect.skippedLines)", at: SourceLocation(file: file), help: "leave fewer lines out")
            }
            start = end.next
            passed += 1
        }
        let rest = UnsafeBufferPointer(rebasing: bytes[start...])
        guard dialect.delimiter == nil else {
            line += passed
            return start
        }
        guard let begin = try settleDelimiter(rest, isLast: isLast, skipped: passed) else { return nil }
        return start + begin
    }

    /// Where a line ends and where the next one begins; `nil` if its end is not there.
    private func lineEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (end: Int, next: Int)? {
        guard let end = bytes[start...].firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) else { return nil }
        let isPair = bytes[end] == 0x0D && end + 1 < bytes.count && bytes[end + 1] == 0x0A
        return (end, end + (isPair ? 2 : 1))
    }

    private mutating func settleDelimiter(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, skipped: Int
    ) throws -> Int? {
        guard let (found, end) = candidates(in: bytes, isLast: isLast) else { return nil }
        let first = UnsafeBufferPointer(rebasing: bytes[..<end])
        if let separator = Self.announced(by: first) {
            let next = lineEnd(bytes, from: end)?.next ?? end
            // A carriage return may be half of a line end.
            if next == bytes.count, end < next, bytes[next - 1] == 0x0D, !isLast { return nil }
            line += skipped + 1
            delimiter = separator
            return next
        }
        if found.count > 1, !isLast, bytes.count < CSVReadings.lookahead { return nil }
        line += skipped
        try refuseJSON(first)
        guard let only = found.first else { return 0 }
        delimiter = found.count == 1 ? only : try choice(among: found, bytes, first, isLast: isLast)
        if delimiter != UInt8(ascii: ",") {
            self.found.append(.delimiter(file: file, CSVDelimiter.name(of: delimiter)))
        }
        return 0
    }

    /// The delimiters that stand in the first line outside of quotes, and where it ends.
    private func candidates(
        in bytes: UnsafeBufferPointer<UInt8>, isLast: Bool
    ) -> (delimiters: [UInt8], end: Int)? {
        var seen: Set<UInt8> = []
        var isQuoted = false
        var end = 0
        while end < bytes.count {
            let byte = bytes[end]
            if byte == dialect.quote { isQuoted.toggle() }
            if !isQuoted {
                if byte == 0x0A || byte == 0x0D { break }
                if CSVDelimiter.all.contains(byte) { seen.insert(byte) }
            }
            end += 1
        }
        guard end < bytes.count || isLast else { return nil }
        return (CSVDelimiter.all.filter(seen.contains), end)
    }

    /// The one of several delimiters with which all of the first rows have the columns of the header.
    private mutating func choice(
        among delimiters: [UInt8], _ bytes: UnsafeBufferPointer<UInt8>, _ first: UnsafeBufferPointer<UInt8>,
        isLast: Bool
    ) throws -> UInt8 {
        let readings = CSVReadings(bytes, quote: dialect.quote, isWhole: isLast).fitting(delimiters)
        if readings.count == 1 { return readings[0].delimiter }
        let cure = delimiters.map { "delimiter: \(CSVDelimiter.written($0))" }
        guard readings.isEmpty else {
            let ways = readings.map { reading in
                "by \(CSVDelimiter.name(of: reading.delimiter)) (\(reading.columns) columns: "
                    + names(in: first, reading.delimiter) + ")"
            }
            throw Diagnostic(
                "the values can be separated " + ways.joined(separator: " or "), at: place,
                help: "say in the manifest which it is: "
                    + readings.map { "delimiter: \(CSVDelimiter.written($0.delimiter))" }.joined(separator: " or "))
        }
        // Rows that fit nothing have problems of their own, which are told one by one.
        if delimiters.contains(UInt8(ascii: ",")) {
            found.append(.delimiter(file: file, CSVDelimiter.name(of: UInt8(ascii: ","))))
            return UInt8(ascii: ",")
        }
        throw Diagnostic(
            "the first line has \(delimiters.map(CSVDelimiter.name).joined(separator: " and ")), and the rows fit none of "
                + "them", at: place,
            help: "say in the manifest what separates the values: " + cure.joined(separator: " or "))
    }

    /// The first line cut by a delimiter, for a message.
    private func names(in line: UnsafeBufferPointer<UInt8>, _ delimiter: UInt8) -> String {
        let parts = line.split(separator: delimiter, omittingEmptySubsequences: false).prefix(4).map { part in
            let text = String(decoding: part, as: UTF8.self)
            return "'\(VisibleText.of(String(text.unicodeScalars.prefix(20))))'"
        }
        return parts.prefix(3).joined(separator: ", ") + (parts.count > 3 ? ", …" : "")
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
