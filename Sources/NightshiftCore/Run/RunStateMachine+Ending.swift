import LosslessJSON
import ReplicateAPI

/// What becomes of items: outputs, shared results, failures; and what ends a run.
extension RunStateMachine {
    // MARK: - Downloads

    mutating func download(
        _ id: ItemID, _ predictionID: String, _ output: JSONValue, shared: DownloadQueue.SharedFiles? = nil,
        expiredSince: Timestamp? = nil, at now: Timestamp
    ) {
        enter(.fetching(predictionID: predictionID, isShared: shared != nil), for: id)
        downloads.enqueue(
            id, predictionID: predictionID, output: output, shared: shared, expiredSince: expiredSince, at: now)
    }

    mutating func startDownloads(at now: Timestamp) {
        // Who is to stop does not wait an hour for a host that answers nothing: what could not be fetched stays as it is in
        // the store, and the next run goes on with it.
        if shutdown.ending == .interrupted { for id in downloads.waiting { evict(id) } }
        while let (id, start) = downloads.next(at: now), let item = window[id] {
            switch start {
            case .fetch(let output):
                decision.actions.append(.fetch(id, step: item.step, attempt: item.attempt, output: output))
            case .copy(let outputs, let directory):
                decision.actions.append(
                    .share(id, step: item.step, attempt: item.attempt, outputs, directory: directory))
            }
        }
    }

    mutating func fetched(_ id: ItemID, _ attempt: Int, _ outputs: [StoredOutput], at now: Timestamp) {
        downloads.freeSlot()
        guard let item = window[id], item.attempt == attempt, case .fetching = item.phase else { return }
        steps[item.step].breaker.succeeded()
        record(.succeeded(outputs), for: id, at: now)
        ended(id)
    }

    mutating func fetchFailed(_ id: ItemID, _ attempt: Int, _ failure: FetchFailure, at now: Timestamp) {
        downloads.freeSlot()
        guard let item = window[id], item.attempt == attempt, case .fetching = item.phase else { return }
        switch downloads.failed(id, failure, using: &random, at: now) {
        case .retry(_, let isOutage): if isOutage { reportUndelivered(failure) }
        case .readAgain(let download):
            var watch = PredictionPoller.Watch(
                download.predictionID, step: item.step, since: download.since, nextPollAt: now)
            watch.hasExpired = true
            watch.isCounted = true
            self.watch(id, watch)
            record(.running(predictionID: download.predictionID, since: download.since), for: id, at: now)
        case .fail(let failure): fail(id, failure, at: now)
        case .stop(let end):
            // The item stays where it is: its output is fetched again when that is mended.
            shutdown.breakOff(end)
            closeGate()
            evict(id)
        case nil: break
        }
    }

    private mutating func reportUndelivered(_ failure: FetchFailure) {
        let message: String? =
            switch failure {
            case .unavailable(let message), .corrupt(let message): message
            default: nil
            }
        announce(.delivering, .deliveryFails(message: message))
    }

    // MARK: - Shared results

    /// Gives an item what became of the one with the same input.
    mutating func share(_ id: ItemID, _ result: SharedResult, at now: Timestamp) {
        guard let item = window[id] else { return }
        record(.sharing(result, name: item.name), for: id, at: now)
        switch result.outcome {
        case .succeeded(let predictionID, _, let outputs):
            let files = DownloadQueue.SharedFiles(outputs: outputs, directory: result.directory)
            download(id, predictionID, .null, shared: files, at: now)
        case .failed:
            ended(id)
            stopOnFailedCount()
        case .held: ended(id)
        }
    }

    /// - Parameter outputs: `nil` if the other item's files are not there any more.
    mutating func shared(_ id: ItemID, _ outputs: [StoredOutput]?, at now: Timestamp) {
        downloads.freeSlot()
        guard let item = window[id], case .fetching(_, isShared: true) = item.phase else { return }
        if let outputs {
            record(.succeeded(outputs), for: id, at: now)
            ended(id)
        } else {
            record(.unshared(due: now), for: id, at: now)
            steps[item.step].noteDue(now)
            evict(id)
        }
    }

    // MARK: - Failures

    /// Gives the item another attempt if the table and the policy allow one.
    mutating func fail(_ id: ItemID, _ failure: AttemptFailure, at now: Timestamp) {
        guard var item = window[id] else { return }
        let failureClass = failure.failureClass
        item.failures.add(failureClass)
        gate.earlier.failed(id, failureClass)
        if failureClass == .aborted { budget.totals.unbilled += 1 }
        // The model has no account of its own upstream: no other item would fare better.
        if failureClass == .upstreamAccount { pause(ProviderError(.noCredit, failure.message), at: now) }
        let due = steps[item.step].retryDue(after: failureClass, item.failures, using: &random, at: now)
        guard let due else {
            record(.failed(failure, item.failures), for: id, at: now)
            ended(id)
            stopOnFailures(failure, of: item, isFinal: true)
            return
        }
        budget.totals.retries += 1
        record(.waiting(failure, item.failures, due: due), for: id, at: now)
        steps[item.step].noteDue(due)
        evict(id)
        stopOnFailures(failure, of: item, isFinal: false)
    }

    /// Fails an item that is made from what another one has not made.
    mutating func failUnmet(_ id: ItemID, _ failure: AttemptFailure, at now: Timestamp) {
        record(.unmet(failure), for: id, at: now)
        ended(id)
        stopOnFailedCount()
    }

    /// - Parameter isFinal: whether the item is given up, or gets another attempt.
    mutating func stopOnFailures(_ failure: AttemptFailure, of item: ItemWindow.Item, isFinal: Bool) {
        defer { if isFinal { stopOnFailedCount() } }
        // What was lost while nobody was here says nothing about what is made now.
        if item.isOfEarlierSession, failure.failureClass.losesResult { return }
        guard let verdict = steps[item.step].breaker.failed(failure, isFinal: isFinal) else { return }
        let step = settings.steps[item.step].name
        let reason = FailureText.headline(failure.message)
        switch verdict {
        case .sameFailure(let count):
            let areFirst = totals[.succeeded] == 0
            end(.breaker(.sameFailure(count: count, step: step, reason: reason, areFirst: areFirst)))
        case .nothingStored(let count): end(.breaker(.nothingStored(count: count, step: step, reason: reason)))
        }
    }

    mutating func stopOnFailedCount() {
        if let spent = budget.tooManyFailures { end(.budget(spent)) }
    }
}
