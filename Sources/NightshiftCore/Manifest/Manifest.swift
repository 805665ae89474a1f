package import ReplicateAPI

/// What a manifest says, checked: an input set for a model, and the policies of its runs.
package struct Manifest: Sendable {
    /// The file as the user named it; paths inside it are relative to its directory.
    package var path: String
    package var job: String
    /// What is made of each row: at least one step, each after those that it needs.
    package var steps: [Step]
    package var provider: ProviderChoice
    /// The sources, one after the other. None means one empty row, which the matrix multiplies.
    package var inputs: [InputSource]
    package var matrix: Matrix
    package var exclude: [Exclusion]
    package var key: Template?
    package var outputs: OutputSettings
    package var rate: RateSettings
    package var budget: BudgetSettings
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
    /// What is exported at the end of each session.
    package var exports: [ExportSettings] = []

    package init(
        path: String, job: String, steps: [Step], provider: ProviderChoice = .replicate,
        inputs: [InputSource] = [], matrix: Matrix = Matrix(), exclude: [Exclusion] = [], key: Template? = nil,
        outputs: OutputSettings, rate: RateSettings = RateSettings(), budget: BudgetSettings = BudgetSettings()
    ) {
        self.path = path
        self.job = job
        self.steps = steps
        self.provider = provider
        self.inputs = inputs
        self.matrix = matrix
        self.exclude = exclude
        self.key = key
        self.outputs = outputs
        self.rate = rate
        self.budget = budget
    }

    /// Whether it is written with `steps`.
    package var hasSteps: Bool { steps.contains { !$0.name.isEmpty } }

    /// The models as the manifest names them, in the order of the steps; `nil` if it names none.
    package var modelNames: String? {
        let names = steps.compactMap(\.modelName)
        return names.isEmpty ? nil : names.joined(separator: ", ")
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
