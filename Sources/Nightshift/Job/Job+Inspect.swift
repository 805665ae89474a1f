package import NightshiftCore

extension Job {
    /// Says how a job stands, from its store and from the process that works on it, if there is one.
    /// - Parameter withHistory: whether ``StatusReport/history`` is told, for which the times of all items are read.
    /// - Throws: ``EngineError``, for example if the job was never run.
    public func status(withHistory: Bool = true) async throws(EngineError) -> StatusReport {
        try await inspect { store, run in
            let isAlive = self.isAlive
            // A run says how it has ended before it lets go of its lock.
            let run = isAlive ? run : try await store.latestRun() ?? run
            let live = isAlive ? await liveStatus() : nil
            let totals = if let live { live.totals } else { try await store.reports.totals(of: run) }
            let reasons = try await store.reports.failureReasons(of: run, limit: 5)
            let held = try await store.reports.items(of: run, in: [.held], limit: StatusReport.heldItemsShown)
            var report = StatusReport(
                job: name, counts: RunCounts(totals), startedAt: Double(run.startedAt.milliseconds) / 1000,
                isAlive: isAlive, ending: RunEnd.ending(recorded: run.ending, judgedBy: totals),
                outputDirectory: outputDirectory,
                failureReasons: reasons.map { RunReport.FailureReason(reason: $0.reason, count: $0.count) },
                heldItems: held.map {
                    StatusReport.HeldItem(
                        key: $0.key, name: $0.name, origin: $0.origin, reason: $0.failure ?? "no reason recorded")
                },
                orders: RunOrders(run.orders), live: live
            )
            report.steps = try await store.reports.stepCounts(of: run)
            report.unsendable = try await store.reports.unsendableItems(of: run)
            guard withHistory else { return report }
            report.history = try await store.reports.history(
                of: run, totals: totals, manifest, isAlive: isAlive, at: WallClock().now)
            return report
        }
    }

    /// The items in input order; those of a run that is alive may change their states while they are read.
    /// - Parameters:
    ///   - states: only items in these; `nil` for all but those that are no longer in the manifest.
    ///   - limit: at most so many.
    public func items(in states: Set<ItemState>? = nil, limit: Int? = nil) -> JobItems {
        JobItems(job: self, states: states, limit: limit)
    }

    /// How many items of a job failed because they cannot be sent as they are.
    package func unsendableItems() async throws(EngineError) -> Int {
        try await inspect { store, run in try await store.reports.unsendableItems(of: run) }
    }
}
