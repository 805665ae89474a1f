extension Transition.Change {
    /// The states that the stored item may be in before. The store refuses a change of an item that is in another one: then
    /// somebody else has changed it, and what was decided by the older state must not be written over that.
    package var predecessors: [ItemState] {
        let live: [ItemState] = [.pending, .submitting, .unknown, .held, .running, .fetching]
        switch self {
        case .submitting, .unmet: return [.pending]
        // A person can have failed and canceled items take a prediction too.
        case .running: return live + [.failed, .canceled]
        case .fetching: return [.submitting, .unknown, .running, .fetching]
        case .succeeded: return [.fetching]
        case .sharing, .unshared: return [.pending, .fetching]
        // What is lost, found, gone or refused is found out late, and in any state that is not an end.
        case .returned, .unknown, .found, .replaced, .waiting, .failed, .held, .canceled: return live
        }
    }
}
