/// The states of an item as they are stored, in the order of its life.
public enum ItemState: String, CaseIterable, Hashable, Sendable {
    /// Nothing sent, or waiting for its next attempt. Entered from everywhere but the terminal states; left by an
    /// intent. Resuming creates.
    case pending
    /// An intent is recorded. Resuming reconciles.
    case submitting
    /// A create's answer was lost. Left by adopting, by proof of absence, or by holding. Resuming looks again.
    case unknown
    /// Nobody can tell what became of a create. Left only by a person's word.
    case held
    /// The provider's id is known. Resuming reads it.
    case running
    /// Succeeded at the provider; outputs are being downloaded. Resuming downloads what is missing.
    case fetching
    /// All outputs are on disk, verified. Terminal.
    case succeeded
    /// Given up, with a reason. Terminal until a person retries.
    case failed
    /// Its prediction was canceled by a person. Terminal until a person retries.
    case canceled
    /// No longer in the manifest. Left only by coming back into it.
    case withdrawn

    /// Nothing is left to do in this run.
    public var isTerminal: Bool {
        switch self {
        case .succeeded, .failed, .canceled, .withdrawn: true
        case .pending, .submitting, .unknown, .held, .running, .fetching: false
        }
    }
}

extension Transition.Change {
    /// The state that the change leads to.
    package var state: ItemState {
        switch self {
        case .submitting: .submitting
        case .returned, .waiting, .unshared: .pending
        case .unknown: .unknown
        case .running, .found, .replaced: .running
        case .fetching: .fetching
        case .succeeded: .succeeded
        case .failed, .unmet: .failed
        case .held: .held
        case .sharing(let result, _):
            switch result.outcome {
            case .succeeded: .fetching
            case .failed: .failed
            case .held: .held
            }
        case .canceled: .canceled
        }
    }
}
