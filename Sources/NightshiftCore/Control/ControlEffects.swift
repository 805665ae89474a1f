package import ReplicateAPI

/// The runner's name for a request that waits for its answer.
package struct ControlTicket: Hashable, Sendable {
    package let rawValue: Int

    package init(_ rawValue: Int) {
        self.rawValue = rawValue
    }
}

/// A fact about what a person wants.
package enum ControlEvent: Sendable {
    case asked(ControlCommand, ControlTicket?)
    /// The store has made these items pending, to be tried or made again, due at the time given.
    case retried(RetryOutcome, due: Timestamp, ControlTicket?)
    /// The provider knows the prediction that an item is to adopt.
    case found(Prediction, for: String, ControlTicket?)
    /// The prediction is the item's own: it can be taken up.
    case adoptable(Adoption, ControlTicket?)
    case notAdoptable(String, ControlTicket?)
}

/// An item outside the window and the prediction that a person says is its.
package struct Adoption: Sendable {
    package var item: LoadedItem
    /// Where the item stands in the store.
    package var state: ItemState
    package var prediction: Prediction
    /// Whether an earlier attempt of the item has had it, so that it is counted already.
    package var isCounted: Bool

    package init(item: LoadedItem, state: ItemState, prediction: Prediction, isCounted: Bool) {
        self.item = item
        self.state = state
        self.prediction = prediction
        self.isCounted = isCounted
    }
}

/// What follows from requests, beside transitions and actions.
package struct ControlEffects: Sendable {
    /// To be given when the decision is on disk.
    package var answers: [(ControlTicket, ControlAnswer)] = []
    /// To be written; `nil` if nothing has changed.
    package var overrides: RunOverrides?
    /// To be done by the store at once; answered by ``ControlEvent/retried(_:due:_:)``.
    package var retries: [(keys: [String], ticket: ControlTicket?)] = []
    /// The same for items that are to be made again.
    package var redos: [(orders: [RedoOrder], ticket: ControlTicket?)] = []
    /// To be read from the provider; answered by ``ControlEvent/found(_:for:_:)`` or ``ControlEvent/notAdoptable(_:_:)``.
    package var searches: [(key: String, predictionID: String, ticket: ControlTicket?)] = []
    /// To be judged by what the store has, at once: nothing may be decided between its answer and the adoption.
    package var adoptions: [(key: String, prediction: Prediction, ticket: ControlTicket?)] = []
    /// Creates under way whose predictions go by a name of our own: they can be canceled before they answer.
    package var canceledCreates: [(key: String, attempt: Int)] = []

    package init() {}

    /// Items that a person has made pending or running again will be heard of next, so that not all is done yet.
    var changesItems: Bool { !retries.isEmpty || !redos.isEmpty || !adoptions.isEmpty }
}
