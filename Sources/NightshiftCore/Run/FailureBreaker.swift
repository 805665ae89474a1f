/// Stops a run that pays for nothing: whose first items all fail in the same way, or whose predictions are computed again and
/// again without a result that can be stored. A result ends each count.
package struct FailureBreaker: Hashable, Sendable {
    /// Why the run is to be stopped.
    package enum Verdict: Hashable, Sendable {
        /// So many items have failed in the same way, the first ones or so many in a row.
        case sameFailure(Int)
        /// So many attempts in a row were computed without any result.
        case nothingStored(Int)
    }

    /// How many equal failures it takes at the beginning; `nil` never stops a run.
    private let limit: Int?
    private var hasSucceeded = false
    /// The failure of the items that failed last, in its normal form.
    private var signature: String?
    /// How many of them there are.
    private var count = 0
    /// The first failures were not all the same.
    private var isMixed = false
    /// Attempts since the last result that were computed, and of these: whose results could not be had.
    private var computed = 0
    private var withoutResult = 0
    /// Attempts since the last result whose results were not accepted.
    private var notAccepted = 0

    /// How many times as many it takes once something has succeeded: what fails in a row may then be a part of the rows.
    private static let patienceForTheSame = 5
    private static let patienceForLostResults = 3
    private static let patienceForAll = 10
    /// Another try may well give a result that is accepted.
    private static let patienceForRefused = 2
    /// After so many results that could not be had, one at a time is sent until one is stored.
    private static let suspicion = 3

    package init(limit: Int?) {
        self.limit = limit
    }

    /// A result was stored.
    package mutating func succeeded() {
        hasSucceeded = true
        (signature, count, computed, withoutResult, notAccepted) = (nil, 0, 0, 0, 0)
    }

    /// Whether so many results were lost in a row that more must not be paid for at a time.
    package var isSuspicious: Bool { limit != nil && withoutResult >= Self.suspicion }

    /// An attempt has failed.
    /// - Parameter isFinal: whether its item is given up.
    /// - Returns: why the run is to be stopped now, if it is.
    package mutating func failed(_ failure: AttemptFailure, isFinal: Bool = true) -> Verdict? {
        guard let limit else { return nil }
        if failure.failureClass.isComputed { computed += 1 }
        if failure.failureClass.losesResult {
            withoutResult += 1
            let most = hasSucceeded ? limit * Self.patienceForLostResults : limit
            if withoutResult == most { return .nothingStored(most) }
        }
        if failure.failureClass == .notAccepted {
            notAccepted += 1
            let most = limit * (hasSucceeded ? Self.patienceForTheSame : Self.patienceForRefused)
            if notAccepted == most { return .nothingStored(most) }
        }
        if failure.failureClass.isComputed, computed == limit * Self.patienceForAll { return .nothingStored(computed) }
        guard isFinal else { return nil }
        return ended(failure, limit)
    }

    private mutating func ended(_ failure: AttemptFailure, _ limit: Int) -> Verdict? {
        let signature = "\(failure.failureClass.rawValue) \(FailureText.normalForm(failure.message))"
        if self.signature == nil { self.signature = signature }
        if self.signature == signature {
            count += 1
        } else {
            (self.signature, count) = (signature, 1)
            if !hasSucceeded { isMixed = true }
        }
        // At the beginning it takes few, unless they are of several kinds.
        let isPartOfTheRows = hasSucceeded || isMixed
        let most = isPartOfTheRows ? limit * Self.patienceForTheSame : limit
        // Later on, only what costs something is worth an end.
        if isPartOfTheRows, !failure.failureClass.isComputed { return nil }
        return count == most ? .sameFailure(most) : nil
    }
}
