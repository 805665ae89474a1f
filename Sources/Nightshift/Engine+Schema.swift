import Foundation
import NightshiftCore
import ReplicateAPI

/// What is known of a job's model before anything is sent.
struct ModelKnowledge: Sendable {
    var schema: ModelSchema?
    /// The version that the model's name stands for, where it stands for one.
    var version: String?
    /// `nil` if the schema is what the model takes now; else why it may not be, or why there is none.
    var doubt: String?
    /// Whether the provider was asked.
    var isFresh: Bool
}

extension Engine {
    /// The model's schema for a run: what the store keeps for a pinned version, else what the provider says.
    func knowledge(
        of loaded: LoadedManifest, run: RunRecord, store: Store, plan: PlanFile?
    ) async throws -> ModelKnowledge {
        let name = loaded.manifest.model.map { "\($0)" }
        let kept = try await store.schema(of: name)
        var pinned = run.model == name ? run.version : nil
        if let planned = plan?.version {
            guard pinned == nil || pinned == planned else {
                throw EngineError(.usage, "the plan was made for version \(planned), but this run uses \(pinned ?? "")")
            }
            pinned = planned
        }
        if let known = certain(kept, for: loaded.manifest.model, pinned: pinned) { return known }
        do {
            return try await ask(loaded, pinned: pinned, patience: nil)
        } catch let error as ProviderSetupError {
            // A run that has nothing left to do needs no provider; any other will ask again.
            guard let kept, pinned == nil || kept.version == pinned else { throw error }
            return ModelKnowledge(schema: kept.schema, version: kept.version, doubt: error.message, isFresh: false)
        }
    }

    /// The model's schema for a plan, which goes without where there is no way to have one.
    func knowledge(
        of loaded: LoadedManifest, run: RunRecord?, store: Store?, offline: Bool
    ) async throws -> ModelKnowledge {
        let name = loaded.manifest.model.map { "\($0)" }
        let kept = try await store?.schema(of: name)
        let pinned = run?.model == name ? run?.version : nil
        if let known = certain(kept, for: loaded.manifest.model, pinned: pinned) { return known }
        var reason = "--offline"
        if !offline {
            if let missing = missingAccess(loaded.manifest) {
                reason = missing
            } else {
                do {
                    return try await ask(loaded, pinned: pinned, patience: 2)
                } catch let error as ProviderSetupError where error.isRefusal {
                    reason = error.message
                } catch let error as ProviderSetupError {
                    throw EngineError(.usage, error.message)
                }
            }
        }
        if let kept {
            return ModelKnowledge(schema: kept.schema, version: kept.version, doubt: reason, isFresh: false)
        }
        return ModelKnowledge(schema: nil, version: nil, doubt: reason, isFresh: false)
    }

    /// A version never changes, so the store's word for it is enough.
    private func certain(_ kept: KeptSchema?, for model: ModelTarget?, pinned: String?) -> ModelKnowledge? {
        guard let kept, let version = kept.version else { return nil }
        var named: String?
        if case .model(let reference)? = model { named = reference.version }
        guard version == (named ?? pinned) else { return nil }
        return ModelKnowledge(schema: kept.schema, version: version, isFresh: false)
    }

    private func ask(_ loaded: LoadedManifest, pinned: String?, patience: Int?) async throws -> ModelKnowledge {
        var host = ProviderHost(
            choice: loaded.manifest.provider, model: loaded.manifest.model, filesDirectory: loaded.directory,
            token: settings.token, baseURL: settings.baseURL, pinnedVersion: pinned, connections: 1)
        if let patience { host.patience = patience }
        return try await host.run { provider in
            ModelKnowledge(schema: try await provider.schema(), version: provider.version, isFresh: true)
        }
    }

    private func missingAccess(_ manifest: Manifest) -> String? {
        guard manifest.provider == .replicate, settings.token == nil else { return nil }
        if let baseURL = settings.baseURL, WebAddress(baseURL)?.isLoopback == true { return nil }
        return "REPLICATE_API_TOKEN is not set"
    }

    /// Keeps what was found out for later sessions, and pins the version that the run is made with.
    func keep(
        _ knowledge: ModelKnowledge, of loaded: LoadedManifest, run: RunRecord, store: Store
    ) async throws -> RunRecord {
        let name = loaded.manifest.model.map { "\($0)" }
        if knowledge.isFresh, let schema = knowledge.schema {
            try await store.keep(KeptSchema(schema: schema, version: knowledge.version), of: name)
        }
        var run = run
        if let version = knowledge.version, let name, run.model != name || run.version != version {
            try await store.pin(version: version, of: name, in: run)
            run.version = version
            run.model = name
        }
        return run
    }

    /// What the items of a run are checked against.
    func check(_ loaded: LoadedManifest, _ knowledge: ModelKnowledge, _ options: RunOptions) -> InputSetCheck {
        InputSetCheck(
            schema: knowledge.schema, skipsInvalid: options.skipInvalid, largestFile: largestFile(loaded.manifest))
    }

    /// The files API takes no larger files; Cog servers are given every file inside the input.
    func largestFile(_ manifest: Manifest) -> Int? {
        if case .cog = manifest.provider { return nil }
        return 100_000_000
    }
}
