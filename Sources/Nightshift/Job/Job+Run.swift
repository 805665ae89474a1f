public import NightshiftCore
import Synchronization

extension Job {
    /// Runs the job: starts it, resumes it after a crash, does what is missing after an edit, or says that all is done.
    ///
    /// Cancelling the task leaves what runs to the provider; the next run adopts it.
    ///
    /// - Parameters:
    ///   - options: what to do, and how.
    ///   - stops: requests to stop, from a signal handler for example.
    ///   - observe: told what happens, after it is on disk; must not block.
    /// - Throws: ``EngineError``; nothing that was recorded is lost.
    public func run(
        options: RunOptions = RunOptions(), stops: AsyncStream<StopRequest>,
        observe: @escaping @Sendable (RunUpdate) -> Void = { _ in }
    ) async throws(EngineError) -> RunReport {
        try options.plan?.checkJob(of: loaded)
        try engine.makeDirectory(paths.directory)
        let lock = try takeLock()
        defer { withExtendedLifetime(lock) {} }
        let log = UpdateLog(logger: logger)
        do {
            let report = try await reporting {
                try await withOwnClock().runLocked(options, stops: stops) { update in
                    log.take(update)
                    observe(update)
                }
            }
            log.end(report)
            return report
        } catch {
            log.end(error)
            throw error
        }
    }

    /// Runs the job, without a way to stop it but cancelling the task.
    /// - Throws: ``EngineError``.
    public func run(
        options: RunOptions = RunOptions(), observe: @escaping @Sendable (RunUpdate) -> Void = { _ in }
    ) async throws(EngineError) -> RunReport {
        let (stops, continuation) = AsyncStream.makeStream(of: StopRequest.self)
        defer { continuation.finish() }
        return try await run(options: options, stops: stops, observe: observe)
    }

    private func runLocked(
        _ options: RunOptions, stops: AsyncStream<StopRequest>, observe: @escaping @Sendable (RunUpdate) -> Void
    ) async throws -> RunReport {
        for problem in try checkExports() { observe(.warning(problem)) }
        let store = try Store(path: paths.storePath)
        let run = try await store.openRun(job: paths.job, fresh: options.fresh, at: clock.now)
        let preparation = PreparationControl(job: name, store: store, run: run, clock: clock)
        let broker = ControlBroker(preparation: preparation)
        let server = ControlServer(broker: broker, socket: ControlSocket(paths))
        let stops = StopSwitch(stops)
        return try await stops.whileHearing {
            var report = try await server.whileServing(warn: { observe(.warning($0)) }) {
                try await runControlled(run, by: broker, preparation, store, options, stops: stops, observe: observe)
            }
            if !manifest.exports.isEmpty, !stops.hasStopped, let latest = try await store.latestRun() {
                report.exports = await keepExports(of: latest, in: store, stops: stops, observe: observe)
            }
            return report
        }
    }

    private func runControlled(
        _ opened: RunRecord, by broker: ControlBroker, _ preparation: PreparationControl, _ store: Store,
        _ options: RunOptions, stops: StopSwitch, observe: @escaping @Sendable (RunUpdate) -> Void
    ) async throws -> RunReport {
        let prepared = try await stops.preparing {
            let preparing = RunPreparation(job: self, store: store, options: options, observe: observe)
            var (run, totals, chosen) = try await preparing.prepare(opened)
            run.orders = await preparation.end()
            return (run, totals, chosen)
        }
        guard let (run, totals, chosen) = prepared else {
            // As it is now: the input set may have been stored already, or it is still the run before.
            let latest = try await store.latestRun() ?? opened
            if latest.id == opened.id {
                try await store.sessions.close(opened, ending: RunEnd.interrupted.recorded, at: clock.now)
            }
            return try await report(
                .interrupted, try await store.reports.totals(of: latest), run: latest, store: store)
        }
        guard totals.hasWork(chosen: chosen) else {
            let end = RunEnd.completed.judged(by: totals, isLimited: run.isLimited)
            try await store.sessions.close(run, ending: end.recorded, at: clock.now)
            return try await report(end, totals, run: run, store: store)
        }
        if let problem = await outputProblem() {
            let end = RunEnd.disk(problem)
            try await store.sessions.close(run, ending: end.recorded, at: clock.now)
            return try await report(end, totals, run: run, store: store)
        }
        let ended = try await stops.preparing {
            try await RunSession(
                job: self, store: store, run: run, totals: totals, options: options, observe: observe
            ).run(broker: broker, stops: stops.stops, begin: stops.begin)
        }
        guard let (sessionEnd, after) = ended else {
            try await store.sessions.close(run, ending: RunEnd.interrupted.recorded, at: clock.now)
            return try await report(.interrupted, totals, run: run, store: store)
        }
        let end = sessionEnd.judged(by: after, isLimited: run.isLimited)
        try await store.sessions.close(run, ending: end.recorded, at: clock.now)
        return try await report(end, after, run: run, store: store)
    }

    /// What cannot be stored is not worth paying for, so the directory is tried first.
    /// - Returns: why nothing can be stored there, or `nil`.
    private func outputProblem() async -> String? {
        do throws(FetchFailure) {
            try await DiskThreads.run { () throws(FetchFailure) in
                try OutputDirectory(path: paths.outputDirectory).prepare()
            }
            return nil
        } catch {
            guard case .disk(let message) = error else { return nil }
            return message
        }
    }

    private func missingOutputs(
        of run: RunRecord, store: Store
    ) async throws -> MissingOutputs {
        let folder = OutputFolder(directory: paths.outputDirectory)
        return try await store.reports.missingOutputs(of: run, exists: folder.exists)
    }

    private func report(
        _ end: RunEnd, _ totals: RunTotals, run: RunRecord, store: Store
    ) async throws -> RunReport {
        let reasons = try await store.reports.failureReasons(of: run, limit: 5)
        var report = RunReport(
            end: end, counts: RunCounts(totals), outputDirectory: paths.outputDirectory,
            failureReasons: reasons.map { RunReport.FailureReason(reason: $0.reason, count: $0.count) }
        )
        report.isLimited = run.isLimited
        report.history = try await store.reports.history(
            of: run, totals: totals, manifest, isAlive: false, at: clock.now)
        report.unsendable = try await store.reports.unsendableItems(of: run)
        if [.completed, .partial].contains(report.end) {
            let missing = try await missingOutputs(of: run, store: store)
            report.missingFiles = missing.count
            report.missingExamples = missing.examples
        }
        return report
    }
}

extension RunTotals {
    /// Whether anything is left that a run could do.
    ///
    /// - Parameter chosen: how many pending items it may begin, if not all.
    fileprivate func hasWork(chosen: Int?) -> Bool {
        if chosen ?? self[.pending] > 0 { return true }
        return [ItemState.submitting, .unknown, .running, .fetching].contains { self[$0] > 0 }
    }
}
