import Foundation
import NightshiftCore

/// What was made before of a job's inputs, and not by this job: a renamed or copied job would pay for it again.
public struct EarlierWork: Hashable, Sendable {
    /// Results of one other job.
    public struct Job: Hashable, Sendable {
        public var name: String
        /// How many of the items to do have a result there, made by the same version of the model.
        public var results: Int
    }

    /// Other jobs with results of the same inputs; an item counts for the first of them.
    public var jobs: [Job] = []
    /// Whether the run takes these results (`reuse: true`), and pays for none of them.
    public var isReused = false
    /// Items to do whose output names are in the output directory already, by files that this job has not made.
    public var occupiedNames = 0
    /// The first few of these files.
    public var occupiedExamples: [String] = []
    /// Where they are.
    public var outputDirectory = ""

    /// Results that need not be computed.
    public var results: Int { jobs.reduce(0) { $0 + $1.results } }

    /// Whether a run may pay for something that is there already.
    public var mayRepeat: Bool { (results > 0 && !isReused) || occupiedNames > 0 }

    /// What a person should know before paying, a sentence each.
    public var sentences: [String] {
        var sentences = jobs.map { job in
            let results = job.results == 1 ? "1 of these inputs" : "\(job.results) of these inputs"
            return isReused
                ? "the job '\(job.name)' has results of \(results); they are taken from there and not paid for again"
                : "the job '\(job.name)' has made \(results) already; take its results with 'reuse: true' in the manifest, "
                    + "or they are paid for again"
        }
        // What is taken from elsewhere explains the files as well.
        if occupiedNames > 0, !(isReused && results >= occupiedNames) {
            let examples = occupiedExamples.map { "'\($0)'" }.joined(separator: ", ")
            let more = occupiedNames > occupiedExamples.count ? ", …" : ""
            let occupied =
                occupiedNames == 1
                ? "an output with the same name is" : "outputs of \(occupiedNames) items with the same name are"
            sentences.append(
                "\(occupied) in \(outputDirectory) already (\(examples)\(more)), made by another job or by an earlier copy of "
                    + "this one; a run makes them again, beside these files")
        }
        return sentences
    }
}

/// Finds what was made before of a run's inputs.
struct EarlierWorkSearch {
    let place: JobPaths
    /// The manifest's directory, which its paths are relative to.
    let loaded: LoadedManifest
    /// The versions that the models' names stand for, by step.
    let versions: [String: String]
    /// Whose unsent items are looked at.
    let store: Store
    let run: RunRecord
    /// The job's own store and run, where `store` is only a plan's.
    var own: (store: Store, run: RunRecord)?

    private static let page = 500

    func find() async throws -> EarlierWork {
        var work = EarlierWork(isReused: loaded.manifest.reusesResults, outputDirectory: place.outputDirectory)
        for sibling in siblings() {
            var count = 0
            try await forEachMatch(in: sibling) { count += $0.count }
            if count > 0 { work.jobs.append(EarlierWork.Job(name: sibling.job, results: count)) }
        }
        (work.occupiedNames, work.occupiedExamples) = try await occupiedNames()
        return work
    }

    /// Lets the run's items take the results of other jobs.
    /// - Returns: how many do.
    func take() async throws -> Int {
        var count = 0
        for sibling in siblings() {
            try await forEachMatch(in: sibling) { matches in
                try await store.pendingItems.take(matches, of: sibling.job, in: run)
                count += matches.count
            }
        }
        return count
    }

    private struct Sibling {
        var job: String
        var store: Store
        /// What its output directory is relative to.
        var folder: String
    }

    /// The other stores in the state directory, and in the one beside the manifest.
    ///
    /// What cannot be read, or was written by another version, is no reason to stop.
    private func siblings() -> [Sibling] {
        // Where Cog servers are the model, nothing in an item tells which model that was.
        guard loaded.manifest.steps.allSatisfy({ $0.modelName != nil }) else { return [] }
        let beside = loaded.resolve(".nightshift")
        var siblings: [Sibling] = []
        for directory in place.stateDirectory == beside ? [beside] : [place.stateDirectory, beside] {
            let jobs = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            for job in jobs.sorted() {
                let path = JobPaths(job: job, stateDirectory: directory, outputDirectory: "").storePath
                guard path != place.storePath, let store = try? Store(readingAt: path) else { continue }
                siblings.append(Sibling(job: job, store: store, folder: loaded.directory))
            }
        }
        return siblings
    }

    /// Hands over the items that a sibling has results of, whose files are still there.
    private func forEachMatch(
        in sibling: Sibling, _ body: ([(item: ItemID, result: EarlierResult)]) async throws -> Void
    ) async throws {
        var last: ItemID?
        while true {
            let items = try await store.pendingItems.unsent(of: run, after: last, limit: Self.page)
            guard !items.isEmpty else { return }
            last = items.last?.id
            let done =
                try await own?.store.pendingItems.succeeded(digests: items.map(\.digest), in: own?.run ?? run) ?? []
            let found = try await sibling.store.pendingItems.results(
                ofDigests: items.map(\.digest).filter { !done.contains($0) })
            let byDigest = Dictionary(grouping: found, by: \.digest)
            let matches = items.compactMap { item -> (item: ItemID, result: EarlierResult)? in
                guard var result = byDigest[item.digest]?.first(where: { $0.version == versions[item.step] }) else {
                    return nil
                }
                result.directory = resolve(result.directory, in: sibling.folder)
                guard result.files.allSatisfy({ isThere($0, in: result.directory) }) else { return nil }
                return (item.id, result)
            }
            if !matches.isEmpty { try await body(matches) }
        }
    }

    /// The items to do whose output names are taken by files that this job has not made, and the first of the files.
    private func occupiedNames() async throws -> (count: Int, examples: [String]) {
        // Names are listed lazily, so a directory of a million files is no burden.
        guard let entries = FileManager.default.enumerator(atPath: place.outputDirectory) else { return (0, []) }
        var items: Set<ItemID> = []
        var examples: [String] = []
        var batch: [String] = []
        func look() async throws {
            let known = try await (own?.store ?? store).pendingItems.reserved(paths: batch)
            for path in batch where !known.contains(path) {
                let found = try await store.pendingItems.unsent(named: OutputNaming.itemNames(ofFile: path), in: run)
                guard !found.isSubset(of: items) else { continue }
                items.formUnion(found)
                if examples.count < 3 { examples.append(path) }
            }
            batch = []
        }
        while let path = entries.nextObject() as? String {
            // Unfinished files, and what an editor or the system keeps.
            guard !PathName.baseName(of: path).utf8.starts(with: ".".utf8) else { continue }
            batch.append(path)
            if batch.count == Self.page { try await look() }
        }
        try await look()
        return (items.count, examples)
    }

    private func resolve(_ path: String, in folder: String) -> String {
        PathName.isAbsolute(path) ? path : "\(folder)/\(path)"
    }

    private func isThere(_ file: StoredOutput, in directory: String) -> Bool {
        let size = try? FileSystemCalls.size(of: "\(directory)/\(file.path)")
        return size == file.size
    }
}
