/// All predictions in the order of their creation, in memory. A value: it is told the time and does nothing by itself.
struct PredictionTable: Sendable {
    /// Where a page of the list begins.
    enum Cursor: Hashable, Sendable {
        case newest
        /// The newest of those that are older than the prediction of this number.
        case olderThan(Int)
        /// The oldest of those that are newer than the prediction of this number.
        case newerThan(Int)
    }

    struct Page: Sendable {
        var records: [PredictionRecord] = []
        var next: Cursor?
        var previous: Cursor?
    }

    /// How long data is kept after the end.
    var retention: Duration
    /// How many predictions are remembered; beyond it the oldest are forgotten.
    var capacity: Int
    private var records: [PredictionRecord] = []
    /// The number of the first record; numbers count all predictions ever made.
    private var firstNumber = 0
    private var numbers: [PredictionID: Int] = [:]
    /// All before this number have lost their data.
    private var firstWithData = 0

    init(retention: Duration, capacity: Int) {
        self.retention = retention
        self.capacity = capacity
    }

    /// How many predictions were ever made.
    var count: Int { firstNumber + records.count }

    /// A creation time after all others, with nanoseconds below the microsecond that reads show.
    func creationTime(at now: ServerTime) -> ServerTime {
        let newest = records.last?.lifecycle.createdAt.microseconds ?? 0
        let micros = max(now.microseconds, newest)
        return ServerTime(nanoseconds: micros * 1000 + Int64(count % 400) + 1)
    }

    /// - Returns: folders whose content nobody may have any more.
    mutating func insert(_ record: PredictionRecord, at now: ServerTime) -> [String] {
        numbers[record.id] = count
        records.append(record)
        var folders = removeExpiredData(at: now)
        // Forgetting moves all records, so it is done for many at once.
        if records.count > capacity + max(capacity / 4, 64) {
            let surplus = records.count - capacity
            for record in records[..<surplus] {
                numbers[record.id] = nil
                if let folder = record.data?.folder { folders.append(folder) }
            }
            records.removeFirst(surplus)
            firstNumber += surplus
            firstWithData = max(firstWithData, firstNumber)
        }
        return folders
    }

    /// A prediction as it may be shown now.
    func record(_ id: PredictionID, at now: ServerTime) -> PredictionRecord? {
        numbers[id].map { shown(records[$0 - firstNumber], at: now) }
    }

    /// Changes a prediction, if it is known.
    mutating func update<Result>(_ id: PredictionID, _ change: (inout PredictionRecord) -> Result) -> Result? {
        guard let number = numbers[id] else { return nil }
        return change(&records[number - firstNumber])
    }

    /// Removes the data of predictions whose time is over, up to the first whose time is not.
    /// - Returns: the folders they had.
    mutating func removeExpiredData(at now: ServerTime) -> [String] {
        var folders: [String] = []
        while firstWithData < count {
            let index = firstWithData - firstNumber
            guard isExpired(records[index], at: now) else { break }
            if let folder = records[index].data?.folder { folders.append(folder) }
            records[index].data = nil
            firstWithData += 1
        }
        return folders
    }

    /// One page, newest first.
    /// - Parameters:
    ///   - after: the first microsecond whose predictions are shown.
    ///   - before: the first microsecond whose predictions are not.
    func page(
        _ cursor: Cursor, size: Int, createdAfter after: Int64? = nil, createdBefore before: Int64? = nil,
        at now: ServerTime
    ) -> Page {
        let lower = after.map { first(createdAtOrAfter: $0) } ?? 0
        let upper = before.map { first(createdAtOrAfter: $0) } ?? records.count
        guard lower < upper else { return Page() }
        let range: Range<Int>
        switch cursor {
        case .newest: range = max(lower, upper - size)..<upper
        case .olderThan(let number):
            let end = min(max(number - firstNumber, lower), upper)
            range = max(lower, end - size)..<end
        case .newerThan(let number):
            let start = max(min(number - firstNumber + 1, upper), lower)
            range = start..<min(upper, start + size)
        }
        var page = Page(records: records[range].reversed().map { shown($0, at: now) })
        if range.lowerBound > lower { page.next = .olderThan(range.lowerBound + firstNumber) }
        if range.upperBound < upper, cursor != .newest {
            page.previous = .newerThan(range.upperBound - 1 + firstNumber)
        }
        return page
    }

    private func first(createdAtOrAfter micros: Int64) -> Int {
        var low = 0
        var high = records.count
        while low < high {
            let middle = (low + high) / 2
            if records[middle].lifecycle.createdAt.microseconds < micros { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func isExpired(_ record: PredictionRecord, at now: ServerTime) -> Bool {
        guard let end = record.lifecycle.expectedEnd else { return false }
        return end.advanced(by: retention) <= now
    }

    private func shown(_ record: PredictionRecord, at now: ServerTime) -> PredictionRecord {
        guard record.data != nil, isExpired(record, at: now) else { return record }
        var record = record
        record.data = nil
        return record
    }
}
