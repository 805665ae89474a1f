import DequeModule
import Dispatch
package import NightshiftCore
import Synchronization

/// The items of an input set on their way from the thread that renders them to the one that stores them.
///
/// A bounded buffer: both threads work at the same time, and no more than a few items are held, however large they are.
package final class RenderedItems: Sendable {
    private struct State {
        /// At most ``capacity`` of them.
        var batches: Deque<[Item]> = []
        var end: Result<InputSet.Summary, any Error>?
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Counts the batches that may be added.
    private let room = DispatchSemaphore(value: 0)
    /// Counts what there is to take: batches, and the end.
    private let news = DispatchSemaphore(value: 0)

    /// Items that are handed over together, so that the threads seldom wake each other.
    private static let batchSize = 16
    private static let capacity = 2

    package init() {
        // Not as first values: a semaphore may not be left with less than it began with.
        for _ in 0..<Self.capacity { room.signal() }
    }

    /// Ends both sides: whoever gives or takes an item after this gets a `CancellationError`.
    package func close() {
        state.withLock { $0.isClosed = true }
        room.signal()
        news.signal()
    }

    /// - Throws: `CancellationError` after ``close()``.
    package func checkOpen() throws {
        guard !state.withLock(\.isClosed) else { throw CancellationError() }
    }

    // MARK: - Giving

    /// Hands over all that `expand` gives to its argument, and how it ends; blocks while the other side is behind.
    package func fill(_ expand: (_ give: (Item) throws -> Void) throws -> InputSet.Summary) {
        var batch: [Item] = []
        let end = Result {
            let summary = try expand { item in
                batch.append(item)
                guard batch.count == Self.batchSize else { return }
                try give(batch)
                batch = []
            }
            if !batch.isEmpty { try give(batch) }
            return summary
        }
        state.withLock { $0.end = end }
        news.signal()
    }

    private func give(_ batch: [Item]) throws {
        try checkOpen()
        room.wait()
        try checkOpen()
        state.withLock { $0.batches.append(batch) }
        news.signal()
    }

    // MARK: - Taking

    /// Gives each item to `body`, in order; blocks while there is none.
    /// - Returns: what the expansion found.
    /// - Throws: what the expansion or `body` threw.
    package func forEach(_ body: (Item) throws -> Void) throws -> InputSet.Summary {
        while true {
            news.wait()
            try checkOpen()
            let (batch, end) = state.withLock { ($0.batches.popFirst(), $0.end) }
            guard let batch else {
                guard let end else { throw CancellationError() }
                return try end.get()
            }
            room.signal()
            for item in batch { try body(item) }
        }
    }
}
