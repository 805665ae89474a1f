package import LosslessJSON

/// As programs and the store read it: stable words, and facts by their names.
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
        case .check: "check"
        case .canceled: "canceled"
        }
    }

    /// Which budget or breaker it was, such as `predictions`; `nil` where ``word`` says it all.
    public var code: String? { facts["code"]?.stringValue }

    /// What is known of it, by names that stay the same.
    package var facts: [String: JSONValue] {
        func number(_ number: Int) -> JSONValue { .number(JSONNumber(number)) }
        func real(_ number: Double) -> JSONValue { JSONNumber(number).map(JSONValue.number) ?? .null }
        switch self {
        case .completed, .partial, .interrupted, .canceled: return [:]
        case .refused(let message), .disk(let message), .check(let message): return ["message": .string(message)]
        case .canary(let items): return ["code": "declined", "items": number(items)]
        case .budget(.failures(let count, let limit)):
            return ["code": "failures", "count": number(count), "limit": number(limit)]
        case .budget(.predictions(let count, let limit)):
            return ["code": "predictions", "count": number(count), "limit": number(limit)]
        case .budget(.predictTime(let seconds, let limit)):
            return ["code": "predict_time", "seconds": real(seconds), "limit": real(limit.inSeconds)]
        case .budget(.cost(let cost, let limit)): return ["code": "cost", "cost": real(cost), "limit": real(limit)]
        case .budget(.wallTime(let limit)): return ["code": "wall_time", "limit": real(limit.inSeconds)]
        case .budget(.other(let text)): return ["code": "other", "message": .string(text)]
        case .breaker(.refused(let message)): return ["code": "refused", "message": .string(message)]
        case .breaker(.sameFailure(let count, let step, let reason, let areFirst)):
            return [
                "code": "same_failure", "count": number(count), "step": .string(step), "reason": .string(reason),
                "are_first": .bool(areFirst),
            ]
        case .breaker(.nothingStored(let count, let step, let reason)):
            return ["code": "nothing_stored", "count": number(count), "step": .string(step), "reason": .string(reason)]
        }
    }

    /// As the store keeps it: the word, and after a colon the facts, or what others have said.
    package var recorded: String {
        switch self {
        case .completed, .partial, .interrupted, .canceled: word
        case .refused(let message), .disk(let message), .check(let message), .breaker(.refused(let message)),
            .budget(.other(let message)):
            "\(word): \(message)"
        case .budget, .breaker, .canary: "\(word): \(JSONValue.object(facts).jsonString())"
        }
    }

    /// Reads what a status, a session or a job says of its ending. Earlier versions have worded what is facts now.
    public init?(recorded: String) {
        let colon = recorded.firstIndex(of: ":") ?? recorded.endIndex
        let detail = String(recorded[colon...].dropFirst(2))
        let facts = detail.hasPrefix("{") ? (try? JSONValue(parsing: detail)) ?? .null : .null
        switch recorded[..<colon] {
        case "completed": self = .completed
        case "partial": self = .partial
        case "interrupted": self = .interrupted
        case "canceled": self = .canceled
        case "refused": self = .refused(detail)
        case "budget": self = .budget(SpentBudget(facts) ?? .other(detail))
        case "breaker": self = .breaker(Breaker(facts) ?? .refused(detail))
        case "canary": self = .canary(items: facts["items"]?.intValue ?? 0)
        case "disk": self = .disk(detail)
        case "check": self = .check(detail)
        default: return nil
        }
    }

    /// The word and the facts in one line, for logs.
    public var description: String { facts.line(after: word) }
}

extension RunEnd.SpentBudget {
    fileprivate init?(_ facts: JSONValue) {
        func count(_ name: String) -> Int { facts[name]?.intValue ?? 0 }
        func number(_ name: String) -> Double { facts[name]?.doubleValue ?? 0 }
        let limit = Duration.milliseconds(Int64(saturating: number("limit") * 1000))
        switch facts["code"]?.stringValue {
        case "failures": self = .failures(count("count"), limit: count("limit"))
        case "predictions": self = .predictions(count("count"), limit: count("limit"))
        case "predict_time": self = .predictTime(number("seconds"), limit: limit)
        case "cost": self = .cost(number("cost"), limit: number("limit"))
        case "wall_time": self = .wallTime(limit)
        default: return nil
        }
    }
}

extension RunEnd.Breaker {
    fileprivate init?(_ facts: JSONValue) {
        let count = facts["count"]?.intValue ?? 0
        let (step, reason) = (facts["step"]?.stringValue ?? "", facts["reason"]?.stringValue ?? "")
        switch facts["code"]?.stringValue {
        case "same_failure":
            self = .sameFailure(
                count: count, step: step, reason: reason, areFirst: facts["are_first"]?.boolValue ?? false)
        case "nothing_stored": self = .nothingStored(count: count, step: step, reason: reason)
        default: return nil
        }
    }
}

extension [String: JSONValue] {
    /// A word and these facts in one line, such as `clock set: seconds -30`.
    package func line(after word: String) -> String {
        let facts = sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.stringValue ?? $0.value.jsonString())" }
        return facts.isEmpty ? word : "\(word): \(facts.joined(separator: ", "))"
    }
}
