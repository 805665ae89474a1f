package import LosslessJSON

/// Why no create may be sent now, and until when, where that is known.
///
/// It is the one answer to "why is nothing created?": what asks gets it from ``CreateGate``.
package struct CreateHold: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// A person has canceled what is in flight.
        case canceling
        /// What runs is finished, then the run ends.
        case ending(RunEnd)
        /// A person has paused the run.
        case paused
        /// The provider, or something on the way to it, refuses every create, in these words.
        case refused(String)
        /// Predictions in flight are not found at the provider.
        case missingPredictions
        /// The hours of the manifest's `window` are over.
        case outsideWindow
        /// The first items have ended, and a person or a rule decides about the rest.
        case canary
        /// It is not known yet what became of the predictions of an earlier session.
        case earlierSession
        /// The provider has answered 429.
        case throttled
        /// The provider is busy or cannot be reached.
        case unreachable
        /// The rate of the run, or of all runs with its account, is used up for a moment.
        case rate
    }

    package var reason: Reason
    package var until: Timestamp?

    package init(_ reason: Reason, until: Timestamp? = nil) {
        self.reason = reason
        self.until = until
    }
}

extension CreateHold {
    /// All words that ``code`` may be.
    package static let codes = [
        "canceling", "ending", "paused", "refused", "missing_predictions", "outside_window", "canary",
        "earlier_session",
        "throttled", "unreachable", "rate",
    ]

    /// A stable word for the reason.
    package var code: String {
        switch reason {
        case .canceling: "canceling"
        case .ending: "ending"
        case .paused: "paused"
        case .refused: "refused"
        case .missingPredictions: "missing_predictions"
        case .outsideWindow: "outside_window"
        case .canary: "canary"
        case .earlierSession: "earlier_session"
        case .throttled: "throttled"
        case .unreachable: "unreachable"
        case .rate: "rate"
        }
    }

    /// The provider's words, or how the run ends, where there are any.
    package var detail: String? {
        switch reason {
        case .refused(let message): message
        case .ending(let end): end.recorded
        default: nil
        }
    }

    /// `{"reason":"refused","detail":"…","until":1700000000000}`; times are milliseconds since 1970.
    package var json: JSONValue {
        var members: [String: JSONValue] = ["reason": .string(code)]
        if let detail { members["detail"] = .string(detail) }
        if let until { members["until"] = .number(JSONNumber(Int(until.milliseconds))) }
        return .object(members)
    }

    package init?(json: JSONValue) {
        let detail = json["detail"]?.stringValue
        let reason: Reason
        switch json["reason"]?.stringValue {
        case "canceling": reason = .canceling
        case "ending": reason = .ending(detail.flatMap(RunEnd.init(recorded:)) ?? .interrupted)
        case "paused": reason = .paused
        case "refused": reason = .refused(detail ?? "")
        case "missing_predictions": reason = .missingPredictions
        case "outside_window": reason = .outsideWindow
        case "canary": reason = .canary
        case "earlier_session": reason = .earlierSession
        case "throttled": reason = .throttled
        case "unreachable": reason = .unreachable
        case "rate": reason = .rate
        default: return nil
        }
        self.init(reason, until: (json["until"]?.intValue).map { Timestamp(milliseconds: Int64($0)) })
    }
}
