/// The bytes of an answer as they arrive, in chunks; to be read once.
public struct TransportBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = TransportError

    /// Gives one chunk at a call and `nil` at the end.
    typealias Next = () async throws(TransportError) -> [UInt8]?

    private enum Storage: Sendable {
        case bytes([UInt8])
        case chunks(@Sendable () -> Next)
    }

    private let storage: Storage

    /// A body that is there already.
    public init(_ bytes: [UInt8]) {
        storage = .bytes(bytes)
    }

    /// A body that arrives as a sequence of chunks.
    public init(_ chunks: some AsyncSequence<[UInt8], TransportError> & Sendable) {
        storage = .chunks {
            var iterator = chunks.makeAsyncIterator()
            return { () async throws(TransportError) -> [UInt8]? in try await iterator.next(isolation: #isolation) }
        }
    }

    init(makeNext: @escaping @Sendable () -> Next) {
        storage = .chunks(makeNext)
    }

    public func makeAsyncIterator() -> AsyncIterator {
        switch storage {
        case .bytes(let bytes):
            var rest: [UInt8]? = bytes.isEmpty ? nil : bytes
            return AsyncIterator { () async throws(TransportError) -> [UInt8]? in
                defer { rest = nil }
                return rest
            }
        case .chunks(let makeNext): return AsyncIterator(next: makeNext())
        }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let next: Next

        public func next() async throws(TransportError) -> [UInt8]? {
            try await next()
        }
    }

    /// All bytes of the body.
    ///
    /// - Throws: ``TransportError`` with the code `tooLong` as soon as there are more than `limit`.
    public func collect(upTo limit: Int) async throws(TransportError) -> [UInt8] {
        let (bytes, isComplete) = try await collectPrefix(limit)
        guard isComplete else {
            throw TransportError(
                .tooLong, delivery: .unknown, message: "the answer is longer than \(limit) bytes"
            )
        }
        return bytes
    }

    /// Bytes a second that an answer must bring in the long run.
    private static let slowest = 1000

    /// The first bytes of the body, and whether they are all of it.
    /// - Parameter patience: how long an answer may be slower than any network.
    func collectPrefix(
        _ limit: Int, patience: Duration = .seconds(120)
    ) async throws(TransportError) -> (bytes: [UInt8], isComplete: Bool) {
        let iterator = makeAsyncIterator()
        // Most answers of the API come in one chunk, which then needs no copy.
        guard var bytes = try await iterator.next() else { return ([], true) }
        let start = ContinuousClock.now
        while bytes.count <= limit {
            // An answer that comes byte by byte is never silent for long, and never ends.
            guard start.duration(to: .now) < patience + .seconds(bytes.count / Self.slowest) else {
                throw TransportError(
                    .timeout, delivery: .unknown, message: "only \(bytes.count) bytes of the answer came in time")
            }
            guard let chunk = try await iterator.next() else { return (bytes, true) }
            bytes.append(contentsOf: chunk)
        }
        return (Array(bytes.prefix(limit)), false)
    }
}
