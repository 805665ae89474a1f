public import LosslessJSON
public import NightshiftCore

/// Something that happened in a run, beside what its items went through.
public struct JournalEntry: Hashable, Sendable {
    /// Grows with each entry of a store.
    public var id: Int
    public var at: Timestamp
    /// The session that it happened in; `nil` for what a person told the job while no run was alive.
    public var session: Int?
    /// What happened: a stable word, see ``Kind``.
    public var kind: String
    /// More of it: an object whose members depend on the kind.
    public var facts: JSONValue

    /// The kinds that this version writes; others may come.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The input set was read: `items`, `new`, `changed`, `done`, `withdrawn`, `invalid`.
        case inputSet = "input_set"
        /// `host`, `version`, `items`, `pending`.
        case sessionBegan = "session_began"
        /// `ending`, and what it is about: `detail`.
        case sessionEnded = "session_ended"
        /// Nothing is created from now on: `reason`, `detail`, `until`.
        case held
        /// Creating goes on after `held`.
        case released
        /// What the run tells a person: `kind`, `text`, `until`.
        case announced
        /// A person wants nothing new created.
        case paused
        /// A person has taken `paused` back.
        case resumed
        /// A person has set other bounds than the manifest's: `concurrency`, `rate`; what is missing is as the manifest says.
        case set
        /// A person wants items tried again: `items`.
        case retryAsked = "retry_asked"
        /// A person wants items made again that have results: `items`.
        case redoAsked = "redo_asked"
        /// A person has given an item a prediction: `key`, `prediction_id`.
        case adopted
        /// A person has the predictions in flight canceled.
        case cancelAsked = "cancel_asked"
        /// So many attempts have failed in one way in this session and are tried again: `class`, `count`, `key`, `message`.
        case retries
    }
}
