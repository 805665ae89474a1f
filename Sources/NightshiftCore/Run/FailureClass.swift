/// Why an attempt ended without a result. One table, ``rule``, says what each class means for the item and the run.
package enum FailureClass: String, CaseIterable, Hashable, Sendable {
    /// "Prediction interrupted; please retry (code: PA)": the instance was taken away.
    case interrupted
    /// E1001: out of memory; the same input ends the same way.
    case outOfMemory = "out_of_memory"
    /// E4875: the webhook URL is empty.
    case webhookConfiguration = "webhook_configuration"
    /// E6716: the platform could not start the prediction in time.
    case startTimeout = "start_timeout"
    /// E8367: stopped in a state that is not final.
    case stopped
    /// E8765: the health check failed.
    case healthCheck = "health_check"
    /// E9243: error when starting, often a bad input.
    case startError = "start_error"
    /// E9825: the output could not be uploaded.
    case uploadFailed = "upload_failed"
    /// E1000, E9828 and codes not known yet.
    case platform
    /// E001, E002: the platform's own account at another provider.
    case upstreamAccount = "upstream_account"
    /// E003: high demand.
    case highDemand = "high_demand"
    /// E004: temporarily unavailable.
    case temporarilyUnavailable = "temporarily_unavailable"
    /// E005: flagged as sensitive.
    case sensitive
    /// The model's safety filter.
    case nsfw
    /// Any other error text: an exception of the model.
    case model
    /// Canceled, but not by us.
    case canceled
    /// Never started, not billed.
    case aborted
    /// Canceled by us because it took longer than the manifest allows.
    case timedOut = "timed_out"
    /// The output expired before it was downloaded.
    case expired
    /// The provider no longer knows the prediction.
    case gone
    /// A create's answer was lost, and the manifest says to send it again without looking.
    case lost
    /// Canceled by us, because the create that it was made in place of has come after all.
    case duplicate
    /// The connection to a server that keeps no results broke while it worked.
    case connectionLost = "connection_lost"
    /// Succeeded without any output.
    case emptyOutput = "empty_output"
    /// What was downloaded never matched its length or checksum.
    case corruptOutput = "corrupt_output"
    /// The result is not what the manifest accepts.
    case notAccepted = "not_accepted"
    /// The output's address is one that files are not fetched from.
    case undeliverable
    /// 422: the input does not fit the model.
    case invalidInput = "invalid_input"
    /// 400, 413 or another refusal of this request.
    case rejected
    /// A file of the input cannot be read.
    case unreadableInput = "unreadable_input"
    /// What it needs of another step was not made.
    case stepFailed = "step_failed"

    /// What follows from a failure. What may have been billed counts as an attempt, whatever became of its result, so that no
    /// item costs more than `retry.attempts` predictions unless the manifest's `retry.on` says so.
    package struct Rule: Hashable, Sendable {
        /// How many further attempts the class allows; the manifest's `retry.attempts` bounds them all.
        package enum Retries: Hashable, Sendable {
            case none
            case upTo(Int)
            case byPolicy
        }

        package var retries: Retries
        /// Whether the failed attempt counts against the item's `retry.attempts`.
        package var counts: Bool
    }

    /// How often an item may fail in ways that do not count before it is given up after all: a bound, so that no
    /// item can go round forever.
    package static let excusedLimit = 20

    package var rule: Rule {
        switch self {
        case .interrupted, .startTimeout, .stopped, .healthCheck, .uploadFailed, .platform, .highDemand,
            .temporarilyUnavailable, .timedOut, .connectionLost,
            .lost, .expired, .gone, .notAccepted:
            Rule(retries: .byPolicy, counts: true)
        case .startError, .canceled: Rule(retries: .upTo(1), counts: true)
        case .aborted, .upstreamAccount, .duplicate: Rule(retries: .byPolicy, counts: false)
        case .corruptOutput: Rule(retries: .upTo(1), counts: true)
        case .outOfMemory, .webhookConfiguration, .sensitive, .nsfw, .model, .emptyOutput, .undeliverable,
            .invalidInput, .rejected,
            .unreadableInput, .stepFailed:
            Rule(retries: .none, counts: true)
        }
    }

    /// Whether the prediction succeeded, and was paid for, without a result that can be had.
    package var losesResult: Bool {
        switch self {
        case .expired, .gone, .emptyOutput, .corruptOutput, .undeliverable: true
        default: false
        }
    }

    /// Whether the prediction succeeded, and was paid for, without a result that is kept.
    var isBilledInVain: Bool { losesResult || self == .notAccepted }

    /// Whether the model was run, so that the attempt was most likely billed; what the platform has broken off does not count.
    package var isComputed: Bool {
        switch self {
        case .model, .outOfMemory, .nsfw, .sensitive, .startError, .uploadFailed, .timedOut, .notAccepted: true
        default: losesResult
        }
    }

    /// Whether the same input would most likely fail again, so that a retry may be given another one.
    var isDoneByInput: Bool {
        switch self {
        case .nsfw, .sensitive, .model, .outOfMemory, .emptyOutput, .startError, .notAccepted: true
        default: false
        }
    }

    /// Whether the provider had no room for more.
    var isAboutCapacity: Bool { self == .highDemand }

    /// The class of a prediction that ended as `failed`, read from its error text.
    ///
    /// Platform codes stand in parentheses, mostly at the end; a request id may follow them.
    package init(errorText: String?) {
        let text = errorText ?? ""
        if text.contains("(code: PA)") || text.contains("Prediction interrupted") {
            self = .interrupted
            return
        }
        if let code = FailureClass.platformCode(in: text) {
            self =
                switch code {
                case "E1001": .outOfMemory
                case "E4875": .webhookConfiguration
                case "E6716": .startTimeout
                case "E8367": .stopped
                case "E8765": .healthCheck
                case "E9243": .startError
                case "E9825": .uploadFailed
                case "E001", "E002": .upstreamAccount
                case "E003": .highDemand
                case "E004": .temporarilyUnavailable
                case "E005": .sensitive
                default: .platform
                }
            return
        }
        self = text.localizedCaseInsensitiveContains(ascii: "nsfw") ? .nsfw : .model
    }

    /// The last `(E123)` of a text: the platform puts its code at the end, a model may quote one anywhere.
    private static func platformCode(in text: String) -> String? {
        var found: String?
        for piece in text.split(separator: "(").dropFirst() {
            guard let end = piece.firstIndex(of: ")") else { continue }
            let code = piece[..<end]
            let digits = code.dropFirst()
            if code.first == "E", (3...4).contains(digits.count), digits.allSatisfy(\.isASCIIDigit) {
                found = String(code)
            }
        }
        return found
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}

extension String {
    fileprivate func localizedCaseInsensitiveContains(ascii word: String) -> Bool {
        lowercased().contains(word)
    }
}
