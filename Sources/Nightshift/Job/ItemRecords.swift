public import NightshiftCore

/// The items of a job that a filter means, in order, read a page at a time.
public struct ItemRecords: AsyncSequence, Sendable {
    let job: Job
    let filter: ItemFilter
    let sort: ItemSort
    let limit: Int?

    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    public struct Iterator: AsyncIteratorProtocol {
        private static let pageSize = 500

        private let records: ItemRecords
        private var source: (reader: JobReader, ids: [Int64])?
        private var next = 0
        private var page: ArraySlice<ItemRecord> = []

        init(_ records: ItemRecords) {
            self.records = records
        }

        /// - Throws: ``EngineError``, for example if the job was never run.
        public mutating func next(
            isolation: isolated (any Actor)? = #isolation
        ) async throws(EngineError) -> ItemRecord? {
            while page.isEmpty {
                let source = if let source { source } else { try await open() }
                self.source = source
                guard next < source.ids.count else { return nil }
                let ids = source.ids[next..<Swift.min(next + Self.pageSize, source.ids.count)]
                next = ids.endIndex
                let prices = source.reader.prices
                page = try await source.reader.ask { try await $0.records(ids, of: $1, prices: prices) }[...]
            }
            return page.popFirst()
        }

        private func open() async throws(EngineError) -> (reader: JobReader, ids: [Int64]) {
            let reader = try JobReader(records.job)
            let (filter, sort, limit, prices) = (records.filter, records.sort, records.limit, reader.prices)
            let ids = try await reader.ask {
                try await $0.ids(filter, by: sort, of: $1, prices: prices, limit: limit)
            }
            return (reader, ids)
        }
    }
}

extension Job {
    /// The items that a filter means, with times, costs and what people think of them. Which they are is found when the first is
    /// asked for.
    /// - Parameters:
    ///   - filter: which items are meant; all by default.
    ///   - sort: their order; that of the input by default.
    ///   - limit: at most so many.
    public func records(
        _ filter: ItemFilter = ItemFilter(), by sort: ItemSort = .position, limit: Int? = nil
    ) -> ItemRecords {
        ItemRecords(job: self, filter: filter, sort: sort, limit: limit)
    }
}
