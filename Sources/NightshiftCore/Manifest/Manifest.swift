package import ReplicateAPI

/// What a manifest says, checked: an input set for a model, and the policies of its runs.
package struct Manifest: Sendable {
    /// The file as the user named it; paths inside it are relative to its directory.
    package var path: String
    package var job: String
    /// `nil` only for Cog servers, which serve the one model they are.
    package var model: ModelTarget?
    package var provider: ProviderChoice
    /// The sources, one after the other. None means one empty row, which the matrix multiplies.
    package var inputs: [InputSource]
    package var matrix: Matrix
    package var exclude: [Exclusion]
    /// What each item sends; always an object.
    package var input: TemplateTree
    package var key: Template?
    package var outputs: OutputSettings
    package var concurrency: Int?
    package var rate: RateSettings
    package var retry: RetrySettings
    package var timeout: TimeoutSettings
    package var budget: BudgetSettings
    /// `nil` where it is not known; then nothing is said of costs.
    package var price: PriceSettings?
    /// For how long a create asks the provider to hold its answer for the result.
    package var wait: Duration?
    package var onUnknown = OnUnknown.reconcile
    package var webhook: WebhookSettings?
    /// The hours of the day in which predictions are created.
    package var window: DailyWindow?
    /// Which items go first: those with the higher number.
    package var priority: Template?
    /// How often each item is run, as items of their own.
    package var repetitions = 1
    /// Whether results of earlier runs with the same input are taken.
    package var reusesResults = false

    package init(
        path: String, job: String, model: ModelTarget?, provider: ProviderChoice = .replicate,
        inputs: [InputSource] = [], matrix: Matrix = Matrix(), exclude: [Exclusion] = [],
        input: TemplateTree = .object([]), key: Template? = nil, outputs: OutputSettings,
        concurrency: Int? = nil, rate: RateSettings = RateSettings(), retry: RetrySettings = RetrySettings(),
        timeout: TimeoutSettings = TimeoutSettings(), budget: BudgetSettings = BudgetSettings(),
        price: PriceSettings? = nil, wait: Duration? = nil
    ) {
        self.path = path
        self.job = job
        self.model = model
        self.provider = provider
        self.inputs = inputs
        self.matrix = matrix
        self.exclude = exclude
        self.input = input
        self.key = key
        self.outputs = outputs
        self.concurrency = concurrency
        self.rate = rate
        self.retry = retry
        self.timeout = timeout
        self.budget = budget
        self.price = price
        self.wait = wait
    }
}

/// What the predictions are made with.
package enum ModelTarget: Hashable, Sendable {
    case model(ModelReference)
    case deployment(owner: String, name: String)
}

extension ModelTarget: CustomStringConvertible {
    /// The target as the manifest writes it; part of every item's identity.
    package var description: String {
        switch self {
        case .model(let reference): reference.description
        case .deployment(let owner, let name): "deployment:\(owner)/\(name)"
        }
    }
}

/// Where the predictions are made.
package enum ProviderChoice: Hashable, Sendable {
    case replicate
    /// The embedded server, with commands that serve as models by their `owner/name`.
    case local(commands: [String: String])
    /// Cog servers by their base URLs.
    case cog(servers: [String])
}

/// Where the results go.
package struct OutputSettings: Hashable, Sendable {
    /// As written; relative to the manifest's directory.
    package var directory: String
    package var name: Template?

    package init(directory: String, name: Template? = nil) {
        self.directory = directory
        self.name = name
    }
}
