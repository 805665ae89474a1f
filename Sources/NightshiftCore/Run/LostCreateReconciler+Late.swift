import ReplicateAPI

/// Creates that come after all, when they were taken for lost for good and another one was sent in their place: a provider that
/// had stopped works through what it had taken.
extension LostCreateReconciler {
    struct LateCreate: Sendable {
        let item: ItemID
        let step: Int
        let create: LostCreate
        let sent: InputFingerprint?
        let resolvedAt: Timestamp
        var nextLookAt: Timestamp
    }

    static let mostLateCreates = 1000

    private var rest: Duration { reconciling.lag * 2 }
    private var memory: Duration { reconciling.lag * 60 }

    /// The item's create has not come; should it come all the same, it is taken.
    mutating func expectLate(_ one: Lost, at now: Timestamp) {
        guard late.count < Self.mostLateCreates else { return }
        late.append(
            LateCreate(
                item: one.id, step: one.step, create: one.create, sent: one.sent, resolvedAt: now,
                nextLookAt: now.advanced(by: rest)))
    }

    /// - Parameter isFetching: whether an item has its result; nothing is gained by a prediction for it.
    mutating func forgetLateCreates(isFetching: (ItemID) -> Bool, at now: Timestamp) {
        guard !late.isEmpty else { return }
        let memory = memory
        late.removeAll { $0.resolvedAt.duration(to: now) > memory || isFetching($0.item) }
        if late.isEmpty { seenUnknown = [] }
    }

    /// The late create was taken.
    mutating func forget(_ taken: LateCreate) {
        late.removeAll { $0.item == taken.item && $0.create.intent == taken.create.intent }
        if late.isEmpty { seenUnknown = [] }
    }

    /// The list or a webhook tells of a prediction that no item has: it may be one of them.
    mutating func noticeUnknown(_ prediction: Prediction, at now: Timestamp) {
        guard !late.isEmpty, seenUnknown.insert(prediction.id).inserted else { return }
        let digest = RequestDigest.of(prediction.input)
        for index in late.indices where late[index].create.intent.requestDigest == digest {
            late[index].nextLookAt = now
            nextAt = Swift.min(nextAt, now)
        }
    }

    /// Those that have come. Each takes one row; whether the item takes it, the machine says.
    mutating func lateFindings(
        _ candidates: [ReconcileCandidate], _ around: Surroundings, at now: Timestamp
    ) -> [Finding] {
        var free = candidates
        var findings: [Finding] = []
        for index in late.indices {
            let one = late[index]
            late[index].nextLookAt = now.advanced(by: Swift.max(rest, one.resolvedAt.duration(to: now)))
            let digest = one.create.intent.requestDigest
            guard around.submitting[digest] == nil else { continue }
            let times = acceptanceTimes(of: one.create, isOpen: true, around.clock, at: now)
            let place = free.firstIndex {
                $0.equals(digest) && isOfUse($0.prediction) && matches($0.prediction, times, step: one.step)
            }
            guard let place else { continue }
            findings.append(.late(one, free.remove(at: place).prediction))
        }
        return findings
    }

    private func isOfUse(_ prediction: Prediction) -> Bool {
        switch prediction.status {
        case .succeeded: !prediction.dataRemoved
        case .failed, .canceled, .aborted: false
        case .starting, .processing, .other: true
        }
    }
}
