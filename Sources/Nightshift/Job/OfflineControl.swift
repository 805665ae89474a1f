import NightshiftCore
import ReplicateAPI

/// Does what people ask of a job while no run is alive, in its store. The lock is held.
///
/// What a live run does is decided by the run machine; both go by the same rules of the store (`Checkpoints.retry` and
/// `redo`, `Store.keep`) and of ``AdoptionValidator``.
struct OfflineControl: Sendable {
    let job: Job
    let store: Store
    let run: RunRecord
    let totals: RunTotals

    func answer(
        _ command: ControlCommand, stops: AsyncStream<StopRequest>, observe: @escaping @Sendable (RunUpdate) -> Void
    ) async throws -> ControlAnswer {
        switch command {
        case .pause, .resume, .set:
            var orders = run.orders
            orders.take(command)
            try await store.keep(orders, of: run)
            try await note(JournalNote.orders(from: run.orders, to: orders))
            return .overrides(orders)
        case .retry(let keys):
            return try await store.note(
                try await store.checkpoints.retry(keys: keys, in: run), of: run, at: job.clock.now)
        case .redo(let orders):
            return try await store.note(
                try await store.checkpoints.redo(orders, in: run, at: job.clock.now), of: run, at: job.clock.now)
        case .adopt(let key, let predictionID):
            return try await adopt(predictionID, for: key)
        case .cancel:
            return try await cancel(stops: stops, observe: observe)
        case .status:
            return .refused("no run of '\(job.name)' is alive")
        }
    }

    private func note(_ notes: [JournalNote]) async throws(StoreError) {
        try await store.note(notes, of: run, at: job.clock.now)
    }

    private func adopt(_ predictionID: String, for key: String) async throws -> ControlAnswer {
        let session = RunSession(job: job, store: store, run: run, totals: totals) { _ in }
        let adoption = try await session.host().run { providers in
            try await AdoptionValidator(store: store, provider: providers[0], run: run).judge(predictionID, for: key)
        }
        try await store.checkpoints.adopt(adoption, totals: totals, in: run, at: job.clock.now)
        try await note([JournalNote(adopted: predictionID, by: key)])
        return .adopted(adoption.prediction.status.rawValue)
    }

    /// A session of its own, which creates nothing: it cancels, sees what became of each, and brings home what had finished.
    private func cancel(
        stops: AsyncStream<StopRequest>, observe: @escaping @Sendable (RunUpdate) -> Void
    ) async throws -> ControlAnswer {
        let session = RunSession(job: job, store: store, run: run, totals: totals, observe: observe)
        guard session.inFlight > 0 else { return .canceled(CancelOutcome()) }
        let broker = ControlBroker()
        let (ticket, answers) = broker.ticket()
        let server = ControlServer(broker: broker, socket: ControlSocket(job.paths))
        let (end, _) = try await server.whileServing(warn: { observe(.warning($0)) }) {
            try await session.run(broker: broker, firstEvents: [.control(.asked(.cancel, ticket))], stops: stops)
        }
        try await store.sessions.close(run, ending: end.recorded, at: job.clock.now)
        for await answer in answers { return answer }
        return .refused("the predictions in flight could not be canceled")
    }
}
