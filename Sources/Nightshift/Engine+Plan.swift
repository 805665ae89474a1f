import Foundation
import LosslessJSON
import NightshiftCore

/// How to plan a job.
public struct PlanOptions: Hashable, Sendable {
    /// How many of the first items the report shows.
    public var samples: Int
    /// Ask nobody for the model's schema.
    public var offline: Bool
    /// Count only these as to be done.
    public var selection: ItemSelection

    public init(samples: Int = 3, offline: Bool = false, selection: ItemSelection = ItemSelection()) {
        self.samples = samples
        self.offline = offline
        self.selection = selection
    }
}

extension Engine {
    /// Expands a job's input set, checks every item against the model's schema and compares all with the store, without
    /// creating or changing anything.
    /// - Parameter observe: told ``RunEventNotice/expanding(items:)`` now and then; must not block.
    /// - Throws: ``EngineError`` if the manifest itself has problems; those of its rows are in the report.
    public func plan(
        _ path: String, options: PlanOptions = PlanOptions(),
        observe: @escaping @Sendable (RunEventNotice) -> Void = { _ in }
    ) async throws -> PlanReport {
        let loaded = try load(path)
        let place = place(of: loaded)
        do {
            let known =
                StoreReading.isThere(place.storePath) ? try Store(readingAt: place.storePath) : nil
            let run = try await known?.latestRun()
            let users = OutputUsers(directory: place.outputDirectory)
            for other in users.others(than: place.storePath, identity: try await known?.knownIdentity()) {
                observe(.warning(OutputUsers.notice(of: other, in: place.outputDirectory)))
            }
            let knowledge = try await knowledge(of: loaded, run: run, store: known, offline: options.offline)
            return try await plan(
                loaded, knowledge, at: place, known: known, run: run, options: options, observe: observe)
        } catch let error as StoreError {
            throw EngineError(error)
        }
    }

