import Nightshift

/// Why a request of the page cannot be answered, in one sentence for people.
struct ViewError: Error, Hashable {
    enum Kind: Hashable {
        case badRequest, unauthorized, forbidden, notFound, conflict, wrongHost, failed
    }

    var kind: Kind
    /// A stable word.
    var code: String
    var message: String

    init(_ kind: Kind, _ code: String, _ message: String) {
        (self.kind, self.code, self.message) = (kind, code, message)
    }

    static func noSuchJob(_ name: String) -> ViewError {
        ViewError(.notFound, "no_such_job", "no job '\(name)' is shown here")
    }

    static func noSuchItem(_ key: String) -> ViewError {
        ViewError(.notFound, "no_such_item", "the job has no item '\(key)'")
    }

    /// Whether a first run would mend it.
    var isOfJobThatHasNotRun: Bool {
        [EngineError.Cause.neverRun, .noRun].map(\.rawValue).contains(code)
    }

    static func badRequest(_ message: String) -> ViewError { ViewError(.badRequest, "bad_request", message) }
}
