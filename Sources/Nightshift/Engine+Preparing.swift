import Foundation
import NightshiftCore
import Synchronization

extension Engine {
    /// All that is done before a session: the model's schema is learned, the input set stored, what is to be done chosen.
    ///
    /// Nothing is created, so it may be ended at any moment.
    /// - Returns: the run as it is then, and how many pending items it may begin, if not all.
    func prepare(
        _ loaded: LoadedManifest, _ opened: RunRecord, at place: JobPaths, store: Store, options: RunOptions,
        observe: @escaping @Sendable (RunEventNotice) -> Void
    ) async throws -> (run: RunRecord, totals: RunTotals, chosen: Int?) {
        let now = clock.now
        var run = opened
        try await settleOutputDirectory(loaded, &run, store: store)
        let knowledge = try await knowledge(
            of: loaded, run: run, store: store, plan: options.plan, patience: patience(options, observe))
        run = try await synchronize(
            loaded, run, at: place, store: store, check: check(loaded, knowledge, options), options: options,
            observe: observe)
        run = try await keep(knowledge, of: loaded, run: run, store: store)
        // No wait of the policy is longer than its longest backoff, or a minute in which the provider was not there. What is
        // due later comes from a clock that was wrong.
        let longestWait = loaded.manifest.steps.map(\.retry.backoff.max).max().map { $0 + .seconds(60) } ?? .zero
        try await store.bringForwardRetries(of: run, dueAfter: now.advanced(by: longestWait))
        var chosen: Int?
        if options.selection.isLimited {
            (run, chosen) = try await store.choose(
                options.selection.choice(retryFailed: options.retryFailed), in: run)
        } else if options.retryFailed {
            _ = try await store.retryFailed(in: run)
        }
        if options.retryMissing {
            let bad = try await verify(run, store: store, place: place)
            try await store.fetchAgain(bad.items)
        }
        return (run, try await store.totals(of: run), chosen)
    }

    /// Files of one run in two directories would be files that nobody finds again.
    private func settleOutputDirectory(
        _ loaded: LoadedManifest, _ run: inout RunRecord, store: Store
    ) async throws {
        let directory = loaded.manifest.outputs.directory
        guard run.outputDirectory != directory else { return }
        if let before = run.outputDirectory, FileManager.default.fileExists(atPath: loaded.resolve(before)) {
            let files = try await store.storedFiles(of: run)
            guard files == 0 else {
                throw EngineError(
                    .invalidManifest,
                    """
                    'outputs.directory' is '\(directory)', but \(files) \(files == 1 ? "file" : "files") of this run \
                    \(files == 1 ? "is" : "are") in '\(before)'
                        move them with: mv '\(loaded.resolve(before))' '\(loaded.resolve(directory))'
                        or write '\(before)' again, or start over with --fresh
                    """)
            }
        }
        try await store.setOutputDirectory(directory, of: run)
        run.outputDirectory = directory
    }

    /// Brings the store in line with the manifest, or refuses with every problem of the input set.
    private func synchronize(
        _ loaded: LoadedManifest, _ run: RunRecord, at place: JobPaths, store: Store, check: InputSetCheck,
        options: RunOptions, observe: @Sendable (RunEventNotice) -> Void
    ) async throws -> RunRecord {
        let digests = FileDigestCache(path: place.digestCachePath)
        let inputs = try await inputSet(of: loaded, keepingCopiesIn: place.copiesPath, check: check)
        let content = Mutex(PlanContent())
        let found = Mutex(InputSet.Summary())
        let (renewed, report): (RunRecord, SynchronizationReport)
        do {
            (renewed, report) = try await inputs.renderingAhead(digests: digests) { items in
                try await store.synchronize(run, at: clock.now) { emit in
                    var missing = Set(options.selection.keys.map(ExactText.init))
                    let summary = try items.forEach(counted: observe) { item in
                        missing.remove(ExactText(item.key))
                        if try emit(item), options.plan != nil { content.withLock { $0.add(item) } }
                    }
                    guard summary.problemCount == 0 else { throw InputSetError(summary) }
                    found.withLock { $0 = summary }
                    let unknown = options.selection.keys.filter { missing.contains(ExactText($0)) }
                    guard unknown.isEmpty else {
                        throw EngineError(
                            .usage,
                            ItemSelection.message(
                                unknown: unknown, commandLine(loaded.manifest.path), isKnown: run.generation > 0))
                    }
                } approve: { report in
                    guard report.conflictCount == 0 else { return }
                    try options.plan?.check(content.withLock { $0.digest }, toDo: report.toDo)
                    observe(.planned(RunPlanCounts(report)))
                }
            }
        } catch let error as InputSetError {
            // What is wrong with the set as a whole is no item that could be left out.
            let advice = error.canBeSkipped ? "; '--skip-invalid' leaves out items that cannot be sent" : ""
            throw EngineError(
                .invalidManifest, error.groups.lines.joined(separator: "\n") + "\n    nothing was sent\(advice)")
        }
        if report.conflictCount > 0 {
            var groups = ProblemGroups()
            for conflict in report.conflicts {
                groups.add(conflict.diagnostic, kind: .conflict, title: conflict.title)
            }
            var lines = groups.lines
            let more = report.conflictCount - report.conflicts.count
            if more > 0 { lines.append("… and \(more) more") }
            lines.append("    give 'key' and 'outputs.name' a placeholder that tells these rows apart")
            throw EngineError(.invalidManifest, lines.joined(separator: "\n"))
        }
        let notices = found.withLock { $0.notices(repeated: report.repeated) }
        for notice in notices { observe(.warning(notice.description)) }
        // Whoever goes on with a run has been asked before.
        if let approve = options.approveCollapse, report.new > 0, notices.contains(where: \.isCollapse) {
            guard await approve() else {
                throw EngineError(.usage, "not started: most of the rows would be the same item; nothing was sent")
            }
        }
        return renewed
    }
}

extension ItemSelection {
    /// What is said of keys that no item has.
    /// - Parameter isKnown: whether the store can list them already.
    static func message(unknown keys: [String], _ commandLine: JobCommandLine, isKnown: Bool) -> String {
        let listed = keys.prefix(3).map { "'\($0)'" }.joined(separator: ", ") + (keys.count > 3 ? ", …" : "")
        return "no item has the key \(listed)\n"
            + (isKnown
                ? "    list the keys with: \(commandLine("items"))"
                : "    see the first keys with: \(commandLine("plan", "--json", "--offline"))")
    }
}

extension RenderedItems {
    /// Gives each item to `body`, and tells now and then how many there were.
    func forEach(
        counted observe: (RunEventNotice) -> Void, _ body: (Item) throws -> Void
    ) throws -> InputSet.Summary {
        var count = 0
        return try forEach { item in
            try body(item)
            count += 1
            if count.isMultiple(of: 1000) { observe(.expanding(items: count)) }
        }
    }
}
