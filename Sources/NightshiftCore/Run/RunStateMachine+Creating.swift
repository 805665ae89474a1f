import LosslessJSON
import ReplicateAPI

/// From a pending item to a prediction's id.
extension RunStateMachine {
    // MARK: - Loading

    mutating func take(_ page: LoadedPage, at now: Timestamp) {
        steps[page.step].pageArrived(page)
        var fresh: [ItemID] = []
        for item in page.items where window[item.id] == nil {
            admit(item, phase: .ready(input: item.input, files: item.files))
            if let failure = item.unmet {
                failUnmet(item.id, failure, at: now)
            } else if let result = item.shared {
                share(item.id, result, at: now)
            } else {
                fresh.append(item.id)
            }
        }
        steps[page.step].prepend(fresh)
        let isExhausted = gate.canary?.isFull(page.step) == true && nextReady(in: page.step) == nil
        steps[page.step].exhaustPage(isExhausted, at: now)
    }

    /// Asks the store for a page of one step; the next step's turn comes with the answer.
    mutating func load(at now: Timestamp) {
        guard shutdown.ending == nil, !steps.contains(where: \.isLoading) else { return }
        let isCanary = gate.canary != nil
        let needing = stepOrder.first { step in
            steps[step].needsPage(isCanary: isCanary, hasNext: nextReady(in: step) != nil, at: now)
        }
        guard let needing else { return }
        decision.load = steps[needing].requestPage(step: needing, window.counts[needing], latestFirst: isCanary)
    }

    mutating func admit(_ item: LoadedItem, phase: ItemWindow.Phase) {
        let step = settings.steps.firstIndex { $0.name == item.step } ?? 0
        window.admit(item, step: step, phase: phase)
        if item.checkpoint.isSent { noteSent(item.id, input: item.sentInput, files: item.files) }
    }

    /// Notes what a create is sent with, apart from what the provider may show otherwise.
    private mutating func noteSent(_ id: ItemID, input: JSONValue, files: [ItemFile]) {
        guard let step = window[id]?.step else { return }
        let inputs = settings.steps[step].inputs
        window.change(id) {
            $0.sent = InputFingerprint(input: input, files: files, inputs: inputs, step: step)
        }
    }

    // MARK: - What may be sent

    /// The steps in the order in which they may send: what is nearest to its end goes first.
    var stepOrder: ReversedCollection<Range<Int>> { steps.indices.reversed() }

    func nextReady(in step: Int) -> Int? { steps[step].next(gate.canary, gate.refusals, step: step) }

    /// Downloads outrank creates: outputs expire, pending items do not.
    func hasRoom(in step: Int) -> Bool {
        // Many may finish together; the downloads have fallen behind only when more than two rounds of them wait.
        guard window.fetching < Swift.max(settings.fetches * 4, bound * 2) else { return false }
        return steps[step].hasRoom(window.counts[step], mustLearn: budget.mustLearnRunTime(of: step))
    }

    /// How many predictions may be in flight at most.
    var bound: Int { steps.reduce(0) { $0 + $1.concurrency.bound } }

    /// Whether anything could be sent but for the rate and what else holds creating back.
    var hasWorkAndRoom: Bool { stepOrder.contains { nextReady(in: $0) != nil && hasRoom(in: $0) } }

    var hasSomethingToSend: Bool {
        hasWorkAndRoom || (!window.prepared.isEmpty && stepOrder.contains { hasRoom(in: $0) })
    }

    var hasWork: Bool { !window.prepared.isEmpty || steps.contains(where: \.hasWork) }

    /// Seconds of computing that may be under way, for each step.
    var expectedPredictTimes: [Double] {
        zip(steps, window.counts).map { $0.expectedPredictTime($1) }
    }

    private mutating func takeCreate(at now: Timestamp) -> Bool {
        let waiting = steps.reduce(window.prepared.count) { $0 + $1.ready.count }
        return gate.rate.take(wanting: Swift.min(waiting, bound), at: now)
    }

    // MARK: - Sending

