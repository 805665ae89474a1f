import Foundation
package import NightshiftCore
import ReplicateAPI

/// What people tell a job from other terminals. A live run is asked over its socket; otherwise the same is done in the store.
extension Engine {
    /// How long a run that is just starting or ending is waited for.
    private static let patience = Duration.seconds(5)

    /// Does what is asked, in the run if one is alive, else in the store.
    /// - Parameter observe: told what happens if something has to be done at the provider without a live run.
    /// - Throws: ``EngineError``, which says why it cannot be done.
    package func control(
        _ path: String, _ command: ControlCommand, stops: AsyncStream<StopRequest> = AsyncStream { $0.finish() },
        observe: @escaping @Sendable (RunEventNotice) -> Void = { _ in }
    ) async throws -> ControlAnswer {
        let loaded = try load(path)
        let place = place(of: loaded)
        try requireStore(of: place, path)
        if let answer = try await askLiveRun(command, at: place) { return try Self.checked(answer) }
        let lock = try takeLock(place, path)
        defer { withExtendedLifetime(lock) {} }
        do {
            let engine = withOwnClock()
            let store = try Store(path: place.storePath)
            guard let run = try await store.latestRun() else {
                throw EngineError(.usage, "job '\(place.job)' has no run yet")
            }
            let session = Session(
                loaded: loaded, place: place, store: store, run: run, totals: try await store.totals(of: run))
            return try Self.checked(
                try await engine.control(session, command, stops: stops, observe: observe))
        } catch let error as StoreError {
            throw EngineError(error)
        } catch let error as ProviderSetupError {
            throw EngineError(error.isRefusal ? .refused : .usage, error.message)
        } catch let error as ControlError {
            throw EngineError(.usage, error.message)
        }
    }

    /// The keys of the items that a person means by whole keys, their beginnings, or output names.
    /// - Throws: ``EngineError`` for a text that means no item or several.
    package func keys(_ path: String, meant texts: [String]) async throws -> [String] {
        try await inspect(path) { store, run, place in
            var keys: [String] = []
            for text in texts {
                let found = try await store.keys(meant: text, in: run)
                guard let key = found.first else {
                    throw EngineError(
                        .usage,
                        "job '\(place.job)' has no item '\(text)'\n    list them with: \(commandLine(path)("items"))"
                    )
                }
                guard found.count == 1 else {
                    let some = found.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
                    throw EngineError(
                        .usage,
                        "'\(text)' may be \(found.count > 3 ? "many items, such as " : "")\(some); give more of the key"
                    )
                }
                keys.append(key)
            }
            return keys
        }
    }

    /// Whether a process is working on the job now.
    package func isAlive(_ path: String) -> Bool {
        guard let loaded = try? load(path) else { return false }
        return RunLock.isHeld(path: place(of: loaded).lockPath)
    }

    /// What the process that works on a run tells of it; `nil` if it does not answer.
    func liveStatus(at place: JobPaths) async -> LiveStatus? {
        guard case .status(let status)? = try? await ControlClient(socket: ControlSocket(place)).ask(.status) else {
            return nil
        }
        return status
    }

    func requireStore(of place: JobPaths, _ path: String) throws(EngineError) {
        guard StoreReading.isThere(place.storePath) else {
            throw EngineError(
                .usage, "job '\(place.job)' was never run\n    start it with: \(commandLine(path)("run"))"
            )
        }
    }

    private static func checked(_ answer: ControlAnswer) throws(EngineError) -> ControlAnswer {
        if case .refused(let message) = answer { throw EngineError(.usage, message) }
        return answer
    }

    /// - Returns: `nil` if no run is alive.
    private func askLiveRun(_ command: ControlCommand, at place: JobPaths) async throws -> ControlAnswer? {
        let client = ControlClient(socket: ControlSocket(place))
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        while RunLock.isHeld(path: place.lockPath) {
            do throws(ControlConnectionError) {
                return try await client.ask(command)
            } catch {
                guard error != .garbled, ContinuousClock.now < deadline else {
                    throw EngineError(
                        .locked,
                        "the run of '\(place.job)' does not answer: it is starting or ending, it belongs to another user, or another "
                            + "version runs it\n"
                            + "    try again in a moment")
                }
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }

    // MARK: - Without a live run

    private func control(
        _ session: Session, _ command: ControlCommand, stops: AsyncStream<StopRequest>,
        observe: @escaping @Sendable (RunEventNotice) -> Void
    ) async throws -> ControlAnswer {
        let (store, run) = (session.store, session.run)
        switch command {
        case .pause, .resume, .set:
            var orders = run.orders
            switch command {
            case .pause: orders.isPaused = true
            case .set(let change): orders.take(change)
            default: orders.isPaused = false
            }
            try await store.keep(orders, of: run)
            return .overrides(orders)
        case .retry(let keys):
            return .retried(try await store.retry(keys: keys, in: run))
        case .adopt(let key, let predictionID):
            return try await adopt(predictionID, for: key, session)
        case .cancel:
            return try await cancel(session, stops: stops, observe: observe)
        case .status:
            return .refused("no run of '\(session.place.job)' is alive")
        }
    }

    private func adopt(_ predictionID: String, for key: String, _ session: Session) async throws -> ControlAnswer {
        let (store, run) = (session.store, session.run)
        let adoption = try await host(session).run { providers in
            try await AdoptionValidator(store: store, provider: providers[0], run: run).judge(predictionID, for: key)
        }
        let now = clock.now
        var totals = session.totals
        if adoption.state != .held, !adoption.isCounted { totals.spend(predictions: 1, on: adoption.item.step) }
        // The run finds out by its own clock.
        let since = Timestamp.distantPast
        let transition = Transition(
            item: adoption.item.id, key: key, attempt: adoption.item.attempt, at: now,
            change: .running(predictionID: predictionID, since: since))
        _ = try await store.record([transition], totals: totals, in: run)
        return .adopted(adoption.prediction.status.rawValue)
    }

    /// A session of its own, which creates nothing: it cancels, sees what became of each, and brings home what had finished.
    private func cancel(
        _ session: Session, stops: AsyncStream<StopRequest>, observe: @escaping @Sendable (RunEventNotice) -> Void
    ) async throws -> ControlAnswer {
        let inFlight = [ItemState.submitting, .unknown, .running, .fetching].map { session.totals[$0] }
        guard inFlight.contains(where: { $0 > 0 }) else { return .canceled(CancelOutcome()) }
        let broker = ControlBroker()
        let (ticket, answers) = broker.ticket()
        let (end, _) = try await self.session(
            session, options: RunOptions(), broker: broker, firstEvents: [.control(.asked(.cancel, ticket))],
            stops: stops, observe: observe)
        try await session.store.close(session.run, ending: end.recorded)
        for await answer in answers { return answer }
        return .refused("the predictions in flight could not be canceled")
    }
}
