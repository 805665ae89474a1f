import ReplicateAPI
import Synchronization

extension ServerState {
    /// The name of the account that every token belongs to.
    static let accountName = "nightshift"

    /// The models that users made, as they are now.
    var registry: ModelRegistry {
        settleTrainings()
        return models.withLock { $0 }
    }

    /// Changes the models that users made.
    func changeModels<Result: Sendable>(
        _ change: (inout ModelRegistry) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        settleTrainings()
        return try models.withLock { (models) throws(Problem) in try change(&models) }
    }

    /// Trainings have no timer, so whoever asks for a model brings their results in.
    private func settleTrainings() {
        let open = models.withLock { $0.openTrainings }
        for training in open {
            let snapshot = trainings.record(training)?.lifecycle.snapshot(at: clock.now)
            models.withLock { $0.settle(training, snapshot) }
        }
    }

    // MARK: - Finding models

    /// All models: those that users made and those of the server.
    var allModels: [RegisteredModel] {
        registry.models + catalogue.registered
    }

    func model(_ owner: String, _ name: String) throws(Problem) -> RegisteredModel {
        let fullName = "\(owner)/\(name)"
        if let model = catalogue.registered(fullName) ?? registry.model(fullName) { return model }
        throw .notFound
    }

    /// The model that the `version` of a create names: a version's id, `owner/name:id`, or an official `owner/name`.
    func model(forVersion text: String) -> ServedModel? {
        // Most creates are for models of the server, which are found without a lock.
        if let model = catalogue.model(forVersion: text) { return model }
        guard let reference = try? ModelReference(parsing: text) else { return registry.served(version: text) }
        return reference.version.flatMap { registry.model(reference.fullName)?.version($0)?.model }
    }

    /// The model that a deployment runs, and whether somebody chose its version.
    func model(forDeployment owner: String, _ name: String) -> (model: ServedModel, isPinned: Bool)? {
        if let release = deployments.withLock({ $0.deployment(owner, name)?.release }) {
            return model(forVersion: "\(release.model):\(release.version)").map { ($0, true) }
        }
        return catalogue.model(owner, name).map { ($0, false) }
    }

    /// How often a model was run.
    func runCount(of fullName: String) -> Int {
        runCounts.withLock { $0[fullName] ?? 0 }
    }

    func countRun(of fullName: String) {
        runCounts.withLock { $0[fullName, default: 0] += 1 }
    }

    // MARK: - Finding predictions

    /// Whatever can be read as a prediction: predictions, trainings, and the examples of the models.
    func anyRecord(_ id: PredictionID, base: String) -> PredictionRecord? {
        predictions.record(id) ?? trainings.record(id) ?? catalogue.example(id, base: base)
    }
}
