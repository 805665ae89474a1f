import NightshiftCore

/// A table that is none, by its first bytes.
struct UnreadableTable: Error, Hashable {
    var kind: FileKind
}

/// The bytes of a table on their way from a file to the rows: unpacked, and turned into UTF-8.
struct TableBytes<Format: RowFormat> {
    private var reader: RowReader<Format>
    private let file: String
    private var encoding: TextEncoding?
    private var inflater: GzipInflater?
    private var transcoder: TextTranscoder?
    private var isFirst = true
    private var isFirstText = true
    private var ownNotices: [InputNotice] = []

    init(_ reader: RowReader<Format>, file: String, encoding: TextEncoding?) {
        self.reader = reader
        self.file = file
        self.encoding = encoding
    }

    var notices: [InputNotice] { ownNotices + reader.notices }

    mutating func read(
        _ chunk: UnsafeBufferPointer<UInt8>, _ checkpoint: () throws -> Void, into sink: RowSink
    ) throws {
        if isFirst, GzipInflater.isGzip(chunk) { inflater = try GzipInflater() }
        isFirst = false
        guard let inflater else { return try readText(chunk, into: sink) }
        try inflater.read(chunk) {
            try checkpoint()
            try readText($0, into: sink)
        }
    }

    mutating func finish(into sink: RowSink) throws {
        try inflater?.finish()
        if var transcoder {
            try transcoder.finish().withUnsafeBufferPointer { try reader.read($0, into: sink) }
        }
        try reader.finish(into: sink)
    }

    private mutating func readText(_ bytes: UnsafeBufferPointer<UInt8>, into sink: RowSink) throws {
        if isFirstText {
            isFirstText = false
            if let kind = FileKind(bytes, isUTF16: encoding == .utf16) { throw UnreadableTable(kind: kind) }
            if encoding == nil, bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
                encoding = .utf16
                ownNotices.append(.encoding(file: file, .utf16))
            }
            if let encoding, encoding != .utf8 { transcoder = TextTranscoder(encoding) }
        }
        guard transcoder != nil else { return try reader.read(bytes, into: sink) }
        let text = transcoder?.read(bytes) ?? []
        try text.withUnsafeBufferPointer { try reader.read($0, into: sink) }
    }
}
