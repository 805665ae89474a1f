import JSON

/// A row for each line that is not blank.
package struct LineFormat: RowFormat {
    private enum Content {
        case text
        case object
    }

    package private(set) var line = 1
    private let content: Content
    private let file: String

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
        try LineScanner.scan(bytes, isLast: isLast, line: &line) { [content, file] bytes, line in
            switch content {
            case .text: try sink(TextRow.row(bytes, file: file, line: line))
            case .object: try sink(JSONRow.row(bytes, file: file, line: line))
            }
        }
    }
}

/// Reads one line of text as a row.
private enum TextRow {
    static func row(_ bytes: UnsafeBufferPointer<UInt8>, file: String, line: Int) -> Result<Row, Diagnostic> {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .failure(Diagnostic("the line is not valid UTF-8", at: SourceLocation(file: file, line: line)))
        }
        return .success(Row(.table(.line, [.string(text)]), origin: .line(file: file, line: line), isText: true))
    }
}

/// Reads one JSON object as a row.
enum JSONRow {
    static func row(_ bytes: UnsafeBufferPointer<UInt8>, file: String, line: Int) -> Result<Row, Diagnostic> {
        let place = SourceLocation(file: file, line: line)
        guard UTF8Check.firstInvalidOffset(in: bytes) == nil else {
            return .failure(Diagnostic("the row is not valid UTF-8", at: place))
        }
        do throws(JSONParsingError) {
            let value = try JSONValue(parsing: bytes)
            guard case .object(let members) = value else {
                return .failure(Diagnostic("expected an object, found \(value.shortDescription)", at: place))
            }
            return .success(Row(.object(members), origin: .line(file: file, line: line)))
        } catch {
            let place = SourceLocation(file: file, line: line + error.line - 1, column: error.column)
            return .failure(Diagnostic("not valid JSON: \(error.message)", at: place))
        }
    }
}

/// Cuts bytes at line ends.
private enum LineScanner {
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
