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
    /// Asked before anything is sent if an edit of the manifest has work done again; without it, the run goes on.
    public var approveRemaking: (@Sendable (RemadeWork) async -> Bool)?
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
