import Foundation
import LosslessJSON
import NightshiftCore

/// All that is done before a session: the model's schema is learned, the input set stored, what is to be done chosen.
///
/// Nothing is created, so it may be ended at any moment.
struct RunPreparation: Sendable {
    let job: Job
    let store: Store
    let options: RunOptions
    let observe: @Sendable (RunUpdate) -> Void

    private var loaded: LoadedManifest { job.loaded }

    /// - Returns: the run as it is then, and how many pending items it may begin, if not all.
    func prepare(_ opened: RunRecord) async throws -> (run: RunRecord, totals: RunTotals, chosen: Int?) {
        let now = job.clock.now
        var run = opened
        try await checkOutputDirectory(&run)
        let resolver = SchemaResolver(job: job, store: store, patience: job.patience(options, observe))
        let schemas = try await resolver.resolve(for: run, plan: options.plan)
        run = try await synchronize(run, check: job.check(schemas, options))
        run = try await resolver.keep(schemas, of: run)
        // No wait of the policy is longer than its longest backoff, or a minute in which the provider was not there. What is
        // due later comes from a clock that was wrong.
        let longestWait = loaded.manifest.steps.map(\.retry.backoff.max).max().map { $0 + .seconds(60) } ?? .zero
        try await store.pendingItems.bringForwardRetries(of: run, dueAfter: now.advanced(by: longestWait))
        var chosen: Int?
        if options.selection.isLimited {
            (run, chosen) = try await store.pendingItems.choose(
                options.selection.choice(retryFailed: options.retryFailed), in: run)
        } else if options.retryFailed {
            _ = try await store.checkpoints.retryFailed(in: run)
        }
        if options.retryMissing {
            let bad = try await job.verify(run, store: store)
            try await store.checkpoints.fetchAgain(bad.items)
        }
        return (run, try await store.reports.totals(of: run), chosen)
    }

    /// Files of one run in two directories would be files that nobody finds again.
    private func checkOutputDirectory(_ run: inout RunRecord) async throws {
        let directory = loaded.manifest.outputs.directory
        guard run.outputDirectory != directory else { return }
        if let before = run.outputDirectory, FileManager.default.fileExists(atPath: loaded.resolve(before)) {
            let files = try await store.reports.storedFiles(of: run)
            guard files == 0 else {
                throw EngineError(
                    .outputsElsewhere,
                    """
                    'outputs.directory' is '\(directory)', but \(files) \(files == 1 ? "file" : "files") of this run \
                    \(files == 1 ? "is" : "are") in '\(before)'
                    """,
                    facts: [
                        "before": before, "before_path": loaded.resolve(before), "now": directory,
                        "now_path": loaded.resolve(directory),
                    ])
            }
        }
        try await store.setOutputDirectory(directory, of: run)
        run.outputDirectory = directory
    }

    /// Brings the store in line with the manifest, or refuses with every problem of the input set.
    private func synchronize(_ run: RunRecord, check: InputSetCheck) async throws -> RunRecord {
        let digests = FileDigestCache(path: job.paths.digestCachePath)
        let inputs = try await job.inputSet(keepingCopiesIn: job.paths.copiesPath, check: check)
        let (renewed, report, found): (RunRecord, SynchronizationReport, InputSet.Summary)
        do {
            (renewed, report, found) = try await inputs.renderingAhead(digests: digests) { items in
                var synchronization = try await ItemSynchronization(of: run, in: store, at: job.clock.now)
                var reading = SetReading(options, observe)
                for try await batch in items { reading.take(batch, areNew: try await synchronization.add(batch)) }
                try reading.check(items.summary, isKnown: run.generation > 0)
                let report = try await synchronization.review()
                if report.conflictCount == 0 {
                    try options.plan?.check(reading.content.digest, toDo: report.toDo)
                    observe(.planned(RunPlanCounts(report)))
                    try await approveRemaking(report, of: run)
                }
                let renewed = try await synchronization.seal()
                try await store.note([JournalNote(report)], of: renewed, at: job.clock.now)
                return (renewed, report, items.summary)
            }
        } catch let error as InputSetError {
            // What is wrong with the set as a whole is no item that could be left out.
            throw EngineError(
                .invalidInputs, error.groups.lines.joined(separator: "\n"),
                facts: ["can_be_skipped": "\(error.canBeSkipped)"])
        }
        if report.conflictCount > 0 {
            var groups = ProblemGroups()
            for conflict in report.conflicts {
                groups.add(conflict.diagnostic, kind: .conflict, title: conflict.title)
            }
            var lines = groups.lines
            let more = report.conflictCount - report.conflicts.count
            if more > 0 { lines.append("… and \(more) more") }
            throw EngineError(.collidingItems, lines.joined(separator: "\n"))
        }
        let notices = found.notices(repeated: report.repeated)
        for notice in notices { observe(.warning(notice.description)) }
        // Whoever goes on with a run has been asked before.
        if let approve = options.approveCollapse, report.new > 0, notices.contains(where: \.isCollapse) {
            guard await approve() else {
                throw EngineError(.declined, "not started: most of the rows would be the same item; nothing was sent")
            }
        }
        return renewed
    }
}

