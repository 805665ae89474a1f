package import JSON
import ReplicateAPI

/// From a pending item to a prediction's id.
extension RunStateMachine {
    /// Sends what may be sent: the slots, the rate gate and the budget bound it.
    mutating func submit(at now: Timestamp) {
        guard ending == nil, now >= createsPausedUntil else { return }
        if let reason = exhaustedBudget(at: now) {
            end(.budget(reason))
            return
        }
        while let id = preparedQueue.first {
            guard case .prepared(let input, let digest) = window[id]?.phase else {
                preparedQueue.removeFirst()
                continue
            }
            guard maySpend(1), creates.take(at: now) else { return }
            preparedQueue.removeFirst()
            send(id, input: input, requestDigest: digest, at: now)
        }
        while let id = readyQueue.last, hasRoom {
            guard case .ready(let input, let files) = window[id]?.phase else {
                readyQueue.removeLast()
                continue
            }
            if files.isEmpty {
                guard maySpend(1), creates.take(at: now) else { return }
                readyQueue.removeLast()
                send(id, input: input, requestDigest: RequestDigest.of(input), at: now)
            } else {
                guard maySpend(1 + preparedQueue.count) else { return }
                readyQueue.removeLast()
                enter(.preparing, for: id)
                decision.actions.append(.prepare(id, input: input, files: files))
            }
        }
    }

    /// Whether the budget has room for so many more creates.
    private func maySpend(_ count: Int) -> Bool {
        if let limit = settings.limits.predictions, totals.predictions + count > limit { return false }
        if let limit = settings.limits.predictTime, expectedPredictTime >= limit.inSeconds { return false }
        return mayCost(afterCreating: count)
    }

    private mutating func send(_ id: ItemID, input: JSONValue, requestDigest: String, at now: Timestamp) {
        guard let item = window[id] else { return }
        let attempt = item.attempt + 1
        change(id) { $0.attempt = attempt }
        record(.submitting(attempt: attempt, intentAt: now, requestDigest: requestDigest), for: id, at: now)
        enter(.submitting(Intent(at: now, requestDigest: requestDigest)), for: id)
        totals.predictions += 1
        decision.actions.append(.create(id, key: item.key, attempt: attempt, input: input))
    }

    mutating func prepared(_ id: ItemID, input: JSONValue, requestDigest: String) {
        guard case .preparing = window[id]?.phase else { return }
        enter(.prepared(input: input, requestDigest: requestDigest), for: id)
        preparedQueue.append(id)
    }

    mutating func prepareFailed(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        guard case .preparing = window[id]?.phase else { return }
        refused(id, error, at: now)
    }

    mutating func created(_ id: ItemID, _ attempt: Int, _ prediction: Prediction, at now: Timestamp) {
        guard let item = window[id], item.attempt == attempt, case .submitting(let intent) = item.phase else { return }
        creates.passed()
        refusalsInARow = 0
        createsPausedUntil = .distantPast
        if let createdAt = prediction.createdAt, !prediction.status.isTerminal {
            providerClock.observe(Timestamp(createdAt), knownAt: now)
        }
        adopt(id, prediction, sentAt: intent.at, at: now)
    }

    /// Takes a prediction as the item's: from a create's answer, or found in the list.
    mutating func adopt(_ id: ItemID, _ prediction: Prediction, sentAt: Timestamp, at now: Timestamp) {
        let createdAt = prediction.createdAt.map(Timestamp.init)
        // The answer took its time, and so did we; the prediction has been running meanwhile.
        let begin = createdAt.map { Swift.min(now, Swift.max(sentAt, providerClock.ours($0))) } ?? sentAt
        let running = Running(
            predictionID: prediction.id, since: sentAt, createdAt: createdAt,
            processingSince: prediction.status == .processing ? now : nil, nextLook: firstLook(since: begin, at: now)
        )
        enter(.running(running), for: id)
        if prediction.status.isTerminal {
            // One commit holds the id and what became of it.
            record(.running(predictionID: prediction.id, since: sentAt), for: id, at: now)
            update(id, prediction, at: now)
        } else {
            record(.running(predictionID: prediction.id, since: sentAt), for: id, at: now)
        }
    }

    mutating func createFailed(_ id: ItemID, _ attempt: Int, _ error: ProviderError, at now: Timestamp) {
        guard let item = window[id], item.attempt == attempt, case .submitting(let intent) = item.phase else { return }
        if error.code == .unknownOutcome {
            creates.probeLost(at: now)
            if settings.traits.createIsIdempotent {
                // The prediction itself may be what takes the server down, so the attempt counts.
                pauseCreates(at: now)
                fail(id, AttemptFailure(.connectionLost, error.message), at: now)
            } else {
                enter(.unknown(intent, lostAt: now), for: id)
                record(.unknown(lostAt: now), for: id, at: now)
            }
            return
        }
        totals.predictions -= 1
        refused(id, error, at: now)
    }

    /// The provider, or this machine on its behalf, certainly accepted nothing.
    private mutating func refused(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        if error.code != .throttled { creates.probeLost(at: now) }
        switch error.code {
        case .throttled:
            let wait = error.retryAfter ?? .seconds(10)
            creates.throttled(for: wait, at: now)
            goBack(id, at: now)
        case .busy:
            // A slot frees when something ends; how long that takes is not told.
            pauseCreates(at: now, longest: .seconds(1))
            returnToStore(id, due: createsPausedUntil, at: now)
        case .notSent, .unavailable, .unknownOutcome:
            pauseCreates(at: now)
            returnToStore(id, due: createsPausedUntil, at: now)
        case .noCredit, .unauthorized:
            end(.refused(error.message))
            goBack(id, at: now)
        case .notFound, .invalidVersion:
            // Every item of a run goes to the same model, so every other create would be refused as well.
            end(.breaker(error.message))
            goBack(id, at: now)
        case .invalidInput: fail(id, AttemptFailure(.invalidInput, error.message), at: now)
        case .rejected: fail(id, AttemptFailure(.rejected, error.message), at: now)
        case .unreadableInput: fail(id, AttemptFailure(.unreadableInput, error.message), at: now)
        }
    }

    /// The attempt was not spent and nothing is wrong with the item: it is the next to go when the gate opens.
    private mutating func goBack(_ id: ItemID, at now: Timestamp) {
        if window[id]?.state == .pending {
            leave(id)
            expect(now)
        } else {
            returnToStore(id, due: now, at: now)
        }
    }

    /// Creating waits, longer with each refusal in a row, so that an unreachable provider is not beaten against.
    private mutating func pauseCreates(at now: Timestamp, longest: Duration = .seconds(60)) {
        // Many creates fail together when a provider goes away; one pause answers them all.
        guard now >= createsPausedUntil else { return }
        refusalsInARow += 1
        let backoff = Backoff(initial: .milliseconds(250), factor: 2, max: longest, jitter: .none)
        createsPausedUntil = now.advanced(by: backoff.delay(afterFailure: refusalsInARow, using: &random))
    }
}

/// The digest that says whether two inputs are the same for the provider.
package enum RequestDigest {
    package static func of(_ input: JSONValue) -> String {
        ContentDigest.sha256(input.canonicalBytes())
    }
}
