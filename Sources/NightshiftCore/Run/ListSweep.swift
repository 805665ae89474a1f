import ReplicateAPI

/// The reading of a part of the account's list to see how predictions in flight stand, page by page.
struct ListSweep: Sendable {
    /// A part of the list, by the provider's clock.
    struct Part: Hashable, Sendable {
        var createdAfter: Timestamp
        /// Exclusive; `nil` for all up to the newest.
        var createdBefore: Timestamp?

        func covers(_ createdAt: Timestamp?) -> Bool {
            guard let createdBefore else { return true }
            return createdAt.map { $0 >= createdAfter && $0 < createdBefore } ?? false
        }
    }

    private struct UnderWay: Hashable, Sendable {
        var part: Part
        /// Where the next page is, after the first.
        var continuation: String?
        var pagesLeft: Int
        /// A page of it has been asked for.
        var isAsking = false
        /// Predictions that its pages have shown.
        var seen: Set<String> = []
    }

    /// What a page proves of predictions that it does not show.
    struct Page: Sendable {
        fileprivate let part: Part
        fileprivate let seen: Set<String>
        fileprivate let isWhole: Bool
        /// Nothing follows it.
        let isLast: Bool

        /// Whether the sweep must have shown the prediction by now, and did not.
        func shouldHaveShown(_ watch: PredictionPoller.Watch) -> Bool {
            isWhole && !seen.contains(watch.predictionID) && part.covers(watch.createdAt)
        }
    }

    private var underWay: UnderWay?
    /// Whether the provider's list can be cut at both ends.
    private(set) var takesBefore = true
    /// No sweep begins before.
    private(set) var earliest = Timestamp.distantPast
    private var failuresInARow = 0

    private static let rowsAPage = 100
    private static let mostFailures = 2

    var isUnderWay: Bool { underWay != nil }

    /// Whether the answer to a page is awaited.
    var isAsking: Bool { underWay?.isAsking == true }

    /// What is to be asked for next, if no answer is awaited.
    var next: ListQuery? {
        guard let underWay, !underWay.isAsking else { return nil }
        return ListQuery(
            createdAfter: underWay.part.createdAfter, createdBefore: underWay.part.createdBefore,
            continuation: underWay.continuation)
    }

    mutating func asked() { underWay?.isAsking = true }

    /// The shortest part of the list that shows all that is due, and how many pages it has if nobody else uses the
    /// account. Predictions of one length end in the order in which they were made, so that is a small part.
    func covering(
        _ due: [PredictionPoller.Watch], among all: some Collection<PredictionPoller.Watch>, clock: ProviderClock,
        at now: Timestamp
    ) -> (part: Part, pages: Int) {
        let made = due.compactMap(\.createdAt)
        var part = Part(
            createdAfter: clock.providerTime(for: all.lazy.map(\.since).min() ?? now).advanced(by: .seconds(-10)))
        if takesBefore, made.count == due.count, let first = made.min(), let last = made.max() {
            // The provider counts in microseconds, we in milliseconds.
            part = Part(
                createdAfter: first.advanced(by: .milliseconds(-1)), createdBefore: last.advanced(by: .milliseconds(2)))
        }
        let rows = all.count { part.covers($0.createdAt) }
        return (part, (rows + Self.rowsAPage - 1) / Self.rowsAPage)
    }

    mutating func begin(_ part: Part, pages: Int, nextAt: Timestamp) {
        // Others may use the account, so there may be more than ours fill.
        underWay = UnderWay(part: part, pagesLeft: pages + 1)
        earliest = nextAt
    }

    /// What a page that has come proves. What is told without having been asked for is as true, and proves nothing of what it
    /// does not tell.
    mutating func take(_ predictions: [Prediction], next: String?, at now: Timestamp) -> Page {
        failuresInARow = 0
        guard var asked = underWay, asked.isAsking else {
            return Page(part: Part(createdAfter: now, createdBefore: now), seen: [], isWhole: false, isLast: false)
        }
        var isWhole = true
        if let before = asked.part.createdBefore,
            predictions.contains(where: { ($0.createdAt.map(Timestamp.init) ?? before) > before })
        {
            // The list was not cut, so it may have ended before it came to what was asked for.
            takesBefore = false
            isWhole = false
        }
        let before = asked.seen.count
        asked.seen.formUnion(predictions.map(\.id))
        asked.pagesLeft -= 1
        // A page that brings nothing new is the last, wherever it leads.
        let isLast = next == nil || asked.pagesLeft <= 0 || asked.seen.count == before || !isWhole
        let page = Page(part: asked.part, seen: asked.seen, isWhole: isWhole, isLast: isLast)
        (asked.continuation, asked.isAsking) = (next, false)
        underWay = isLast ? nil : asked
        return page
    }

    /// - Returns: whether it has failed so often that predictions are read singly instead.
    mutating func failed(_ error: ProviderError, nextAt: Timestamp) -> Bool {
        if underWay?.part.createdBefore != nil, error.code == .rejected || error.code == .invalidInput {
            takesBefore = false
        }
        underWay = nil
        earliest = nextAt
        guard error.code != .throttled else { return false }
        failuresInARow += 1
        return failuresInARow > Self.mostFailures
    }

    /// The list was found not to be cut at its younger end.
    mutating func cannotTakeBefore() { takesBefore = false }

    var dump: String { underWay.map { "a sweep with \($0.seen.count) seen is under way" } ?? "no sweep" }
}
