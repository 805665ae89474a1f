import LosslessJSON

/// A row for each line that is not blank.
package struct LineFormat: RowFormat {
    private enum Content {
        case text
        case object
    }

    package private(set) var line = 1
    private let content: Content
    private let file: String
    private var isFirst = true

    /// The line itself, in the column `line`.
    package static func texts(file: String) -> LineFormat { LineFormat(content: .text, file: file) }

    /// A JSON object a line.
    package static func objects(file: String) -> LineFormat { LineFormat(content: .object, file: file) }

    private init(content: Content, file: String) {
        self.content = content
        self.file = file
    }

    package mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into sink: RowSink
    ) throws -> Int {
        let wasFirst = isFirst
        var isFirst = wasFirst
        defer { self.isFirst = isFirst }
        return try LineScanner.scan(bytes, isLast: isLast, line: &line) { [content, file] bytes, line in
            switch content {
            case .text: try sink(TextRow.row(bytes, file: file, line: line))
            case .object:
                if isFirst { try Self.refuseOtherFormats(bytes, file: file, line: line) }
                let row = JSONRow.row(bytes, file: file, line: line)
                try sink(isFirst ? row.mapError { Self.naming(bytes, $0) } : row)
                isFirst = false
            }
        }
    }

    /// A file of another format would be a mistake in every line.
    private static func refuseOtherFormats(_ bytes: UnsafeBufferPointer<UInt8>, file: String, line: Int) throws {
        let text = bytes.drop { $0 == 0x20 || $0 == 0x09 }
        let place = SourceLocation(file: file, line: line)
        if text.first == UInt8(ascii: "[") {
            throw Diagnostic(
                "this is one JSON list, not an object a line", at: place, help: "read it with 'json' instead of 'jsonl'"
            )
        }
        // One object over several lines.
        if text.first == UInt8(ascii: "{"), text.dropFirst().allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) {
            throw Diagnostic(
                "this is one JSON object over several lines, not an object a line", at: place,
                help: "write each object in one line, or make it a list and read it with 'json'")
        }
    }

    /// What the first line is, if it is a text of another format.
    private static func naming(_ bytes: UnsafeBufferPointer<UInt8>, _ mistake: Diagnostic) -> Diagnostic {
        let text = bytes.drop { $0 == 0x20 || $0 == 0x09 }
        guard let byte = text.first, Unicode.Scalar(byte).properties.isAlphabetic || byte >= 0x80,
            mistake.message.hasPrefix("not valid JSON"), mistake.help == nil
        else { return mistake }
        let isTable = text.contains { CSVDelimiter.all.contains($0) }
        return Diagnostic(
            "the first line is no JSON object", at: mistake.location,
            help: isTable
                ? "a table whose first line names its columns is read with 'csv'"
                : "texts that are a line each are read with 'lines'")
    }
}

/// Reads one line of text as a row.
private enum TextRow {
    static func row(_ bytes: UnsafeBufferPointer<UInt8>, file: String, line: Int) -> Result<Row, Diagnostic> {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .failure(
                Diagnostic(
                    "the line is not valid UTF-8\(LegacyText.guess(bytes))", at: SourceLocation(file: file, line: line),
                    help: "save the file as UTF-8, or write beside it in the manifest: encoding: windows-1252"))
        }
        return .success(Row(.table(.line, [.string(text)]), origin: .line(file: file, line: line), isText: true))
    }
}

/// Reads one JSON object as a row.
enum JSONRow {
    static func row(_ bytes: UnsafeBufferPointer<UInt8>, file: String, line: Int) -> Result<Row, Diagnostic> {
        let place = SourceLocation(file: file, line: line)
        guard UTF8Check.firstInvalidOffset(in: bytes) == nil else {
            return .failure(
                Diagnostic(
                    "the row is not valid UTF-8\(LegacyText.guess(bytes))", at: place,
                    help: "save the file as UTF-8, or write beside it in the manifest: encoding: windows-1252"))
        }
        if let offset = JSONSurrogates.firstLone(in: bytes) {
            var diagnostic = Diagnostic(
                "the escape \(String(decoding: bytes[offset..<min(offset + 6, bytes.count)], as: UTF8.self)) is half of a "
                    + "character", at: place,
                help: "write both halves, such as \\ud83d\\ude00, or the character itself")
            let before = bytes[..<offset]
            let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            diagnostic.location?.line = line + before.count { $0 == 0x0A }
            diagnostic.location?.column =
                String(decoding: bytes[start..<offset], as: UTF8.self).unicodeScalars.count + 1
            return .failure(diagnostic)
        }
        do throws(JSONParsingError) {
            let value = try JSONValue(parsing: bytes)
            guard case .object(let members) = value else {
                return .failure(Diagnostic("expected an object, found \(value.shortDescription)", at: place))
            }
            return .success(Row(.object(members), origin: .line(file: file, line: line)))
        } catch {
            let place = SourceLocation(file: file, line: line + error.line - 1, column: error.column)
            let isNoNumber = JSONNonNumbers.replaced(in: bytes) != nil
            return .failure(
                Diagnostic(
                    "not valid JSON: \(error.message)", at: place,
                    help: isNoNumber ? "NaN and infinities are no numbers of JSON; write null" : nil))
        }
    }
}

/// Cuts bytes at line ends.
enum LineScanner {
    /// Hands each line that is not blank to `body`, without its end.
    static func scan(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, line: inout Int,
        body: (UnsafeBufferPointer<UInt8>, Int) throws -> Void
    ) throws -> Int {
        var start = 0
        while start < bytes.count {
            var end = start
            var isBlank = true
            while end < bytes.count, bytes[end] != 0x0A {
                if bytes[end] > 0x20 { isBlank = false }
                end += 1
            }
            guard end < bytes.count || isLast else { break }
            if !isBlank {
                let contentEnd = bytes[end - 1] == 0x0D ? end - 1 : end
                try body(UnsafeBufferPointer(rebasing: bytes[start..<contentEnd]), line)
            }
            line += 1
            start = min(end + 1, bytes.count)
        }
        return start
    }
}
