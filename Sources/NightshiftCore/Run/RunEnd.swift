/// Why a session of a run ended.
public enum RunEnd: Hashable, Sendable, CustomStringConvertible {
    /// Every item is terminal or held.
    case completed
    /// What was chosen is done, and other items are left.
    case partial
    /// Somebody asked it to stop.
    case interrupted
    /// The provider refuses this account: token or credit (401, 402 or 403); what it says.
    case refused(String)
    /// A budget of the manifest is spent.
    case budget(SpentBudget)
    /// Nothing else would succeed either.
    case breaker(Breaker)
    /// So many first items were run, and the rest was not agreed to.
    case canary(items: Int)
    /// This machine's disk; what the system says.
    case disk(String)
    /// Whether results are accepted cannot be found out; why.
    case check(String)
    /// A person has canceled what was in flight.
    case canceled

    /// A budget of the manifest that is spent.
    public enum SpentBudget: Hashable, Sendable {
        case failures(Int, limit: Int)
        case predictions(Int, limit: Int)
        /// Seconds, without what is in flight.
        case predictTime(Double, limit: Duration)
        /// With what is in flight.
        case cost(Double, limit: Double)
        case wallTime(Duration)
        /// As an earlier version has worded it.
        case other(String)
    }

    /// Why no other item would fare better.
    public enum Breaker: Hashable, Sendable {
        /// The provider does not know the model or its version; what it says.
        case refused(String)
        /// The last items have all failed in the same way, or all that there were; `step` is empty in a run without steps.
        case sameFailure(count: Int, step: String, reason: String, areFirst: Bool)
        /// The last predictions were computed and paid for, and nothing of them could be stored; the last one because of `reason`.
        case nothingStored(count: Int, step: String, reason: String)
    }
}

extension RunEnd {
    /// What a person understands by it: a run is not complete while items are left that it could do.
    ///
    /// Some are where only a part was chosen, or where `retry` has made items pending again since. What waits for a held
    /// item cannot be done before somebody decides.
    package func judged(by totals: RunTotals, isLimited: Bool = false) -> RunEnd {
        guard self == .completed, totals[.pending] > 0, isLimited || totals[.held] == 0 else { return self }
        return .partial
    }

    /// What the store keeps of an ending, judged by what is left now.
    package static func ending(recorded: String?, judgedBy totals: RunTotals) -> String? {
        guard let recorded, let end = RunEnd(recorded: recorded) else { return recorded }
        return end.judged(by: totals).recorded
    }
}
