import NightshiftCore
import ReplicateAPI

/// Finds out what the models of a job take: from the store where a version is pinned, since a version never changes, else
/// from the provider.
struct SchemaResolver: Sendable {
    let job: Job
    /// `nil` for a plan of a job that was never run.
    var store: Store?
    var patience = SetupPatience(attempts: 2)

    private var steps: [Step] { job.manifest.steps }

    /// The models' schemas for a run: what the store keeps for a pinned version, else what the provider says.
    func resolve(for run: RunRecord, plan: PlanFile?) async throws -> ResolvedSchemas {
        var pinned: [String: String] = [:]
        for step in steps {
            pinned[step.name] = run.version(for: step)
            guard let planned = plan?.versions[step.name] else { continue }
            if let version = pinned[step.name], version != planned {
                throw EngineError(
                    .planDiffers, "the plan was made for version \(planned), but this run uses \(version)")
            }
            pinned[step.name] = planned
        }
        let (kept, cached) = try await stored(pinned: pinned)
        let open = steps.filter { cached.steps[$0.name] == nil }
        guard !open.isEmpty else { return cached }
        var known = cached
        // Where the store knows enough, the session itself will wait for the provider, if there is anything to do.
        var patience = patience
        if open.allSatisfy({ kept[$0.name] != nil }) { patience.time = .zero }
        do {
            known.steps.merge(try await ask(open, pinned: pinned, patience: patience)) { $1 }
        } catch let error as ProviderSetupError {
            // A run that has nothing left to do needs no provider; any other will ask again.
            for step in open {
                guard let kept = kept[step.name], pinned[step.name].map({ $0 == kept.version }) ?? true else {
                    throw error
                }
                known.steps[step.name] = ResolvedSchema(
                    schema: kept.schema, version: kept.version, staleReason: error.message, isFresh: false)
            }
        }
        return known
    }

    /// The models' schemas for a plan, which goes without where there is no way to have one.
    func resolveForPlan(of run: RunRecord?, offline: Bool) async throws -> ResolvedSchemas {
        var pinned: [String: String] = [:]
        for step in steps { pinned[step.name] = run?.version(for: step) }
        let (kept, cached) = try await stored(pinned: pinned)
        let open = steps.filter { cached.steps[$0.name] == nil }
        guard !open.isEmpty else { return cached }
        var known = cached
        var reason = "nobody was asked"
        if !offline {
            if let missing = missingAccess {
                reason = missing
                known.refusal = PlanReport.Refusal(reason: missing, isProviders: false)
            } else {
                do {
                    known.steps.merge(try await ask(open, pinned: pinned, patience: patience)) { $1 }
                    return known
                } catch let error as ProviderSetupError where error.isRefusal {
                    reason = error.message
                    known.refusal = PlanReport.Refusal(reason: reason, isProviders: true)
                } catch let error as ProviderSetupError {
                    throw EngineError(error)
                }
            }
        }
        for step in open {
            let kept = kept[step.name]
            known.steps[step.name] = ResolvedSchema(
                schema: kept?.schema, version: kept?.version, staleReason: reason, isFresh: false)
        }
        return known
    }

    /// What the store keeps of each step's model, and those of them that need no asking.
    private func stored(
        pinned: [String: String]
    ) async throws -> (kept: [String: KeptSchema], cached: ResolvedSchemas) {
        var kept: [String: KeptSchema] = [:]
        var known = ResolvedSchemas()
        for step in steps {
            kept[step.name] = try await store?.schema(of: step.modelName)
            known.steps[step.name] = cached(kept[step.name], for: step.model, pinned: pinned[step.name])
        }
        return (kept, known)
    }

    /// A version never changes, so the store's word for it is enough.
    private func cached(_ kept: KeptSchema?, for model: ModelTarget?, pinned: String?) -> ResolvedSchema? {
        guard let kept, let version = kept.version else { return nil }
        var named: String?
        if case .model(let reference)? = model { named = reference.version }
        guard version == (named ?? pinned) else { return nil }
        return ResolvedSchema(schema: kept.schema, version: version, isFresh: false)
    }

    private func ask(
        _ steps: [Step], pinned: [String: String], patience: SetupPatience
    ) async throws -> [String: ResolvedSchema] {
        var host = ProviderHost(
            choice: job.manifest.provider,
            models: steps.map { ProviderHost.Model(target: $0.model, pinnedVersion: pinned[$0.name]) },
            filesDirectory: job.loaded.directory, token: job.settings.token, baseURL: job.settings.baseURL,
            connections: 1,
            patience: patience, clock: job.clock)
        host.logger = job.logger
        return try await host.run { providers in
            var known: [String: ResolvedSchema] = [:]
            for (step, provider) in zip(steps, providers) {
                known[step.name] = ResolvedSchema(
                    schema: try await provider.schema(), version: provider.version, isFresh: true)
            }
            return known
        }
    }

    private var missingAccess: String? {
        guard job.manifest.provider == .replicate, job.settings.token == nil else { return nil }
        if let baseURL = job.settings.baseURL, WebAddress(baseURL)?.isLoopback == true { return nil }
        return "REPLICATE_API_TOKEN is not set"
    }

    /// Keeps what was found out for later sessions, and pins the versions that the run is made with.
    func keep(_ schemas: ResolvedSchemas, of run: RunRecord) async throws -> RunRecord {
        guard let store else { return run }
        var run = run
        for step in steps {
            guard let known = schemas.steps[step.name] else { continue }
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
}
