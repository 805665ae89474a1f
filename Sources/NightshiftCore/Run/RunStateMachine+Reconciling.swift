import Foundation
import JSON
import ReplicateAPI

/// What became of a create whose answer was lost.
extension RunStateMachine {
    /// Looks through the account's list when a lost create has settled; one look serves all.
    mutating func reconcile(at now: Timestamp) {
        firstSettled = nil
        var earliest: Timestamp?
        var wanted: Set<String> = []
        for item in window.values {
            guard case .unknown(let intent, let lostAt) = item.phase else { continue }
            let settled = lostAt.advanced(by: settings.reconciling.settle)
            firstSettled = Swift.min(firstSettled ?? settled, settled)
            guard settled <= now else { continue }
            wanted.insert(intent.requestDigest)
            earliest = Swift.min(earliest ?? intent.at, intent.at)
        }
        guard let earliest, !isListing, now >= nextList, reads.take(at: now) else { return }
        isListing = true
        let since = providerClock.theirs(earliest).advanced(by: .zero - settings.reconciling.skew)
        decision.actions.append(.list(createdAfter: since, wanted: wanted))
    }

    /// Equal inputs are interchangeable: each lost create takes one candidate, oldest first.
    mutating func listed(_ candidates: [ReconcileCandidate], startedAt: Timestamp, at now: Timestamp) {
        isListing = false
        reads.passed()
        nextList = now.advanced(by: .seconds(2))
        var free = candidates.filter { candidate in !isKnown(candidate.prediction.id) }
        free.sort { ($0.prediction.createdAt ?? .distantPast) < ($1.prediction.createdAt ?? .distantPast) }
        let lost = window.compactMap { id, item -> (id: ItemID, intent: Intent, lostAt: Timestamp)? in
            guard case .unknown(let intent, let lostAt) = item.phase else { return nil }
            return (id, intent, lostAt)
        }
        for (id, intent, lostAt) in lost.sorted(by: { ($0.intent.at, $0.id) < ($1.intent.at, $1.id) }) {
            // A create of equal input that is being sent right now may own the row; its answer tells.
            guard !isSubmitting(intent.requestDigest) else { continue }
            if let index = free.firstIndex(where: { $0.requestDigest == intent.requestDigest && matches($0, intent) }) {
                let prediction = free.remove(at: index).prediction
                adopt(id, prediction, sentAt: intent.at, at: now)
            } else if startedAt >= lostAt.advanced(by: settings.reconciling.lag) {
                settle(id, intent, free, at: now)
            }
        }
    }

    /// The list has had time to show the prediction and does not.
    private mutating func settle(
        _ id: ItemID, _ intent: Intent, _ free: [ReconcileCandidate], at now: Timestamp
    ) {
        // A row whose data are gone may be the one; nobody can tell any more.
        if free.contains(where: { $0.requestDigest == nil && matches($0, intent) }) {
            record(
                .held(reason: "a create of this item may have been accepted, and the provider has removed its input"),
                for: id, at: now
            )
            leave(id)
            return
        }
        totals.predictions -= 1
        returnToStore(id, due: now, at: now)
    }

    private func matches(_ candidate: ReconcileCandidate, _ intent: Intent) -> Bool {
        guard candidate.prediction.source != "web" else { return false }
        guard let createdAt = candidate.prediction.createdAt else { return true }
        let sent = providerClock.theirs(intent.at)
        let skew = settings.reconciling.skew
        let accepted = sent.advanced(by: .zero - skew)...sent.advanced(by: skew + .seconds(300))
        return accepted.contains(Timestamp(createdAt))
    }

    private func isKnown(_ predictionID: String) -> Bool {
        window.values.contains { item in
            switch item.phase {
            case .running(let running): running.predictionID == predictionID
            case .fetching(let fetching): fetching.predictionID == predictionID
            default: false
            }
        }
    }

    private func isSubmitting(_ requestDigest: String) -> Bool {
        window.values.contains { item in
            if case .submitting(let intent) = item.phase { intent.requestDigest == requestDigest } else { false }
        }
    }

    mutating func listFailed(_ error: ProviderError, at now: Timestamp) {
        isListing = false
        if error.code == .throttled {
            let wait = error.retryAfter ?? .seconds(10)
            reads.throttled(for: wait, at: now)
            nextList = now.advanced(by: wait)
        } else {
            reads.probeLost(at: now)
            nextList = now.advanced(by: .seconds(5))
            refusedToRead(error, at: now)
        }
    }
}
