import Dispatch
package import NightshiftCore
import Synchronization

/// The items of an input set on their way from the thread that renders them to the task that stores them, in batches.
///
/// Both work at the same time, and no more than a few batches are held: the thread waits while the task is behind.
package final class RenderedItems: AsyncSequence, Sendable {
    package typealias Element = [Item]

    private let batches: AsyncThrowingStream<[Item], any Error>
    private let continuation: AsyncThrowingStream<[Item], any Error>.Continuation
    /// Counts the batches that may be added.
    private let room = DispatchSemaphore(value: 0)
    private let isClosed = Atomic<Bool>(false)
    private let found = Mutex(InputSet.Summary())

    /// How many items of a batch, and of what size in all, so that large items are held one by one.
    private static let batchCount = 256
    private static let batchSize = 256 << 10
    private static let capacity = 2

    package init() {
        (batches, continuation) = AsyncThrowingStream.makeStream()
        // Not as its first value: a semaphore may not be left with less than it began with.
        for _ in 0..<Self.capacity { room.signal() }
    }

    /// Ends both sides: whoever gives or takes items after this gets a `CancellationError`.
    package func close() {
        isClosed.store(true, ordering: .releasing)
        continuation.finish(throwing: CancellationError())
        room.signal()
    }

    /// - Throws: `CancellationError` after ``close()``.
    package func checkOpen() throws {
        if isClosed.load(ordering: .acquiring) { throw CancellationError() }
    }

    // MARK: - Giving

    /// Hands over all that `expand` gives to its argument, and how it ends; blocks while the other side is behind.
    package func fill(_ expand: (_ give: (Item) throws -> Void) throws -> InputSet.Summary) {
        var batch: [Item] = []
        var size = 0
        do {
            let summary = try expand { item in
                batch.append(item)
                size += item.approximateSize
                guard batch.count >= Self.batchCount || size >= Self.batchSize else { return }
                try give(batch)
                batch.removeAll(keepingCapacity: true)
                size = 0
            }
            if !batch.isEmpty { try give(batch) }
            found.withLock { $0 = summary }
            continuation.finish()
        } catch {
            continuation.finish(throwing: error)
        }
    }

    private func give(_ batch: [Item]) throws {
        try checkOpen()
        room.wait()
        try checkOpen()
        continuation.yield(batch)
    }

    // MARK: - Taking

    /// What the expansion found; complete when all batches were taken.
    package var summary: InputSet.Summary { found.withLock(\.self) }

    package func makeAsyncIterator() -> Iterator { Iterator(items: self, batches: batches.makeAsyncIterator()) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let items: RenderedItems
        fileprivate var batches: AsyncThrowingStream<[Item], any Error>.Iterator

        /// - Throws: what the expansion threw, or `CancellationError`.
        package mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> [Item]? {
            guard let batch = try await batches.next(isolation: actor) else {
                // A stream that is cancelled just ends.
                try Task.checkCancellation()
                try items.checkOpen()
                return nil
            }
            items.room.signal()
            return batch
        }
    }
}
