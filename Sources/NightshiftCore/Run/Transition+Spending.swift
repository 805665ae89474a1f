extension Transition {
    /// A change of an item of the window, with what people call the item and what the attempt has taken.
    init(_ change: Change, of item: ItemID, _ known: ItemWindow.Item, at now: Timestamp) {
        self.init(item: item, key: known.key, step: known.step, attempt: known.attempt, at: now, change: change)
        (name, origin, previous) = (known.name, known.origin, known.state)
        guard let seconds = change.spentTime(known: known.predictTime) else { return }
        spent = Spending(predictions: known.phase.predictionID == nil ? 0 : 1, predictTime: seconds)
    }
}

extension Transition.Change {
    /// Seconds computed by the attempt that ends by this change; `nil` where none ends.
    ///
    /// - Parameter known: what a prediction that has succeeded has told of itself.
    fileprivate func spentTime(known: Double?) -> Double? {
        switch self {
        case .succeeded: known ?? 0
        case .waiting(let failure, _, _), .failed(let failure, _), .replaced(let failure, _, _, _, _):
            failure.failureClass == .aborted ? nil : failure.predictTime ?? known ?? 0
        case .canceled(_, let predictTime): predictTime ?? known ?? 0
        case .submitting, .returned, .unknown, .running, .found, .fetching, .unmet, .held, .sharing, .unshared: nil
        }
    }
}
