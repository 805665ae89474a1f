package import NightshiftCore

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
