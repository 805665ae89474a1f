package import JSON
import ReplicateAPI

/// From a pending item to a prediction's id.
extension RunStateMachine {
    /// Sends what may be sent: the slots, the rate gate and the budget bound it.
    mutating func submit(at now: Timestamp) {
        guard ending == nil, !control.orders.isPaused, now >= createsPausedUntil, mayCreate(at: now) else { return }
        if let reason = exhaustedBudget(at: now) {
            end(.budget(reason))
            return
        }
        defer { for step in steps.indices { steps[step].concurrency.used(inFlight: steps[step].inFlight) } }
        while let place = nextPrepared {
            let id = preparedQueue[place]
            guard case .prepared(let input, let digest) = window[id]?.phase else {
                preparedQueue.remove(at: place)
                continue
            }
            guard maySpend(1), mayCost(window[id]?.step ?? 0), takeCreate(at: now) else { return }
            preparedQueue.remove(at: place)
            send(id, input: input, requestDigest: digest, at: now)
        }
        for step in stepOrder where !submit(step, at: now) { return }
    }

    /// The place of the prepared item that goes next; one that was refused goes behind the others.
    private var nextPrepared: Int? {
        guard !refusals.inARow.isEmpty else { return preparedQueue.indices.first }
        return preparedQueue.firstIndex { !refusals.goesLast($0) } ?? preparedQueue.indices.first
    }

    /// Sends what may be sent of one step.
    /// - Returns: whether another step may send something; not if the rate or the budget of all is used up.
    private mutating func submit(_ step: Int, at now: Timestamp) -> Bool {
        while let place = nextReady(in: step), hasRoom(in: step) {
            let id = steps[step].readyQueue[place]
            guard case .ready(let input, let files) = window[id]?.phase else {
                steps[step].readyQueue.remove(at: place)
                continue
            }
            // Another step may cost less.
            guard mayCost(step, besidesPrepared: !files.isEmpty) else { return true }
            // Files are prepared before a create is taken from the rate, so that the rate waits for no disk.
            let isSpent = files.isEmpty ? !maySpend(1) || !takeCreate(at: now) : !maySpend(1 + preparedQueue.count)
            guard !isSpent else { return false }
            steps[step].readyQueue.remove(at: place)
            canary?.began(id, of: step)
            guard let input = changed(input, of: id, at: now) else { continue }
            if files.isEmpty {
                send(id, input: input, requestDigest: RequestDigest.of(input), at: now)
            } else {
                enter(.preparing, for: id)
                decision.actions.append(.prepare(id, input: input, files: files))
            }
        }
        return true
    }

    /// What is sent for the item now: its input, with what the manifest changes on a retry.
    private mutating func changed(_ input: JSONValue, of id: ItemID, at now: Timestamp) -> JSONValue? {
        guard let item = window[id], item.lastFailure != nil, let row = item.row else { return input }
        let changes: JSONValue?
        do throws(RenderError) {
            changes = try settings.steps[item.step].retryRules.changes(
                after: item.lastFailure, row: row, key: item.key, attempt: item.attempt + 1, job: settings.job)
        } catch {
            fail(id, AttemptFailure(.invalidInput, "'retry.set' cannot be rendered: \(error.message)"), at: now)
            return nil
        }
        guard let members = changes?.objectValue, case .object(let own) = input else { return input }
        change(id) { $0.changes = changes }
        return .object(own.merging(members) { _, new in new })
    }

    /// Whether the budget has room for so many more creates.
    private func maySpend(_ count: Int) -> Bool {
        if let limit = settings.limits.predictions, totals.predictions + count > limit { return false }
        if let limit = settings.limits.predictTime, expectedPredictTime >= limit.inSeconds { return false }
        return true
    }

