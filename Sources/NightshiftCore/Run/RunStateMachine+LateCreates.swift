import ReplicateAPI

/// Creates that come after all, when they were taken for lost for good and another one was sent in their place: a provider that
/// had stopped works through what it had taken.
extension RunStateMachine {
    struct LateCreate: Sendable {
        var item: ItemID
        var step: Int
        var lost: LostCreate
        var outline: RequestOutline?
        var resolvedAt: Timestamp
        var nextLook: Timestamp
    }

    private static let mostLateCreates = 1000

    private var lateRest: Duration { settings.reconciling.lag * 2 }
    private var lateMemory: Duration { settings.reconciling.lag * 60 }

    /// The item's create has not come; should it come all the same, it is taken.
    mutating func expectLate(_ one: LostItem, at now: Timestamp) {
        guard let item = window[one.id], searching.late.count < Self.mostLateCreates else { return }
        searching.late.append(
            LateCreate(
                item: one.id, step: item.step, lost: one.lost, outline: one.outline, resolvedAt: now,
                nextLook: now.advanced(by: lateRest)))
    }

    mutating func forgetLateCreates(at now: Timestamp) {
        guard !searching.late.isEmpty else { return }
        let memory = lateMemory
        searching.late.removeAll { late in
            // Nothing is gained by a prediction for an item that has its result.
            late.resolvedAt.duration(to: now) > memory || window[late.item]?.state == .fetching
        }
        if searching.late.isEmpty { searching.seenUnknown = [] }
    }

    /// A sweep or a webhook tells of a prediction that no item has: it may be one of them.
    mutating func noticeUnknown(_ prediction: Prediction, at now: Timestamp) {
        guard !searching.late.isEmpty, !searching.seenUnknown.contains(prediction.id) else { return }
        searching.seenUnknown.insert(prediction.id)
        let digest = RequestDigest.of(prediction.input)
        for index in searching.late.indices where searching.late[index].lost.intent.requestDigest == digest {
            searching.late[index].nextLook = now
            searching.nextAt = Swift.min(searching.nextAt, now)
        }
    }

    /// Takes those that have come, in place of what was made instead.
    mutating func takeUpLateCreates(_ candidates: [ReconcileCandidate], at now: Timestamp) {
        var free = candidates
        for index in searching.late.indices {
            let late = searching.late[index]
            let waited = late.resolvedAt.duration(to: now)
            searching.late[index].nextLook = now.advanced(by: Swift.max(lateRest, waited))
            let digest = late.lost.intent.requestDigest
            guard !isSubmitting(digest) else { continue }
            let times = acceptanceTimes(of: late.lost, isOpen: true, at: now)
            let place = free.firstIndex {
                $0.equals(digest) && isOfUse($0.prediction) && matches($0.prediction, times, step: late.step)
            }
            guard let place, takeUp(late, free[place].prediction, at: now) else { continue }
            free.remove(at: place)
            searching.late[index].resolvedAt = .distantPast
        }
        forgetLateCreates(at: now)
    }

    private func isOfUse(_ prediction: Prediction) -> Bool {
        switch prediction.status {
        case .succeeded: !prediction.dataRemoved
        case .failed, .canceled, .aborted: false
        case .starting, .processing, .other: true
        }
    }

    /// - Returns: whether the prediction is the item's now.
    private mutating func takeUp(_ late: LateCreate, _ prediction: Prediction, at now: Timestamp) -> Bool {
        guard let item = window[late.item], ending == nil || item.state == .running else { return false }
        let sentAt = prediction.createdAt.map { Swift.min(now, providerClock.ours(Timestamp($0))) } ?? now
        switch item.phase {
        case .running(let running) where !running.isTimedOut && running.cancelAskedAt == nil:
            var failures = item.failures
            failures.add(.duplicate)
            let failure = AttemptFailure(
                .duplicate, "canceled: the create that it was made in place of has come after all, as \(prediction.id)")
            change(late.item) {
                $0.failures = failures
                $0.attempt += 1
            }
            decision.actions.append(.cancel(predictionID: running.predictionID))
            spend(predictions: 1, of: late.item)
            let change = Transition.Change.replaced(
                failure, failures, attempt: item.attempt + 1, predictionID: prediction.id, since: sentAt)
            adopt(late.item, prediction, sentAt: sentAt, by: change, at: now)
            return true
        case .ready:
            change(late.item) { $0.attempt += 1 }
            spend(predictions: 1, of: late.item)
            adopt(
                late.item, prediction, sentAt: sentAt,
                by: .found(attempt: item.attempt + 1, predictionID: prediction.id, since: sentAt), at: now)
            return true
        case .running, .preparing, .prepared, .submitting, .unknown, .fetching: return false
        }
    }
}
