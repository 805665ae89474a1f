import NightshiftCore
import ReplicateAPI

extension RunSession {
    /// What the run machine goes by: the manifest, the provider's usual limits, and what was typed with the run.
    func runSettings(
        _ provider: any Provider, _ budget: DescriptorBudget, schemas: [ModelSchema?], sharesResults: Bool,
        sharesAccount: Bool
    ) -> RunSettings {
        // A command has pipes besides.
        var most = Int.max
        if case .local(let commands) = manifest.provider, !commands.isEmpty { most = budget.commands }
        var settings = RunSettings(
            traits: provider.traits,
            steps: manifest.steps.map {
                StepSettings(
                    $0, concurrency: min(most, options.concurrency ?? $0.concurrency ?? provider.usualConcurrency))
            },
            creates: manifest.rate.creates.limit(byProvider: provider.usualRates.creates),
            reads: manifest.rate.reads.limit(byProvider: provider.usualRates.reads)
        )
        for (index, schema) in schemas.enumerated() { settings.steps[index].inputs = KnownInputs(schema) }
        settings.reconciling = job.engine.reconciling
        settings.fetches = budget.fetches
        settings.job = manifest.job
        settings.probeAfter = job.engine.probeAfter
        settings.waitsWhenRefused = !options.noWait
        settings.onUnknown = manifest.onUnknown
        settings.window = manifest.window
        settings.canary = options.canary
        settings.sharesResults = sharesResults
        settings.isNotified = manifest.webhook != nil
        settings.sharesAccount = sharesAccount
        settings.grace = options.grace
        settings.overrides = initialRun.orders
        // What is typed with the run is the newest word.
        if options.concurrency != nil { settings.overrides.concurrency = nil }
        settings.limits = RunSettings.Limits(
            predictions: manifest.budget.predictions, predictTime: manifest.budget.predictTime,
            failures: manifest.budget.failures?.limit(ofItems: totals.items),
            sameFailures: manifest.budget.sameFailures
        )
        settings.limits.wallTime = manifest.budget.wallTime
        settings.limits.cost = manifest.budget.cost
        return settings
    }

}

extension StepSettings {
    fileprivate init(_ step: Step, concurrency: Int) {
        self.init(concurrency: concurrency)
        name = step.name
        if case .model(let reference)? = step.model { model = reference.fullName }
        (attempts, backoff, retryRules) = (step.retry.attempts, step.retry.backoff, step.retry.rules)
        (startTimeout, runTimeout) = (step.timeout.start, step.timeout.run)
        price = step.price ?? PriceSettings()
        wait = step.wait
    }
}

extension BudgetSettings.Failures {
    /// How many items may fail.
    fileprivate func limit(ofItems items: Int) -> Int {
        switch self {
        case .count(let count): count
        case .share(let share): Int(saturating: (share * Double(items)).rounded(.down))
        }
    }
}
