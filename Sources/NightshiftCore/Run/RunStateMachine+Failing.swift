import JSON
import ReplicateAPI

/// What a failed attempt means for the item, and what ends a run.
extension RunStateMachine {
    /// Gives the item another attempt if the table and the policy allow one.
    mutating func fail(_ id: ItemID, _ failure: AttemptFailure, at now: Timestamp) {
        guard var item = window[id] else { return }
        let failureClass = failure.failureClass
        item.failures.add(failureClass)
        resumed.failed(id, failureClass)
        if failureClass == .aborted { totals.unbilled += 1 }
        // The model has no account of its own upstream: no other item would fare better.
        if failureClass == .upstreamAccount { pause(ProviderError(.noCredit, failure.message), at: now) }
        if failureClass.isAboutCapacity {
            let round = steps[item.step].runTimes.typical ?? .zero
            steps[item.step].concurrency.hadNoRoom(at: now, round: round)
        } else {
            steps[item.step].concurrency.failed()
        }
        let policy = settings.steps[item.step]
        guard policy.retryRules.allowsRetry(after: failureClass, counts: item.failures, attempts: policy.attempts)
        else {
            record(.failed(failure, item.failures), for: id, at: now)
            ended(id)
            stopOnFailures(failure, of: item, isFinal: true)
            return
        }
        let ordinal = failureClass.rule.counts ? item.failures.counted : item.failures.excused
        let due = now.advanced(by: policy.backoff.delay(afterFailure: ordinal, using: &random))
        totals.retries += 1
        record(.waiting(failure, item.failures, due: due), for: id, at: now)
        expect(due, in: item.step)
        leave(id)
        stopOnFailures(failure, of: item, isFinal: false)
    }

    /// Nothing is left to do for the item.
    mutating func ended(_ id: ItemID) {
        canary?.ended(id)
        leave(id)
    }

    /// - Parameter isFinal: whether the item is given up, or gets another attempt.
    mutating func stopOnFailures(_ failure: AttemptFailure, of item: WindowItem, isFinal: Bool) {
        defer { if isFinal { stopOnFailedCount() } }
        // What was lost while nobody was here says nothing about what is made now.
        if item.isOfEarlierSession, failure.failureClass.losesResult { return }
        guard let verdict = steps[item.step].breaker.failed(failure, isFinal: isFinal) else { return }
        let name = settings.steps[item.step].name
        let ofStep = name.isEmpty ? "" : "of the step '\(name)' "
        let reason = FailureText.headline(failure.message)
        let cure =
            "mend the cause and run again with --retry-failed, or set 'budget.same_failures: off' to go on"
        switch verdict {
        case .sameFailure(let count):
            let which = totals[.succeeded] > 0 ? "the last" : "the first"
            end(.breaker("\(which) \(count) items \(ofStep)have all failed in the same way: \(reason); \(cure)"))
        case .nothingStored(let count):
            end(
                .breaker(
                    "the last \(count) predictions \(ofStep)were computed and paid for without a result that could be stored, "
                        + "the last one because: \(reason); \(cure)"))
        }
    }

    mutating func stopOnFailedCount() {
        if let reason = tooManyFailures { end(.budget(reason)) }
    }

    private var tooManyFailures: String? {
        guard let limit = settings.limits.failures, totals[.failed] > limit else { return nil }
        return "\(totals[.failed]) items have failed; 'budget.failures' allows \(limit)"
    }

    /// Why no create may follow, if the budget is spent. What is in flight counts as spent.
    func exhaustedBudget(at now: Timestamp) -> String? {
        guard hasWork else { return nil }
        if let reason = tooManyFailures { return reason }
        if let limit = settings.limits.predictions, totals.predictions >= limit {
            return "\(totals.predictions) predictions were made; 'budget.predictions' allows \(limit)"
        }
        if let limit = settings.limits.predictTime, expectedPredictTime >= limit.inSeconds {
            return "\(Int(saturating: totals.predictTime.rounded())) s were computed and more is in flight; "
                + "'budget.predict_time' allows \(Int(saturating: limit.inSeconds)) s"
        }
        if let limit = settings.limits.cost, !steps.indices.contains(where: { mayCost($0) }) {
            return "\(Self.money(cost)) was spent, with what is in flight; 'budget.cost' allows "
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
        totals.predictTime + steps.reduce(0) { $0 + $1.expectedPredictTime }
    }

    /// When the session has created for long enough.
    var wallTimeEnd: Timestamp? {
        settings.limits.wallTime.map { startedAt.advanced(by: $0) }
    }

    static func money(_ amount: Double) -> String {
        "\((amount * 10_000).rounded() / 10_000)"
    }

    var hasWork: Bool {
        !preparedQueue.isEmpty || steps.contains { $0.hasMore || $0.nextDue != nil || !$0.readyQueue.isEmpty }
    }

    /// Nothing more is created; what runs is finished, then the run ends with the first reason given.
    mutating func end(_ reason: RunEnd) {
        if ending == nil { ending = reason }
    }

    /// The run ends with work undone that had begun, which is what a person must hear of, whatever else has ended it.
    mutating func breakOff(_ reason: RunEnd) {
        if case .disk = ending { return }
        ending = reason
    }

    mutating func stopRequested(_ request: StopRequest, at now: Timestamp) {
        end(.interrupted)
        if request == .drain { beginGrace(at: now) }
        if request >= .leave, leaveBy == nil { leaveBy = now.advanced(by: .seconds(5)) }
    }
}
