import NightshiftCore

/// What happens around the engine without being asked for.
extension Night {
    /// What a person has told the run by then.
    func overrides(at now: Int64) -> RunOverrides {
        RunOverrides(
            isPaused: isInForce(.paused, at: now), concurrency: isInForce(.slowedDown, at: now) ? 1 : nil)
    }
}

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

    /// What a person takes back.
    func end(_ window: FaultWindow) -> RunEvent? {
        guard !night.isInForce(window.fault, at: now) else { return nil }
        note("-- \(window.fault.rawValue) is over")
        guard window.fault == .slowedDown else { return .control(.asked(.resume, nil)) }
        var change = OrderChange()
        change.concurrency = .asInManifest
        return .control(.asked(.set(change), nil))
    }

    // MARK: - The account's other run

    /// What the account grants to this run. The two see one record, as they would see one file.
    func grant(_ claim: AccountClaim) -> AccountGrant {
        let shift = Duration.milliseconds(offset)
        let member = SharedRateRecord.Member(id: "session-\(session)", process: session, startedAt: machineTime)
        let (session, claim) = (session, claim.moved(by: .zero - shift))
        return account.claim(claim, as: member, at: machineTime, isAlive: { $0 == session || $0 < 0 }).moved(by: shift)
    }

    private var machineTime: Timestamp { SimulatedAPI.time(now) }

    /// The other run creates as fast as it is allowed to, for the first part of the night.
    func claimForNeighbor() {
        guard neighborClaims < 120, let limit = night.settings.creates else { return }
        neighborClaims += 1
        let member = SharedRateRecord.Member(id: "neighbor", process: -1, startedAt: machineTime)
        let claim = AccountClaim(creates: .init(wanted: 2, limit: limit))
        let session = session
        let grant =
            night.bug == .claimsUnseen
            ? neighborAccount.claim(claim, as: member, at: machineTime)
            : account.claim(claim, as: member, at: machineTime, isAlive: { $0 == session || $0 < 0 })
        audit.neighborCreated(grant.creates.count, at: now)
        if grant.creates.count > 0 { note("-- another run creates \(grant.creates.count)") }
        let wait = Swift.max(50, machineTime.duration(to: grant.creates.nextAt).milliseconds)
        queue.schedule(.neighborClaims, at: now + Swift.min(60_000, wait))
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
        case .paused:
            queue.schedule(.ends(window), at: now + window.length)
            return .control(.asked(.pause, nil))
        case .slowedDown:
            queue.schedule(.ends(window), at: now + window.length)
            var change = OrderChange()
            change.concurrency = .to(1)
            return .control(.asked(.set(change), nil))
        case .canceledRun:
            mayLeaveWork = true
            return .control(.asked(.cancel, ControlTicket(1)))
        default: break
        }
        return nil
    }
}
