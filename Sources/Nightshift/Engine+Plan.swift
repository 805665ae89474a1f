import Foundation
public import JSON
import NightshiftCore

/// What a run would do, known before anything is sent.
public struct PlanReport: Hashable, Sendable {
    /// One of the first items, as it would be sent.
    public struct Sample: Hashable, Sendable {
        public var key: String
        /// The name of its outputs.
        public var name: String
        /// Where its row stands.
        public var origin: String
        /// The rendered input; files are shown by their paths.
        public var input: JSONValue
    }

    public var job: String
    /// The model as the manifest names it.
    public var model: String?
    /// Items of the manifest.
    public var items = 0
    /// Rows that give the same item as an earlier row.
    public var repeated = 0
    /// Of the items: not known to the store yet.
    public var new = 0
    /// Of the items: known under their key, with another content.
    public var changed = 0
    /// Of the items: succeeded already.
    public var done = 0
    /// Of the items: failed, canceled or held; `--retry-failed` tries them again.
    public var failed = 0
    /// Of the items: known, and not finished.
    public var unfinished = 0
    /// Of those to do: what a run with the same selection would do; `nil` without one.
    public var chosen: Int?
    /// Known to the store, but no longer in the manifest.
    public var withdrawn = 0
    /// Distinct files that the items send, and their size in bytes.
    public var files = 0
    public var fileBytes: Int64 = 0
    public var firstItems: [Sample] = []
    /// Everything that is wrong with the input set, as lines for people; the first of them.
    public var problems: [String] = []
    public var problemCount = 0
    public var outputDirectory: String

    /// What a run would create.
    public var toDo: Int { chosen ?? new + changed + unfinished }
}

extension Engine {
    /// Expands a job's input set and compares it with the store, without sending or changing anything.
    /// - Throws: ``EngineError`` if the manifest itself has problems; those of its rows are in the report.
    public func plan(
        _ path: String, samples: Int = 3, selection: ItemSelection = ItemSelection()
    ) async throws -> PlanReport {
        let loaded = try load(path)
        let place = place(of: loaded)
        let folder = FileManager.default.temporaryDirectory.path + "/nightshift-plan-\(UUID().uuidString)"
        try makeDirectory(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            return try await plan(loaded, at: place, in: folder, samples: samples, selection: selection)
        } catch let error as StoreError {
            throw EngineError(error)
        }
    }

    private func plan(
        _ loaded: LoadedManifest, at place: JobPlace, in folder: String, samples: Int, selection: ItemSelection
    ) async throws -> PlanReport {
        let scratch = try Store(path: folder + "/plan.sqlite")
        let run = try await scratch.openRun(job: place.job, fresh: true, at: WallClock().now)
        let known =
            FileManager.default.fileExists(atPath: place.storePath) ? try Store(readingAt: place.storePath) : nil
        let knownRun = try await known?.latestRun()
        let tally = PlanTally(
            report: PlanReport(
                job: place.job, model: loaded.manifest.model?.description, outputDirectory: place.outputDirectory
            ),
            samples: samples, selection: selection
        )
        let inputs = try await inputSet(
            of: loaded, keepingCopiesIn: known == nil ? folder + "/copies" : place.copiesPath)
        let digests = FileDigestCache(path: known == nil ? folder + "/files.sqlite" : place.digestCachePath)
        do {
            let (_, report) = try await scratch.synchronize(run) { emit in
                try inputs.expand(digests: digests) { item in
                    guard try emit(item) else { return }
                    let state = try knownRun.flatMap { try known?.knownState(of: item, in: $0) }
                    tally.count(item, known: state)
                }
            }
            guard tally.missingKeys.isEmpty else {
                throw EngineError(.usage, ItemSelection.message(unknown: tally.missingKeys.sorted()))
            }
            var planned = tally.report
            planned.repeated = report.repeated
            planned.problems = report.conflicts
            planned.problemCount = report.conflictCount
            if let knownRun, let known {
                let totals = try await known.totals(of: knownRun)
                planned.withdrawn = max(0, totals.items + totals[.withdrawn] - tally.known)
            }
            return planned
        } catch let error as InputSetError {
            var planned = tally.report
            planned.problems = error.problems.map(\.description)
            planned.problemCount = error.count
            return planned
        }
    }
}

/// Counts while the input set is expanded; used by the one thread that expands.
private final class PlanTally: @unchecked Sendable {
    // Unchecked because the expansion calls `count` from one thread, and the report is read after it has returned.
    var report: PlanReport
    var known = 0
    private let samples: Int
    private let selection: ItemSelection
    /// Keys that the selection names and no item has had so far.
    private(set) var missingKeys: Set<String>
    private var seenFiles: Set<String> = []

    init(report: PlanReport, samples: Int, selection: ItemSelection) {
        self.report = report
        self.samples = samples
        self.selection = selection
        missingKeys = Set(selection.keys)
        if selection.isLimited { self.report.chosen = 0 }
    }

    /// Whether a run would do the item; without a selection all count as chosen.
    private func isChosen(_ item: Item, known state: KnownState?) -> Bool {
        guard let chosen = report.chosen else { return true }
        let isNamed = missingKeys.remove(item.key) != nil || selection.keys.isEmpty
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
        switch state {
        case nil: report.new += 1
        case .changed: report.changed += 1
        case .same(.succeeded): report.done += 1
        case .same(.failed), .same(.canceled), .same(.held): report.failed += 1
        case .same: report.unfinished += 1
        }
        if state != nil { known += 1 }
        guard isChosen(item, known: state) else { return }
        for file in item.files where seenFiles.insert(file.sha256).inserted {
            report.files += 1
            report.fileBytes += Int64(file.size)
        }
        guard report.firstItems.count < samples else { return }
        var input = item.input
        for file in item.files { input = input.replacing(at: file.pointer, with: .string(file.path)) }
        report.firstItems.append(
            PlanReport.Sample(key: item.key, name: item.name, origin: item.origin.description, input: input)
        )
    }
}
