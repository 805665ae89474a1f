import LosslessJSON

/// How many requests a run may make in a time.
package struct RateSettings: Hashable, Sendable {
    package enum Choice: Hashable, Sendable {
        /// Not said in the manifest: what the provider is known to allow.
        case byProvider
        case unlimited
        case limit(RateLimit)

        /// The limit to apply, `nil` for none.
        package func limit(byProvider: RateLimit?) -> RateLimit? {
            switch self {
            case .byProvider: byProvider
            case .unlimited: nil
            case .limit(let limit): limit
            }
        }
    }

    package var creates: Choice
    package var reads: Choice

    package init(creates: Choice = .byProvider, reads: Choice = .byProvider) {
        self.creates = creates
        self.reads = reads
    }
}

/// How often an item is tried, the first time included, and how long between.
package struct RetrySettings: Hashable, Sendable {
    package var attempts: Int
    package var backoff: Backoff
    package var rules: RetryRules

    package init(attempts: Int = 5, backoff: Backoff = Backoff(), rules: RetryRules = RetryRules()) {
        self.attempts = attempts
        self.backoff = backoff
        self.rules = rules
    }
}

/// Where the provider calls when a prediction has ended.
package struct WebhookSettings: Hashable, Sendable {
    /// The address that the receiver listens on, on this machine.
    package var host: String
    package var port: Int
    /// The address at which the provider reaches it.
    package var url: String

    package init(host: String, port: Int, url: String) {
        self.host = host
        self.port = port
        self.url = url
    }
}

/// How long a prediction may wait for its start, and how long it may run.
package struct TimeoutSettings: Hashable, Sendable {
    package var start: Duration?
    package var run: Duration?

    package init(start: Duration? = nil, run: Duration? = nil) {
        self.start = start
        self.run = run
    }
}

/// What the model costs, in any currency: the provider's API does not tell it.
package struct PriceSettings: Hashable, Sendable {
    /// For each second of computing.
    package var perSecond: Double
    /// For each prediction.
    package var perPrediction: Double

    package init(perSecond: Double = 0, perPrediction: Double = 0) {
        self.perSecond = perSecond
        self.perPrediction = perPrediction
    }

    package func cost(predictions: Int, predictTime: Double) -> Double {
        Double(predictions) * perPrediction + predictTime * perSecond
    }
}

/// Hard limits of a run.
package struct BudgetSettings: Hashable, Sendable {
    /// How many items may fail before the run stops.
    package enum Failures: Hashable, Sendable {
        case count(Int)
        /// A share of all items, from 0 to 1.
        case share(Double)

        /// The number of failed items that is still allowed.
        package func limit(ofItems items: Int) -> Int {
            switch self {
            case .count(let count): count
            case .share(let share): Int(saturating: (Double(items) * share).rounded(.down))
            }
        }
    }

    package var predictions: Int?
    package var predictTime: Duration?
    /// How long a session may create predictions, counted from its start.
    package var wallTime: Duration?
    /// What the run may cost, in the currency of ``PriceSettings``.
    package var cost: Double?
    package var failures: Failures?
    /// How many items may fail in the same way before the first succeeds; `nil` for any number.
    package var sameFailures: Int?

    /// So many are no accident.
    package static let usualSameFailures = 10

    package init(
        predictions: Int? = nil, predictTime: Duration? = nil, wallTime: Duration? = nil, cost: Double? = nil,
        failures: Failures? = nil, sameFailures: Int? = usualSameFailures
    ) {
        self.predictions = predictions
        self.predictTime = predictTime
        self.wallTime = wallTime
        self.cost = cost
        self.failures = failures
        self.sameFailures = sameFailures
    }
}
