public import JSON

/// One create of a prediction, as a value: where it goes and what it says.
public struct PredictionRequest: Hashable, Sendable {
    public var target: PredictionTarget
    /// The model's input; an object.
    public var input: JSONValue
    public var options: PredictionOptions

    public init(target: PredictionTarget, input: JSONValue, options: PredictionOptions = PredictionOptions()) {
        self.target = target
        self.input = input
        self.options = options
    }

    public var path: String { target.path }

    /// The body to send. The version stands in it, models and deployments are named by the path.
    public var body: JSONValue {
        var members: [String: JSONValue] = ["input": input]
        if case .version(let version) = target { members["version"] = .string(version) }
        members.set("webhook", options.webhook)
        if let events = options.webhookEvents {
            members["webhook_events_filter"] = .array(events.map { .string($0.rawValue) })
        }
        return .object(members)
    }
}

/// What may be asked for besides the output.
public struct PredictionOptions: Hashable, Sendable {
    /// Where the platform posts updates to; must be https.
    public var webhook: String?
    /// Which updates it posts; without a choice, changes of the output and the end.
    public var webhookEvents: [WebhookEvent]?
    /// How long the answer may be held for the result: 1 to 60 seconds, in whole seconds, rounded up.
    public var wait: Duration?
    /// After how long from its creation the platform ends the prediction by itself: 5 seconds to 24 hours.
    public var cancelAfter: Duration?

    public init(
        webhook: String? = nil, webhookEvents: [WebhookEvent]? = nil, wait: Duration? = nil,
        cancelAfter: Duration? = nil
    ) {
        self.webhook = webhook
        self.webhookEvents = webhookEvents
        self.wait = wait
        self.cancelAfter = cancelAfter
    }

    /// The value of the `Prefer` header, or `nil` if none is needed.
    public var preferHeader: String? {
        wait.map { "wait=\($0.wholeSecondsRoundedUp)" }
    }

    /// The value of the `Cancel-After` header, or `nil` if none is needed.
    public var cancelAfterHeader: String? {
        cancelAfter.map { "\($0.wholeSecondsRoundedUp)s" }
    }

    /// The first choice that the API would not take, as a sentence, or `nil` if all are fine.
    public var problem: String? {
        if let wait, !(.seconds(1)...(.seconds(60))).contains(wait) {
            return "the wait is \(wait); expected 1 to 60 seconds"
        }
        if let cancelAfter, !(.seconds(5)...(.seconds(86_400))).contains(cancelAfter) {
            return "the time to cancel after is \(cancelAfter); expected 5 seconds to 24 hours"
        }
        return nil
    }
}

/// A kind of update that a webhook can be asked for.
public enum WebhookEvent: String, CaseIterable, Hashable, Sendable {
    case start, output, logs, completed
}

extension Duration {
    /// Rounded up, because asking for less than was meant would end things early.
    var wholeSecondsRoundedUp: Int64 {
        let (seconds, attoseconds) = components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}
