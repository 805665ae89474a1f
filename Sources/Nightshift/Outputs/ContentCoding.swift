/// The compressions that an answer came in, outermost last, as `Content-Encoding` lists them.
///
/// Nobody asked for one, but servers send what they have.
struct ContentCoding: Hashable, Sendable {
    /// Those that are undone here; none for plain content.
    private(set) var formats: [GzipInflater.Format] = []
    /// The first one that is not known here, in the server's own word.
    private(set) var unknown: String?

    init(_ header: String?) {
        for word in (header ?? "").split(separator: ",") {
            switch word.filter({ $0 != " " && $0 != "\t" }).lowercased() {
            case "", "identity": continue
            case "gzip", "x-gzip": formats.append(.gzip)
            case "deflate": formats.append(.deflate)
            case let other: unknown = unknown ?? String(other.prefix(40))
            }
        }
        // Nobody compresses a content more than twice but to do harm.
        if formats.count > 3 { unknown = unknown ?? "\(formats.count) compressions" }
    }

    var isPlain: Bool { formats.isEmpty && unknown == nil }
}

/// Undoes a coding while the content comes, in bounded memory.
struct ContentDecoder: ~Copyable {
    private let inflaters: [GzipInflater]

    init(_ coding: ContentCoding) throws(GzipError) {
        var inflaters: [GzipInflater] = []
        for format in coding.formats.reversed() { inflaters.append(try GzipInflater(format)) }
        self.inflaters = inflaters
    }

    /// Hands what the bytes unpack to to `body`, in pieces.
    func read(_ bytes: [UInt8], into body: ([UInt8]) throws -> Void) throws {
        try bytes.withUnsafeBufferPointer { try read($0, from: 0, into: body) }
    }

    private func read(
        _ bytes: UnsafeBufferPointer<UInt8>, from index: Int, into body: ([UInt8]) throws -> Void
    ) throws {
        guard index < inflaters.count else { return try body(Array(bytes)) }
        guard !bytes.isEmpty else { return }
        try inflaters[index].read(bytes) { try read($0, from: index + 1, into: body) }
    }

    /// Says that nothing follows.
    func finish() throws(GzipError) {
        for inflater in inflaters { try inflater.finish() }
    }
}
