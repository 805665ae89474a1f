/// What is made of each row by one model: the whole of a job, or one of its `steps`.
package struct Step: Sendable {
    /// Its name in the manifest; empty for the one step of a manifest without `steps`.
    package var name: String
    /// The steps whose results it is made from.
    package var needs: [String]
    /// `nil` only for Cog servers, which serve the one model they are.
    package var model: ModelTarget?
    /// What each item sends; always an object.
    package var input: TemplateTree
    package var concurrency: Int?
    package var retry: RetrySettings
    package var timeout: TimeoutSettings
    /// `nil` where it is not known; then nothing is said of costs.
    package var price: PriceSettings?
    /// For how long a create asks the provider to hold its answer for the result.
    package var wait: Duration?
    /// What a result must be to be kept; `nil` if every one is.
    package var accept: Acceptance?

    package init(
        name: String = "", needs: [String] = [], model: ModelTarget?, input: TemplateTree = .object([]),
        concurrency: Int? = nil, retry: RetrySettings = RetrySettings(), timeout: TimeoutSettings = TimeoutSettings(),
        price: PriceSettings? = nil, wait: Duration? = nil, accept: Acceptance? = nil
    ) {
        self.name = name
        self.needs = needs
        self.model = model
        self.input = input
        self.concurrency = concurrency
        self.retry = retry
        self.timeout = timeout
        self.price = price
        self.wait = wait
        self.accept = accept
    }

    /// The model as the manifest names it.
    package var modelName: String? { model.map { "\($0)" } }

    /// The most that a job can have.
    static let most = 32
}

extension Array<Step> {
    /// The steps in an order in which each comes after what it needs, else as they are written.
    /// - Returns: `nil` with the names of a circle if there is no such order.
    func ordered() -> Result<[Step], StepCircle> {
        var ordered: [Step] = []
        var known: Set<String> = []
        var rest = self
        while !rest.isEmpty {
            guard let next = rest.firstIndex(where: { $0.needs.allSatisfy(known.contains) }) else {
                return .failure(StepCircle(among: rest))
            }
            known.insert(rest[next].name)
            ordered.append(rest.remove(at: next))
        }
        return .success(ordered)
    }
}

/// Steps that need each other, so that none can be the first.
struct StepCircle: Error, Hashable {
    /// The names along the circle, the first one again at its end.
    var names: [String]

    /// - Parameter steps: each needs at least one of the others.
    init(among steps: [Step]) {
        let byName = Dictionary(steps.map { ($0.name, $0) }) { first, _ in first }
        var walked: [String] = []
        var current = steps.first
        while let step = current, !walked.contains(step.name) {
            walked.append(step.name)
            current = step.needs.lazy.compactMap { byName[$0] }.first
        }
        let start = current?.name ?? ""
        names = Array(walked.drop { $0 != start }) + [start]
    }
}