extension RunPreparation {
    /// Asks before work is done again that has a result, while the items are still as they were.
    private func approveRemaking(_ report: SynchronizationReport, of run: RunRecord) async throws {
        guard report.remade > 0, let approve = options.approveRemaking else { return }
        let work = RemadeWork(
            remade: report.remade, done: report.hadResults, totals: try await store.reports.totals(of: run),
            manifest: job.manifest)
        guard await approve(work) else {
            throw EngineError(
                .notRemade,
                "not started: \(work.remade) of \(work.done) done items would be made again; nothing was sent or changed",
                facts: ["remade": "\(work.remade)", "done": "\(work.done)"])
        }
    }
}

/// What a run looks for in the items of its input set as they are stored.
private struct SetReading {
    private let options: RunOptions
    private var count: ExpansionCount
    /// Keys that the selection names and no item has had so far.
    private var missing: Set<ExactText>
    /// What is wrong with the items that the selection names.
    private var unfit: [String] = []
    private(set) var content = PlanContent()

    init(_ options: RunOptions, _ observe: @escaping @Sendable (RunUpdate) -> Void) {
        self.options = options
        count = ExpansionCount(observe)
        missing = Set(options.selection.keys.map(ExactText.init))
    }

    /// - Parameter areNew: for each, whether it is no repetition of an earlier row.
    mutating func take(_ items: [Item], areNew: [Bool]) {
        for (item, isNew) in zip(items, areNew) {
            let isNamed = missing.remove(ExactText(item.key)) != nil
            if isNamed, !options.skipInvalid, let problem = item.problem {
                unfit.append("\(item.origin): error: \(problem)")
            }
            if isNew, options.plan != nil { content.add(item) }
        }
        count.add(items.count)
    }

    /// Refuses a set that has problems, or that has not what the selection names.
    func check(_ summary: InputSet.Summary, isKnown: Bool) throws {
        guard summary.problemCount == 0 else { throw InputSetError(summary) }
        let unknown = options.selection.keys.filter { missing.contains(ExactText($0)) }
        guard unknown.isEmpty else { throw EngineError(unknownKeys: unknown, isKnown: isKnown) }
        guard unfit.isEmpty else {
            throw EngineError(.invalidInputs, unfit.joined(separator: "\n"), facts: ["can_be_skipped": "true"])
        }
    }
}

extension JournalNote {
    fileprivate init(_ report: SynchronizationReport) {
        let counts = [
            "items": report.items, "new": report.new, "changed": report.changed, "done": report.done,
            "withdrawn": report.withdrawn, "invalid": report.invalid,
        ]
        self.init(.inputSet, counts.mapValues { .number(JSONNumber($0)) })
    }
}

extension EngineError {
    /// - Parameter isKnown: whether the store can list the keys already.
    init(unknownKeys keys: [String], isKnown: Bool) {
        let listed = keys.prefix(3).map { "'\($0)'" }.joined(separator: ", ") + (keys.count > 3 ? ", …" : "")
        self.init(.unknownKeys, "no item has the key \(listed)", facts: ["is_known": "\(isKnown)"])
    }
}

/// Tells now and then how many items have been read.
struct ExpansionCount {
    private let observe: @Sendable (RunUpdate) -> Void
    private var count = 0

    private static let interval = 1000

    init(_ observe: @escaping @Sendable (RunUpdate) -> Void) {
        self.observe = observe
    }

    mutating func add(_ items: Int) {
        let before = count / Self.interval
        count += items
        for passed in before..<count / Self.interval { observe(.expanding(items: (passed + 1) * Self.interval)) }
    }
}