    private mutating func send(_ id: ItemID, input: JSONValue, requestDigest: String, at now: Timestamp) {
        guard let item = window[id] else { return }
        let attempt = item.attempt + 1
        change(id) { item in
            item.attempt = attempt
            item.isOfEarlierSession = false
        }
        let intent = CreateIntent(at: now, requestDigest: requestDigest, clockOffset: providerClock.knownOffset)
        record(.submitting(attempt: attempt, intent, changes: item.changes), for: id, at: now)
        outline(id, input: input, files: item.files)
        enter(.submitting(intent), for: id)
        spend(predictions: 1, of: id)
        decision.actions.append(.create(id, step: item.step, key: item.key, attempt: attempt, input: input))
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

    mutating func created(
        _ id: ItemID, _ attempt: Int, _ prediction: Prediction, left: RateReading?, at now: Timestamp
    ) {
        guard let item = window[id], item.attempt == attempt, case .submitting(let intent) = item.phase else { return }
        refusals.passed(id, sentAt: intent.at)
        accepted(left, in: item.step, at: now)
        accepted(sentAt: intent.at, at: now)
        guard settings.traits.createIsIdempotent || ResourceID.isUsable(prediction.id) else {
            lost(id, intent, by: .accepted, "its answer names no id that can be used", at: now)
            return
        }
        if let createdAt = prediction.createdAt, !prediction.status.isTerminal {
            providerClock.observe(Timestamp(createdAt), asked: intent.at, known: now)
        }
        adopt(id, prediction, sentAt: intent.at, at: now)
    }

    /// Takes a prediction as the item's: from a create's answer, or found in the list.
    ///
    /// - Parameter change: how it is recorded, if not just as running.
    mutating func adopt(
        _ id: ItemID, _ prediction: Prediction, sentAt: Timestamp, by change: Transition.Change? = nil,
        at now: Timestamp
    ) {
        let createdAt = prediction.createdAt.map(Timestamp.init)
        // The answer took its time, and so did we; the prediction has been running meanwhile.
        let begin = createdAt.map { Swift.min(now, Swift.max(sentAt, providerClock.ours($0))) } ?? sentAt
        let running = Running(
            predictionID: prediction.id, since: sentAt, createdAt: createdAt,
            processingSince: prediction.status == .processing ? now : nil,
            nextLook: firstLook(since: begin, of: window[id]?.step ?? 0, at: now)
        )
        enter(.running(running), for: id)
        record(change ?? .running(predictionID: prediction.id, since: sentAt), for: id, at: now)
        if prediction.status.isTerminal {
            // One commit holds the id and what became of it.
            update(id, prediction, mayBePartial: true, at: now)
        } else {
            if let news = early.removeValue(forKey: prediction.id) { update(id, news, mayBePartial: true, at: now) }
        }
    }

    mutating func createFailed(_ id: ItemID, _ attempt: Int, _ error: ProviderError, at now: Timestamp) {
        guard let item = window[id], item.attempt == attempt, case .submitting(let intent) = item.phase else { return }
        if error.isAboutCapacity { steps[item.step].concurrency.hadNoRoom(at: now, round: .seconds(1)) }
        guard error.code == .unknownOutcome else {
            spend(predictions: -1, of: id)
            refused(id, error, at: now)
            return
        }
        creates.probeLost(at: now)
        if error.isAccepted, !settings.traits.createIsIdempotent {
            refusals.passed(id, sentAt: intent.at)
            lost(id, intent, by: .accepted, error.message, at: now)
            return
        }
        lostInARow += 1
        // A provider that answers nothing at all is not given one create after the other.
        if lostInARow > 2 || settings.traits.createIsIdempotent { pauseCreates(at: now) }
        if settings.traits.createIsIdempotent {
            // The prediction itself may be what takes the server down, so the attempt counts.
            fail(id, AttemptFailure(.connectionLost, error.message), at: now)
            return
        }
        lost(id, intent, by: error.loss, error.message, at: now)
    }

    /// A create's answer was lost: the manifest says what follows.
    ///
    /// - Parameter lostAt: when it was, if not just now.
    mutating func lost(
        _ id: ItemID, _ intent: CreateIntent, by loss: CreateLoss, _ message: String, lostAt: Timestamp? = nil,
        at now: Timestamp
    ) {
        // What was certainly made is not made again.
        switch loss == .accepted && settings.onUnknown == .retry ? .reconcile : settings.onUnknown {
        case .reconcile:
            var intent = intent
            // By now the provider's clock may be known, or known better.
            if !intent.isEarlier { intent.clockOffset = providerClock.knownOffset ?? intent.clockOffset }
            var lost = LostCreate(intent, lostAt: lostAt ?? now, loss: loss)
            if isOvertaken(intent) { lost.overtakenAt = now }
            enter(.unknown(lost), for: id)
            record(.unknown(lost), for: id, at: now)
        case .retry: fail(id, AttemptFailure(.lost, "\(message); 'on_unknown: retry' sends it again"), at: now)
        case .hold:
            let reason = "\(message); whether it was accepted is not known, and 'on_unknown' is hold"
            record(.held(reason: reason), for: id, at: now)
            ended(id)
        }
    }

    /// The provider, or this machine on its behalf, certainly accepted nothing.
    private mutating func refused(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        if error.code != .throttled { creates.probeLost(at: now) }
        switch error.code {
        case .throttled:
            throttled(error, at: now)
            goBack(id, at: now)
        case .busy:
            // A slot frees when something ends; how long that takes is not told.
            pauseCreates(at: now, longest: .seconds(1))
            returnToStore(id, due: createsPausedUntil, at: now)
        case .notSent, .unavailable, .unknownOutcome:
            pauseCreates(at: now)
            tellUnreachable(error, at: now)
            returnToStore(id, due: createsPausedUntil, at: now)
        case .noCredit, .unauthorized, .foreignRefusal: refusedByAccountOrGateway(id, error, at: now)
        case .notFound where settings.traits.remembersPredictions && refusals.passes > 0:
            // The model was there a moment ago: whoever does not know it now may know nothing at all.
            modelMissing(id, error, at: now)
        case .notFound, .invalidVersion:
            // Every item of a run goes to the same model, so every other create would be refused as well.
            end(.breaker(error.message))
            goBack(id, at: now)
        case .invalidInput: refuse(id, .invalidInput, error, at: now)
        case .rejected: refuse(id, .rejected, error, at: now)
        case .unreadableInput: refuse(id, .unreadableInput, error, at: now)
        }
    }

    mutating func refuse(_ id: ItemID, _ reason: FailureClass, _ error: ProviderError, at now: Timestamp) {
        if error.code != .unreadableInput { totals.unbilled += 1 }
        fail(id, AttemptFailure(reason, error.message), at: now)
    }

    /// The attempt was not spent and nothing is wrong with the item: it is the next to go when the gate opens.
    mutating func goBack(_ id: ItemID, at now: Timestamp) {
        returnToStore(id, due: now, at: now)
    }

    /// Creating waits, longer with each refusal in a row, so that an unreachable provider is not beaten against.
    mutating func pauseCreates(at now: Timestamp, longest: Duration = .seconds(60)) {
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
