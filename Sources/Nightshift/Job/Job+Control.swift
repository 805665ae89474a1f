package import NightshiftCore

/// What people tell a job from other terminals. A live run is asked over its socket; otherwise the same is done in the store.
extension Job {
    /// How long a run that is just starting or ending is waited for.
    private static let patience = Duration.seconds(5)

    /// Does what is asked, in the run if one is alive, else in the store.
    /// - Parameter observe: told what happens if something has to be done at the provider without a live run.
    /// - Throws: ``EngineError``, which says why it cannot be done.
    package func control(
        _ command: ControlCommand, stops: AsyncStream<StopRequest> = AsyncStream { $0.finish() },
        observe: @escaping @Sendable (RunUpdate) -> Void = { _ in }
    ) async throws(EngineError) -> ControlAnswer {
        try await reporting {
            try requireStore()
            if let answer = try await askLiveRun(command) { return try Self.checked(answer) }
            let lock = try takeLock()
            defer { withExtendedLifetime(lock) {} }
            let store = try Store(path: paths.storePath)
            let run = try await latestRun(of: store)
            let offline = OfflineControl(
                job: withOwnClock(), store: store, run: run, totals: try await store.reports.totals(of: run))
            return try Self.checked(try await offline.answer(command, stops: stops, observe: observe))
        }
    }

    /// The keys of the items that a person means by whole keys, their beginnings, or output names.
    /// - Throws: ``EngineError`` for a text that means no item or several.
    package func keys(meant texts: [String]) async throws(EngineError) -> [String] {
        try await inspect { store, run in
            var keys: [String] = []
            for text in texts {
                let found = try await store.reports.keys(meant: text, in: run)
                guard let key = found.first else {
                    throw EngineError(.noSuchItem, "job '\(paths.job)' has no item '\(text)'")
                }
                guard found.count == 1 else {
                    let some = found.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
                    throw EngineError(
                        .ambiguousItem,
                        "'\(text)' may be \(found.count > 3 ? "many items, such as " : "")\(some); give more of the key"
                    )
                }
                keys.append(key)
            }
            return keys
        }
    }

    /// What the process that works on a run tells of it; `nil` if it does not answer.
    func liveStatus() async -> LiveStatus? {
        guard case .status(let status)? = try? await ControlClient(socket: ControlSocket(paths)).ask(.status) else {
            return nil
        }
        return status
    }

    private static func checked(_ answer: ControlAnswer) throws(EngineError) -> ControlAnswer {
        if case .refused(let message) = answer { throw EngineError(.controlRefused, message) }
        return answer
    }

    /// - Returns: `nil` if no run is alive.
    private func askLiveRun(_ command: ControlCommand) async throws -> ControlAnswer? {
        let client = ControlClient(socket: ControlSocket(paths))
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        while RunLock.isHeld(path: paths.lockPath) {
            do throws(ControlConnectionError) {
                return try await client.ask(command)
            } catch {
                guard error != .garbled, ContinuousClock.now < deadline else {
                    throw EngineError(
                        .runDoesNotAnswer,
                        "the run of '\(paths.job)' does not answer: it is starting or ending, it belongs to another user, or another "
                            + "version runs it")
                }
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }
}
