/// How to plan a job.
public struct PlanOptions: Hashable, Sendable {
    /// How many of the first items the report shows.
    public var samples: Int
    /// Ask nobody for the model's schema.
    public var offline: Bool
    /// Count only these as to be done.
    public var selection: ItemSelection

    public init(samples: Int = 3, offline: Bool = false, selection: ItemSelection = ItemSelection()) {
        self.samples = samples
        self.offline = offline
        self.selection = selection
    }
}
