import NightshiftCore

/// What an edit of the manifest would have made again.
public struct RemadeWork: Hashable, Sendable {
    /// Items with results that would be made again: under the same key, for the same row, or with the same output name.
    public var remade: Int
    /// Items with results before the edit.
    public var done: Int
    /// What it will cost if it costs what the run's predictions have so far, in the currency of the manifest's prices.
    public var cost: Double?
    /// The same in seconds that the models compute.
    public var predictTime: Double?

    init(remade: Int, done: Int, totals: RunTotals, manifest: Manifest) {
        self.remade = remade
        self.done = done
        cost = totals.expectedCost(of: remade, spent: totals.cost(manifest))
        predictTime = totals.expectedPredictTime(of: remade)
    }
}
