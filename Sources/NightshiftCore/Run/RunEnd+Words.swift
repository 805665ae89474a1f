extension RunEnd {
    /// The word for how a run ended, in events and in the store.
    public var word: String {
        switch self {
        case .completed: "completed"
        case .partial: "partial"
        case .interrupted: "interrupted"
        case .refused: "refused"
        case .budget: "budget"
        case .breaker: "breaker"
        case .canary: "canary"
        case .disk: "disk"
        case .canceled: "canceled"
        }
    }

    /// Why, if the word does not say it all.
    public var reason: String? {
        switch self {
        case .completed, .partial, .interrupted, .canceled: nil
        case .refused(let reason), .budget(let reason), .breaker(let reason), .canary(let reason), .disk(let reason):
            reason
        }
    }

    /// As the store keeps it: the word, and the reason after a colon.
    package var recorded: String {
        reason.map { "\(word): \($0)" } ?? word
    }

    /// Reads what ``recorded`` has written.
    package init?(recorded: String) {
        let colon = recorded.firstIndex(of: ":") ?? recorded.endIndex
        let reason = String(recorded[colon...].dropFirst(2))
        switch recorded[..<colon] {
        case "completed": self = .completed
        case "partial": self = .partial
        case "interrupted": self = .interrupted
        case "canceled": self = .canceled
        case "refused": self = .refused(reason)
        case "budget": self = .budget(reason)
        case "breaker": self = .breaker(reason)
        case "canary": self = .canary(reason)
        case "disk": self = .disk(reason)
        default: return nil
        }
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