    /// Sends what may be sent: the slots, the rate and the budget bound it.
    mutating func submit(at now: Timestamp) {
        guard gate.mayCreate(at: now) else { return }
        if hasWork, let spent = budget.exhausted(inFlight: expectedPredictTimes, at: now) {
            end(.budget(spent))
            return
        }
        defer {
            for step in steps.indices { steps[step].concurrency.used(inFlight: window.counts[step].inFlight) }
        }
        while let id = nextPrepared, case .prepared(let input, let digest) = window[id]?.phase {
            let expected = expectedPredictTimes
            guard budget.fits(1, inFlight: expected),
                budget.fitsCost(of: window[id]?.step ?? 0, inFlight: expected), takeCreate(at: now)
            else { return }
            send(id, input: input, requestDigest: digest, at: now)
        }
        for step in stepOrder where !submit(step, at: now) { return }
    }

    /// One that was refused goes behind the others.
    private var nextPrepared: ItemID? {
        guard !gate.refusals.inARow.isEmpty else { return window.prepared.first }
        return window.prepared.first { !gate.refusals.goesLast($0) } ?? window.prepared.first
    }

    /// Sends what may be sent of one step.
    /// - Returns: whether another step may send something; not if the rate or the budget of all is used up.
    private mutating func submit(_ step: Int, at now: Timestamp) -> Bool {
        while let place = nextReady(in: step), hasRoom(in: step) {
            let id = steps[step].ready[place]
            guard case .ready(let input, let files) = window[id]?.phase else {
                steps[step].remove(at: place)
                continue
            }
            let expected = expectedPredictTimes
            let prepared = files.isEmpty ? [] : window.prepared.compactMap { window[$0]?.step }
            // Another step may cost less.
            guard budget.fitsCost(of: step, besides: prepared, inFlight: expected) else { return true }
            // Files are prepared before a create is taken from the rate, so that the rate waits for no disk.
            let mayGo =
                files.isEmpty
                ? budget.fits(1, inFlight: expected) && takeCreate(at: now)
                : budget.fits(1 + window.prepared.count, inFlight: expected)
            guard mayGo else { return false }
            steps[step].remove(at: place)
            gate.canary?.began(id, of: step)
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
                after: item.lastFailure, reason: item.lastReason, row: row, key: item.key, attempt: item.attempt + 1,
                job: settings.job)
        } catch {
            fail(id, AttemptFailure(.invalidInput, "'retry.set' cannot be rendered: \(error.message)"), at: now)
            return nil
        }
        guard let members = changes?.objectValue, case .object(let own) = input else { return input }
        window.change(id) { $0.changes = changes }
        return .object(own.merging(members) { _, new in new })
    }

    private mutating func send(_ id: ItemID, input: JSONValue, requestDigest: String, at now: Timestamp) {
        guard let item = window[id] else { return }
        let attempt = item.attempt + 1
        window.change(id) { item in
            item.attempt = attempt
            item.isOfEarlierSession = false
        }
        let intent = CreateIntent(at: now, requestDigest: requestDigest, clockOffset: poller.clock.knownOffset)
        record(.submitting(attempt: attempt, intent, changes: item.changes), for: id, at: now)
        noteSent(id, input: input, files: item.files)
        enter(.submitting(intent), for: id)
        budget.spend(predictions: 1, on: item.step)
        decision.actions.append(.create(id, step: item.step, key: item.key, attempt: attempt, input: input))
    }

    mutating func prepared(_ id: ItemID, input: JSONValue, requestDigest: String) {
        guard case .preparing = window[id]?.phase else { return }
        enter(.prepared(input: input, requestDigest: requestDigest), for: id)
    }

    mutating func prepareFailed(_ id: ItemID, _ error: ProviderError, at now: Timestamp) {
        guard case .preparing = window[id]?.phase else { return }
        refused(id, error, at: now)
    }

    // MARK: - Answers

    mutating func created(
        _ id: ItemID, _ attempt: Int, _ prediction: Prediction, left: RateReading?, at now: Timestamp
    ) {
        guard let item = window[id], item.attempt == attempt, case .submitting(let intent) = item.phase else { return }
        gate.refusals.passed(id, sentAt: intent.at)
        accepted(left, in: item.step, at: now)
        reconciler.accepted(sentAt: intent.at, at: now)
        guard settings.traits.createIsIdempotent || ResourceID.isUsable(prediction.id) else {
            lost(id, intent, by: .accepted, "its answer names no id that can be used", at: now)
            return
        }
        if let createdAt = prediction.createdAt, !prediction.status.isTerminal {
            poller.clock.observe(Timestamp(createdAt), asked: intent.at, known: now)
        }
        adopt(id, prediction, sentAt: intent.at, at: now)
    }

    private mutating func accepted(_ left: RateReading?, in step: Int, at now: Timestamp) {
        let wasUnreachable = reporting.reportedOutages.contains(.creating)
        let (isFull, isResumed) = gate.accepted(left, wasUnreachable: wasUnreachable, at: now)
        if isFull { announce(.rateRestored) }
        steps[step].accepted(at: now)
        poller.refusals.passed()
        guard isResumed else { return }
        reporting.ended(.creating)
        announce(.accepting)
    }

    /// Takes a prediction as the item's: from a create's answer, or found in the list.
    ///
    /// - Parameter change: how it is recorded, if not just as running.
    mutating func adopt(
        _ id: ItemID, _ prediction: Prediction, sentAt: Timestamp, by change: Transition.Change? = nil,
        at now: Timestamp
    ) {
        guard let step = window[id]?.step else { return }
        let createdAt = prediction.createdAt.map(Timestamp.init)
        // The answer took its time, and so did we; the prediction has been running meanwhile.
        let begin =
            createdAt.map { Swift.min(now, Swift.max(sentAt, poller.clock.localTime(for: $0))) } ?? sentAt
        var watch = PredictionPoller.Watch(
            prediction.id, step: step, since: sentAt,
            nextPollAt: poller.firstPoll(since: begin, of: step, pollPace, at: now))
        watch.createdAt = createdAt
        watch.processingSince = prediction.status == .processing ? now : nil
        self.watch(id, watch)
        reconciler.taken(prediction.id)
        record(change ?? .running(predictionID: prediction.id, since: sentAt), for: id, at: now)
        if prediction.status.isTerminal {
            // One commit holds the id and what became of it.
            update(id, prediction, mayBePartial: true, at: now)
        } else if let delivered = poller.takeUnmatchedDelivery(prediction.id) {
            update(id, delivered, mayBePartial: true, at: now)
        }
    }

    mutating func createFailed(_ id: ItemID, _ attempt: Int, _ error: ProviderError, at now: Timestamp) {
        guard let item = window[id], item.attempt == attempt, case .submitting(let intent) = item.phase else { return }
        if error.isAboutCapacity { steps[item.step].concurrency.hadNoRoom(at: now, round: .seconds(1)) }
        guard error.code == .unknownOutcome else {
            budget.spend(predictions: -1, on: item.step)
            refused(id, error, at: now)
            return
        }
        gate.rate.probeLost(at: now)
        let isIdempotent = settings.traits.createIsIdempotent
        if error.isAccepted, !isIdempotent {
            gate.refusals.passed(id, sentAt: intent.at)
            lost(id, intent, by: .accepted, error.message, at: now)
            return
        }
        gate.lost(alwaysWaits: isIdempotent, using: &random, at: now)
        if isIdempotent {
            // The prediction itself may be what takes the server down, so the attempt counts.
            fail(id, AttemptFailure(.connectionLost, error.message), at: now)
            return
        }
        lost(id, intent, by: error.loss, error.message, at: now)
    }
}

extension LoadedItem {
    /// What the attempt at hand sends, apart from files.
    fileprivate var sentInput: JSONValue {
        guard let members = changes?.objectValue, case .object(let own) = input else { return input }
        return .object(own.merging(members) { _, new in new })
    }
}
