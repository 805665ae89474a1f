package import JSON
package import NightshiftCore
package import ReplicateAPI

/// What to store of a prediction, and where.
package struct StoreOrder: Hashable, Sendable {
    package var plan: OutputPlan
    /// One for each output of the plan, reserved before anything is downloaded.
    package var paths: [String]
}

/// The books of one run: what stands between a decision of the machine and its actions, in every shell that runs one.
package struct RunLedger: Sendable {
    private let store: Store
    private let run: RunRecord
    private let folder: OutputFolder
    private let schema: ModelSchema?
    /// Where the provider's API is, which may serve files itself.
    private let baseURL: String?

    package init(store: Store, run: RunRecord, folder: OutputFolder, schema: ModelSchema?, baseURL: String?) {
        self.store = store
        self.run = run
        self.folder = folder
        self.schema = schema
        self.baseURL = baseURL
    }

    /// What the last session left in flight, and the first page of what is pending.
    /// - Returns: the first fact of a session, and the position up to which items are loaded.
    package func resume(count: Int, at now: Timestamp) async throws(StoreError) -> (RunEvent, position: Int) {
        let inFlight = try await store.inFlight(of: run)
        let (page, position) = try await store.pending(of: run, count: count, after: -1, at: now)
        return (.resumed(inFlight, page), position)
    }

    package func load(
        count: Int, after position: Int, at now: Timestamp
    ) async throws(StoreError) -> (RunEvent, position: Int) {
        let (page, position) = try await store.pending(of: run, count: count, after: position, at: now)
        return (.loaded(page), position)
    }

    /// Commits the transitions of a decision, with the names of the files that follow from them.
    /// - Returns: what is to be stored of the predictions that have succeeded.
    package func record(
        _ decision: Decision, totals: RunTotals
    ) async throws(StoreError) -> [ItemID: StoreOrder] {
        guard !decision.transitions.isEmpty else { return [:] }
        var plans: [ItemID: OutputPlan] = [:]
        var reservations: [OutputReservation] = []
        for transition in decision.transitions {
            guard case .fetching(let prediction, let name) = transition.change, let output = prediction.output
            else { continue }
            let plan = plan(output)
            plans[transition.item] = plan
            reservations.append(OutputReservation(item: transition.item, paths: plan.paths(named: name)))
        }
        let reserved = try await store.record(
            decision.transitions, totals: totals, in: run, reservations: reservations, directory: folder)
        var orders: [ItemID: StoreOrder] = [:]
        for (item, plan) in plans {
            if let paths = reserved[item] { orders[item] = StoreOrder(plan: plan, paths: paths) }
        }
        return orders
    }

    /// What to store of an output whose paths an earlier session has reserved.
    package func earlierOrder(for item: ItemID, _ output: JSONValue) async throws(FetchFailure) -> StoreOrder {
        do {
            return StoreOrder(plan: plan(output), paths: try await store.reservedPaths(of: item))
        } catch {
            throw .disk(error.message)
        }
    }

    /// Those of the candidates that no item has had already.
    package func unclaimed(
        _ candidates: [ReconcileCandidate]
    ) async throws(ProviderError) -> [ReconcileCandidate] {
        do {
            let known = try await store.known(predictionIDs: candidates.map(\.prediction.id))
            return candidates.filter { !known.contains($0.prediction.id) }
        } catch {
            throw ProviderError(.unavailable, error.message)
        }
    }

    private func plan(_ output: JSONValue) -> OutputPlan {
        OutputPlan(output, schema: schema, baseURL: baseURL)
    }
}

extension OutputStore {
    /// Stores all outputs of an item, one after the other.
    package func store(_ order: StoreOrder) async throws(FetchFailure) -> [StoredOutput] {
        guard order.paths.count == order.plan.outputs.count else {
            throw .corrupt(
                "the prediction's output changed from \(order.paths.count) to \(order.plan.outputs.count) files")
        }
        var stored: [StoredOutput] = []
        for (planned, path) in zip(order.plan.outputs, order.paths) {
            stored.append(try await store(planned, at: path))
        }
        return stored
    }
}
