/// What was about to be sent, and when: recorded before each create.
package struct CreateIntent: Hashable, Sendable {
    /// By the clock of the session that sent it.
    package var at: Timestamp
    package var requestDigest: String
    /// The provider's clock minus the one that `at` was measured by, if it was known.
    package var clockOffset: Duration?
    /// An earlier session has sent it, whose clock may have been another.
    package var isEarlier: Bool

    package init(at: Timestamp, requestDigest: String, clockOffset: Duration? = nil, isEarlier: Bool = false) {
        self.at = at
        self.requestDigest = requestDigest
        self.clockOffset = clockOffset
        self.isEarlier = isEarlier
    }
}

/// How the answer to a create was lost: it says for how long the provider may still be working on it.
package enum CreateLoss: String, Hashable, Sendable {
    /// A failure was answered, by the provider or by a gateway before it.
    case answered
    /// The connection broke after the request was sent.
    case broken
    /// Nothing came on an open connection: a provider that stands still takes it up when it goes on.
    case timedOut = "timed_out"
    /// The provider has made it and not told an id that can be used: it is looked for, and never made again.
    case accepted
    /// This process ended.
    case ended
}

/// A create whose answer was lost.
package struct LostCreate: Hashable, Sendable {
    package var intent: CreateIntent
    package var lostAt: Timestamp
    package var loss: CreateLoss
    /// When the provider was first known to have accepted a create that was sent after this one.
    var overtakenAt: Timestamp?
    /// The list has had time to show it and does not; it only may still come.
    var isQuiet = false

    package init(_ intent: CreateIntent, lostAt: Timestamp, loss: CreateLoss) {
        self.intent = intent
        self.lostAt = lostAt
        self.loss = loss
    }
}
