public import NightshiftCore

/// One session of a run: what a process has worked on it, from its first question to the provider to the end.
public struct SessionSummary: Hashable, Sendable {
    public var id: Int
    public var beganAt: Timestamp
    /// When it recorded something last.
    public var seenAt: Timestamp
    /// `nil` while it is under way. Of one that was killed, when it was heard of last.
    public var endedAt: Timestamp?
    /// How it ended, as ``StatusReport/ending`` says it; `nil` while it is under way, or if it was killed.
    public var ending: String?
    /// The name of the machine.
    public var host: String
    /// The version of nightshift.
    public var version: String
}
