package import NightshiftCore
import ReplicateAPI

/// How to run a job.
public struct RunOptions: Sendable {
    /// Start over: a new run, whatever earlier ones did. Their outputs are replaced one by one.
    public var fresh: Bool
    /// Try failed, canceled and held items again, with all their attempts.
    public var retryFailed: Bool
    /// Fetch the outputs again whose files are gone or damaged, or run their items again where the provider has them no more.
    public var retryMissing: Bool
    /// Instead of the manifest's `concurrency`.
    public var concurrency: Int?
    /// End the run when the provider refuses the account, instead of asking again until it does not.
    public var noWait: Bool
    /// How long the first request to stop waits for what runs before it is left to the provider; `nil` for as long as it takes.
    public var grace: Duration?
    /// Run so many items first, and ask ``approveCanary`` about the rest.
    public var canary: Int?
    /// Asked once after the first items; without it, the run ends there.
    public var approveCanary: (@Sendable (CanaryReport) async -> Bool)?
    /// Asked before the run creates its first prediction if ``EarlierWork/mayRepeat``; without it, the run goes on.
    public var approveRepeating: (@Sendable (EarlierWork) async -> Bool)?
    /// Asked before anything is sent if rows collapse into few items, after a warning has said why; without it, the run goes on.
    public var approveCollapse: (@Sendable () async -> Bool)?
    /// Items that cannot be sent fail by themselves, with the reason, instead of stopping the run before its start.
    public var skipInvalid = false
    /// Run exactly what this plan says, or refuse.
    public var plan: PlanFile?

    /// Which items to do; all others stay as they are.
    public var selection: ItemSelection

    public init(
        fresh: Bool = false, retryFailed: Bool = false, retryMissing: Bool = false, concurrency: Int? = nil,
        selection: ItemSelection = ItemSelection(), noWait: Bool = false, grace: Duration? = nil, canary: Int? = nil,
        approveCanary: (@Sendable (CanaryReport) async -> Bool)? = nil
    ) {
        self.grace = grace
        self.fresh = fresh
        self.retryFailed = retryFailed
        self.retryMissing = retryMissing
        self.concurrency = concurrency
        self.selection = selection
        self.noWait = noWait
        self.canary = canary
        self.approveCanary = approveCanary
    }

    func judge(canary result: CanaryResult) async -> Bool {
        await approveCanary?(CanaryReport(result)) ?? false
    }
}

/// What the first items of a run have shown.
public struct CanaryReport: Hashable, Sendable {
    /// Items of the run that have succeeded and failed so far.
    public var succeeded: Int
    public var failed: Int
    /// Items that are left to do.
    public var left: Int
    /// Seconds computed for each prediction, on average; `nil` if nothing is known.
    public var predictTime: Double?
    /// What was spent so far, in the currency of the manifest's price; `nil` without one.
    public var cost: Double?
    /// What the rest will cost if it goes on like this.
    public var projectedCost: Double?

    package init(_ result: CanaryResult) {
        succeeded = result.succeeded
        failed = result.failed
        left = result.left
        predictTime = result.predictTime
        cost = result.cost
        projectedCost = result.projectedCost
    }
}

/// Some of a job's items, for one session.
public struct ItemSelection: Hashable, Sendable {
    /// Only these, by their keys; empty for all.
    public var keys: [String]
    /// Only items that failed or are held: they are tried again, with all their attempts.
    public var failed: Bool
    /// At most so many of those that are left to do, in input order.
    public var limit: Int?

    public init(keys: [String] = [], failed: Bool = false, limit: Int? = nil) {
        self.keys = keys
        self.failed = failed
        self.limit = limit
    }

    /// Whether it leaves anything out.
    var isLimited: Bool { !keys.isEmpty || failed || limit != nil }

    func choice(retryFailed: Bool) -> ItemChoice {
        ItemChoice(keys: keys, failed: failed, failedToo: retryFailed, limit: limit)
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
    /// Their predictions were canceled by a person.
    public var canceled: Int
    /// No longer in the manifest; not among `items`.
    public var withdrawn: Int
    /// Predictions made, over all sessions of the run.
    public var predictions: Int
    /// Seconds computed, as the provider counts them.
    public var predictTime: Double
    /// Failed attempts that were followed by another.
    public var retries: Int
    /// Creates that were answered with 429.
    public var throttles: Int
    /// Attempts that the provider does not bill: refused, or aborted before their start.
    public var unbilled: Int
    /// Seconds in which there was work and room, and nothing might be created.
    public var blockedTime: Double

    package init(_ totals: RunTotals) {
        items = totals.items
        pending = totals[.pending]
        running = totals[.running] + totals[.submitting]
        unknown = totals[.unknown]
        held = totals[.held]
        fetching = totals[.fetching]
        succeeded = totals[.succeeded]
        failed = totals[.failed]
        canceled = totals[.canceled]
        withdrawn = totals[.withdrawn]
        predictions = totals.predictions
        predictTime = totals.predictTime
        retries = totals.retries
        throttles = totals.throttles
        unbilled = totals.unbilled
        blockedTime = Double(totals.blockedTime) / 1000
    }
}

/// How a session of a run ended.
public struct RunReport: Hashable, Sendable {
    /// Why it ended.
    public enum End: Hashable, Sendable {
        /// Every item is succeeded, failed or held.
        case completed
        /// What was chosen is done, and other items are left.
        case partial
        /// Somebody asked it to stop.
        case interrupted
        /// The provider refuses: token or credit.
        case refused(String)
        /// A budget of the manifest is spent.
        case budget(String)
        /// Nothing else would succeed either.
        case breaker(String)
        /// The first items were run, and the rest was not agreed to.
        case canary(String)
        /// This machine's disk.
        case disk(String)
        /// A person has canceled what was in flight.
        case canceled
    }

