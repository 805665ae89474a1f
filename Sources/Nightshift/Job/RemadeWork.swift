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
        guard totals.predictions > 0 else { return }
        let share = Double(remade) / Double(totals.predictions)
        cost = totals.cost(manifest).map { $0 * share }
        predictTime = totals.predictTime * share
    }
}
