import Foundation
import JSON
package import NightshiftCore
package import ReplicateAPI

/// What the run tells while it goes on: facts that are on disk already.
package struct RunNotice: Sendable {
    package var transitions: [Transition]
    package var totals: RunTotals
    package var at: Timestamp
    /// Creating waits for a throttle of the provider to end.
    package var isThrottled: Bool
}

/// Runs a job's items: takes facts from an inbox, lets the machine decide, records, and begins what follows.
///
/// One task owns the machine, so there is no lock and one order of events. Its children answer only by events.
package struct Runner: Sendable {
    package var provider: any Provider
    package var store: Store
    package var outputs: OutputStore
    package var folder: OutputFolder
    package var schema: ModelSchema?
    package var run: RunRecord
    package var settings: RunSettings
    package var wait: Duration?
    package var seed: UInt64
    package var observe: @Sendable (RunNotice) -> Void

    private var clock: WallClock { WallClock() }

    /// Goes on until nothing is left to do or something ends the run.
    /// - Throws: ``StoreError`` if a checkpoint cannot be written; what was in flight is adopted by the next run.
    package func run(stops: AsyncStream<StopRequest>) async throws -> (end: RunEnd, totals: RunTotals) {
        let inbox = RunInbox()
        var machine = RunStateMachine(
            settings: settings, totals: try await store.totals(of: run), seed: seed,
            clockOffset: provider.clockOffset ?? .zero, at: clock.now
        )
        return try await withThrowingDiscardingTaskGroup { group in
            group.addTask { for await stop in stops { inbox.send(.stopRequested(stop)) } }
            let resumed = try await store.inFlight(of: run)
            var (page, position) = try await store.pending(
                of: run, count: max(16, settings.concurrency), after: -1, at: clock.now
            )
            var events: [RunEvent] = [.resumed(resumed, page)]
            var stores: [ItemID: StoreOrder] = [:]
            while true {
                try Task.checkCancellation()
                let decision = machine.handle(events, at: clock.now)
                if !decision.transitions.isEmpty {
                    let plans = outputPlans(for: decision)
                    let reserved = try await store.record(
                        decision.transitions, totals: machine.totals, in: run,
                        reservations: plans.map { $0.reservation }, directory: folder
                    )
                    for (reservation, plan) in plans {
                        stores[reservation.item] = reserved[reservation.item].map { StoreOrder(plan: plan, paths: $0) }
                    }
                    observe(
                        RunNotice(
                            transitions: decision.transitions, totals: machine.totals, at: clock.now,
                            isThrottled: machine.isThrottled
                        )
                    )
                }
                if let end = decision.finish {
                    group.cancelAll()
                    return (end, machine.totals)
                }
                for action in decision.actions {
                    var order: StoreOrder?
                    if case .fetch(let item, _, _) = action { order = stores.removeValue(forKey: item) }
                    group.addTask { [order] in
                        if let answer = await perform(action, order) { inbox.send(answer) }
                    }
                }
                // A page is taken up before any later fact, so that what it says of waiting items is never stale.
                if let count = decision.load {
                    (page, position) = try await store.pending(of: run, count: count, after: position, at: clock.now)
                    events = [.loaded(page)]
                } else {
                    events = await inbox.next(until: decision.wake)
                }
            }
        }
    }

    // MARK: - Doing

    private func perform(_ action: RunAction, _ order: StoreOrder?) async -> RunEvent? {
        switch action {
        case .prepare(let item, let input, let files):
            do throws(ProviderError) {
                let prepared = try await provider.prepare(input, files: files)
                return .prepared(item, input: prepared, requestDigest: RequestDigest.of(prepared))
            } catch {
                return .prepareFailed(item, error)
            }
        case .create(let item, let key, let attempt, let input):
            do throws(ProviderError) {
                let request = CreateRequest(
                    input: input, predictionID: PredictionName.of(key: key, attempt: attempt, run: run), wait: wait,
                    cancelAfter: cancelAfter
                )
                return .created(item, attempt: attempt, try await provider.create(request))
            } catch {
                return .createFailed(item, attempt: attempt, error)
            }
        case .read(let item, let predictionID):
            do throws(ProviderError) {
                return .read(item, try await provider.prediction(predictionID))
            } catch {
                return .readFailed(item, error)
            }
        case .sweep(let pages, let createdAfter, let createdBefore):
            do throws(ProviderError) {
                return .swept(try await sweep(pages: pages, createdAfter: createdAfter, createdBefore: createdBefore))
            } catch {
                return .sweepFailed(error)
            }
        case .list(let createdAfter, let wanted, let outlines):
            let startedAt = clock.now
            do throws(ProviderError) {
                return .listed(
                    try await candidates(since: createdAfter, wanted: wanted, outlines: outlines), startedAt: startedAt)
            } catch {
                return .listFailed(error)
            }
        case .fetch(let item, let attempt, let output):
            do throws(FetchFailure) {
                return .fetched(item, attempt: attempt, try await fetch(item, output, order))
            } catch {
                return .fetchFailed(item, attempt: attempt, error)
            }
        case .cancel(let predictionID):
            // What became of it is read afterwards, whatever the answer was.
            try? await provider.cancel(predictionID)
            return nil
        }
    }

    private var cancelAfter: Duration? {
        guard let start = settings.startTimeout, let run = settings.runTimeout else { return nil }
        return max(.seconds(5), start + run)
    }

    private func sweep(
        pages: Int, createdAfter: Timestamp, createdBefore: Timestamp?
    ) async throws(ProviderError) -> [Prediction] {
        var predictions: [Prediction] = []
        var continuation: String?
        for _ in 0..<pages {
            let page = try await provider.predictions(
                createdAfter: createdAfter, createdBefore: createdBefore, continuation: continuation)
            predictions += page.results
            continuation = page.next
            if continuation == nil { break }
        }
        return predictions
    }

    /// Reads the list back to `since` and keeps what may answer a lost create.
    private func candidates(
        since: Timestamp, wanted: Set<String>, outlines: Set<RequestOutline>
    ) async throws(ProviderError) -> [ReconcileCandidate] {
        let outlines = RequestOutlines(outlines)
        var found: [ReconcileCandidate] = []
        var continuation: String?
        repeat {
            let page = try await provider.predictions(
                createdAfter: since, createdBefore: nil, continuation: continuation)
            for prediction in page.results {
                if prediction.dataRemoved {
                    found.append(ReconcileCandidate(prediction: prediction, requestDigest: nil))
                } else {
                    let digest = RequestDigest.of(prediction.input)
                    let isWanted = wanted.contains(digest)
                    let resembled = isWanted ? [] : outlines.resembling(prediction.input)
                    guard isWanted || !resembled.isEmpty else { continue }
                    found.append(
                        ReconcileCandidate(prediction: prediction, requestDigest: digest, resembled: resembled))
                }
            }
            continuation = page.next
        } while continuation != nil && !Task.isCancelled
        do {
            let known = try await store.known(predictionIDs: found.map(\.prediction.id))
            return found.filter { !known.contains($0.prediction.id) }
        } catch {
            throw ProviderError(.unavailable, error.message)
        }
    }

    // MARK: - Outputs

    /// What to store of a prediction, and where.
    private struct StoreOrder {
        var plan: OutputPlan
        var paths: [String]
    }

    private func outputPlans(for decision: Decision) -> [(reservation: OutputReservation, plan: OutputPlan)] {
        decision.transitions.compactMap { transition in
            guard case .fetching(let prediction, let name) = transition.change, let output = prediction.output
            else { return nil }
            let plan = plan(output)
            return (OutputReservation(item: transition.item, paths: plan.paths(named: name)), plan)
        }
    }

    private func plan(_ output: JSONValue) -> OutputPlan {
        OutputPlan(output, schema: schema, baseURL: provider.baseURL)
    }

    /// - Parameter order: what this session has planned; without one, an earlier session has reserved the paths.
    private func fetch(
        _ item: ItemID, _ output: JSONValue, _ order: StoreOrder?
    ) async throws(FetchFailure) -> [StoredOutput] {
        let order = if let order { order } else { try await earlierOrder(for: item, output) }
        guard order.paths.count == order.plan.outputs.count else {
            throw .corrupt(
                "the prediction's output changed from \(order.paths.count) to \(order.plan.outputs.count) files")
        }
        var stored: [StoredOutput] = []
        for (planned, path) in zip(order.plan.outputs, order.paths) {
            stored.append(try await outputs.store(planned, at: path))
        }
        return stored
    }
}

extension Runner {
    private func earlierOrder(for item: ItemID, _ output: JSONValue) async throws(FetchFailure) -> StoreOrder {
        do {
            return StoreOrder(plan: plan(output), paths: try await store.reservedPaths(of: item))
        } catch {
            throw .disk(error.message)
        }
    }
}

/// Ids of our own, for providers that let the caller choose them: the same for the same attempt.
enum PredictionName {
    static func of(key: String, attempt: Int, run: RunRecord) -> String {
        let seed = "\(run.job)\n\(run.id)\n\(run.startedAt.milliseconds)\n\(key)\n\(attempt)"
        return ContentDigest.identifier(of: seed)
    }
}
