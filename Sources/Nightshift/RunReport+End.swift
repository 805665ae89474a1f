import NightshiftCore

extension RunReport.End {
    init(_ end: RunEnd) {
        self =
            switch end {
            case .completed: .completed
            case .partial: .partial
            case .interrupted: .interrupted
            case .refused(let reason): .refused(reason)
            case .budget(let reason): .budget(reason)
            case .breaker(let reason): .breaker(reason)
            case .canary(let reason): .canary(reason)
            case .disk(let reason): .disk(reason)
            case .canceled: .canceled
            }
    }

    private var ofRun: RunEnd {
        switch self {
        case .completed: .completed
        case .partial: .partial
        case .interrupted: .interrupted
        case .refused(let reason): .refused(reason)
        case .budget(let reason): .budget(reason)
        case .breaker(let reason): .breaker(reason)
        case .canary(let reason): .canary(reason)
        case .disk(let reason): .disk(reason)
        case .canceled: .canceled
        }
    }

    /// The word for it in events, such as `completed`.
    public var word: String { ofRun.word }

    /// Why, if the word does not say it all.
    public var reason: String? { ofRun.reason }
}
