import NightshiftCore

/// What happens around the engine without being asked for.
extension NightPlayer {
    /// A webhook comes once mostly, sometimes never, twice or late; whoever listens then hears it.
    func call(_ id: String) -> RunEvent? {
        guard let remote = api[id], !night.isInForce(.outage, at: now), suspendedUntil <= now else { return nil }
        if remote.endsAt > now {
            queue.schedule(.calls(id: id), at: remote.endsAt)
            return nil
        }
        if chance.strikes(.lostWebhook, remote.item) { return nil }
        if chance.strikes(.repeatedWebhook, remote.item) {
            queue.schedule(.calls(id: id), at: now + chance.time(1...60_000, .lag, remote.item))
        }
        return .notified(api.told(remote, at: now))
    }

    @discardableResult
    func begin(_ window: FaultWindow) -> RunEvent? {
        note("-- \(window.fault.rawValue)\(window.length > 0 ? " for \(window.length / 1000) s" : "")")
        switch window.fault {
        case .preemption: api.preempt(at: now)
        case .suspended: suspendedUntil = now + window.length
        case .clockJump:
            let target = chance.time(-110_000...110_000, .shape)
            note("-- our clock is set from \(nextOffset) to \(target) ms ahead")
            nextOffset = target
        case .drain: return .stopRequested(.drain)
        case .leave:
            mayLeaveWork = true
            return .stopRequested(.detach)
        default: break
        }
        return nil
    }
}
