/// Where a prediction is in its life.
public enum PredictionStatus: Hashable, Sendable {
    /// Accepted; waits for an instance, which may take minutes to boot.
    case starting
    /// The model's code runs; output and logs may grow.
    case processing
    /// Finished; the output is complete.
    case succeeded
    /// Finished with an error.
    case failed
    /// Ended by somebody, by its deadline or by the platform's limit after it had started.
    case canceled
    /// Ended by its deadline before it had started; nothing was billed.
    case aborted
    /// A status this library does not know. It counts as not terminal, so that its prediction is looked at again.
    case other(String)

    /// Whether nothing leaves this state.
    public var isTerminal: Bool {
        switch self {
        case .succeeded, .failed, .canceled, .aborted: true
        case .starting, .processing, .other: false
        }
    }
}

extension PredictionStatus: RawRepresentable, CustomStringConvertible {
    public init(rawValue: String) {
        self =
            switch rawValue {
            case "starting": .starting
            case "processing": .processing
            case "succeeded": .succeeded
            case "failed": .failed
            case "canceled": .canceled
            case "aborted": .aborted
            default: .other(rawValue)
            }
    }

    public var rawValue: String {
        switch self {
        case .starting: "starting"
        case .processing: "processing"
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .canceled: "canceled"
        case .aborted: "aborted"
        case .other(let text): text
        }
    }

    public var description: String { rawValue }
}
