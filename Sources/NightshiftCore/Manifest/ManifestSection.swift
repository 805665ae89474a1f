/// The mappings of a manifest and the keys that each of them knows: the one definition of what can be written.
package enum ManifestSection: String, CaseIterable, Sendable {
    case manifest
    case step
    case model
    case provider
    case local = "provider.local"
    case cog = "provider.cog"
    case inputs
    case range
    case sqlite
    case duckdb
    case command
    case condition = "where"
    case sample
    case outputs
    case rate
    case retry
    case backoff = "retry.backoff"
    case retryOn = "retry.on"
    case accept
    case bounds
    case acceptText = "accept.text"
    case acceptCommand = "accept.command"
    case webhook
    case timeout
    case budget
    case price
    case matrixColumn = "matrix column"
    case file
    case export

    /// In the order in which people write and read them.
    package var keys: [String] {
        switch self {
        case .manifest:
            [
                "job", "model", "provider", "inputs", "matrix", "exclude", "include", "input", "steps", "key",
                "outputs",
                "accept", "concurrency", "rate", "retry", "on_unknown", "timeout", "budget", "price", "wait", "webhook",
                "window",
                "priority",
                "repeat", "reuse", "export",
            ]
        case .step: ["needs", "model", "input", "accept", "concurrency", "retry", "timeout", "price", "wait"]
        case .model: ["deployment"]
        case .provider: ["replicate", "cog", "local"]
        case .local: ["models"]
        case .cog: ["servers"]
        case .inputs:
            ManifestSection.sourceKeys + [
                "delimiter", "quote", "header", "skip_lines", "encoding", "links", "sidecars", "where", "unique",
                "sample", "shuffle", "offset", "limit",
            ]
        case .range: ["from", "to", "step"]
        case .sqlite, .duckdb: ["file", "query"]
        case .command: ["run", "format"]
        case .condition: ["from", "to", "matches"]
        case .sample: ["count", "share", "seed"]
        case .outputs: ["directory", "name"]
        case .rate: ["creates", "reads"]
        case .retry: ["attempts", "billed", "backoff", "on", "set"]
        case .retryOn: FailureClass.allCases.filter { $0 != .stepFailed }.map(\.rawValue)
        case .accept:
            [
                "bytes", "media", "width", "height", "duration", "text", "json", "not_equal_to_input", "command",
            ]
        case .bounds: ["min", "max"]
        case .acceptText: ["min_length", "max_length", "matches", "not_matches"]
        case .acceptCommand: ["run", "timeout"]
        case .webhook: ["listen", "url"]
        case .backoff: ["initial", "factor", "max", "jitter"]
        case .timeout: ["start", "run"]
        case .budget: ["predictions", "predict_time", "wall_time", "cost", "failures", "same_failures"]
        case .price: ["per_second", "per_prediction"]
        case .matrixColumn: ["range"]
        case .file: ["file"]
        case .export: ["to", "format", "where", "only_rated", "files", "excel", "shard_samples", "shard_size"]
        }
    }

    /// The keys of `inputs` that name a source.
    package static let sourceKeys = [
        "csv", "tsv", "jsonl", "json", "lines", "list", "files", "range", "sqlite", "parquet", "duckdb", "command",
        "openai_batch", "run", "stdin",
    ]
}

extension ManifestSection {
    /// Every key of every mapping.
    static let allKeys = Set(allCases.flatMap(\.keys))

    /// The mapping that a key of this one holds, where it is one.
    func section(below key: String) -> ManifestSection? {
        switch (self, key) {
        case (.manifest, "provider"): .provider
        case (.manifest, "inputs"): .inputs
        case (.manifest, "outputs"): .outputs
        case (.manifest, "export"): .export
        case (.manifest, "rate"): .rate
        case (.manifest, "webhook"): .webhook
        case (.manifest, "budget"): .budget
        case (.manifest, "retry"), (.step, "retry"): .retry
        case (.manifest, "timeout"), (.step, "timeout"): .timeout
        case (.manifest, "price"), (.step, "price"): .price
        case (.manifest, "accept"), (.step, "accept"): .accept
        case (.accept, "bytes"), (.accept, "width"), (.accept, "height"), (.accept, "duration"): .bounds
        case (.accept, "text"): .acceptText
        case (.accept, "command"): .acceptCommand
        case (.manifest, "model"), (.step, "model"): .model
        case (.provider, "local"): .local
        case (.provider, "cog"): .cog
        case (.inputs, "sqlite"): .sqlite
        case (.inputs, "duckdb"): .duckdb
        case (.inputs, "command"): .command
        case (.inputs, "range"): .range
        case (.inputs, "sample"): .sample
        case (.retry, "backoff"): .backoff
        case (.retry, "on"): .retryOn
        default: nil
        }
    }

    /// Whether a key of this mapping holds names that people choose.
    func isFree(below key: String) -> Bool {
        switch (self, key) {
        case (.manifest, "input"), (.step, "input"), (.manifest, "matrix"), (.manifest, "steps"), (.retry, "set"),
            (.accept, "json"):
            true
        default: false
        }
    }

    /// Where a key belongs that this mapping does not know, as people say it: "'inputs'".
    func owner(of key: String) -> String? {
        if self != .manifest, ManifestSection.manifest.keys.contains(key) { return "the manifest itself" }
        for parent in [ManifestSection.manifest, .inputs, .retry]
        where parent.keys.contains(where: { name in
            parent.section(below: name)?.keys.contains(key) ?? false
        }) {
            let name = parent.keys.first { parent.section(below: $0)?.keys.contains(key) ?? false }
            return name.map { "'\($0)'" }
        }
        return nil
    }
}
