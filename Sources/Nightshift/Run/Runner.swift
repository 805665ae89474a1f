package import NightshiftCore
package import ReplicateAPI

/// Runs a job's items: takes facts from an inbox, lets the machine decide, records, and begins what follows.
///
/// One task owns the machine, so there is no lock and one order of events. Its children answer only by events.
package struct Runner: Sendable {
    /// Who runs the predictions of each step. What concerns the account as a whole is asked of the first.
    package var providers: [any Provider]
    package var store: Store
    package var outputs: OutputStore
    package var folder: OutputFolder
    /// What results are held against.
    package var checks = ResultChecks.none
    /// What the steps' models take and give.
    package var schemas: [ModelSchema?]
    package var run: RunRecord
    package var settings: RunSettings
    package var seed: UInt64
    package var clock: WallClock
    /// What the provider is to call when a prediction has ended, and what it says then.
    package var webhooks: RunWebhooks?
    /// Where people at other terminals ask.
    package var broker = ControlBroker()
    /// Where requests are claimed, if the account is shared.
    package var account: AccountGate?
    /// What has happened before anything else, such as a person's word to cancel everything.
    package var firstEvents: [RunEvent] = []
    /// Asked whether the run goes on after its first items.
    package var judgeCanary: @Sendable (CanaryResult) async -> Bool
    /// Told what happens, once it is on disk.
    package var observe: @Sendable (RunUpdate) -> Void

    private var checkpointer: RunCheckpointer {
        RunCheckpointer(store: store, run: run, folder: folder, schemas: schemas, baseURL: provider.baseURL)
    }

    var provider: any Provider { providers[0] }

    /// Goes on until nothing is left to do or something ends the run.
    /// - Throws: ``StoreError`` if a checkpoint cannot be written; what was in flight is adopted by the next run.
    package func run(stops: AsyncStream<StopRequest>) async throws -> (end: RunEnd, totals: RunTotals) {
        let inbox = RunInbox(clock: clock)
        let clockOffset = provider.clockOffset
        var machine = RunStateMachine(
            settings: settings, totals: try await store.reports.totals(of: run), seed: seed, clockOffset: clockOffset,
            at: clock.now
        )
        return try await withThrowingDiscardingTaskGroup { group in
            broker.attach(inbox)
            group.addTask { for await stop in stops { inbox.send(.stopRequested(stop)) } }
            group.addTask { await ClockWatch(clock: clock).watch { inbox.send(.clockSet(by: $0)) } }
            if let webhooks {
                group.addTask { for await prediction in webhooks.news { inbox.send(.notified(prediction)) } }
            }
            var places = PendingCursors()
            let first = PageRequest(name: settings.steps[0].name, count: max(16, settings.steps[0].concurrency))
            var loaded = try await checkpointer.resume(first, &places, clockOffset: clockOffset, at: clock.now)
            var events = firstEvents + [loaded]
            var orders: [ItemID: OutputJob] = [:]
            var lastHold: CreateHold?
            var journal = RunJournal(settings.overrides)
            while true {
                try Task.checkCancellation()
                let now = clock.now
                let decision = machine.handle(events, at: now)
                let planned = try await checkpointer.record(decision, totals: machine.totals)
                orders.merge(planned) { $1 }
                // The rate is used up at any moment, which tells nobody anything.
                let hold = machine.hold(at: now).flatMap { $0.reason == .rate ? nil : $0 }
                if !decision.transitions.isEmpty || !decision.announcements.isEmpty || hold != lastHold {
                    tell(decision, machine, hold: hold, isHoldNew: hold != lastHold)
                    lastHold = hold
                }
                try await store.note(journal.notes(of: events, decision, hold: hold), of: run, at: now)
                let followUps = try await attend(to: decision)
                if let end = decision.finish {
                    group.cancelAll()
                    return (end, machine.totals)
                }
                for action in decision.actions {
                    var order: OutputJob?
                    switch action {
                    case .fetch(let item, _, _, _), .share(let item, _, _, _, _):
                        order = orders.removeValue(forKey: item)
                    default: break
                    }
                    group.addTask { [order] in
                        if let answer = await perform(action, order) { inbox.send(answer) }
                    }
                }
                if let claim = decision.account, let account {
                    group.addTask { inbox.send(.granted(await account.claim(claim))) }
                }
                for wanted in decision.control.searches {
                    group.addTask { inbox.send(.control(await search(wanted))) }
                }
                for create in decision.control.canceledCreates {
                    group.addTask { await cancelCreate(key: create.key, attempt: create.attempt) }
                }
                // A page is taken up before any later fact, so that what it says of waiting items is never stale.
                if let order = decision.load {
                    loaded = try await checkpointer.load(order, &places, at: clock.now)
                    events = followUps + [loaded]
                } else if !followUps.isEmpty {
                    events = followUps
                } else {
                    events = await inbox.next(until: decision.wake)
                }
            }
        }
    }

    private func tell(_ decision: Decision, _ machine: RunStateMachine, hold: CreateHold?, isHoldNew: Bool) {
        observe(.paced(RunPace(machine)))
        if isHoldNew { observe(.held(hold.map(RunHold.init))) }
        for announcement in decision.announcements { observe(.announced(RunAnnouncement(announcement))) }
        guard !decision.transitions.isEmpty else { return }
        observe(
            .progressed(
                RunCounts(machine.totals), decision.transitions.map { ItemChange($0, of: settings.steps[$0.step]) },
                isThrottled: machine.isThrottled))
    }

    /// The same on a loop of the network, which spares most changes of threads.
    func runOnLoop(stops: AsyncStream<StopRequest>) async throws -> (end: RunEnd, totals: RunTotals) {
        try await withTaskExecutorPreference(LoopExecutor.any) { try await run(stops: stops) }
    }

    // MARK: - Doing

    /// - Parameter order: what this session has planned for a fetch; without one, an earlier session has.
    private func perform(_ action: RunAction, _ order: OutputJob?) async -> RunEvent? {
        switch action {
        case .prepare(let item, let input, let files):
            do throws(ProviderError) {
                let prepared = try await provider.prepare(input, files: files)
                return .prepared(item, input: prepared, requestDigest: RequestDigest.of(prepared))
            } catch {
                return .prepareFailed(item, error)
            }
        case .create(let item, let step, let key, let attempt, let input):
            do throws(ProviderError) {
                let policy = settings.steps[step]
                let request = CreateRequest(
                    input: input, predictionID: PredictionName.of(key: key, attempt: attempt, run: run),
                    wait: policy.wait, cancelAfter: policy.cancelAfter, webhook: webhooks?.url
                )
                let prediction = try await providers[step].create(request)
                return .created(item, attempt: attempt, prediction, left: providers[step].createsLeft)
            } catch {
                return .createFailed(item, attempt: attempt, error)
            }
        case .read(let item, let predictionID):
            do throws(ProviderError) {
                return .read(item, try await provider.prediction(predictionID))
            } catch {
                return .readFailed(item, error)
            }
        case .checkProvider:
            return .providerChecked(await provider.check(listingSince: longAgo).check)
        case .checkAbsence(let item, let predictionID, let witness):
            var other = witness
            if other == nil { other = try? await store.checkpoints.storedPrediction(of: run, besides: predictionID) }
            return .absenceChecked(
                item,
                await provider.checkAbsence(of: predictionID, witness: other, listingSince: longAgo))
        case .pollList(let query):
            do throws(ProviderError) {
                let page = try await provider.predictions(query)
                return .polled(page.results, next: page.next)
            } catch {
                return .pollFailed(error)
            }
        case .searchLostCreates(let query, let search):
            do throws(ProviderError) {
                let page = try await provider.predictions(query)
                let found = search.candidates(among: page.results) + search.candidates(amongUnreadable: page.unreadable)
                return .listed(
                    ListPage(page.results, candidates: try await checkpointer.unclaimed(found), next: page.next))
            } catch {
                return .listFailed(error)
            }
        case .examine(let predictionID, let search):
            do throws(ProviderError) {
                let prediction = try await provider.prediction(predictionID)
                return .examined(predictionID: predictionID, search.candidates(among: [prediction]).first)
            } catch {
                return .examineFailed(predictionID: predictionID, error)
            }
        case .fetch(let item, let step, let attempt, let output):
            do throws(FetchFailure) {
                let order =
                    if let order { order } else { try await checkpointer.earlierOrder(for: item, in: step, output) }
                let files = try await outputs.store(order, in: checkpointer)
                try await checks.check(files, of: item, step: step, attempt: attempt)
                return .fetched(item, attempt: attempt, files)
            } catch {
                return .fetchFailed(item, attempt: attempt, error)
            }
        case .share(let item, let step, let attempt, let files, let directory):
            do throws(FetchFailure) {
                guard try await checks.accepts(files, from: directory, of: item, step: step) else {
                    return .shared(item, nil)
                }
            } catch {
                return .fetchFailed(item, attempt: attempt, error)
            }
            return .shared(item, await outputs.copy(files, from: directory, order, in: checkpointer))
        case .judgeCanary(let result): return .canaryJudged(goesOn: await judgeCanary(result))
        case .cancel(let predictionID):
            // What became of it is read afterwards, whatever the answer was.
            try? await provider.cancel(predictionID)
            return nil
        }
    }

    /// From when on predictions count as those of this run, where that is not known better.
    private var longAgo: Timestamp { clock.now.advanced(by: .seconds(-7 * 86_400)) }
}

/// Ids of our own, for providers that let the caller choose them: the same for the same attempt.
enum PredictionName {
    static func of(key: String, attempt: Int, run: RunRecord) -> String {
        let seed = "\(run.job)\n\(run.id)\n\(run.startedAt.milliseconds)\n\(key)\n\(attempt)"
        return ContentDigest.identifier(of: seed)
    }
}
