package import ReplicateAPI

/// Which page of the account's list is read.
package struct ListQuery: Hashable, Sendable {
    package var createdAfter: Timestamp
    /// Exclusive; `nil` for all up to the newest.
    package var createdBefore: Timestamp?
    /// The link of the page before; it holds the times already.
    package var continuation: String?

    package init(createdAfter: Timestamp, createdBefore: Timestamp? = nil, continuation: String? = nil) {
        self.createdAfter = createdAfter
        self.createdBefore = createdBefore
        self.continuation = continuation
    }
}

/// A page of the account's list, as a search needs it.
package struct ListPage: Hashable, Sendable {
    package struct Row: Hashable, Sendable {
        package var id: String
        package var createdAt: Timestamp?

        package init(id: String, createdAt: Timestamp?) {
            self.id = id
            self.createdAt = createdAt
        }
    }

    package var rows: [Row]
    /// Those of its rows that may answer a lost create and that no item has had.
    package var candidates: [ReconcileCandidate]
    package var next: String?

    package init(rows: [Row], candidates: [ReconcileCandidate], next: String? = nil) {
        self.rows = rows
        self.candidates = candidates
        self.next = next
    }

    package init(_ predictions: [Prediction], candidates: [ReconcileCandidate], next: String? = nil) {
        self.init(
            rows: predictions.map { Row(id: $0.id, createdAt: $0.createdAt.map(Timestamp.init)) },
            candidates: candidates, next: next)
    }

    /// Whether it shows that nothing newer comes after it: it is in order, and reaches back behind the time given.
    package func reachesBehind(_ since: Timestamp) -> Bool {
        let times = rows.compactMap(\.createdAt)
        guard times.count == rows.count, let oldest = times.last else { return false }
        return oldest < since && zip(times, times.dropFirst()).allSatisfy { $0 >= $1 }
    }
}

/// One look through the account's list for lost creates: a request at a time, so that each is taken from the rate, and what
/// breaks goes on where it broke.
struct ListScan: Sendable {
    enum Request: Hashable {
        case page(ListQuery)
        case examine(String)
    }

    private struct Window {
        var times: Range<Timestamp>
        /// The list has repeated itself and was asked for what is older instead.
        var isNarrowed = false
        /// It has shown a row, be it one that was seen before.
        var hasRows = false
    }

    let search: LostCreateSearch
    let startedAt: Timestamp
    /// How many creates are looked for.
    let count: Int
    /// The parts of the list that are still to be read, next one last.
    private var windows: [Window]
    private let times: [Range<Timestamp>]
    private var continuation: String?
    private var visited: Set<String> = []
    private var seen: Set<String> = []
    private(set) var candidates: [ReconcileCandidate] = []
    /// Rows whose input has to be read singly.
    private var bare: [ReconcileCandidate] = []
    private(set) var requests = 0
    /// Pages in a row that showed nothing new.
    private(set) var fruitless = 0
    /// The oldest prediction that was seen in the part that is being read.
    private(set) var oldest: Timestamp?
    /// Why the list does not prove that something is not there.
    private(set) var problem: String?

    /// Beyond this a list is taken for one without end.
    static let mostRequests = 3000
    /// So many pages in a row without anything new are the end, or a list that cannot be paged.
    private static let mostFruitless = 3

    init(_ search: LostCreateSearch, count: Int, times: [Range<Timestamp>], at now: Timestamp) {
        self.search = search
        self.count = count
        startedAt = now
        self.times = Self.merged(times)
        windows = self.times.map { Window(times: $0) }
    }

