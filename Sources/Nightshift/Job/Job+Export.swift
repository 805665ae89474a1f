import NightshiftCore

extension Job {
    /// Exports the job's results into a directory: by default `results.jsonl`, `failed.jsonl` and the outputs.
    /// - Parameters:
    ///   - destination: made if it is missing.
    ///   - options: in which forms, and which items.
    /// - Throws: ``EngineError``, for example if the disk is full, or if a list would replace a source of the job.
    public func export(
        to destination: String, options: ExportOptions = ExportOptions()
    ) async throws(EngineError) -> ExportReport {
        try await inspect { store, run in
            try await export(of: run, in: store, to: destination, options: options)
        }
    }

    func export(
        of run: RunRecord, in store: Store, to destination: String, options: ExportOptions
    ) async throws(EngineError) -> ExportReport {
        try refuseToReplaceSources(in: destination, options)
        let program = try program(for: options)
        return try await reporting {
            let prices = self.prices
            var source = Exporter.Source(job: name)
            source.models = manifest.steps.compactMap(\.modelName)
            source.matrixNames = Set(manifest.matrix.names)
            source.filter = options.filterText
            try await store.reports.describe(&source, options, of: run, prices: prices)
            let exporter = Exporter(
                outputs: outputDirectory, destination: destination, source: source, options: options,
                program: program)
            let items = options.items
            return try await exporter.export {
                try store.reports.exportItems(of: run, items, prices: prices, after: $0, limit: 500)
            }
        }
    }

    /// What writes Parquet files, if some are to be written.
    func program(for options: ExportOptions) throws(EngineError) -> DuckDBProgram? {
        guard options.formats.contains(.parquet) else { return nil }
        guard let program = engine.duckDB ?? DuckDBProgram.find() else {
            throw EngineError(.programMissing, DuckDBProgram.isMissing, facts: ["program": "duckdb"])
        }
        return program
    }

    func refuseToReplaceSources(in destination: String, _ options: ExportOptions) throws(EngineError) {
        for source in manifest.inputs {
            for case .files(let pattern) in source.kind.places {
                for name in options.formats.flatMap(\.fileNames) {
                    guard let written = RealPath.of("\(destination)/\(name)"),
                        written == RealPath.of(loaded.resolve(pattern.text))
                    else { continue }
                    throw EngineError(
                        .exportReplacesSource,
                        "the export would replace '\(pattern.text)', which the job reads its rows from")
                }
            }
        }
    }

    /// Prices of the manifest by the names of its steps; empty without any.
    var prices: [String: PriceSettings] {
        let prices = manifest.steps.map { ($0.name, $0.price ?? PriceSettings()) }
        guard prices.contains(where: { $0.1 != PriceSettings() }) else { return [:] }
        return Dictionary(prices) { first, _ in first }
    }

    /// Where an export goes if nobody says: beside the job's outputs.
    public var usualExportDirectory: String { outputDirectory + "-export" }
}
