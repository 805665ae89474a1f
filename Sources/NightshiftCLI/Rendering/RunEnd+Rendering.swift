import LosslessJSON
import NightshiftCore

extension RunEnd {
    /// Why it ended so, in one sentence without a full stop; `nil` where the word says it all.
    var reason: String? {
        switch self {
        case .completed, .partial, .interrupted, .canceled: nil
        case .refused(let message), .disk(let message), .check(let message): message
        case .budget(let budget): budget.sentence
        case .breaker(let breaker): breaker.sentence
        case .canary(let items):
            "the first \(items > 0 ? "\(items) " : "")items were run and the rest was not agreed to"
        }
    }

    /// The word, and the reason after a colon.
    var text: String { reason.map { "\(word): \($0)" } ?? word }

    /// What the store keeps of an ending, as people read it.
    static func text(recorded: String) -> String { RunEnd(recorded: recorded)?.text ?? recorded }
}

extension RunEnd.SpentBudget {
    fileprivate var sentence: String {
        switch self {
        case .failures(let count, let limit): "\(count) items have failed; 'budget.failures' allows \(limit)"
        case .predictions(let count, let limit):
            "\(count) predictions were made; 'budget.predictions' allows \(limit)"
        case .predictTime(let seconds, let limit):
            "\(Int(saturating: seconds.rounded())) s were computed and more is in flight; 'budget.predict_time' allows "
                + "\(Int(saturating: limit.inSeconds)) s"
        case .cost(let cost, let limit):
            "\(Self.money(cost)) was spent, with what is in flight; 'budget.cost' allows \(Self.money(limit))"
        case .wallTime(let limit):
            "the run has created predictions for \(DurationText.format(limit)); 'budget.wall_time' allows no more"
        case .other(let text): text
        }
    }

    private static func money(_ amount: Double) -> String { "\((amount * 10_000).rounded() / 10_000)" }
}

extension RunEnd.Breaker {
    fileprivate var sentence: String {
        func ofStep(_ step: String) -> String { step.isEmpty ? "" : "of the step '\(step)' " }
        switch self {
        case .refused(let message): return message
        case .sameFailure(let count, let step, let reason, let areFirst):
            return "the \(areFirst ? "first" : "last") \(count) items \(ofStep(step))have all failed in the same way: "
                + reason
        case .nothingStored(let count, let step, let reason):
            return
                "the last \(count) predictions \(ofStep(step))were computed and paid for without a result that could be "
                + "stored, the last one because: \(reason)"
        }
    }
}