    /// Parts that lie close together are read as one.
    private static func merged(_ times: [Range<Timestamp>]) -> [Range<Timestamp>] {
        var merged: [Range<Timestamp>] = []
        for range in times.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound.advanced(by: .seconds(60)) {
                merged[merged.count - 1] = last.lowerBound..<Swift.max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    /// Predictions that were seen.
    var rows: Int { seen.count }

    func hasSeen(_ id: String) -> Bool { seen.contains(id) }

    /// What is asked for next; `nil` at the end.
    var next: Request? {
        if let window = windows.last {
            return .page(
                ListQuery(
                    createdAfter: window.times.lowerBound, createdBefore: window.times.upperBound,
                    continuation: continuation))
        }
        return bare.last.map { .examine($0.prediction.id) }
    }

    /// Whether a prediction of that time would have been seen.
    func covers(_ createdAt: Timestamp) -> Bool { times.contains { $0.contains(createdAt) } }

    /// How long the next request waits: a list that brings nothing new is not asked as fast as it answers, and a long one
    /// leaves room for others.
    var pace: Duration {
        if fruitless > 0 { return .seconds(fruitless) }
        return requests > 50 ? .milliseconds(20) : .zero
    }

    // MARK: - Answers

    /// - Parameter mayAnswer: whether a row may answer one of the lost creates by what it shows besides its input.
    mutating func take(_ page: ListPage, mayAnswer: (ReconcileCandidate) -> Bool) {
        guard var window = windows.last else { return }
        requests += 1
        let fresh = page.rows.filter { seen.insert($0.id).inserted }
        let ids = Set(fresh.map(\.id))
        // Rows that cannot be read as predictions are candidates alone.
        for candidate in page.candidates where mayAnswer(candidate) {
            let id = candidate.prediction.id
            guard ids.contains(id) || seen.insert(id).inserted else { continue }
            if candidate.isBare { bare.append(candidate) } else { candidates.append(candidate) }
        }
        fruitless = fresh.isEmpty ? fruitless + 1 : 0
        if !fresh.isEmpty { window.isNarrowed = false }
        if !page.rows.isEmpty { window.hasRows = true }
        windows[windows.count - 1] = window
        if let last = fresh.compactMap(\.createdAt).min() { oldest = Swift.min(oldest ?? last, last) }
        guard let next = page.next, !page.reachesBehind(window.times.lowerBound) else { return endWindow() }
        if requests >= Self.mostRequests {
            giveUp("it has more than \(seen.count) predictions in the time that counts, or no end")
        } else if fruitless >= Self.mostFruitless, page.rows.isEmpty {
            emptied(window)
        } else if fruitless >= Self.mostFruitless || !visited.insert(next).inserted {
            repeated(page, window)
        } else {
            continuation = next
        }
    }

    /// Pages without a row lead on and on. They may be what is left of pages from which the provider takes what does not fit
    /// only after it has cut them, and then what is looked for comes behind them. Asking by time tells: that shows a row that
    /// is known, and nothing behind it. Pages that are all empty show nothing, not even that there is nothing.
    private mutating func emptied(_ window: Window) {
        if !window.isNarrowed, narrow() { return }
        if !window.isNarrowed || !window.hasRows { problem = "its pages are empty and have no end" }
        endWindow()
    }

    /// The list shows the same again and again: it is asked for what is older than all that was seen.
    private mutating func repeated(_ page: ListPage, _ window: Window) {
        guard !window.isNarrowed, narrow() else {
            // What is asked for by time and comes in this time is all there is.
            let isCut = page.rows.allSatisfy { $0.createdAt.map { $0 < window.times.upperBound } ?? false }
            if !isCut { problem = "it repeats itself" }
            return endWindow()
        }
    }

    /// Goes on by time instead of by the link of the last page.
    private mutating func narrow() -> Bool {
        guard let oldest, let window = windows.last, window.times.contains(oldest) else { return false }
        // The provider counts in microseconds, we in milliseconds.
        let end = Swift.min(window.times.upperBound, oldest.advanced(by: .milliseconds(2)))
        windows[windows.count - 1] = Window(times: window.times.lowerBound..<end, isNarrowed: true)
        (continuation, visited, fruitless) = (nil, [], 0)
        return true
    }

    private mutating func endWindow() {
        windows.removeLast()
        (continuation, visited, fruitless, oldest) = (nil, [], 0, nil)
    }

    private mutating func giveUp(_ reason: String) {
        problem = reason
        windows = []
        bare = []
    }

    /// A page could not be read. What was read stays; a link that is not taken any more is replaced by the time.
    mutating func failed(_ error: ProviderError) {
        requests += 1
        switch error.code {
        case .notFound, .rejected, .invalidInput, .invalidVersion:
            if continuation != nil, !narrow() { (continuation, visited) = (nil, []) }
        default: break
        }
        if requests >= Self.mostRequests { giveUp("it cannot be read") }
    }

    /// A row was read singly, or cannot be: then it stays one that shows nothing.
    mutating func examined(_ id: String, _ candidate: ReconcileCandidate?) {
        requests += 1
        bare.removeAll { $0.prediction.id == id }
        if let candidate { candidates.append(candidate) }
        if requests >= Self.mostRequests, !bare.isEmpty { giveUp("too many of its rows do not show their inputs") }
    }

    /// A row that an earlier look has read singly.
    mutating func recall(_ id: String, _ candidate: ReconcileCandidate?) {
        bare.removeAll { $0.prediction.id == id }
        if let candidate { candidates.append(candidate) }
    }

    /// The row that is to be read singly.
    func bareRow(_ id: String) -> ReconcileCandidate? { bare.last { $0.prediction.id == id } }
}
