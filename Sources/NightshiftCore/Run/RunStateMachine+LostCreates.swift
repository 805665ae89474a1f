import ReplicateAPI

/// Creates whose answer was lost: the manifest says what is done about them.
extension RunStateMachine {
    /// - Parameter lostAt: when the answer was lost, if not just now.
    mutating func lost(
        _ id: ItemID, _ intent: CreateIntent, by loss: CreateLoss, _ message: String, lostAt: Timestamp? = nil,
        at now: Timestamp
    ) {
        // What was certainly made is not made again.
        switch loss == .accepted && settings.onUnknown == .retry ? .reconcile : settings.onUnknown {
        case .reconcile:
            var intent = intent
            // By now the provider's clock may be known, or known better.
            if !intent.isEarlier { intent.clockOffset = poller.clock.knownOffset ?? intent.clockOffset }
            let lost = LostCreate(intent, lostAt: lostAt ?? now, loss: loss)
            searchFor(id, lost, at: now)
            record(.unknown(lost), for: id, at: now)
        case .retry: fail(id, AttemptFailure(.lost, "\(message); 'on_unknown: retry' sends it again"), at: now)
        case .hold:
            let reason = "\(message); whether it was accepted is not known, and 'on_unknown' is hold"
            record(.held(reason: reason), for: id, at: now)
            ended(id)
        }
    }

    private mutating func searchFor(_ id: ItemID, _ lost: LostCreate, at now: Timestamp) {
        enter(.unknown(isQuiet: lost.isQuiet), for: id)
        guard let item = window[id] else { return }
        reconciler.add(id, step: item.step, lost, sent: item.sent, at: now)
    }

    // MARK: - Searching

    mutating func searchLostCreates(at now: Timestamp) {
        let window = window
        let request = reconciler.next(poller.clock, isFetching: { window[$0]?.state == .fetching }, at: now)
        guard let request, let search = reconciler.search, poller.reads.take(at: now) else { return }
        reconciler.asked()
        switch request {
        case .page(var query):
            if !poller.sweep.takesBefore { query.createdBefore = nil }
            decision.actions.append(.searchLostCreates(query, search))
        case .examine(let id): decision.actions.append(.examine(predictionID: id, search))
        }
    }

    private func surroundings(at now: Timestamp) -> LostCreateReconciler.Surroundings {
        let shown = now.advanced(by: .zero - settings.reconciling.lag)
        return LostCreateReconciler.Surroundings(
            submitting: window.submitting,
            submittingInputs: window.items.values.compactMap { $0.phase.kind == .submitting ? $0.sent : nil },
            holders: window.holders,
            shown: poller.watches.values.compactMap { $0.since < shown ? $0.createdAt : nil }, clock: poller.clock)
    }

    mutating func listed(_ page: ListPage, at now: Timestamp) {
        guard case .page = reconciler.scan?.next else { return }
        listAnswered(at: now)
        act(on: reconciler.listed(page, surroundings(at: now), at: now), at: now)
        if let progress = reconciler.progress(at: now) { announce(progress) }
    }

    mutating func examined(_ id: String, _ candidate: ReconcileCandidate?, at now: Timestamp) {
        guard reconciler.isExamining(id) else { return }
        listAnswered(at: now)
        act(on: reconciler.examined(id, candidate, surroundings(at: now), at: now), at: now)
    }

    mutating func examineFailed(_ id: String, _ error: ProviderError, at now: Timestamp) {
        guard reconciler.isExamining(id) else { return }
        guard error.code == .notFound else { return searchFailed(error, at: now) }
        listAnswered(at: now)
        act(on: reconciler.examinedMissing(id, surroundings(at: now), at: now), at: now)
    }

    private mutating func listAnswered(at now: Timestamp) {
        poller.pollSoon()
        reporting.ended(.reading)
        poller.reads.passed(at: now)
    }

    mutating func searchFailed(_ error: ProviderError, at now: Timestamp) {
        if error.code == .throttled {
            reconciler.throttled(for: throttleReads(error, for: .searching, at: now), at: now)
            return
        }
        poller.pollSoon()
        poller.reads.probeLost(at: now)
        let (takesNoBefore, isOutage, findings) = reconciler.failed(
            error, takesBefore: poller.sweep.takesBefore, surroundings(at: now), using: &random, at: now)
        if takesNoBefore { poller.sweep.cannotTakeBefore() }
        if isOutage { reportUnreadable(.searchingFails(message: error.message)) }
        refusedToRead(error, at: now)
        act(on: findings, at: now)
    }

    // MARK: - Findings

    private mutating func act(on findings: [LostCreateReconciler.Finding]?, at now: Timestamp) {
        for finding in findings ?? [] {
            switch finding {
            case .adopt(let one, let prediction):
                let intent = one.create.intent
                // An earlier session has sent it, by a clock that may have been another.
                let createdAt =
                    prediction.createdAt.map { poller.clock.localTime(for: Timestamp($0)) } ?? intent.at
                let sentAt = intent.isEarlier ? Swift.min(now, createdAt) : intent.at
                adopt(one.id, prediction, sentAt: sentAt, at: now)
            case .hold(let one, let reason):
                record(.held(reason: reason), for: one.id, at: now)
                ended(one.id)
            case .quiet(let one): enter(.unknown(isQuiet: true), for: one.id)
            case .absent(let one):
                budget.spend(predictions: -1, on: one.step)
                reconciler.expectLate(one, at: now)
                returnToStore(one.id, due: now, at: now)
            case .late(let late, let prediction):
                if takeUp(late, prediction, at: now) { reconciler.forget(late) }
            }
        }
    }

    /// A create that was taken for lost for good has come after all.
    /// - Returns: whether the prediction is the item's now.
    private mutating func takeUp(
        _ late: LostCreateReconciler.LateCreate, _ prediction: Prediction, at now: Timestamp
    ) -> Bool {
        guard let item = window[late.item], shutdown.ending == nil || item.state == .running else { return false }
        let sentAt =
            prediction.createdAt.map { Swift.min(now, poller.clock.localTime(for: Timestamp($0))) } ?? now
        switch item.phase {
        case .running:
            guard let watch = poller.watches[late.item], !watch.isTimedOut, watch.cancelAskedAt == nil else {
                return false
            }
            var failures = item.failures
            failures.add(.duplicate)
            let failure = AttemptFailure(
                .duplicate, "canceled: the create that it was made in place of has come after all, as \(prediction.id)")
            window.change(late.item) {
                $0.failures = failures
                $0.attempt += 1
            }
            decision.actions.append(.cancel(predictionID: watch.predictionID))
            budget.spend(predictions: 1, on: item.step)
            let change = Transition.Change.replaced(
                failure, failures, attempt: item.attempt + 1, predictionID: prediction.id, since: sentAt)
            adopt(late.item, prediction, sentAt: sentAt, by: change, at: now)
            return true
        case .ready:
            window.change(late.item) { $0.attempt += 1 }
            budget.spend(predictions: 1, on: item.step)
            adopt(
                late.item, prediction, sentAt: sentAt,
                by: .found(attempt: item.attempt + 1, predictionID: prediction.id, since: sentAt), at: now)
            return true
        case .preparing, .prepared, .submitting, .unknown, .fetching: return false
        }
    }
}
