import JSON
import ReplicateAPI

/// What a failed attempt means for the item, and what ends a run.
extension RunStateMachine {
    /// Gives the item another attempt if the table and the policy allow one.
    mutating func fail(_ id: ItemID, _ failure: AttemptFailure, at now: Timestamp) {
        guard var item = window[id] else { return }
        let rule = failure.failureClass.rule
        if rule.counts { item.failures += 1 } else { item.excused += 1 }
        let allowed =
            switch rule.retries {
            case .none: false
            case .upTo(let retries): item.failures <= retries && item.failures < settings.attempts
            case .byPolicy where rule.counts: item.failures < settings.attempts
            case .byPolicy: item.excused < FailureClass.excusedLimit
            }
        guard allowed else {
            record(.failed(failure, failures: item.failures, excused: item.excused), for: id, at: now)
            leave(id)
            stopOnFailures(failure)
            return
        }
        let ordinal = rule.counts ? item.failures : item.excused
        let due = now.advanced(by: settings.backoff.delay(afterFailure: ordinal, using: &random))
        totals.retries += 1
        record(.waiting(failure, failures: item.failures, excused: item.excused, due: due), for: id, at: now)
        expect(due)
        leave(id)
    }

    private mutating func stopOnFailures(_ failure: AttemptFailure) {
        if breaker.failed(failure) {
            end(
                .breaker(
                    "the first \(settings.limits.sameFailures ?? 0) items have all failed in the same way: "
                        + "\(failure.message); mend the cause and run again with --retry-failed, or set "
                        + "'budget.same_failures: off' to go on"))
        }
        guard let limit = settings.limits.failures, totals[.failed] > limit else { return }
        end(.budget("\(totals[.failed]) items have failed; 'budget.failures' allows \(limit)"))
    }

    /// Why no create may follow, if the budget is spent. What is in flight counts as spent.
    func exhaustedBudget(at now: Timestamp) -> String? {
        guard hasWork else { return nil }
        if let limit = settings.limits.predictions, totals.predictions >= limit {
            return "\(totals.predictions) predictions were made; 'budget.predictions' allows \(limit)"
        }
        if let limit = settings.limits.predictTime, expectedPredictTime >= limit.inSeconds {
            return "\(Int(totals.predictTime.rounded())) s were computed and more is in flight; "
                + "'budget.predict_time' allows \(Int(limit.inSeconds)) s"
        }
        if let limit = settings.limits.cost, !mayCost(afterCreating: 1) {
            return "\(Self.money(cost(afterCreating: 0))) was spent, with what is in flight; 'budget.cost' allows "
                + Self.money(limit)
        }
        if let end = wallTimeEnd, end <= now {
            return
                "the run has created predictions for \(settings.limits.wallTime ?? .zero); 'budget.wall_time' allows no more"
        }
        return nil
    }

    /// What was computed, and what is in flight by the runs so far.
    var expectedPredictTime: Double {
        totals.predictTime + Double(totals[.running] + totals[.submitting]) * (runTimes.typical?.inSeconds ?? 0)
    }

    private func cost(afterCreating count: Int) -> Double {
        settings.limits.price.cost(predictions: totals.predictions + count, predictTime: expectedPredictTime)
    }

    /// Whether the money lasts for so many more creates. How long they take nobody knows, but some of it must be left.
    func mayCost(afterCreating count: Int) -> Bool {
        guard let limit = settings.limits.cost else { return true }
        // Sums of decimal prices are a little off.
        let slack = limit * 1e-9
        guard cost(afterCreating: count) <= limit + slack else { return false }
        return settings.limits.price.perSecond == 0 || cost(afterCreating: 0) < limit - slack
    }

    /// When the session has created for long enough.
    var wallTimeEnd: Timestamp? {
        settings.limits.wallTime.map { startedAt.advanced(by: $0) }
    }

    private static func money(_ amount: Double) -> String {
        "\((amount * 10_000).rounded() / 10_000)"
    }

    private var hasWork: Bool { hasMore || nextDue != nil || !readyQueue.isEmpty || !preparedQueue.isEmpty }

    /// Nothing more is created; what runs is finished, then the run ends with the first reason given.
    mutating func end(_ reason: RunEnd) {
        if ending == nil { ending = reason }
    }

    mutating func stopRequested(_ request: StopRequest, at now: Timestamp) {
        end(.interrupted)
        if request >= .leave, leaveBy == nil { leaveBy = now.advanced(by: .seconds(5)) }
    }
}