    public var end: End
    public var counts: RunCounts
    /// Whether only some of the items were to be done.
    public var isLimited = false
    /// Where the outputs are.
    public var outputDirectory: String
    /// The most common reasons of failed and held items, with how many items each has.
    public var failureReasons: [FailureReason]
    /// Files of succeeded items that are not in their place any more; counted when a run is completed.
    public var missingFiles = 0
    /// The first few of them.
    public var missingExamples: [String] = []
    /// Of the failed items: cannot be sent as they are, so trying them again changes nothing.
    public var unsendable = 0

    /// A reason that items failed for.
    public struct FailureReason: Hashable, Sendable {
        public var reason: String
        public var count: Int
    }
}

/// What a run tells while it goes on. Everything that it tells of items is on disk already.
public enum RunEventNotice: Sendable {
    /// The input set is being read, and has had so many items so far.
    case expanding(items: Int)
    /// The input set is known: how many items, new, changed, withdrawn, repeated rows.
    case planned(RunPlanCounts)
    /// Something was made before of the run's inputs, by another job or an earlier copy of this one.
    case earlierWork(EarlierWork)
    /// The session begins to create and to watch.
    case started(RunCounts)
    /// Items changed their state.
    case progressed(RunCounts, [ItemChange], isThrottled: Bool)
    /// The run behaves differently from now on: a pause, a lower rate, a window.
    case announced(RunAnnouncement)
    /// A person at another terminal has told the run something; or an earlier session was told it.
    case ordered(RunOrders)
    /// How fast the run goes, and whether it may go on at all; told before what happened.
    case paced(RunPace)
    /// Why nothing is created from now on, or `nil` when creating may go on; told when it changes.
    case held(RunHold?)
    /// Something does not work that the run can do without, in one sentence.
    case warning(String)
}

/// How fast items end, over the time in which the run might work: pauses count neither way.
public struct RunPace: Hashable, Sendable {
    /// Seconds of the session in which something might be created.
    public var activeTime: Double
    /// Items that ended in that time.
    public var ended: Int
    /// Whether nothing may be created now: a pause, a refused account, a closed window, an open question.
    public var isHalted: Bool

    public init(activeTime: Double, ended: Int, isHalted: Bool) {
        self.activeTime = activeTime
        self.ended = ended
        self.isHalted = isHalted
    }

    package init(_ meter: PaceMeter) {
        self.init(activeTime: Double(meter.activeTime) / 1000, ended: meter.ended, isHalted: meter.isHalted)
    }
}

/// Something that a person should hear once while a run goes on.
public struct RunAnnouncement: Hashable, Sendable {
    /// One word for programs: `low_credit`, `paused`, `resumed`, `unreachable`, `throttled`, `unknown_status`, `window`,
    /// `expired`, `clock`, `searching`.
    public var kind: String
    /// One sentence for people.
    public var text: String
    /// When what is told is over, in seconds since 1970, where that is known.
    public var until: Double?

    package init(_ announcement: Announcement) {
        kind = announcement.kind.rawValue
        text = announcement.text
        until = announcement.until.map { Double($0.milliseconds) / 1000 }
    }
}

/// What a person has told a run while it went on.
public struct RunOrders: Hashable, Sendable {
    /// Nothing new is created.
    public var isPaused: Bool
    /// Instead of the manifest's.
    public var concurrency: Int?
    /// Instead of the manifest's, such as `60/min`.
    public var rate: String?

    package init(_ orders: RunOverrides) {
        isPaused = orders.isPaused
        concurrency = orders.concurrency
        rate = orders.rate.map { RateText.format($0.limit(byProvider: nil)) }
    }
}

/// How the manifest's items compare with what the store knew.
public struct RunPlanCounts: Hashable, Sendable {
    public var items: Int
    public var new: Int
    public var changed: Int
    public var withdrawn: Int
    public var repeated: Int
    /// Succeeded before, and kept.
    public var done = 0
    /// Cannot be sent, and fail without being tried.
    public var invalid = 0

    public init(items: Int, new: Int, changed: Int, withdrawn: Int, repeated: Int) {
        self.items = items
        self.new = new
        self.changed = changed
        self.withdrawn = withdrawn
        self.repeated = repeated
    }

    init(_ report: SynchronizationReport) {
        self.init(
            items: report.items, new: report.new, changed: report.changed, withdrawn: report.withdrawn,
            repeated: report.repeated)
        done = report.done
        invalid = report.invalid
    }
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
        case .running(let predictionID, _), .found(_, let predictionID, _): self.predictionID = predictionID
        case .replaced(let failure, _, _, let predictionID, _):
            (self.predictionID, reason) = (predictionID, failure.message)
        case .fetching(let prediction, _): predictionID = prediction.id
        case .waiting(let failure, _, _), .failed(let failure, _), .unmet(let failure): reason = failure.message
        case .held(let text), .canceled(let text, _): reason = text
        case .sharing(let result, _):
            switch result.outcome {
            case .succeeded(let predictionID, _, _): self.predictionID = predictionID
            case .failed(_, let text), .held(let text): reason = text
            }
        case .submitting, .returned, .unknown, .unshared, .succeeded: break
        }
    }
}
