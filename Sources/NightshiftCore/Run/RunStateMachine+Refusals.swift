/// What a refused create means: for the account, for everybody behind a gateway, or for one item.
extension RunStateMachine {
    /// 401, 402 or 403, or anything in another form than the API's.
    mutating func refusedByAccountOrGateway(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        let isOwnForm = error.code != .foreignRefusal
        if isConvicted(id) {
            refusals.forget(id)
            blame(id, error, at: now)
            return
        }
        switch refusals.refused(id, isOwnForm: isOwnForm, hasOthers: hasOthersToTry(besides: id), at: now)
        {
        case .item: blame(id, error, at: now)
        case .undecided:
            if isOwnForm {
                // One other create tells; if it is refused too, creating is paused.
                creates.throttled(for: .zero, at: now)
            }
            // It goes behind the others, and if there are none it is tried again a little later.
            pauseCreates(at: now, longest: .seconds(5))
            returnToStore(id, due: now.advanced(by: .seconds(1)), at: now)
        case .alone where settings.traits.remembersPredictions && error.code != .noCredit:
            providerWatch.blames = (id, error)
            providerWatch.isWanted = true
            if isOwnForm { pauseForAll(error, at: now) } else { closeForGateway(at: now) }
            returnToStore(id, due: now.advanced(by: .seconds(2)), at: now)
        case .alone, .everybody:
            pauseForAll(error, at: now)
            goBack(id, at: now)
        }
    }

    private mutating func blame(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        refuse(
            id, .rejected,
            ProviderError(.rejected, "\(error.message); it is refused for this item alone, while others are accepted"),
            at: now)
    }

    private mutating func pauseForAll(_ error: ProviderError, at now: Timestamp) {
        guard ending == nil else { return }
        if error.code == .foreignRefusal { pauseForGateway(error, at: now) } else { pause(error, at: now) }
    }

    /// Something on the way refuses every create, and may stop doing so at any moment: it is asked more often than an account
    /// that is refused.
    private mutating func pauseForGateway(_ error: ProviderError, at now: Timestamp) {
        guard settings.waitsWhenRefused else {
            end(.refused(error.message))
            return
        }
        closeForGateway(at: now)
        guard pause?.code != error.code else { return }
        pause = Pause(code: error.code, message: error.message)
        announce(
            .paused,
            "paused: \(error.message), for every item and not in the API's own form, so a gateway or firewall on the way has "
                + "said it; nothing has failed, the provider is asked again at least every minute")
    }

    /// Closes the gate for longer each time; it lets one create through then.
    private mutating func closeForGateway(at now: Timestamp) {
        if let until = creates.closedUntil, until > now { return }
        gatewayPauses += 1
        let backoff = Backoff(initial: .seconds(1), factor: 2, max: .seconds(60), jitter: .none)
        let wait = backoff.delay(afterFailure: gatewayPauses, using: &random)
        creates.throttled(for: Swift.min(wait, settings.probeAfter), at: now)
    }

    /// Whether a create of another item may be sent or is under way, which would tell more.
    private func hasOthersToTry(besides id: ItemID) -> Bool {
        if steps.contains(where: { $0.hasMore || $0.readyQueue.contains { !refusals.goesLast($0) } }) { return true }
        return window.contains { other, item in
            guard other != id else { return false }
            switch item.phase {
            case .preparing, .prepared: return !refusals.goesLast(other)
            case .submitting: return true
            case .ready, .unknown, .running, .fetching: return false
            }
        }
    }

    // MARK: - A model that is missing all of a sudden

    mutating func modelMissing(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        providerWatch.missingModel = error
        providerWatch.isWanted = true
        creates.throttled(for: .seconds(2), at: now)
        returnToStore(id, due: now, at: now)
    }

    // MARK: - Asking for something else

    /// Asks for the account and the list, which are known to be there, when the rate of reads allows it.
    mutating func checkProvider(at now: Timestamp) {
        guard providerWatch.isWanted, !providerWatch.isUnderWay, takeReads(ProviderWatch.reads, at: now) else { return }
        providerWatch.isWanted = false
        providerWatch.isUnderWay = true
        decision.actions.append(.checkProvider)
    }

    /// What the provider answers to what it must know tells what its refusals are worth.
    mutating func providerChecked(_ check: ProviderCheck, at now: Timestamp) {
        providerWatch.isUnderWay = false
        // It may have been the one request that a throttle of reads lets through.
        if check.list == .answered { reads.passed(at: now) } else { reads.probeLost(at: now) }
        lookWake = .distantPast
        let (missingModel, blames) = (providerWatch.missingModel, providerWatch.blames)
        (providerWatch.missingModel, providerWatch.blames) = (nil, nil)
        if let missingModel {
            if check.isAnswering {
                end(.breaker(missingModel.message))
            } else {
                creates.throttled(for: .seconds(10), at: now)
                tell(
                    .creating,
                    "\(missingModel.message), and it knows nothing else either (\(check.failure ?? "no answer")); the run waits "
                        + "for the provider and loses no attempt")
            }
        }
        if let (id, error) = blames {
            guard check.isAnswering, error.code == .foreignRefusal || refusals.passes > 0 else {
                refusals.forget(id)
                pauseForAll(error, at: now)
                return
            }
            providerWatch.convicted.insert(id)
        }
    }

    /// Whether the item was refused alone while the provider answered everything else; the next refusal fails it.
    private mutating func isConvicted(_ id: ItemID) -> Bool {
        providerWatch.convicted.remove(id) != nil
    }
}

/// What is being found out about the provider.
struct ProviderWatch: Sendable {
    /// How many requests asking it takes.
    static let reads = 2
    /// The provider is to be asked for its account and list.
    var isWanted = false
    /// It is being asked.
    var isUnderWay = false
    /// A create was told that there is no such model, which worked before.
    var missingModel: ProviderError?
    /// An item that is refused and cannot be compared with another.
    var blames: (id: ItemID, error: ProviderError)?
    /// Items that are refused while the provider answers. There may be several, which are tried in turn.
    var convicted: Set<ItemID> = []
}

/// Reads that were refused since one passed.
struct RefusedReads: Hashable, Sendable {
    private var refusals: [ItemID: Int] = [:]

    /// Takes in that the prediction of an item was not to be read.
    /// - Returns: whether the refusal is the account's: several are refused, or one again and again, and nothing passes.
    mutating func areEverybodys(after id: ItemID) -> Bool {
        refusals[id, default: 0] += 1
        return refusals.count > 1 || refusals[id, default: 0] > 1
    }

    mutating func passed() {
        refusals = [:]
    }
}
