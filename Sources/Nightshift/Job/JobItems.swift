import NightshiftCore

/// The items of a job in input order, read a page at a time: a million of them take no more memory than a few.
public struct JobItems: AsyncSequence, Sendable {
    let job: Job
    let states: Set<ItemState>?
    let limit: Int?

    public func makeAsyncIterator() -> Iterator {
        Iterator(job: job, states: states, left: limit ?? .max)
    }

    public struct Iterator: AsyncIteratorProtocol {
        private static let pageSize = 500

        private let job: Job
        private let states: Set<ItemState>?
        private var left: Int
        private var source: (store: Store, run: RunRecord)?
        private var page: [ItemSummary] = []
        private var index = 0
        private var position = -1

        init(job: Job, states: Set<ItemState>?, left: Int) {
            self.job = job
            self.states = states
            self.left = left
        }

        /// - Throws: ``EngineError``, for example if the job was never run.
        public mutating func next(
            isolation: isolated (any Actor)? = #isolation
        ) async throws(EngineError) -> ItemSummary? {
            guard left > 0 else { return nil }
            if index == page.count {
                let source =
                    if let source { source } else { try await job.inspect { store, run in (store: store, run: run) } }
                self.source = source
                do throws(StoreError) {
                    page = try await source.store.reports.items(
                        of: source.run, in: states, after: position, limit: Swift.min(left, Self.pageSize))
                } catch {
                    throw EngineError(error)
                }
                index = 0
                guard let last = page.last else {
                    left = 0
                    return nil
                }
                position = last.position
            }
            defer { index += 1 }
            left -= 1
            return page[index]
        }
    }
}
