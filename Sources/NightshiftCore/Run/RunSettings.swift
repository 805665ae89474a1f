/// What is done about a create whose answer was lost.
package enum OnUnknown: String, CaseIterable, Hashable, Sendable {
    /// Look for it in the account's list before anything is sent again.
    case reconcile
    /// Send it again at once, and pay twice if it had been accepted.
    case retry
    /// Leave it to a person.
    case hold
}

/// What a run is told, from the manifest and the provider.
package struct RunSettings: Sendable {
    package struct Limits: Hashable, Sendable {
        /// Creates of this run, all its attempts and sessions together.
        package var predictions: Int?
        package var predictTime: Duration?
        /// How long a session may create predictions.
        package var wallTime: Duration?
        package var cost: Double?
        package var failures: Int?
        /// How many items may fail in the same way before the first succeeds.
        package var sameFailures: Int?

        package init(
            predictions: Int? = nil, predictTime: Duration? = nil, failures: Int? = nil, sameFailures: Int? = nil
        ) {
            self.predictions = predictions
            self.predictTime = predictTime
            self.failures = failures
            self.sameFailures = sameFailures
        }
    }

    /// How lost answers are looked for.
    package struct Reconciling: Hashable, Sendable {
        /// How long after the loss the first look is taken.
        package var settle: Duration = .seconds(2)
        /// How long after the loss a look that finds nothing proves that nothing was created.
        package var lag: Duration = .seconds(15)
        /// How far the clocks of this machine and the provider may differ.
        package var skew: Duration = .seconds(120)
        /// How long the provider keeps a finished prediction's data.
        package var retention: Duration = .seconds(3600)

        package init() {}

        /// How long after the loss a create may still be worked on, as long as the provider has accepted no newer one.
        package func patience(after loss: CreateLoss) -> Duration {
            switch loss {
            case .answered, .accepted: lag
            case .broken: lag * 4
            // A session that ended may have left its request on an open connection, too.
            case .timedOut, .ended: lag * 20
            }
        }
    }

    package var traits: ProviderTraits
    /// The job's name, for templates.
    package var job = ""
    /// At least one.
    package var steps: [StepSettings]
    package var creates: RateLimit?
    package var reads: RateLimit?
    package var limits = Limits()
    package var reconciling = Reconciling()
    /// Whether other runs may use the same account, so that requests are claimed before they are sent.
    package var sharesAccount = false
    /// How long the first request to stop waits for what runs; `nil` for as long as it takes.
    package var grace: Duration?
    /// What a person told an earlier session.
    package var overrides = RunOverrides()
    /// Items whose outputs may be downloaded at a time.
    package var fetches = 32
    /// A provider that refuses the account is asked again, instead of ending the run.
    package var waitsWhenRefused = true
    /// After how long a provider that refuses the account is asked again.
    package var probeAfter: Duration = .seconds(300)
    package var onUnknown = OnUnknown.reconcile
    /// When predictions may be created; always if `nil`.
    package var window: DailyWindow?
    /// How many items are tried before a person is asked about the rest.
    package var canary: Int?
    /// Some items wait for the result of another one with the same input.
    package var sharesResults = false
    /// The provider calls us when a prediction has ended; looking is only the net below.
    package var isNotified = false

    package init(
        traits: ProviderTraits, steps: [StepSettings], creates: RateLimit? = nil, reads: RateLimit? = nil
    ) {
        self.traits = traits
        self.steps = steps
        self.creates = creates
        self.reads = reads
    }

    /// For a run without `steps`.
    package init(
        traits: ProviderTraits, concurrency: Int, creates: RateLimit? = nil, reads: RateLimit? = nil,
        attempts: Int = 5, backoff: Backoff = Backoff(), startTimeout: Duration? = nil, runTimeout: Duration? = nil
    ) {
        var step = StepSettings(concurrency: concurrency)
        (step.attempts, step.backoff) = (attempts, backoff)
        (step.startTimeout, step.runTimeout) = (startTimeout, runTimeout)
        self.init(traits: traits, steps: [step], creates: creates, reads: reads)
    }
}

/// What a run is told of one step.
package struct StepSettings: Sendable {
    /// Empty in a run without `steps`.
    package var name = ""
    /// The model's `owner/name`, as the provider's list shows it, where the step has one.
    package var model: String?
    package var concurrency: Int
    package var attempts = 5
    package var backoff = Backoff()
    package var retryRules = RetryRules()
    package var startTimeout: Duration?
    package var runTimeout: Duration?
    package var price = PriceSettings()
    /// What the model takes, as far as that is known: a provider may fill it into the inputs that it shows.
    package var inputs = KnownInputs()
    /// For how long a create asks the provider to hold its answer for the result.
    package var wait: Duration?

    package init(concurrency: Int) {
        self.concurrency = concurrency
    }

    /// After how long from its creation the provider should end a prediction by itself.
    package var cancelAfter: Duration? {
        guard let startTimeout, let runTimeout else { return nil }
        return Swift.max(.seconds(5), startTimeout + runTimeout)
    }
}
