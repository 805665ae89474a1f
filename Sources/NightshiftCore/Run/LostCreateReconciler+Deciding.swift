import Foundation
import ReplicateAPI

/// What a look through the list has proven.
extension LostCreateReconciler {
    /// Equal inputs are interchangeable: each lost create takes one candidate, oldest first; what has failed goes last, since it
    /// would be made again while another one's result can be had.
    mutating func conclude(_ scan: ListScan, _ around: Surroundings, at now: Timestamp) -> [Finding] {
        var findings: [Finding] = []
        let taken = takenMeanwhile
        var free = scan.candidates.filter {
            around.holders[$0.prediction.id] == nil && !taken.contains($0.prediction.id)
        }
        func rank(_ candidate: ReconcileCandidate) -> (Int, Date) {
            let prediction = candidate.prediction
            let hasNoResult = prediction.status.isTerminal && prediction.status != .succeeded
            return (hasNoResult ? 1 : 0, prediction.createdAt ?? .distantPast)
        }
        free.sort { rank($0) < rank($1) }
        var unfound: [Lost] = []
        // Inputs of creates whose id is not known; those that are adopted leave it.
        var open = around.submittingInputs + lost.values.compactMap(\.sent)
        func adopt(_ one: Lost, _ prediction: Prediction) {
            if let input = one.sent, let place = open.firstIndex(of: input) { open.remove(at: place) }
            guard ResourceID.isUsable(prediction.id) else {
                // It is the item's all the same, and can never be read.
                findings.append(
                    .hold(
                        one,
                        reason:
                            "its prediction was made, and the provider shows it under an id that cannot be asked for"))
                return
            }
            findings.append(.adopt(one, prediction))
        }
        for one in inOrder {
            // A create of equal input that is being sent right now may own the row; its answer tells.
            guard around.submitting[one.create.intent.requestDigest] == nil else { continue }
            let times = acceptanceTimes(of: one.create, around.clock, at: now)
            let index = free.firstIndex {
                $0.equals(one.create.intent.requestDigest) && matches($0.prediction, times, step: one.step)
            }
            if let index { adopt(one, free.remove(at: index).prediction) } else { unfound.append(one) }
        }
        let isConclusive = scan.problem == nil && (scan.rows > 0 || !around.shown.contains(where: scan.covers))
        inconclusive = isConclusive ? 0 : inconclusive + 1
        inconclusiveSince = isConclusive ? nil : inconclusiveSince ?? now
        for one in unfound {
            let times = acceptanceTimes(of: one.create, around.clock, at: now)
            let likely = free.filter { matches($0.prediction, times, step: one.step) }
            let similar = likely.filter { $0.resembles(one.sent) }
            // Whether no other create whose id is not known could be the one that a similar row stands for.
            if similar.count == 1, open.count(where: { $0 == one.sent }) == 1 {
                free.removeAll { $0.prediction.id == similar[0].prediction.id }
                adopt(one, similar[0].prediction)
            } else if scan.startedAt >= one.create.lostAt.advanced(by: reconciling.lag),
                let finding = resolve(one, likely, by: scan, isConclusive: isConclusive, at: now)
            {
                findings.append(finding)
                if case .quiet = finding { continue }
                if let input = one.sent, let place = open.firstIndex(of: input) { open.remove(at: place) }
            }
        }
        findings += lateFindings(free, around, at: now)
        nextAt = now.advanced(by: restAfterLook(findings, at: now))
        return findings
    }

    /// The list has had time to show the prediction and does not.
    private mutating func resolve(
        _ one: Lost, _ likely: [ReconcileCandidate], by scan: ListScan, isConclusive: Bool, at now: Timestamp
    ) -> Finding? {
        let accepted = "a create of this item may have been accepted"
        let similar = likely.count { $0.resembles(one.sent) }
        if likely.contains(where: { $0.likeness == nil && !$0.isBare }) {
            // A row whose data are gone may be the one; nobody can tell any more.
            return .hold(one, reason: "\(accepted), and the provider has removed its input")
        }
        if likely.contains(where: \.isBare) {
            return .hold(
                one, reason: "\(accepted): the provider shows a prediction of that time without its input")
        }
        if similar > 0, one.sent?.hasFiles == true {
            return .hold(
                one,
                reason: "\(accepted): the provider shows \(similar) of its kind and not which file each was made from")
        }
        if likely.contains(where: { $0.likeness != nil && $0.mayBe(one.sent) }) {
            return .hold(
                one,
                reason:
                    "\(accepted): the provider shows a prediction whose input differs only in what the provider itself "
                    + "may have added or left out")
        }
        if one.create.loss == .accepted {
            return .hold(
                one,
                reason:
                    "its create was accepted without an id that can be used, and the provider's list does not show it")
        }
        guard isConclusive else {
            let since = inconclusiveSince ?? now
            guard inconclusive >= Self.mostInconclusive, since.duration(to: now) >= reconciling.lag * 8 else {
                return nil
            }
            let problem = scan.problem ?? "it does not show what is known to be in it"
            return .hold(one, reason: "\(accepted), and the provider's list of predictions cannot tell: \(problem)")
        }
        guard mayStillCome(one.create, asOf: scan.startedAt) else { return .absent(one) }
        guard !one.create.isQuiet else { return nil }
        lost[one.id]?.create.isQuiet = true
        return .quiet(one)
    }

    /// Whether the provider may still be working on it though the list does not show it.
    private func mayStillCome(_ create: LostCreate, asOf startedAt: Timestamp) -> Bool {
        if startedAt >= create.lostAt.advanced(by: reconciling.patience(after: create.loss)) { return false }
        // What was sent later and is there already has overtaken it only if there is no queue any more.
        return create.overtakenAt.map { startedAt < $0.advanced(by: reconciling.lag) } ?? true
    }

    /// Soon while the list may lag behind, and later more and more seldom.
    private mutating func restAfterLook(_ findings: [Finding], at now: Timestamp) -> Duration {
        var left = lost
        for finding in findings {
            switch finding {
            case .adopt(let one, _), .hold(let one, _), .absent(let one): left[one.id] = nil
            case .quiet, .late: break
            }
        }
        if left.isEmpty { examined = [:] }
        let age = (left.values.map(\.create.lostAt).max() ?? now).duration(to: now)
        guard age > reconciling.lag else { return .seconds(2) }
        return Swift.min(.seconds(30), Swift.max(.seconds(2), age / 8))
    }
}
