import ReplicateAPI

/// What a create that was certainly not accepted means: for the item, for the account, for everybody behind a gateway.
extension RunStateMachine {
    /// The provider, or this machine on its behalf, certainly accepted nothing.
    mutating func refused(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        if error.code != .throttled { gate.rate.probeLost(at: now) }
        switch error.code {
        case .throttled:
            throttled(error, at: now)
            returnToStore(id, due: now, at: now)
        case .busy:
            // A slot frees when something ends; how long that takes is not told.
            gate.backOff(longest: .seconds(1), using: &random, at: now)
            returnToStore(id, due: gate.pausedUntil, at: now)
        case .notSent, .unavailable, .unknownOutcome:
            gate.backOff(using: &random, at: now)
            if gate.isUnreachable {
                announce(.creating, .creatingFails(message: error.message))
            }
            returnToStore(id, due: gate.pausedUntil, at: now)
        case .noCredit, .unauthorized, .foreignRefusal: refusedByAccountOrGateway(id, error, at: now)
        case .notFound where settings.traits.remembersPredictions && gate.refusals.passes > 0:
            // The model was there a moment ago: whoever does not know it now may know nothing at all.
            gate.check.want(missingModel: error)
            gate.rate.throttled(for: .seconds(2), at: now)
            returnToStore(id, due: now, at: now)
        case .notFound, .invalidVersion:
            // Every item of a run goes to the same model, so every other create would be refused as well.
            end(.breaker(.refused(error.message)))
            returnToStore(id, due: now, at: now)
        case .invalidInput: refuse(id, .invalidInput, error.message, at: now)
        case .rejected: refuse(id, .rejected, error.message, at: now)
        case .unreadableInput: fail(id, AttemptFailure(.unreadableInput, error.message), at: now)
        }
    }

    private mutating func refuse(_ id: ItemID, _ reason: FailureClass, _ message: String, at now: Timestamp) {
        budget.totals.unbilled += 1
        fail(id, AttemptFailure(reason, message), at: now)
    }

    private mutating func blame(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        refuse(
            id, .rejected, "\(error.message); it is refused for this item alone, while others are accepted", at: now)
    }

    // MARK: - Throttles

    /// How long a throttle is waited out. A long one is told once.
    mutating func throttleWait(_ error: ProviderError, for work: Announcement.Work, at now: Timestamp) -> Duration {
        let throttle = reporting.throttled(error, for: work, at: now)
        if let announcement = throttle.announcement { decision.announcements.append(announcement) }
        return throttle.wait
    }

    /// Reads of all kinds wait, also those of other runs with the account.
    /// - Returns: for how long.
    mutating func throttleReads(_ error: ProviderError, for work: Announcement.Work, at now: Timestamp) -> Duration {
        let wait = throttleWait(error, for: work, at: now)
        poller.pollSoon()
        poller.reads.throttled(for: wait, at: now)
        poller.reads.shareThrottle(for: wait, at: now)
        return wait
    }

    private mutating func throttled(_ error: ProviderError, at now: Timestamp) {
        budget.totals.throttles += 1
        let wait = throttleWait(error, for: .creating, at: now)
        gate.rate.shareThrottle(for: wait, at: now)
        let isNews = gate.rate.throttled(for: wait, reducedTo: error.reducedPace, at: now)
        guard isNews, let pace = gate.rate.gate.reducedPace else { return }
        announce(.rateReduced(createsPerMinute: pace.count))
    }

    // MARK: - Accounts and gateways

    /// 401, 402 or 403, or anything in another form than the API's.
    private mutating func refusedByAccountOrGateway(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        let isOwnForm = error.code != .foreignRefusal
        if gate.check.takeConviction(of: id) {
            gate.refusals.forget(id)
            blame(id, error, at: now)
            return
        }
        let hasOthers = hasOthersToTry(besides: id)
        switch gate.refusals.refused(id, isOwnForm: isOwnForm, hasOthers: hasOthers, at: now) {
        case .item: blame(id, error, at: now)
        case .undecided:
            // One other create tells; if it is refused too, creating is paused.
            if isOwnForm { gate.rate.throttled(for: .zero, at: now) }
            // It goes behind the others, and if there are none it is tried again a little later.
            gate.backOff(longest: .seconds(5), using: &random, at: now)
            returnToStore(id, due: now.advanced(by: .seconds(1)), at: now)
        case .alone where settings.traits.remembersPredictions && error.code != .noCredit:
            gate.check.want(suspect: id, error)
            if isOwnForm { pauseForAll(error, at: now) } else { gate.closeForGateway(using: &random, at: now) }
            returnToStore(id, due: now.advanced(by: .seconds(2)), at: now)
        case .alone, .everybody:
            pauseForAll(error, at: now)
            returnToStore(id, due: now, at: now)
        }
    }

    /// Whether a create of another item may be sent or is under way, which would tell more.
    private func hasOthersToTry(besides id: ItemID) -> Bool {
        let refusals = gate.refusals
        if steps.contains(where: { $0.hasMore || $0.ready.contains { !refusals.goesLast($0) } }) { return true }
        return window.items.contains { other, item in
            guard other != id else { return false }
            switch item.phase {
            case .preparing, .prepared: return !refusals.goesLast(other)
            case .submitting: return true
            case .ready, .unknown, .running, .fetching: return false
            }
        }
    }

    private mutating func pauseForAll(_ error: ProviderError, at now: Timestamp) {
        guard shutdown.ending == nil else { return }
        guard error.code == .foreignRefusal else { return pause(error, at: now) }
        guard settings.waitsWhenRefused else { return end(.refused(error.message)) }
        guard gate.pauseForGateway(error, using: &random, at: now) else { return }
        announce(.gatewayRefuses(message: error.message))
    }

    /// 401, 402 or 403: no other create would fare better, and none is to blame.
    mutating func pause(_ error: ProviderError, at now: Timestamp) {
        guard settings.waitsWhenRefused else { return end(.refused(error.message)) }
        guard gate.pauseForAccount(error, at: now) else { return }
        announce(
            .accountRefused(
                message: error.message, isNoCredit: error.code == .noCredit, probeAfter: settings.probeAfter))
    }

    // MARK: - Asking for something else

    /// Asks for the account and the list, which are known to be there, when the rate of reads allows it.
    mutating func checkProvider(at now: Timestamp) {
        guard gate.check.isDue, poller.reads.take(ProviderCheckWatch.reads, at: now) else { return }
        gate.check.asked()
        decision.actions.append(.checkProvider)
    }

    /// What the provider answers to what it must know tells what its refusals are worth.
    mutating func providerChecked(_ check: ProviderCheck, at now: Timestamp) {
        // It may have been the one request that a throttle of reads lets through.
        if check.list == .answered { poller.reads.passed(at: now) } else { poller.reads.probeLost(at: now) }
        poller.pollSoon()
        let (missingModel, suspect) = gate.check.answered()
        if let missingModel {
            if check.isAnswering {
                end(.breaker(.refused(missingModel.message)))
            } else {
                gate.rate.throttled(for: .seconds(10), at: now)
                let answer = check.failure ?? "no answer"
                announce(.creating, .modelMissing(message: missingModel.message, answer: answer))
            }
        }
        guard let (id, error) = suspect else { return }
        if check.isAnswering, error.code == .foreignRefusal || gate.refusals.passes > 0 {
            gate.check.convict(id)
        } else {
            gate.refusals.forget(id)
            pauseForAll(error, at: now)
        }
    }
}
