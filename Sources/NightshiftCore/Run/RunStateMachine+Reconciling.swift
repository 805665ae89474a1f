import Foundation
import JSON
import ReplicateAPI

/// What became of a create whose answer was lost.
extension RunStateMachine {
    /// Looks through the account's list when a lost create has settled; one look serves all.
    mutating func reconcile(at now: Timestamp) {
        firstSettled = nil
        guard lostCreates > 0 else { return }
        var earliest: Timestamp?
        var wanted: Set<String> = []
        var outlines: Set<RequestOutline> = []
        for item in window.values {
            guard case .unknown(let intent, let lostAt) = item.phase else { continue }
            let settled = lostAt.advanced(by: settings.reconciling.settle)
            firstSettled = Swift.min(firstSettled ?? settled, settled)
            guard settled <= now else { continue }
            wanted.insert(intent.requestDigest)
            if let outline = item.outline { outlines.insert(outline) }
            earliest = Swift.min(earliest ?? intent.at, intent.at)
        }
        guard let earliest, !isListing, now >= nextList, takeReads(at: now) else { return }
        isListing = true
        let since = Swift.min(earliest, providerClock.theirs(earliest)).advanced(by: .zero - settings.reconciling.skew)
        decision.actions.append(.list(createdAfter: since, wanted: wanted, outlines: outlines))
    }

    /// Equal inputs are interchangeable: each lost create takes one candidate, oldest first.
    mutating func listed(_ candidates: [ReconcileCandidate], startedAt: Timestamp, at now: Timestamp) {
        isListing = false
        lookWake = .distantPast
        reads.passed(at: now)
        listFailuresInARow = 0
        toldTroubles.remove(.reading)
        nextList = now.advanced(by: .seconds(2))
        var free = candidates.filter { candidate in !isKnown(candidate.prediction.id) }
        free.sort { ($0.prediction.createdAt ?? .distantPast) < ($1.prediction.createdAt ?? .distantPast) }
        let lost = window.compactMap { id, item -> Lost? in
            guard case .unknown(let intent, let lostAt) = item.phase else { return nil }
            return Lost(id: id, intent: intent, lostAt: lostAt, outline: item.outline)
        }
        var unfound: [Lost] = []
        for one in lost.sorted(by: { ($0.intent.at, $0.id) < ($1.intent.at, $1.id) }) {
            // A create of equal input that is being sent right now may own the row; its answer tells.
            guard !isSubmitting(one.intent.requestDigest) else { continue }
            let index = free.firstIndex { $0.requestDigest == one.intent.requestDigest && matches($0, one) }
            if let index {
                adopt(one.id, free.remove(at: index).prediction, sentAt: one.intent.at, at: now)
            } else {
                unfound.append(one)
            }
        }
        for one in unfound {
            let similar = one.outline.map { outline in
                free.filter { $0.resembled.contains(outline) && matches($0, one) }
            }
            if let outline = one.outline, let similar, similar.count == 1, isOnlyOne(with: outline) {
                adopt(one.id, similar[0].prediction, sentAt: one.intent.at, at: now)
            } else if startedAt >= one.lostAt.advanced(by: settings.reconciling.lag) {
                settle(one, free, similar: similar?.count ?? 0, at: now)
            }
        }
    }

    private struct Lost {
        var id: ItemID
        var intent: Intent
        var lostAt: Timestamp
        var outline: RequestOutline?
    }

    /// Whether no other create whose id is not known could be the one that a similar row stands for.
    private func isOnlyOne(with outline: RequestOutline) -> Bool {
        let alike = window.values.count { item in
            switch item.phase {
            case .submitting, .unknown: item.outline == outline
            default: false
            }
        }
        return alike == 1
    }

    /// The list has had time to show the prediction and does not.
    private mutating func settle(_ lost: Lost, _ free: [ReconcileCandidate], similar: Int, at now: Timestamp) {
        var reason: String?
        if free.contains(where: { $0.requestDigest == nil && matches($0, lost) }) {
            // A row whose data are gone may be the one; nobody can tell any more.
            reason = "a create of this item may have been accepted, and the provider has removed its input"
        } else if similar > 0 {
            reason =
                "a create of this item may have been accepted: the provider shows \(similar) of its kind and not which file "
                + "each was made from"
        }
        if let reason {
            record(.held(reason: reason), for: lost.id, at: now)
            ended(lost.id)
            return
        }
        spend(predictions: -1, of: lost.id)
        returnToStore(lost.id, due: now, at: now)
    }

    private func matches(_ candidate: ReconcileCandidate, _ lost: Lost) -> Bool {
        let intent = lost.intent
        guard candidate.prediction.source != "web", !isOfAnotherStep(candidate.prediction, lost.id) else {
            return false
        }
        guard let createdAt = candidate.prediction.createdAt else { return true }
        let skew = settings.reconciling.skew
        // The clock that stamps answers may not be the one that stamps predictions.
        return [intent.at, providerClock.theirs(intent.at)].contains { sent in
            let accepted = sent.advanced(by: .zero - skew)...sent.advanced(by: skew + .seconds(300))
            return accepted.contains(Timestamp(createdAt))
        }
    }

    /// A model's name may come back as another one, so it only tells steps of this run apart.
    private func isOfAnotherStep(_ prediction: Prediction, _ id: ItemID) -> Bool {
        guard steps.count > 1, let model = prediction.model, settings(of: id).model != model else { return false }
        return settings.steps.contains { $0.model == model }
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
        lookWake = .distantPast
        if error.code == .throttled {
            let wait = error.retryAfter ?? .seconds(10)
            reads.throttled(for: wait, at: now)
            tellThrottle(of: \.reads, for: wait, at: now)
            nextList = now.advanced(by: wait)
        } else {
            reads.probeLost(at: now)
            nextList = now.advanced(by: .seconds(5))
            listFailuresInARow += 1
            if listFailuresInARow >= 3 { tellUnreadable("lost creates cannot be looked for: \(error.message)") }
            refusedToRead(error, at: now)
        }
    }
}
