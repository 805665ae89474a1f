import CZlib

/// Why compressed bytes cannot be read.
struct GzipError: Error, Hashable {
    var reason: String
}

/// Unpacks gzip data piece by piece, in bounded memory however much comes out of it. Members that follow each other are
/// one content, as gzip itself has it.
final class GzipInflater {
    enum Format: Hashable, Sendable {
        case gzip
        /// What HTTP calls `deflate`: a zlib stream, or the bare data in it, which some servers send instead.
        case deflate
    }

    private let format: Format
    private var isBegun = false
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableBufferPointer<UInt8>
    private var isBetweenMembers = false

    /// Whether a file's first bytes are those of gzip data; no text begins with them.
    static func isGzip(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
    }

    init(_ format: Format = .gzip) throws(GzipError) {
        self.format = format
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        output = .allocate(capacity: 256 << 10)
        // The largest window, and a header of gzip or zlib.
        let window: Int32 = format == .gzip ? 15 + 16 : 15
        let status = inflateInit2_(stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw GzipError(reason: "it cannot be unpacked (zlib error \(status))") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    /// Hands what the bytes unpack to to `body`.
    /// - Throws: ``GzipError`` for damaged data, or what `body` throws.
    func read(_ bytes: UnsafeBufferPointer<UInt8>, into body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        if !isBegun, let first = bytes.first {
            isBegun = true
            // A zlib header names the method 8, and no bare data of the kind that is in use begins so.
            if format == .deflate, first & 0x0F != 8 || first >> 4 > 7 { inflateReset2(stream, -15) }
        }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        while stream.pointee.avail_in > 0 {
            if isBetweenMembers {
                // Some programs fill the last block with zeros; other formats have no members.
                if format != .gzip || stream.pointee.next_in?.pointee == 0 {
                    stream.pointee.next_in += 1
                    stream.pointee.avail_in -= 1
                    continue
                }
                inflateReset(stream)
                isBetweenMembers = false
            }
            repeat {
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                let status = inflate(stream, Z_NO_FLUSH)
                let count = output.count - Int(stream.pointee.avail_out)
                if count > 0 { try body(UnsafeBufferPointer(rebasing: output[..<count])) }
                if status == Z_STREAM_END {
                    isBetweenMembers = true
                    break
                }
                // Nothing more can be made of these bytes.
                if status == Z_BUF_ERROR { break }
                guard status == Z_OK else { throw GzipError(reason: "its gzip data is damaged") }
            } while stream.pointee.avail_out == 0
        }
    }

    /// Says that nothing follows.
    func finish() throws(GzipError) {
        guard isBetweenMembers else { throw GzipError(reason: "it ends inside its gzip data") }
    }
}
