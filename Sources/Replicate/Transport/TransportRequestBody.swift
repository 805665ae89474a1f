import Foundation
import LosslessJSON

/// What a request carries.
public enum TransportRequestBody: Sendable, Hashable {
    /// Nothing.
    case none
    /// These bytes.
    case bytes([UInt8])
    /// Parts sent one after the other. Files are read as the connection takes them, never as a whole.
    case parts([Part])

    /// One part of a body.
    public enum Part: Sendable, Hashable {
        /// These bytes.
        case bytes([UInt8])
        /// The first `size` bytes of a file; if there are fewer, the request fails.
        case file(path: String, size: Int)

        var length: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .file(_, let size): max(0, size)
            }
        }
    }

    /// The length in bytes, for the `Content-Length` header.
    public var length: Int {
        switch self {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .parts(let parts): parts.reduce(0) { $0.addingSaturated($1.length) }
        }
    }

    /// The bytes in chunks, for transports that send them so.
    public var chunks: TransportBody {
        switch self {
        case .none: TransportBody([])
        case .bytes(let bytes): TransportBody(bytes)
        case .parts(let parts):
            TransportBody {
                var reader = PartReader(parts: parts)
                return { () async throws(TransportError) -> [UInt8]? in try reader.next() }
            }
        }
    }
}

/// Reads the parts of a body piece by piece.
///
/// A failure here counts as not sent: the server never gets the whole request, so it cannot act on it.
struct PartReader {
    /// Large enough to keep a fast connection busy, small enough to forget.
    private static let pieceSize = 256 * 1024

    private var remaining: ArraySlice<TransportRequestBody.Part>
    private var file: (handle: FileHandle, path: String, left: Int)?

    init(parts: [TransportRequestBody.Part]) {
        remaining = parts[...]
    }

    mutating func next() throws(TransportError) -> [UInt8]? {
        while true {
            if let piece = try nextOfFile() { return piece }
            switch remaining.popFirst() {
            case nil: return nil
            case .bytes(let bytes) where bytes.isEmpty: continue
            case .bytes(let bytes): return bytes
            case .file(let path, let size):
                guard let handle = FileHandle(forReadingAtPath: path) else {
                    throw TransportError(
                        .unreadableBody, delivery: .notSent, message: "'\(path)' cannot be opened for reading"
                    )
                }
                file = (handle, path, size)
            }
        }
    }

    private mutating func nextOfFile() throws(TransportError) -> [UInt8]? {
        guard let file else { return nil }
        guard file.left > 0 else {
            try? file.handle.close()
            self.file = nil
            return nil
        }
        let piece: [UInt8]
        do {
            piece = Array(try file.handle.read(upToCount: min(file.left, Self.pieceSize)) ?? Data())
        } catch {
            throw TransportError(.unreadableBody, delivery: .notSent, message: "'\(file.path)' cannot be read")
        }
        guard !piece.isEmpty else {
            throw TransportError(
                .unreadableBody, delivery: .notSent,
                message: "'\(file.path)' became shorter by \(file.left) bytes while it was being sent"
            )
        }
        self.file?.left -= piece.count
        return piece
    }
}
