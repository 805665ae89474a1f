import Foundation
public import LosslessJSON

/// One create of a prediction, as a value: where it goes and what it says.
public struct PredictionRequest: Hashable, Sendable {
    /// What it is made with.
    public var target: PredictionTarget
    /// The model's input; an object.
    public var input: JSONValue
    /// What is asked for besides the output.
    public var options: PredictionOptions

    /// Describes a create; nothing is sent.
    public init(target: PredictionTarget, input: JSONValue, options: PredictionOptions = PredictionOptions()) {
        self.target = target
        self.input = input
        self.options = options
    }

    /// The path below the API's base.
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
    /// Where the platform posts updates to; must be https, or http to this machine.
    public var webhook: String?
    /// Which updates it posts; without a choice, changes of the output and the end.
    public var webhookEvents: [WebhookEvent]?
    /// How long the answer may be held for the result: 1 to 60 seconds, in whole seconds, rounded up.
    public var wait: Duration?
    /// After how long from its creation the platform ends the prediction by itself: 5 seconds to 24 hours.
    public var cancelAfter: Duration?

    /// Asks for nothing that is not given.
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
        if let webhook, let problem = WebhookAddress.problem(with: webhook) { return problem }
        if webhook == nil, webhookEvents?.isEmpty == false {
            return "webhook events are chosen, but there is no webhook to send them to"
        }
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
///
/// API: "Webhooks".
public enum WebhookEvent: String, CaseIterable, Hashable, Sendable {
    /// The model has begun to run.
    case start
    /// The output has grown; at most one each half second.
    case output
    /// The logs have grown; at most one each half second.
    case logs
    /// The prediction has ended, however it did. The only one that is sent again if it does not arrive.
    case completed
}

/// Where updates are posted to.
package enum WebhookAddress {
    /// Why the API would not post there, as a sentence, or `nil` if it would. Plain http to this machine is for servers
    /// that run here.
    package static func problem(with text: String) -> String? {
        guard let components = URLComponents(string: text), let host = components.host, !host.isEmpty,
            let scheme = components.scheme?.lowercased()
        else { return "the webhook '\(text)' is not a URL; expected one such as https://example.com/hook" }
        if let problem = PortNumber.problem(in: text) { return "the webhook '\(text)' has \(problem)" }
        if scheme == "https" || (scheme == "http" && Loopback.contains(host: host)) { return nil }
        return "the webhook begins with '\(scheme)'; expected https"
    }
}

extension Duration {
    /// Rounded up, because asking for less than was meant would end things early.
    var wholeSecondsRoundedUp: Int64 {
        let (seconds, attoseconds) = clamped(to: .zero, .seconds(1_000_000_000)).components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}
