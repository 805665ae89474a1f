import Foundation
package import NightshiftCore

/// What the store knows of a job.
public struct StatusReport: Hashable, Sendable {
    public var job: String
    public var counts: RunCounts
    /// When the run began, in seconds since 1970.
    public var startedAt: Double
    /// Whether a process is working on it now.
    public var isAlive: Bool
    /// How the last session ended; `nil` while one is alive or after a crash.
    public var ending: String?
    public var outputDirectory: String
    public var failureReasons: [RunReport.FailureReason]
    /// The items of each step by their states, in the order of the steps; empty for a job without `steps`.
    public var steps: [StepCounts] = []
    /// Items that wait for a person's word, the first of them.
    public var heldItems: [HeldItem] = []
    /// What a person has told the run, and has not taken back.
    public var orders: RunOrders
    /// Of the failed items: cannot be sent as they are, so trying them again changes nothing.
    public var unsendable = 0
    /// What the process that works on it tells; `nil` while none does, or it is just starting or ending.
    package var live: LiveStatus?

    /// How the items of one step stand.
    public struct StepCounts: Hashable, Sendable {
        /// How many items are in a state, by the state's word.
        public struct State: Hashable, Sendable {
            public var state: String
            public var count: Int
        }

        public var name: String
        /// In the order of an item's life.
        public var states: [State]
    }

    /// An item of which nobody can tell what became of its create.
    public struct HeldItem: Hashable, Sendable {
        public var key: String
        public var reason: String
    }
}

extension StatusReport {
    static let heldItemsShown = 20
}

extension Engine {
    /// Says how a job stands, from its store and from the process that works on it, if there is one.
    /// - Throws: ``EngineError``, for example if the job was never run.
    public func status(_ path: String) async throws -> StatusReport {
        try await inspect(path) { store, run, place in
            let isAlive = RunLock.isHeld(path: place.lockPath)
            // A run says how it has ended before it lets go of its lock.
            let run = isAlive ? run : try await store.latestRun() ?? run
            let live = isAlive ? await liveStatus(at: place) : nil
            let totals = if let live { live.totals } else { try await store.totals(of: run) }
            let reasons = try await store.failureReasons(of: run, limit: 5)
            let held = try await store.items(of: run, in: [.held], limit: StatusReport.heldItemsShown)
            var report = StatusReport(
                job: place.job, counts: RunCounts(totals), startedAt: Double(run.startedAt.milliseconds) / 1000,
                isAlive: isAlive, ending: RunEnd.ending(recorded: run.ending, judgedBy: totals),
                outputDirectory: place.outputDirectory,
                failureReasons: reasons.map { RunReport.FailureReason(reason: $0.reason, count: $0.count) },
                heldItems: held.map { StatusReport.HeldItem(key: $0.key, reason: $0.failure ?? "no reason recorded") },
                orders: RunOrders(run.orders), live: live
            )
            report.steps = try await store.stepCounts(of: run)
            report.unsendable = try await store.unsendableItems(of: run)
            return report
        }
    }

    /// Gives the items of a job in input order, page by page.
    /// - Throws: ``EngineError``, and what `body` throws.
    package func items(
        _ path: String, in states: Set<ItemState>? = nil, limit: Int? = nil,
        body: (ItemSummary) throws -> Void
    ) async throws {
        try await inspect(path) { store, run, _ in
            var position = -1
            var left = limit ?? .max
            while left > 0 {
                let page = try await store.items(of: run, in: states, after: position, limit: min(left, 500))
                guard let last = page.last else { return }
                for item in page { try body(item) }
                position = last.position
                left -= page.count
            }
        }
    }

    /// Exports a job: `results.jsonl`, `failed.jsonl` and the outputs, into a directory.
    /// - Throws: ``EngineError``, for example if the disk is full, or if a list would replace a source of the job.
    package func export(_ path: String, to destination: String) async throws -> ExportReport {
        try refuseToReplaceSources(of: try load(path), in: destination)
        return try await inspect(path) { store, run, place in
            let exporter = Exporter(outputs: place.outputDirectory, destination: destination, job: place.job)
            return try await exporter.export { try store.exportItems(of: run, after: $0, limit: 500) }
        }
    }

    private func refuseToReplaceSources(of loaded: LoadedManifest, in destination: String) throws(EngineError) {
        for source in loaded.manifest.inputs {
            guard case .table(_, let places) = source.kind else { continue }
            for case .files(let pattern) in places {
                for name in [Exporter.resultsName, Exporter.failedName] {
                    guard let written = RealPath.of("\(destination)/\(name)"),
                        written == RealPath.of(loaded.resolve(pattern.text))
                    else { continue }
                    throw EngineError(
                        .usage,
                        "the export would replace '\(pattern.text)', which the job reads its rows from\n"
                            + "    export to another directory with --to, or read the rows from a copy")
                }
            }
        }
    }

    /// How many items of a job failed because they cannot be sent as they are.
    package func unsendableItems(_ path: String) async throws -> Int {
        try await inspect(path) { store, run, _ in try await store.unsendableItems(of: run) }
    }

    /// Where an export goes if nobody says: beside the job's outputs.
    package func usualExportDirectory(_ path: String) throws(EngineError) -> String {
        place(of: try load(path)).outputDirectory + "-export"
    }

    func inspect<Value>(
        _ path: String, body: (Store, RunRecord, JobPaths) async throws -> Value
    ) async throws -> Value {
        let loaded = try load(path)
        let place = place(of: loaded)
        try requireStore(of: place, path)
        do {
            let store = try Store(readingAt: place.storePath)
            guard let run = try await store.latestRun() else {
                throw EngineError(.usage, "job '\(place.job)' has no run yet")
            }
            return try await body(store, run, place)
        } catch let error as StoreError {
            throw EngineError(error)
        } catch let error as ExportError {
            throw EngineError(.disk, "\(error)")
        }
    }
}
