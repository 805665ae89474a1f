public import NightshiftCore

/// A run that goes on: what it tells, and a way to stop it.
public struct RunHandle: Sendable {
    /// What the run tells, in order; ends with the run. Everything that it tells of items is on disk already.
    public let updates: AsyncStream<RunUpdate>
    private let stops: AsyncStream<StopRequest>.Continuation

    init(updates: AsyncStream<RunUpdate>, stops: AsyncStream<StopRequest>.Continuation) {
        self.updates = updates
        self.stops = stops
    }

    /// Asks the run to end: it creates nothing more and finishes what runs, or leaves that to the provider, where the next run
    /// adopts it. Nothing is lost either way. While the input set is still being read, either ends it at once.
    public func stop(_ request: StopRequest = .drain) {
        stops.yield(request)
    }
}

extension Job {
    /// Runs the job while `body` follows it.
    ///
    /// ```swift
    /// let report = try await job.run { run in
    ///     for await update in run.updates {
    ///         guard case .progressed(let counts, _, _) = update else { continue }
    ///         print(counts.succeeded, "of", counts.items)
    ///         if counts.failed > 10 { run.stop() }
    ///     }
    /// }
    /// ```
    ///
    /// The run goes on when `body` returns early. Cancelling the task leaves what runs to the provider.
    /// - Throws: ``EngineError``; nothing that was recorded is lost.
    public func run(
        options: RunOptions = RunOptions(), following body: @escaping @Sendable (RunHandle) async -> Void
    ) async throws(EngineError) -> RunReport {
        let (stops, stop) = AsyncStream.makeStream(of: StopRequest.self)
        let (updates, update) = AsyncStream.makeStream(of: RunUpdate.self)
        return try await reporting {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await body(RunHandle(updates: updates, stops: stop)) }
                defer {
                    update.finish()
                    stop.finish()
                }
                return try await run(options: options, stops: stops) { update.yield($0) }
            }
        }
    }
}
