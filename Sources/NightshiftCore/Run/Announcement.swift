import LosslessJSON

/// Something that a person should hear once, because the run behaves differently from now on.
package struct Announcement: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// The provider has reduced the account's rate, or lifted that again.
        case lowCredit = "low_credit"
        /// Nothing is created until the provider accepts the account again.
        case paused
        /// The provider asks to wait for longer than a moment.
        case throttled
        /// A prediction has a status that this version does not know.
        case unknownStatus = "unknown_status"
        /// Creating goes on.
        case resumed
        /// Nobody answers at the provider.
        case unreachable
        /// The manifest's window has closed, or opened.
        case window
        /// Predictions of an earlier session whose results are gone.
        case expired
        /// The clock of this machine was set.
        case clock
        /// The account's list is looked through for lost creates, and that takes long.
        case searching
        /// The run contradicts itself: a fault of this program.
        case internalError = "internal_error"
    }

    package var kind: Kind
    /// One sentence, without a full stop.
    package var text: String
    /// When what is told is over, where that is known.
    package var until: Timestamp?

    package init(_ kind: Kind, _ text: String, until: Timestamp? = nil) {
        self.kind = kind
        self.text = BoundedText.line(text, characters: 1000)
        self.until = until
    }
}
