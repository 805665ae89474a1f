public import NightshiftCore

/// What became of an export that the manifest asks for.
public struct ExportOutcome: Hashable, Sendable {
    public var directory: String
    public var formats: [ExportFormat]
    /// What was exported; `nil` if it failed.
    public var report: ExportReport?
    /// Why it failed; what an earlier export has written is still there then.
    public var failure: EngineError?

    package init(
        directory: String, formats: [ExportFormat], report: ExportReport? = nil, failure: EngineError? = nil
    ) {
        self.directory = directory
        self.formats = formats
        self.report = report
        self.failure = failure
    }
}

extension Job {
    /// Where an export of the manifest goes.
    func directory(of export: ExportSettings) -> String { export.directory.map(loaded.resolve) ?? usualExportDirectory }

    /// Finds out before anything is paid for whether the exports of the manifest can be made.
    /// - Returns: what is missing that a person can still get while the job runs, in sentences.
    /// - Throws: ``EngineError`` if one would replace a source of the job.
    func checkExports() throws(EngineError) -> [String] {
        var problems: [String] = []
        for export in manifest.exports {
            try refuseToReplaceSources(in: directory(of: export), export.options)
            do throws(EngineError) {
                _ = try program(for: export.options)
            } catch {
                problems.append("the export to '\(directory(of: export))' cannot be made: \(error.message)")
            }
        }
        return problems
    }

    /// Brings the exports of the manifest up to date, one after the other. One that fails keeps no other one from being made.
    func keepExports(
        of run: RunRecord, in store: Store, stops: StopSwitch, observe: @escaping @Sendable (RunUpdate) -> Void
    ) async -> [ExportOutcome] {
        var outcomes: [ExportOutcome] = []
        for export in manifest.exports {
            let directory = directory(of: export)
            var outcome = ExportOutcome(directory: directory, formats: export.options.formats)
            observe(.exporting(outcome))
            do {
                guard !stops.hasStopped else { throw CancellationError() }
                let report = try await stops.preparing {
                    try await self.export(of: run, in: store, to: directory, options: export.options)
                }
                guard let report else { throw CancellationError() }
                outcome.report = report
            } catch {
                outcome.failure = EngineError(error)
            }
            observe(.exported(outcome))
            outcomes.append(outcome)
        }
        return outcomes
    }
}
