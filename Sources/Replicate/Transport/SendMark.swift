#if HTTPClient
import NIOCore
import Synchronization

/// Remembers whether the HTTP library has asked for a request's body.
///
/// It asks once it has a connection, encrypted if need be, and has written the head. As long as it has not asked, no
/// server can have the whole request: whatever went wrong, the request was certainly not acted on. Should a later
/// version of the library ask earlier, the mark errs on the safe side.
final class SendMark: Sendable {
    private let asked = Atomic<Bool>(false)

    var isSet: Bool { asked.load(ordering: .acquiring) }

    func set() {
        asked.store(true, ordering: .releasing)
    }
}

/// Bytes that set a mark when they are read.
struct MarkedBytes: RandomAccessCollection, Sendable {
    let bytes: [UInt8]
    let mark: SendMark

    var startIndex: Int { 0 }
    var endIndex: Int { bytes.count }

    subscript(position: Int) -> UInt8 {
        mark.set()
        return bytes[position]
    }

    func withContiguousStorageIfAvailable<Result>(
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result? {
        mark.set()
        return try bytes.withContiguousStorageIfAvailable(body)
    }
}

/// Chunks that set a mark when they are read.
struct MarkedChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let chunks: TransportBody
    let mark: SendMark

    func makeAsyncIterator() -> AsyncIterator {
        mark.set()
        return AsyncIterator(chunks: chunks.makeAsyncIterator())
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        var chunks: TransportBody.AsyncIterator

        mutating func next() async throws -> ByteBuffer? {
            try await chunks.next().map(ByteBuffer.init(bytes:))
        }
    }
}
#endif
