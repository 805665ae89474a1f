package typealias RowSink = (Result<Row, Diagnostic>) throws -> Void

/// How the bytes of a file are cut into rows.
package protocol RowFormat: Sendable {
    /// Hands every whole record of `bytes` to `sink`, a mistake that concerns one row as a failure.
    ///
    /// - Parameter isLast: nothing follows `bytes`.
    /// - Returns: how many bytes were used; the rest comes again with more behind it.
    /// - Throws: ``Diagnostic`` if the file cannot be read on, or what `sink` throws.
    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into sink: RowSink) throws -> Int

    /// The line of the first byte that was not used.
    var line: Int { get }

    /// What a person should know of how the file was read.
    var notices: [InputNotice] { get }
}

extension RowFormat {
    package var notices: [InputNotice] { [] }
}

/// Reads rows from the bytes of a file, pushed in chunks of any size: what is held is a chunk and one record.
package struct RowReader<Format: RowFormat>: Sendable {
    /// How large one record may be, in bytes.
    package let recordLimit: Int
    private let file: String
    private var format: Format
    private var isAtStart = true
    /// The start of a record that the chunks so far did not complete.
    private var rest: [UInt8] = []
    /// How long the rest must be before it is looked at again: a huge record is read over each time, and so only when it
    /// has doubled.
    private var nextLook = 0

    package init(_ format: Format, file: String, recordLimit: Int = 16 << 20) {
        self.format = format
        self.file = file
        self.recordLimit = recordLimit
    }

    package var notices: [InputNotice] { format.notices }

    /// How many bytes are held because they are no whole record yet.
    package var heldCount: Int { rest.count }

    package mutating func read(_ chunk: UnsafeBufferPointer<UInt8>, into sink: RowSink) throws {
        if rest.isEmpty, !isAtStart {
            let used = try format.read(chunk, isLast: false, into: sink)
            rest.append(contentsOf: chunk[used...])
        } else {
            rest.append(contentsOf: chunk)
            // A byte order mark is known after three bytes.
            guard !isAtStart || rest.count >= 3 else { return }
            guard rest.count >= nextLook || rest.count > recordLimit else { return }
            try readRest(isLast: false, into: sink)
        }
        nextLook = rest.count < 64 << 10 ? 0 : rest.count * 2
        guard rest.count <= recordLimit else {
            throw Diagnostic(
                "the row that starts here is larger than \(recordLimit >> 20) MB",
                at: SourceLocation(file: file, line: format.line), help: "is a closing quote missing?")
        }
    }

    /// Reads what no line end closed.
    package mutating func finish(into sink: RowSink) throws {
        try readRest(isLast: true, into: sink)
    }

    private mutating func readRest(isLast: Bool, into sink: RowSink) throws {
        let held = rest
        rest = []
        let start = isAtStart ? try byteOrderMarkLength(held) : 0
        isAtStart = false
        let used = try held.withUnsafeBufferPointer { bytes in
            try format.read(UnsafeBufferPointer(rebasing: bytes[start...]), isLast: isLast, into: sink)
        }
        rest = Array(held[(start + used)...])
    }

    private func byteOrderMarkLength(_ bytes: [UInt8]) throws -> Int {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return 3 }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw Diagnostic("the file is UTF-16", at: SourceLocation(file: file, line: 1), help: "save it as UTF-8")
        }
        return 0
    }
}
