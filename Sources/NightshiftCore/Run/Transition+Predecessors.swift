extension Transition.Change {
    /// Some states, with their names as a list; made once, because it is asked for with every checkpoint.
    package struct States: Sendable {
        package let all: Set<ItemState>
        /// Such as `'pending', 'running'`.
        package let quotedNames: String

        fileprivate init(_ states: ItemState...) {
            all = Set(states)
            quotedNames = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        }
    }

    private static let pending = States(.pending)
    private static let fetching = States(.fetching)
    private static let unshared = States(.pending, .fetching)
    private static let atProvider = States(.submitting, .unknown, .running, .fetching)
    private static let live = States(.pending, .submitting, .unknown, .held, .running, .fetching)
    private static let adoptable = States(
        .pending, .submitting, .unknown, .held, .running, .fetching, .failed, .canceled)

    /// The states that the stored item may be in before. The store refuses a change of an item that is in another one: then
    /// somebody else has changed it, and what was decided by the older state must not be written over that.
    package var predecessors: States {
        switch self {
        case .submitting, .unmet: Self.pending
        // A person can have failed and canceled items take a prediction too.
        case .running: Self.adoptable
        case .fetching: Self.atProvider
        case .succeeded: Self.fetching
        case .sharing, .unshared: Self.unshared
        // What is lost, found, gone or refused is found out late, and in any state that is not an end.
        case .returned, .unknown, .found, .replaced, .waiting, .failed, .held, .canceled: Self.live
        }
    }
}
