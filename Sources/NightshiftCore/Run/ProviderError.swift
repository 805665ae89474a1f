import LosslessJSON

/// Why a provider did not do what it was asked, in the terms the run decides by.
package struct ProviderError: Error, Hashable, Sendable {
    /// What the failure means for the call. The table of consequences is ``FailureClass``.
    package enum Code: String, Hashable, Sendable {
        /// The request certainly did not reach the provider: refused connection, no such host, no TLS.
        case notSent
        /// The request may have been accepted: lost answer, time-out, 5xx.
        case unknownOutcome
        /// 429: too many requests; nothing was created.
        case throttled
        /// 409 or 503 of a Cog server: no slot is free; nothing was created.
        case busy
        /// 402 in the API's own form: no credit.
        case noCredit
        /// 401 or 403 in the API's own form: the token is not accepted.
        case unauthorized
        /// 404 in the API's own form: no such model, route or prediction.
        case notFound
        /// 401, 403, 404 or the like in another form than the API's: a gateway or firewall on the way has answered, and it says
        /// nothing about the account or about what is there. Nothing was created.
        case foreignRefusal
        /// 422: the version cannot be used.
        case invalidVersion
        /// 422: the input does not fit the model.
        case invalidInput
        /// 400, 413 or another refusal of this very request.
        case rejected
        /// A file of the input could not be read or uploaded for a reason on this machine.
        case unreadableInput
        /// A read failed in a way that asking again may cure.
        case unavailable
    }

    package var code: Code
    /// One sentence for people: what happened, with status and the provider's own words, without secrets.
    package var message: String
    /// How long the provider asks to wait.
    package var retryAfter: Duration?
    /// The pace that a throttle says the account is reduced to.
    package var reducedPace: RateLimit?
    /// The provider has no room now: 503, or no free slot. Fewer at a time is the answer to it.
    package var isAboutCapacity: Bool
    /// How the answer to a create was lost, where the outcome is not known.
    package var loss: CreateLoss
    /// A create was accepted, and what it was answered with names no id that can be used.
    package var isAccepted = false

    package init(
        _ code: Code, _ message: String, retryAfter: Duration? = nil, reducedPace: RateLimit? = nil,
        isAboutCapacity: Bool = false, loss: CreateLoss = .broken
    ) {
        self.code = code
        self.message = BoundedText.keep(message)
        self.retryAfter = retryAfter
        self.reducedPace = reducedPace
        self.isAboutCapacity = isAboutCapacity || code == .busy
        self.loss = loss
    }
}
