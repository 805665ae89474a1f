package import NightshiftCore

/// Why a run creates nothing for now, though there may be work and room.
public struct RunHold: Hashable, Sendable {
    /// One word for programs: `canceling`, `ending`, `paused`, `refused`, `missing_predictions`, `outside_window`, `canary`,
    /// `earlier_session`, `throttled`, `unreachable`.
    public var reason: String
    /// The provider's words, or how the run ends, where there are any.
    public var detail: String?
    /// When the run goes on by itself or asks again, in seconds since 1970, where that is known.
    public var until: Double?
    package let cause: CreateHold

    package init(_ hold: CreateHold) {
        reason = hold.code
        detail = hold.detail
        until = hold.until.map { Double($0.milliseconds) / 1000 }
        cause = hold
    }
}
