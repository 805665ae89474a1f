import LosslessJSON
import ReplicateAPI

/// What holds creating back without being anybody's failure: the hours of the day, an earlier session, the first items, the
/// account's other runs.
extension RunStateMachine {
    /// Whether something holds creating back that only a person, the provider or the clock ends.
    var isHalted: Bool { gate.isHalted || reporting.reportedOutages.contains(.creating) }

    // MARK: - The hours of the day

    mutating func watchHours(at now: Timestamp) {
        guard let change = gate.hours.look(at: now), shutdown.ending == nil, let window = settings.window else {
            return
        }
        announce(
            gate.hours.isOpen
                ? .windowOpened(window.text) : .windowClosed(window.text, opensAt: window.clock(at: change)))
    }

    /// The run goes by its own clock, so nothing follows but what goes by the hours of the day.
    mutating func clockSet(by shift: Duration) {
        gate.hours.clockSet(by: shift)
        announce(.clockSet(seconds: Int(saturating: shift.inSeconds.rounded())))
    }

    // MARK: - An earlier session

    /// Says how many predictions of an earlier session must be made again, before the first of them is.
    mutating func watchEarlierSession(at now: Timestamp) {
        guard let gone = gate.earlier.verdict(age: budget.startedAt.duration(to: now)) else { return }
        announce(.resultsExpired(count: gone))
    }

    // MARK: - The first items

    /// Asks about the rest when the first items have ended.
    mutating func watchCanary(at now: Timestamp) {
        guard let canary = gate.canary, !canary.isJudging, canary.hasEnded, shutdown.ending == nil else { return }
        // What follows from the first items may have to be looked up in the store, or waits for its turn; and of a step of which
        // too little is left to do, no more will come.
        for step in steps.indices where !canary.isFull(step) {
            let queue = steps[step]
            guard !queue.hasMore, !queue.isLoading, !queue.isDue(at: now), queue.ready.isEmpty else { return }
        }
        // What is in flight may come back, so the question stays open as long as the run.
        guard hasWork else { return }
        gate.canary?.judge()
        decision.actions.append(.judgeCanary(budget.canaryResult(inFlight: expectedPredictTimes)))
    }

    mutating func canaryJudged(goesOn: Bool) {
        guard let canary = gate.canary, canary.isJudging else { return }
        gate.canary = nil
        if !goesOn {
            end(.canary(items: canary.limit))
        }
    }

    // MARK: - The account

    /// Asks for what was missing in this decision of the rate that all runs with this account share.
    mutating func claimFromAccount(at now: Timestamp) {
        guard settings.sharesAccount, !gate.rate.isClaiming else { return }
        let claim = AccountClaim(creates: gate.rate.claim(at: now), reads: poller.reads.claim(at: now))
        guard claim.creates.isUseful || claim.reads.isUseful else { return }
        gate.rate.beginClaim()
        poller.reads.beginClaim()
        decision.account = claim
    }
}

extension AccountClaim.Part {
    fileprivate var isUseful: Bool { wanted > 0 || closedUntil != nil }
}
