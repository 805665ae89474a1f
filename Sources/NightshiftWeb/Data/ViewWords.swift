package import Foundation
package import Nightshift
package import NightshiftCore

/// The sentences that the page shows: whoever serves it has them, so that page and terminal say the same.
package struct ViewWords: Sendable {
    /// What happened.
    package var journal: @Sendable (JournalEntry) -> String
    /// Why nothing is created; `nil` where it is only for a moment.
    package var hold: @Sendable (CreateHold, Date) -> String?
    /// How a session has ended, of what the store keeps of it.
    package var ending: @Sendable (String) -> String
    /// How a run stands or has ended.
    package var life: @Sendable (StatusReport) -> String
    /// What is wrong, without what to type about it.
    package var error: @Sendable (EngineError) -> String

    package init(
        journal: @escaping @Sendable (JournalEntry) -> String,
        hold: @escaping @Sendable (CreateHold, Date) -> String?,
        ending: @escaping @Sendable (String) -> String,
        life: @escaping @Sendable (StatusReport) -> String, error: @escaping @Sendable (EngineError) -> String
    ) {
        self.journal = journal
        self.hold = hold
        self.ending = ending
        self.life = life
        self.error = error
    }
}
