package import LosslessJSON
package import NightshiftCore
package import ReplicateAPI

/// What to store of a prediction, and where.
package struct OutputJob: Hashable, Sendable {
    package var item: ItemID
    /// `nil` where the files of another item are copied.
    package var plan: OutputPlan?
    /// One for each output, reserved before anything is downloaded.
    package var places: [ReservedPath]
    /// An earlier try may have put files there already.
    package var isResumed = false

    package var paths: [String] { places.map(\.path) }

    package init(item: ItemID, plan: OutputPlan?, places: [ReservedPath], isResumed: Bool = false) {
        self.item = item
        self.plan = plan
        self.places = places
        self.isResumed = isResumed
    }

    /// For paths that are not reserved yet.
    fileprivate init(item: ItemID, plan: OutputPlan?, wished: [String]) {
        self.init(item: item, plan: plan, places: wished.map { ReservedPath(path: $0) })
    }
}

/// The books of one run: what stands between a decision of the machine and its actions, in every shell that runs one.
package struct RunCheckpointer: Sendable {
    private let store: Store
    private let run: RunRecord
    private let folder: OutputFolder
    /// What the steps' models give, in the order of the steps.
    private let schemas: [ModelSchema?]
    /// Where files are delivered.
    private let hosts: DeliveryHosts

    package init(store: Store, run: RunRecord, folder: OutputFolder, schemas: [ModelSchema?], baseURL: String?) {
        self.store = store
        self.run = run
        self.folder = folder
        self.schemas = schemas
        hosts = DeliveryHosts(baseURL: baseURL)
    }

    /// What the last session left in flight, and the first page of what is pending.
    /// - Parameters:
    ///   - places: up to where the items of the steps are loaded.
    ///   - clockOffset: the provider's clock minus the session's, if it is known.
    /// - Returns: the first fact of a session.
    package func resume(
        _ order: PageRequest, _ places: inout PendingCursors, clockOffset: Duration?, at now: Timestamp
    ) async throws(StoreError) -> RunEvent {
        try await store.pendingItems.adjustTimes(of: run, to: clockOffset)
        let inFlight = try await store.pendingItems.inFlight(of: run)
        return .resumed(inFlight, try await page(order, &places, at: now))
    }

    package func load(
        _ order: PageRequest, _ places: inout PendingCursors, at now: Timestamp
    ) async throws(StoreError) -> RunEvent {
        .loaded(try await page(order, &places, at: now))
    }

    private func page(
        _ order: PageRequest, _ places: inout PendingCursors, at now: Timestamp
    ) async throws(StoreError) -> LoadedPage {
        var (page, place) = try await store.pendingItems.pending(
            of: run, step: order.name, count: order.count, latestFirst: order.latestFirst, after: places[order.step],
            at: now)
        places[order.step] = place
        page.step = order.step
        return page
    }

    /// Commits the transitions of a decision, with the names of the files that follow from them.
    /// - Returns: what is to be stored of the predictions that have succeeded.
    package func record(
        _ decision: Decision, totals: RunTotals
    ) async throws(StoreError) -> [ItemID: OutputJob] {
        guard !decision.transitions.isEmpty else { return [:] }
        var orders: [ItemID: OutputJob] = [:]
        var reservations: [OutputReservation] = []
        for transition in decision.transitions {
            guard let order = order(for: transition) else { continue }
            orders[transition.item] = order
            reservations.append(
                OutputReservation(
                    item: transition.item, paths: order.paths, contents: contents(by: transition)))
        }
        let reserved = try await store.checkpoints.record(
            decision.transitions, totals: totals, in: run, reservations: reservations, directory: folder)
        for (item, places) in reserved { orders[item]?.places = places }
        return orders
    }

    /// The digests of the files that an item takes from another one.
    private func contents(by transition: Transition) -> [String] {
        guard case .sharing(let result, _) = transition.change, case .succeeded(_, _, let files) = result.outcome else {
            return []
        }
        return files.map(\.sha256)
    }

    /// What follows from a change for the item's files, under the names that they would like to have.
    private func order(for transition: Transition) -> OutputJob? {
        switch transition.change {
        case .fetching(let prediction, let name):
            guard let output = prediction.output else { return nil }
            let plan = plan(output, of: transition.step)
            return OutputJob(item: transition.item, plan: plan, wished: plan.paths(named: name))
        case .sharing(let result, let name):
            guard case .succeeded(_, _, let files) = result.outcome else { return nil }
            return OutputJob(
                item: transition.item, plan: nil,
                wished: files.map { OutputNaming.renamed($0.path, from: result.name, to: name) })
        default: return nil
        }
    }

    /// What to store of an output whose paths an earlier session, or an earlier try, has reserved.
    package func earlierOrder(
        for item: ItemID, in step: Int, _ output: JSONValue
    ) async throws(FetchFailure) -> OutputJob {
        do {
            return OutputJob(
                item: item, plan: plan(output, of: step), places: try await store.checkpoints.reservedPaths(of: item),
                isResumed: true)
        } catch {
            throw .disk(error.message)
        }
    }

    /// Where an output of an order goes.
    fileprivate func target(_ order: OutputJob, at place: Int) -> OutputTarget {
        OutputTarget(
            path: order.places[place].path, place: place, owner: FileOwner(store: folder.owner, item: order.item),
            replaces: order.places[place].replaces, isResumed: order.isResumed
        ) { wished throws(FetchFailure) in
            do throws(StoreError) {
                return try await store.checkpoints.move(
                    outputAt: place, of: order.item, to: wished, in: run, directory: folder)
            } catch {
                throw .disk(error.message)
            }
        }
    }

    /// Those of the candidates that no item has had already.
    package func unclaimed(
        _ candidates: [ReconcileCandidate]
    ) async throws(ProviderError) -> [ReconcileCandidate] {
        do {
            guard !candidates.isEmpty else { return [] }
            let known = try await store.checkpoints.known(predictionIDs: candidates.map(\.prediction.id))
            return candidates.filter { !known.contains($0.prediction.id) }
        } catch {
            throw ProviderError(.unavailable, error.message)
        }
    }

    private func plan(_ output: JSONValue, of step: Int) -> OutputPlan {
        OutputPlan(output, schema: schemas[step], hosts: hosts)
    }
}

extension OutputStore {
    /// Stores all outputs of an item, one after the other.
    package func store(_ order: OutputJob, in checkpointer: RunCheckpointer) async throws(FetchFailure)
        -> [StoredOutput]
    {
        if let failure = order.plan?.failure { throw failure }
        let planned = order.plan?.outputs ?? []
        guard order.places.count == planned.count else {
            throw .corrupt("the prediction's output changed from \(order.places.count) to \(planned.count) files")
        }
        var stored: [StoredOutput] = []
        for planned in planned {
            stored.append(try await store(planned, at: checkpointer.target(order, at: planned.index)))
        }
        return stored
    }

    /// Copies the files of another item's result into the places reserved for this one.
    /// - Parameter source: the output directory that they are in; `nil` for the run's own.
    /// - Returns: `nil` if they cannot be had, for whatever reason; then the item is computed for itself.
    package func copy(
        _ files: [StoredOutput], from source: String? = nil, _ order: OutputJob?, in checkpointer: RunCheckpointer
    ) async -> [StoredOutput]? {
        guard let order, order.places.count == files.count else { return nil }
        var copied: [StoredOutput] = []
        for (place, file) in files.enumerated() {
            guard let copy = try? await copy(file, from: source, to: checkpointer.target(order, at: place)) else {
                return nil
            }
            copied.append(copy)
        }
        return copied
    }
}
