import JSON
import ReplicateAPI

/// From a succeeded prediction to files on disk.
extension RunStateMachine {
    /// Outputs expire an hour after they are made, so nothing waits longer for its download than it must.
    mutating func startFetches(at now: Timestamp) {
        leaveFailedFetches()
        if fetchWake <= now { queueDueFetches(at: now) }
        while fetchesUnderWay < settings.fetches, let id = fetchQueue.popLast() {
            guard let item = window[id], case .fetching(var fetching) = item.phase, fetching.turn == .queued
            else { continue }
            fetching.turn = .underWay
            enter(.fetching(fetching), for: id)
            fetchesUnderWay += 1
            if let files = fetching.shared {
                decision.actions.append(.share(id, files.outputs, directory: files.directory))
                continue
            }
            decision.actions.append(
                .fetch(id, step: item.step, attempt: item.attempt, output: fetching.output))
        }
    }

    /// Who is to stop does not wait an hour for a host that answers nothing: what could not be fetched stays as it is in the
    /// store, and the next run goes on with it.
    private mutating func leaveFailedFetches() {
        guard ending == .interrupted, fetchBacklog > 0 else { return }
        for (id, item) in window {
            guard case .fetching(let fetching) = item.phase, case .waiting = fetching.turn else { continue }
            leave(id)
        }
    }

    private mutating func queueDueFetches(at now: Timestamp) {
        fetchWake = .distantFuture
        for (id, item) in window.sorted(by: { $0.key < $1.key }) {
            guard case .fetching(var fetching) = item.phase, case .waiting(let until) = fetching.turn else { continue }
            if until <= now {
                fetching.turn = .queued
                enter(.fetching(fetching), for: id)
                fetchQueue.insert(id, at: 0)
            } else {
                fetchWake = Swift.min(fetchWake, until)
            }
        }
    }

    mutating func fetched(_ id: ItemID, _ attempt: Int, _ outputs: [StoredOutput], at now: Timestamp) {
        fetchesUnderWay -= 1
        guard let item = window[id], item.attempt == attempt, case .fetching = item.phase else { return }
        steps[item.step].breaker.succeeded()
        record(.succeeded(outputs), for: id, at: now)
        ended(id)
    }

    mutating func fetchFailed(_ id: ItemID, _ attempt: Int, _ failure: FetchFailure, at now: Timestamp) {
        fetchesUnderWay -= 1
        guard let item = window[id], item.attempt == attempt, case .fetching(var fetching) = item.phase else { return }
        switch failure {
        case .expired where !fetching.hasExpired: expired(id, fetching, at: now)
        case .refused(let message): fail(id, AttemptFailure(.undeliverable, message), at: now)
        case .empty(let message): fail(id, AttemptFailure(.emptyOutput, message), at: now)
        case .corrupt(let message) where fetching.tries >= 5:
            fail(id, AttemptFailure(.corruptOutput, message), at: now)
        // Where the provider has just said that the output is there, it has only not come to where it is fetched from.
        case .expired, .unavailable, .corrupt:
            guard fetching.since.duration(to: now) < settings.reconciling.retention else {
                expired(id, fetching, at: now)
                return
            }
            fetching.tries += 1
            if fetching.tries >= 3 { tellUndelivered(failure) }
            let backoff = Backoff(initial: .milliseconds(500), max: .seconds(60))
            let due = now.advanced(by: backoff.delay(afterFailure: fetching.tries, using: &random))
            fetching.turn = .waiting(until: due)
            fetchWake = Swift.min(fetchWake, due)
            enter(.fetching(fetching), for: id)
        case .disk(let message):
            // The item stays where it is: its output is fetched again when there is room.
            breakOff(.disk(message))
            leave(id)
        }
    }

    private mutating func tellUndelivered(_ failure: FetchFailure) {
        let reason =
            switch failure {
            case .unavailable(let message), .corrupt(let message): message
            default: "an output is not found where the provider says that it is"
            }
        tell(.delivering, "\(reason); downloads are tried again and nothing is computed twice for it")
    }

    /// The URL may have expired while the data have not: the provider is asked once more before computing again.
    private mutating func expired(_ id: ItemID, _ fetching: Fetching, at now: Timestamp) {
        guard settings.traits.remembersPredictions, !fetching.hasExpired else {
            let failure = AttemptFailure(.expired, "its output expired before it was downloaded")
            fail(id, failure, at: now)
            return
        }
        var running = Running(predictionID: fetching.predictionID, since: fetching.since, nextLook: now)
        running.hasExpired = true
        running.isCounted = true
        enter(.running(running), for: id)
        record(.running(predictionID: fetching.predictionID, since: fetching.since), for: id, at: now)
    }
}
