package import NightshiftCore
import ReplicateAPI

/// How to run a job.
public struct RunOptions: Hashable, Sendable {
    /// Start over: a new run, whatever earlier ones did. Their outputs are replaced one by one.
    public var fresh: Bool
    /// Try failed and held items again, with all their attempts.
    public var retryFailed: Bool
    /// Fetch the outputs again whose files are gone, or run their items again where the provider has them no more.
    public var retryMissing: Bool
    /// Instead of the manifest's `concurrency`.
    public var concurrency: Int?

    public init(
        fresh: Bool = false, retryFailed: Bool = false, retryMissing: Bool = false, concurrency: Int? = nil
    ) {
        self.fresh = fresh
        self.retryFailed = retryFailed
        self.retryMissing = retryMissing
        self.concurrency = concurrency
    }
}

/// How many items of a run are where.
public struct RunCounts: Hashable, Sendable {
    /// All items of the manifest.
    public var items: Int
    /// Nothing sent yet, or waiting for the next attempt.
    public var pending: Int
    /// At the provider, or on the way there.
    public var running: Int
    /// The create's answer was lost; being looked for.
    public var unknown: Int
    /// Nobody can tell what became of a create; a person has to decide.
    public var held: Int
    /// Outputs being downloaded.
    public var fetching: Int
    public var succeeded: Int
    public var failed: Int
    /// No longer in the manifest; not among `items`.
    public var withdrawn: Int
    /// Predictions made, over all sessions of the run.
    public var predictions: Int
    /// Seconds computed, as the provider counts them.
    public var predictTime: Double
    /// Failed attempts that were followed by another.
    public var retries: Int

    package init(_ totals: RunTotals) {
        items = totals.items
        pending = totals[.pending]
        running = totals[.running] + totals[.submitting]
        unknown = totals[.unknown]
        held = totals[.held]
        fetching = totals[.fetching]
        succeeded = totals[.succeeded]
        failed = totals[.failed]
        withdrawn = totals[.withdrawn]
        predictions = totals.predictions
        predictTime = totals.predictTime
        retries = totals.retries
    }
}

/// How a session of a run ended.
public struct RunReport: Hashable, Sendable {
    /// Why it ended.
    public enum End: Hashable, Sendable {
        /// Every item is succeeded, failed or held.
        case completed
        /// Somebody asked it to stop.
        case interrupted
        /// The provider refuses: token or credit.
        case refused(String)
        /// A budget of the manifest is spent.
        case budget(String)
        /// Nothing else would succeed either.
        case breaker(String)
        /// This machine's disk.
        case disk(String)
    }

    public var end: End
    public var counts: RunCounts
    /// Where the outputs are.
    public var outputDirectory: String
    /// The most common reasons of failed and held items, with how many items each has.
    public var failureReasons: [FailureReason]
    /// Files of succeeded items that are not in their place any more; counted when a run is completed.
    public var missingFiles = 0
    /// The first few of them.
    public var missingExamples: [String] = []

    /// A reason that items failed for.
    public struct FailureReason: Hashable, Sendable {
        public var reason: String
        public var count: Int
    }
}

/// What a run tells while it goes on. Everything it tells is on disk already.
public enum RunEventNotice: Sendable {
    /// The input set is known: how many items, new, changed, withdrawn, repeated rows.
    case planned(RunPlanCounts)
    /// The session begins to create and to watch.
    case started(RunCounts)
    /// Items changed their state.
    case progressed(RunCounts, [ItemChange], isThrottled: Bool)
}

/// How the manifest's items compare with what the store knew.
public struct RunPlanCounts: Hashable, Sendable {
    public var items: Int
    public var new: Int
    public var changed: Int
    public var withdrawn: Int
    public var repeated: Int
}

/// One item's new state.
public struct ItemChange: Hashable, Sendable {
    public var key: String
    /// The state's word, as `items` shows it.
    public var state: String
    public var attempt: Int
    public var predictionID: String?
    /// Why an attempt failed, or why the item is held.
    public var reason: String?

    package init(_ transition: Transition) {
        key = transition.key
        state = transition.change.state.rawValue
        attempt = transition.attempt
        switch transition.change {
        case .running(let predictionID, _): self.predictionID = predictionID
        case .fetching(let prediction, _): predictionID = prediction.id
        case .waiting(let failure, _, _, _), .failed(let failure, _, _): reason = failure.message
        case .held(let text): reason = text
        case .submitting, .returned, .unknown, .succeeded: break
        }
    }
}
