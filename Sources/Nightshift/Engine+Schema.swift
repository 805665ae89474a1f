import Foundation
import NightshiftCore
import ReplicateAPI

/// What is known of a model before anything is sent.
struct ModelKnowledge: Sendable {
    var schema: ModelSchema?
    /// The version that the model's name stands for, where it stands for one.
    var version: String?
    /// `nil` if the schema is what the model takes now; else why it may not be, or why there is none.
    var doubt: String?
    /// Whether the provider was asked.
    var isFresh: Bool
}

/// What is known of the models of a job's steps, by the names of the steps.
struct JobKnowledge: Sendable {
    var steps: [String: ModelKnowledge] = [:]
    /// Why the provider has not said what was asked, for a plan.
    var refusal: PlanReport.Refusal?

    /// What the models take, where that is known.
    var schemas: [String: ModelSchema] { steps.compactMapValues(\.schema) }

    /// The versions that the models' names stand for, where they stand for one.
    var versions: [String: String] { steps.compactMapValues(\.version) }
}

extension Engine {
    /// The models' schemas for a run: what the store keeps for a pinned version, else what the provider says.
    func knowledge(
        of loaded: LoadedManifest, run: RunRecord, store: Store, plan: PlanFile?, patience: SetupPatience
    ) async throws -> JobKnowledge {
        var pinned: [String: String] = [:]
        for step in loaded.manifest.steps {
            pinned[step.name] = run.version(for: step)
            guard let planned = plan?.versions[step.name] else { continue }
            if let version = pinned[step.name], version != planned {
                throw EngineError(.usage, "the plan was made for version \(planned), but this run uses \(version)")
            }
            pinned[step.name] = planned
        }
        let (kept, certain) = try await stored(loaded, store: store, pinned: pinned)
        let open = loaded.manifest.steps.filter { certain.steps[$0.name] == nil }
        guard !open.isEmpty else { return certain }
        var known = certain
        // Where the store knows enough, the session itself will wait for the provider, if there is anything to do.
        var patience = patience
        if open.allSatisfy({ kept[$0.name] != nil }) { patience.time = .zero }
        do {
            known.steps.merge(try await ask(loaded, open, pinned: pinned, patience: patience)) { $1 }
        } catch let error as ProviderSetupError {
            // A run that has nothing left to do needs no provider; any other will ask again.
            for step in open {
                guard let kept = kept[step.name], pinned[step.name].map({ $0 == kept.version }) ?? true else {
                    throw error
                }
                known.steps[step.name] = ModelKnowledge(
                    schema: kept.schema, version: kept.version, doubt: error.message, isFresh: false)
            }
        }
        return known
    }

    /// The models' schemas for a plan, which goes without where there is no way to have one.
    func knowledge(
        of loaded: LoadedManifest, run: RunRecord?, store: Store?, offline: Bool
    ) async throws -> JobKnowledge {
        var pinned: [String: String] = [:]
        for step in loaded.manifest.steps { pinned[step.name] = run?.version(for: step) }
        let (kept, certain) = try await stored(loaded, store: store, pinned: pinned)
        let open = loaded.manifest.steps.filter { certain.steps[$0.name] == nil }
        guard !open.isEmpty else { return certain }
        var known = certain
        var reason = "--offline"
        if !offline {
            if let missing = missingAccess(loaded.manifest) {
                reason = missing
                known.refusal = PlanReport.Refusal(reason: missing, isProviders: false)
            } else {
                do {
                    known.steps.merge(try await ask(loaded, open, pinned: pinned, patience: SetupPatience(attempts: 2)))
                    { $1 }
                    return known
                } catch let error as ProviderSetupError where error.isRefusal {
                    reason = error.message
                    known.refusal = PlanReport.Refusal(reason: reason, isProviders: true)
                } catch let error as ProviderSetupError {
                    throw EngineError(.usage, error.message)
                }
            }
        }
        for step in open {
            let kept = kept[step.name]
            known.steps[step.name] = ModelKnowledge(
                schema: kept?.schema, version: kept?.version, doubt: reason, isFresh: false)
        }
        return known
    }

    /// What the store keeps of each step's model, and those of them that need no asking.
    private func stored(
        _ loaded: LoadedManifest, store: Store?, pinned: [String: String]
    ) async throws -> (kept: [String: KeptSchema], certain: JobKnowledge) {
        var kept: [String: KeptSchema] = [:]
        var known = JobKnowledge()
        for step in loaded.manifest.steps {
            kept[step.name] = try await store?.schema(of: step.modelName)
            known.steps[step.name] = certain(kept[step.name], for: step.model, pinned: pinned[step.name])
        }
        return (kept, known)
    }

    /// A version never changes, so the store's word for it is enough.
    private func certain(_ kept: KeptSchema?, for model: ModelTarget?, pinned: String?) -> ModelKnowledge? {
        guard let kept, let version = kept.version else { return nil }
        var named: String?
        if case .model(let reference)? = model { named = reference.version }
        guard version == (named ?? pinned) else { return nil }
        return ModelKnowledge(schema: kept.schema, version: version, isFresh: false)
    }

    private func ask(
        _ loaded: LoadedManifest, _ steps: [Step], pinned: [String: String], patience: SetupPatience
    ) async throws -> [String: ModelKnowledge] {
        let host = ProviderHost(
            choice: loaded.manifest.provider,
            models: steps.map { ProviderHost.Model(target: $0.model, pinnedVersion: pinned[$0.name]) },
            filesDirectory: loaded.directory, token: settings.token, baseURL: settings.baseURL, connections: 1,
            patience: patience, clock: clock)
        return try await host.run { providers in
            var known: [String: ModelKnowledge] = [:]
            for (step, provider) in zip(steps, providers) {
                known[step.name] = ModelKnowledge(
                    schema: try await provider.schema(), version: provider.version, isFresh: true)
            }
            return known
        }
    }

    private func missingAccess(_ manifest: Manifest) -> String? {
        guard manifest.provider == .replicate, settings.token == nil else { return nil }
        if let baseURL = settings.baseURL, WebAddress(baseURL)?.isLoopback == true { return nil }
        return "REPLICATE_API_TOKEN is not set"
    }

    /// Keeps what was found out for later sessions, and pins the versions that the run is made with.
    func keep(
        _ knowledge: JobKnowledge, of loaded: LoadedManifest, run: RunRecord, store: Store
    ) async throws -> RunRecord {
        var run = run
        for step in loaded.manifest.steps {
            guard let known = knowledge.steps[step.name] else { continue }
            if known.isFresh, let schema = known.schema {
                try await store.keep(KeptSchema(schema: schema, version: known.version), of: step.modelName)
            }
            guard let version = known.version, let model = step.modelName else { continue }
            let pin = PinnedVersion(model: model, version: version)
            guard run.pins[step.name] != pin else { continue }
            try await store.pin(pin, for: step.name, in: run)
            run.pins[step.name] = pin
        }
        return run
    }

    /// What the items of a run are checked against.
    func check(_ loaded: LoadedManifest, _ knowledge: JobKnowledge, _ options: RunOptions) -> InputSetCheck {
        InputSetCheck(
            schemas: knowledge.schemas, skipsInvalid: options.skipInvalid, largestFile: largestFile(loaded.manifest))
    }

    /// The files API takes no larger files; Cog servers are given every file inside the input.
    func largestFile(_ manifest: Manifest) -> Int? {
        if case .cog = manifest.provider { return nil }
        return 100_000_000
    }
}
