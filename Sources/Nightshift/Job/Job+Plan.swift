import Foundation
import NightshiftCore
import ReplicateAPI

extension Job {
    /// Expands a job's input set, checks every item against the model's schema and compares all with the store, without
    /// creating or changing anything.
    /// - Parameters:
    ///   - options: what to look at.
    ///   - observe: told ``RunUpdate/expanding(items:)`` now and then; must not block.
    /// - Throws: ``EngineError`` if the manifest itself has problems; those of its rows are in the report.
    public func plan(
        options: PlanOptions = PlanOptions(), observe: @escaping @Sendable (RunUpdate) -> Void = { _ in }
    ) async throws(EngineError) -> PlanReport {
        try await reporting {
            let known = StoreReading.isThere(paths.storePath) ? try Store(readingAt: paths.storePath) : nil
            let run = try await known?.latestRun()
            let users = OutputUsers(directory: outputDirectory)
            for other in users.others(than: paths.storePath, identity: try await known?.knownIdentity()) {
                observe(.warning(OutputUsers.notice(of: other, in: outputDirectory)))
            }
            let schemas = try await SchemaResolver(job: self, store: known).resolveForPlan(
                of: run, offline: options.offline)
            return try await plan(schemas, known: known, run: run, options: options, observe: observe)
        }
    }

    func plan(
        _ schemas: ResolvedSchemas, known: Store?, run: RunRecord?, options: PlanOptions,
        observe: @escaping @Sendable (RunUpdate) -> Void = { _ in }
    ) async throws -> PlanReport {
        let folder = FileManager.default.temporaryDirectory.path + "/nightshift-plan-\(UUID().uuidString)"
        // All inputs will be in it.
        do throws(SystemCallError) {
            try FileSystemCalls.makePrivateDirectory(folder)
        } catch {
            throw EngineError(
                .noTemporaryFolder,
                "cannot make a folder for temporary files, '\(folder)': \(ErrorReason.of(error))")
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let scratch = try Store(path: folder + "/plan.sqlite")
        let scratchRun = try await scratch.openRun(job: paths.job, fresh: true, at: clock.now)
        var tally = PlanTally(
            report: PlanReport(
                job: paths.job, model: manifest.modelNames, outputDirectory: outputDirectory),
            samples: options.samples, selection: options.selection,
            longestInline: manifest.provider.longestInline)
        var check = self.check(schemas, RunOptions())
        // Every item is looked at, also behind the first problem.
        check.skipsInvalid = true
        // Whoever may only read the job's folder plans as well as its owner.
        let isKept = known != nil && access(paths.directory, W_OK) == 0
        let inputs = try await inputSet(
            keepingCopiesIn: isKept ? paths.copiesPath : folder + "/copies", check: check)
        let digests = FileDigestCache(path: isKept ? paths.digestCachePath : folder + "/files.sqlite")
        let synchronization = try await inputs.renderingAhead(digests: digests) { items in
            var synchronization = try await ItemSynchronization(of: scratchRun, in: scratch, at: clock.now)
            var count = ExpansionCount(observe)
            for try await batch in items {
                let added = try await synchronization.add(batch)
                let new = zip(batch, added).filter(\.1).map(\.0)
                try await tally.count(new, in: known, run)
                count.add(batch.count)
            }
            tally.summary = items.summary
            _ = try await synchronization.seal()
            return synchronization.report
        }
        let missing = options.selection.keys.filter { tally.missing.contains(ExactText($0)) }
        guard missing.isEmpty else {
            throw EngineError(unknownKeys: missing, isKnown: run != nil)
        }
        var report = tally.report
        report.repeated = synchronization.repeated
        report.invalid = synchronization.invalid
        var groups = tally.summary.groups
        report.notices = tally.summary.notices(repeated: synchronization.repeated).map(\.description)
        report.notices += try checkExports()
        report.exports = manifest.exports.map { export in
            PlanReport.PlannedExport(
                directory: directory(of: export), formats: export.options.formats, filter: export.options.filterText,
                onlyRated: export.options.onlyRated)
        }
        for notice in report.notices { observe(.warning(notice)) }
        for conflict in synchronization.conflicts {
            groups.add(conflict.diagnostic, kind: .conflict, title: conflict.title)
        }
        report.problems = groups.groups.map(PlanReport.Problem.init)
        report.problemCount = groups.count + synchronization.conflictCount - synchronization.conflicts.count
        // A conflict undoes the scratch store, and then nothing is known of what is distinct.
        report.distinctInputs =
            synchronization.conflictCount == 0 ? try await scratch.reports.distinctInputs(of: scratchRun) : nil
        if let run, let known {
            let totals = try await known.reports.totals(of: run)
            report.withdrawn = max(0, totals.items + totals[.withdrawn] - tally.known)
            if report.withdrawn + report.changed > 0, synchronization.conflictCount == 0 {
                let (remade, done) = try await known.reports.remadeItems(of: run, by: scratch, scratchRun)
                if remade > 0 {
                    report.remade = RemadeWork(remade: remade, done: done, totals: totals, manifest: manifest)
                }
            }
        }
        report.commands = manifest.inputs.compactMap { source in
            if case .command(let command, _) = source.kind { command } else { nil }
        }
        for command in manifest.steps.compactMap(\.accept?.command?.text) where !report.resultChecks.contains(command) {
            report.resultChecks.append(command)
        }
        report.schema = PlanReport.SchemaCheck(schemas, of: manifest)
        if case .replicate = manifest.provider, synchronization.conflictCount == 0 {
            let own: (Store, RunRecord)? = if let known, let run { (known, run) } else { nil }
            report.earlier = try await EarlierWorkSearch(
                place: paths, loaded: loaded, versions: schemas.versions, store: scratch,
                run: try await scratch.latestRun() ?? scratchRun, own: own
            ).find()
        }
        report.refusal = schemas.refusal
        report.estimate = try await estimate(report, known: known)
        report.file = PlanFile(
            job: paths.job, model: report.model, versions: schemas.versions, items: report.items, toDo: report.toDo,
            digest: tally.content.digest)
        return report
    }

    private func estimate(
        _ report: PlanReport, known: Store?
    ) async throws -> PlanReport.Estimate {
        let (concurrency, rates): (Int, ProviderRates) =
            switch manifest.provider {
            case .replicate: (64, ReplicateProvider.documentedRates)
            case .local: (16, ProviderRates())
            case .cog(let servers): (servers.count, ProviderRates())
            }
        let creates = manifest.rate.creates.limit(byProvider: rates.creates)
        var estimates: [RunEstimate] = []
        var learnedFrom: [Int] = []
        for step in manifest.steps {
            let history = try await known?.reports.history(of: step.name)
            learnedFrom.append(history?.predictions ?? 0)
            estimates.append(
                RunEstimate(
                    items: manifest.hasSteps ? report.steps[step.name] ?? 0 : report.toDo - report.reused,
                    uploads: report.uploads,
                    history: history, price: step.price, concurrency: step.concurrency ?? concurrency,
                    creates: creates, wait: step.wait))
        }
        return PlanReport.Estimate(
            RunEstimate(estimates, creates: creates), learnedFrom: learnedFrom.min() ?? 0)
    }
}

extension ProviderChoice {
    /// The largest file, in bytes, that is sent inside of an input instead of being uploaded; `nil` where all are.
    var longestInline: Int? {
        switch self {
        // The embedded server takes uploads as Replicate does.
        case .replicate, .local: ReplicateProvider.longestInline
        case .cog: nil
        }
    }
}
