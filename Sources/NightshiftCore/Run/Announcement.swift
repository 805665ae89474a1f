/// Something that a person should hear once, because the run behaves differently from now on: what it is, with its facts. Who
/// shows it makes the sentence.
package struct Announcement: Hashable, Sendable {
    package var cause: Cause
    /// When what is told is over, where that is known.
    package var until: Timestamp?

    package init(_ cause: Cause, until: Timestamp? = nil) {
        self.cause = cause
        self.until = until
    }

    package enum Cause: Hashable, Sendable {
        /// The provider has reduced the account's rate, as it does while little credit is left.
        case rateReduced(createsPerMinute: Int)
        case rateRestored
        /// The account is refused; nothing is created until it is accepted again, which is tried in these intervals.
        case accountRefused(message: String, isNoCredit: Bool, probeAfter: Duration)
        /// Everything is refused in another form than the API's own.
        case gatewayRefuses(message: String)
        /// The provider asks to wait for longer than a moment; the run waits no longer than a day.
        case throttled(Work, asked: Duration, wait: Duration)
        /// A prediction has a status that this version does not know.
        case unknownStatus(String, predictionID: String, key: String, hasTimeLimit: Bool)
        /// Creating goes on after an outage or a refusal.
        case accepting
        case creatingFails(message: String)
        /// The provider says that the model is not there, and does not know what must be there either.
        case modelMissing(message: String, answer: String)
        /// What runs cannot be looked at.
        case readingFails(message: String)
        case searchingFails(message: String)
        /// Predictions in flight are not found, which does not mean that they are gone.
        case predictionsMissing(count: Int, reason: String)
        /// - `message`: `nil` if an output is not found where the provider says that it is.
        case deliveryFails(message: String?)
        /// Nothing was sent yet, and the provider cannot be asked.
        case setupFails(message: String)
        /// The manifest's window, as it is written there.
        case windowOpened(String)
        /// With the time of day at which it opens.
        case windowClosed(String, opensAt: String)
        /// Predictions of an earlier session whose results are gone; they are made again.
        case resultsExpired(count: Int)
        /// The clock of this machine was set by so many seconds.
        case clockSet(seconds: Int)
        /// The account's list is looked through for lost creates, and that takes long.
        case searching(creates: Int, rows: Int, oldest: Timestamp?)
        /// The run contradicts itself: a fault of this program.
        case contradiction(String)
    }

    /// What a throttle holds up.
    package enum Work: String, Hashable, Sendable, CaseIterable {
        case creating
        case reading
        case searching
    }

    /// A few words for programs that need not know every cause.
    package enum Kind: String, Hashable, Sendable {
        case lowCredit = "low_credit"
        /// Nothing is created until the provider accepts the account again.
        case paused
        case throttled
        case unknownStatus = "unknown_status"
        case resumed
        /// Nobody answers at the provider.
        case unreachable
        case window
        case expired
        case clock
        case searching
        case internalError = "internal_error"
    }

    package var kind: Kind {
        switch cause {
        case .rateReduced, .rateRestored: .lowCredit
        case .accountRefused, .gatewayRefuses: .paused
        case .throttled: .throttled
        case .unknownStatus: .unknownStatus
        case .accepting: .resumed
        case .creatingFails, .modelMissing, .readingFails, .searchingFails, .predictionsMissing, .deliveryFails,
            .setupFails:
            .unreachable
        case .windowOpened, .windowClosed: .window
        case .resultsExpired: .expired
        case .clockSet: .clock
        case .searching: .searching
        case .contradiction: .internalError
        }
    }
}
