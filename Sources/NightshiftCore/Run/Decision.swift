package import LosslessJSON
package import ReplicateAPI

/// What follows from an event: first the transitions are recorded, then the actions are begun.
package struct Decision: Sendable {
    package var transitions: [Transition] = []
    package var actions: [RunAction] = []
    /// Which pending items the machine has room for; the store answers with ``RunEvent/loaded(_:)``.
    package var load: PageRequest?
    /// When to call again if nothing happens before.
    package var wake: Timestamp?
    /// The run is over.
    package var finish: RunEnd?
    /// What people should hear of.
    package var announcements: [Announcement] = []
    /// What a person at another terminal has asked for.
    package var control = ControlEffects()
    /// What to claim of the account's rate; answered by ``RunEvent/granted(_:)``.
    package var account: AccountClaim?

    package init() {}
}

/// Pending items to be loaded.
package struct PageRequest: Hashable, Sendable {
    /// The place of their step among the run's.
    package var step: Int
    /// The step's name.
    package var name: String
    package var count: Int
    /// Of those that are due, the ones that became so last; else the first.
    package var latestFirst: Bool

    package init(step: Int = 0, name: String = "", count: Int, latestFirst: Bool = false) {
        self.step = step
        self.name = name
        self.count = count
        self.latestFirst = latestFirst
    }
}

/// A change of one item's state, to be committed before its consequences begin.
package struct Transition: Sendable {
    package enum Change: Sendable {
        /// The intent: what will be sent, and when.
        ///
        /// `changes` are the members of the input that this attempt sends otherwise than the manifest says.
        case submitting(attempt: Int, CreateIntent, changes: JSONValue?)
        /// The create is undone: nothing was accepted, no attempt was spent.
        case returned(attempt: Int, due: Timestamp)
        /// The create's answer was lost.
        case unknown(LostCreate)
        case running(predictionID: String, since: Timestamp)
        /// A create that was taken for lost for good has come after all; nothing was sent in its place.
        case found(attempt: Int, predictionID: String, since: Timestamp)
        /// The same, in place of a prediction that was made instead; that one is canceled, and this is how it counts.
        case replaced(AttemptFailure, FailureCounts, attempt: Int, predictionID: String, since: Timestamp)
        /// With the output name, by which its files are reserved in the same commit.
        case fetching(Prediction, name: String)
        case succeeded([StoredOutput])
        /// The attempt failed, the item tries again.
        case waiting(AttemptFailure, FailureCounts, due: Timestamp)
        case failed(AttemptFailure, FailureCounts)
        /// What it needs of other steps was not made, so it fails without an attempt.
        case unmet(AttemptFailure)
        /// What became of a create cannot be decided; a person has to.
        case held(reason: String)
        /// The item takes the result of another one with the same input, whose files are copied.
        case sharing(SharedResult, name: String)
        /// The result that the item was to share cannot be had; it is computed for the item itself.
        case unshared(due: Timestamp)
        /// A person has ended it; no attempt was spent.
        case canceled(reason: String, predictTime: Double?)
    }

    package var item: ItemID
    package var key: String
    /// What the item's files are named after, and where its row was read.
    package var name = ""
    package var origin = ""
    /// The place of its step among the run's.
    package var step: Int
    package var attempt: Int
    package var at: Timestamp
    /// The state that the item leaves.
    package var previous = ItemState.pending
    package var change: Change
    /// What the attempt has taken, where it ends by this; a result that is shared took nothing.
    package var spent: Spending?

    package init(item: ItemID, key: String, step: Int = 0, attempt: Int, at: Timestamp, change: Change) {
        self.item = item
        self.key = key
        self.step = step
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
    /// Of the prediction that ended so, if it is known.
    package var times: PredictionTimes?
    /// Where files of a result that was not accepted are kept, in the output directory.
    package var kept: [String] = []

    package init(_ failureClass: FailureClass, _ message: String, predictTime: Double? = nil) {
        self.failureClass = failureClass
        self.message = BoundedText.keep(message)
        self.predictTime = predictTime
    }

    /// With what a prediction has taken.
    package init(_ failureClass: FailureClass, _ message: String, of prediction: Prediction) {
        self.init(failureClass, message, predictTime: prediction.predictTime)
        times = PredictionTimes(prediction)
    }
}

/// Something to do outside; it answers by an event.
package enum RunAction: Sendable {
    case prepare(ItemID, input: JSONValue, files: [ItemFile])
    case create(ItemID, step: Int, key: String, attempt: Int, input: JSONValue)
    /// Read a page of the account's predictions to see how they stand.
    case pollList(ListQuery)
    case read(ItemID, predictionID: String)
    /// Ask for what the provider must know, whatever became of a prediction or a model: the account and the list.
    case checkProvider
    /// Find out whether a prediction that reads do not find is gone, or whether the provider knows nothing at all for now.
    /// `witness` is another prediction that it has known in this session.
    case checkAbsence(ItemID, predictionID: String, witness: String?)
    /// Look through a page of the account's predictions for creates whose answer was lost.
    case searchLostCreates(ListQuery, LostCreateSearch)
    /// Read a prediction whose row in the list did not show its input.
    case examine(predictionID: String, LostCreateSearch)
    case fetch(ItemID, step: Int, attempt: Int, output: JSONValue)
    case cancel(predictionID: String)
    /// Copy the files of another item's result, which are in `directory` if not in the run's own output directory.
    case share(ItemID, step: Int, attempt: Int, [StoredOutput], directory: String?)
    /// Ask whether the run goes on, after the first items.
    case judgeCanary(CanaryResult)
}

/// What the first items of a run have shown.
package struct CanaryResult: Hashable, Sendable {
    package var succeeded: Int
    package var failed: Int
    /// Items that are left to do.
    package var left: Int
    /// Seconds computed for each prediction, on average.
    package var predictTime: Double?
    /// What was spent so far, and what the rest will cost if it goes on like this; `nil` without a price.
    package var cost: Double?
    package var projectedCost: Double?

    package init(
        succeeded: Int, failed: Int, left: Int, predictTime: Double?, cost: Double?, projectedCost: Double?
    ) {
        self.succeeded = succeeded
        self.failed = failed
        self.left = left
        self.predictTime = predictTime
        self.cost = cost
        self.projectedCost = projectedCost
    }
}