    func plan(
        _ loaded: LoadedManifest, _ knowledge: JobKnowledge, at place: JobPaths, known: Store?, run: RunRecord?,
        options: PlanOptions, observe: @escaping @Sendable (RunEventNotice) -> Void = { _ in }
    ) async throws -> PlanReport {
        let folder = FileManager.default.temporaryDirectory.path + "/nightshift-plan-\(UUID().uuidString)"
        // All inputs will be in it.
        do throws(SystemCallError) {
            try FileSystemCalls.makePrivateDirectory(folder)
        } catch {
            throw EngineError(
                .disk,
                "cannot make a folder for temporary files, '\(folder)': \(ErrorReason.of(error))\n"
                    + "    name another folder in the environment's TMPDIR")
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let scratch = try Store(path: folder + "/plan.sqlite")
        let scratchRun = try await scratch.openRun(job: place.job, fresh: true, at: clock.now)
        let tally = PlanTally(
            report: PlanReport(
                job: place.job, model: loaded.manifest.modelNames, outputDirectory: place.outputDirectory),
            samples: options.samples, selection: options.selection,
            longestInline: loaded.manifest.provider.longestInline)
        var check = self.check(loaded, knowledge, RunOptions())
        // Every item is looked at, also behind the first problem.
        check.skipsInvalid = true
        // Whoever may only read the job's folder plans as well as its owner.
        let isKept = known != nil && access(place.directory, W_OK) == 0
        let inputs = try await inputSet(
            of: loaded, keepingCopiesIn: isKept ? place.copiesPath : folder + "/copies", check: check)
        let digests = FileDigestCache(path: isKept ? place.digestCachePath : folder + "/files.sqlite")
        let (_, synchronization) = try await inputs.renderingAhead(digests: digests) { items in
            try await scratch.synchronize(scratchRun, at: clock.now) { emit in
                let summary = try items.forEach(counted: observe) { item in
                    guard try emit(item) else { return }
                    tally.count(item, known: try run.flatMap { try known?.knownState(of: item, in: $0) })
                }
                tally.summary = summary
            }
        }
        let missing = options.selection.keys.filter { tally.missing.contains(ExactText($0)) }
        guard missing.isEmpty else {
            throw EngineError(
                .usage,
                ItemSelection.message(
                    unknown: missing, commandLine(loaded.manifest.path), isKnown: run != nil))
        }
        var report = tally.report
        report.repeated = synchronization.repeated
        report.invalid = synchronization.invalid
        var groups = tally.summary.groups
        report.notices = tally.summary.notices(repeated: synchronization.repeated).map(\.description)
        for notice in report.notices { observe(.warning(notice)) }
        for conflict in synchronization.conflicts {
            groups.add(conflict.diagnostic, kind: .conflict, title: conflict.title)
        }
        report.problems = groups.groups.map(PlanReport.Problem.init)
        report.problemCount = groups.count + synchronization.conflictCount - synchronization.conflicts.count
        // A conflict undoes the scratch store, and then nothing is known of what is distinct.
        report.distinctInputs =
            synchronization.conflictCount == 0 ? try await scratch.distinctInputs(of: scratchRun) : nil
        if let run, let known {
            let totals = try await known.totals(of: run)
            report.withdrawn = max(0, totals.items + totals[.withdrawn] - tally.known)
        }
        report.schema = PlanReport.SchemaCheck(knowledge, of: loaded.manifest)
        if case .replicate = loaded.manifest.provider, synchronization.conflictCount == 0 {
            let own: (Store, RunRecord)? = if let known, let run { (known, run) } else { nil }
            report.earlier = try await EarlierWorkSearch(
                place: place, loaded: loaded, versions: knowledge.versions, store: scratch,
                run: try await scratch.latestRun() ?? scratchRun, own: own
            ).find()
        }
        report.refusal = knowledge.refusal
        report.estimate = try await estimate(loaded, report, known: known)
        report.file = PlanFile(
            job: place.job, model: report.model, versions: knowledge.versions, items: report.items, toDo: report.toDo,
            digest: tally.content.digest)
        return report
    }

    private func estimate(
        _ loaded: LoadedManifest, _ report: PlanReport, known: Store?
    ) async throws -> PlanReport.Estimate {
        let manifest = loaded.manifest
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
            let history = try await known?.history(of: step.name)
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

/// Counts while the input set is expanded; used by the one thread that stores it.
private final class PlanTally: @unchecked Sendable {
    // Unchecked because the store calls `count` from one thread, and the rest is read after it has returned.
    var report: PlanReport
    var known = 0
    var summary = InputSet.Summary()
    var content = PlanContent()
    /// The largest file that goes into an input; `nil` where all do.
    private let longestInline: Int?
    private let samples: Int
    private let selection: ItemSelection
    /// Keys that the selection names and no item has had so far.
    private(set) var missing: Set<ExactText>
    /// The first half of each digest, which is enough to tell a million files apart and half as much to hold.
    private var seenFiles: Set<UInt64> = []

    init(report: PlanReport, samples: Int, selection: ItemSelection, longestInline: Int?) {
        self.report = report
        self.longestInline = longestInline
        self.samples = samples
        self.selection = selection
        missing = Set(selection.keys.map(ExactText.init))
        if selection.isLimited { self.report.chosen = 0 }
    }

    /// Whether a run would do the item; without a selection all count as chosen.
    private func isChosen(_ item: Item, known state: KnownState?) -> Bool {
        guard let chosen = report.chosen else { return true }
        let isNamed = missing.remove(ExactText(item.key)) != nil || selection.keys.isEmpty
        let (isFailed, isDone) =
            switch state {
            case .same(.failed), .same(.canceled), .same(.held): (true, false)
            case .same(.succeeded): (false, true)
            case nil, .changed, .same: (false, false)
            }
        let choice = selection.choice(retryFailed: false)
        guard isNamed, choice.takes(isFailed: isFailed, isLeft: !isFailed && !isDone),
            chosen < selection.limit ?? .max
        else { return false }
        report.chosen = chosen + 1
        return true
    }

    func count(_ item: Item, known state: KnownState?) {
        report.items += 1
        content.add(item)
        if state != nil { known += 1 }
        guard item.problem == nil || state == .same(.succeeded) else { return }
        var isToDo = true
        switch state {
        case nil: report.new += 1
        case .changed: report.changed += 1
        case .same(.succeeded):
            report.done += 1
            isToDo = false
        case .same(.failed), .same(.canceled), .same(.held):
            report.failed += 1
            isToDo = false
        case .same: report.unfinished += 1
        }
        guard isChosen(item, known: state) else { return }
        if isToDo, !item.step.isEmpty { report.steps[item.step, default: 0] += 1 }
        for file in item.files {
            let isUploaded = longestInline.map { file.size > $0 } ?? false
            if isToDo, !isUploaded { report.uploadBytes += Int64(file.size) }
            guard seenFiles.insert(UInt64(file.sha256.prefix(16), radix: 16) ?? 0).inserted else { continue }
            report.files += 1
            report.fileBytes += Int64(file.size)
            guard isToDo, isUploaded else { continue }
            report.uploads += 1
            report.uploadBytes += Int64(file.size)
        }
        guard report.firstItems.count < samples else { return }
        var input = item.input
        for file in item.files { input = input.replacing(at: file.pointer, with: .string(file.path)) }
        for value in item.deferred { input = input.replacing(at: value.pointer, with: .string(value.template)) }
        report.firstItems.append(
            PlanReport.Sample(key: item.key, name: item.name, origin: item.origin.description, input: input))
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
