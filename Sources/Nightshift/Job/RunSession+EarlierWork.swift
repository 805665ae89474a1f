import NightshiftCore

extension RunSession {
    /// Says what was made before of a run's inputs, and lets its items take that where the manifest says `reuse: true`.
    ///
    /// Only Replicate's predictions cost money, and only a run that has made none yet is asked about.
    /// - Parameter providers: one for each step, which tell the versions of the models.
    /// - Returns: whether the run goes on.
    func attendToEarlierWork(_ run: inout RunRecord, providers: [any Provider]) async throws -> Bool {
        if manifest.reusesResults, try await store.pendingItems.reuseEarlierResults(in: run) > 0 {
            run.sharesResults = true
        }
        guard case .replicate = manifest.provider else { return true }
        var versions: [String: String] = [:]
        for (step, provider) in zip(manifest.steps, providers) {
            versions[step.name] = provider.version ?? run.version(for: step)
        }
        let search = EarlierWorkSearch(
            place: job.paths, loaded: job.loaded, versions: versions, store: store, run: run)
        let isFirst = totals.predictions == 0
        guard isFirst || manifest.reusesResults else { return true }
        let work = try await search.find()
        if manifest.reusesResults, try await search.take() > 0 { run.sharesResults = true }
        guard isFirst, work.results > 0 || work.mayRepeat else { return true }
        observe(.earlierWork(work))
        guard work.mayRepeat, let approve = options.approveRepeating else { return true }
        return await approve(work)
    }
}
