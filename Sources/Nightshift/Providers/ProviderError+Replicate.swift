import LosslessJSON
import NightshiftCore
import Replicate
import ReplicateAPI

extension ProviderError {
    /// A failed create: what counts is whether a prediction may exist now.
    init(creating error: ReplicateError) {
        let code: Code =
            switch error.delivery {
            case .unknown: .unknownOutcome
            case .notSent: ProviderError.localCode(error) ?? .notSent
            case .refused: ProviderError.refusalCode(error)
            }
        let reduced = error.problem?.reducedCreatesPerMinute.map { RateLimit(count: $0, per: .seconds(60)) }
        self.init(
            code, error.message, retryAfter: error.retryAfter, reducedPace: code == .throttled ? reduced : nil,
            isAboutCapacity: error.status == 503, loss: CreateLoss(error))
        isAccepted = error.isSuccess
    }

    /// A failed read, cancel or upload: it can be repeated without harm, so all that may pass is `unavailable`.
    init(reading error: ReplicateError) {
        let code: Code =
            switch error.delivery {
            case .unknown: .unavailable
            case .notSent: ProviderError.localCode(error) ?? .unavailable
            case .refused: ProviderError.refusalCode(error)
            }
        self.init(code, error.message, retryAfter: error.retryAfter)
    }

    /// The code of a failure whose cause is on this side, where trying again changes nothing.
    private static func localCode(_ error: ReplicateError) -> Code? {
        switch error.code {
        case .unreadableFile: .unreadableInput
        case .invalidArgument, .insecureURL, .foreignURL: .rejected
        default: nil
        }
    }

    private static func refusalCode(_ error: ReplicateError) -> Code {
        switch error.code {
        case .throttled: .throttled
        case .unauthorized, .forbidden, .noCredit, .notFound, .refused:
            isOwnForm(error) ? ownRefusalCode(error) : .foreignRefusal
        case .invalidInput: isAboutVersion(error.problem) ? .invalidVersion : .invalidInput
        default: .rejected
        }
    }

    private static func ownRefusalCode(_ error: ReplicateError) -> Code {
        switch error.code {
        case .noCredit: .noCredit
        case .unauthorized, .forbidden: .unauthorized
        case .notFound: .notFound
        default: .rejected
        }
    }

    /// Whether a refusal is the API's: an object with a title or a detail, which speaks of no other status. Gateways and
    /// firewalls answer with pages, plain text, nothing, or objects of their own.
    private static func isOwnForm(_ error: ReplicateError) -> Bool {
        guard let body = (try? JSONValue(parsing: error.body))?.objectValue else { return false }
        if let status = body["status"]?.intValue, status != error.status { return false }
        return [body["title"], body["detail"]].contains { $0?.stringValue?.isEmpty == false }
    }

    /// 422 has two meanings: the title tells them apart, and only a refused input names fields.
    private static func isAboutVersion(_ problem: ProblemDetails?) -> Bool {
        guard let problem, problem.invalidFields.isEmpty else { return false }
        return problem.title?.lowercased().contains("version")
            ?? (problem.detail?.lowercased().contains("version") == true)
    }
}

extension CreateLoss {
    /// How a create was lost, if it was.
    fileprivate init(_ error: ReplicateError) {
        self =
            switch (error.code, error.status) {
            // A gateway's own time-out says as little of what is behind it as ours.
            case (.timeout, _), (_, 408), (_, 504): .timedOut
            case (_, .some): .answered
            default: .broken
            }
    }
}
