package import JSON
package import ReplicateAPI

/// What follows from an event: first the transitions are recorded, then the actions are begun.
package struct Decision: Sendable {
    package var transitions: [Transition] = []
    package var actions: [RunAction] = []
    /// How many pending items the machine has room for; the store answers with ``RunEvent/loaded(_:)``.
    package var load: Int?
    /// When to call again if nothing happens before.
    package var wake: Timestamp?
    /// The run is over.
    package var finish: RunEnd?

    package init() {}
}

/// A change of one item's state, to be committed before its consequences begin.
package struct Transition: Sendable {
    package enum Change: Sendable {
        /// The intent: what will be sent, and when.
        case submitting(attempt: Int, intentAt: Timestamp, requestDigest: String)
        /// The create is undone: nothing was accepted, no attempt was spent.
        case returned(attempt: Int, due: Timestamp)
        /// The create's answer was lost.
        case unknown(lostAt: Timestamp)
        case running(predictionID: String, since: Timestamp)
        /// With the output name, by which its files are reserved in the same commit.
        case fetching(Prediction, name: String)
        case succeeded([StoredOutput])
        /// The attempt failed, the item tries again.
        case waiting(AttemptFailure, failures: Int, excused: Int, due: Timestamp)
        case failed(AttemptFailure, failures: Int, excused: Int)
        /// What became of a create cannot be decided; a person has to.
        case held(reason: String)
    }

    package var item: ItemID
    package var key: String
    package var attempt: Int
    package var at: Timestamp
    package var change: Change

    package init(item: ItemID, key: String, attempt: Int, at: Timestamp, change: Change) {
        self.item = item
        self.key = key
        self.attempt = attempt
        self.at = at
        self.change = change
    }
}

/// How an attempt ended without a result.
package struct AttemptFailure: Hashable, Sendable {
    package var failureClass: FailureClass
    /// The provider's or the model's own words.
    package var message: String
    /// Seconds that were computed, and probably billed.
    package var predictTime: Double?

    package init(_ failureClass: FailureClass, _ message: String, predictTime: Double? = nil) {
        self.failureClass = failureClass
        self.message = message
        self.predictTime = predictTime
    }
}

/// Something to do outside; it answers by an event.
package enum RunAction: Sendable {
    case prepare(ItemID, input: JSONValue, files: [ItemFile])
    case create(ItemID, key: String, attempt: Int, input: JSONValue)
    /// Read the account's predictions of a time, the newest first, at most so many pages.
    case sweep(pages: Int, createdAfter: Timestamp, createdBefore: Timestamp?)
    case read(ItemID, predictionID: String)
    /// Look for creates whose answer was lost among the predictions since the time given.
    case list(createdAfter: Timestamp, wanted: Set<String>, outlines: Set<RequestOutline>)
    case fetch(ItemID, attempt: Int, output: JSONValue)
    case cancel(predictionID: String)
}

/// Why a run ended.
package enum RunEnd: Hashable, Sendable {
    /// Every item is terminal or held.
    case completed
    case interrupted
    /// 401, 402 or 403: the provider refuses this account.
    case refused(String)
    case budget(String)
    /// Nothing else would succeed either: a wrong version, a missing model.
    case breaker(String)
    /// This machine's disk.
    case disk(String)
}
