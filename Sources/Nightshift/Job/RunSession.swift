import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI

/// The work on the items of a run, from the first question to the provider until the run ends. The lock is held.
struct RunSession: Sendable {
    let job: Job
    let store: Store
    /// The run as the session finds it.
    let initialRun: RunRecord
    let totals: RunTotals
    let options: RunOptions
    let observe: @Sendable (RunUpdate) -> Void

    init(
        job: Job, store: Store, run: RunRecord, totals: RunTotals, options: RunOptions = RunOptions(),
        observe: @escaping @Sendable (RunUpdate) -> Void
    ) {
        self.job = job
        self.store = store
        initialRun = run
        self.totals = totals
        self.options = options
        self.observe = observe
    }

    var manifest: Manifest { job.manifest }

    /// Items that an earlier session left at the provider, or on the way there or back.
    var inFlight: Int {
        [ItemState.submitting, .unknown, .running, .fetching].reduce(0) { $0 + totals[$1] }
    }

    /// The models, with the versions that their names stood for in earlier sessions.
    private var models: [ProviderHost.Model] {
        manifest.steps.map { ProviderHost.Model(target: $0.model, pinnedVersion: initialRun.version(for: $0)) }
    }

    /// Works on the items until the run ends; the lock is held.
    /// - Parameters:
    ///   - broker: where requests from other terminals come from; see ``ControlServer``.
    ///   - firstEvents: what the run hears before anything else.
    ///   - begin: called when requests to stop are the session's, because something is sent from then on.
    func run(
        broker: ControlBroker, firstEvents: [RunEvent] = [], stops: AsyncStream<StopRequest>,
        begin: @escaping @Sendable () -> Void = {}
    ) async throws -> (RunEnd, RunTotals) {
        let budget = try descriptors()
        let begunRun = try await store.sessions.begin(initialRun, at: job.clock.now)
        let folder = OutputFolder(directory: job.outputDirectory, owner: try await takeOutputDirectory())
        let patience = job.patience(options, observe)
        let host = host(budget: budget, patience: patience)
        return try await host.run { providers in
            let provider = providers[0]
            var run = begunRun
            run.account = try await checkedAccount(provider, patience)
            var schemas: [ModelSchema?] = []
            for (step, provider) in zip(manifest.steps, providers) {
                if let version = provider.version, let model = step.modelName, run.version(for: step) == nil {
                    try await store.pin(PinnedVersion(model: model, version: version), for: step.name, in: run)
                }
                schemas.append(try await provider.schema())
            }
            let goesOn = try await attendToEarlierWork(&run, providers: providers)
            guard goesOn else { return (.interrupted, totals) }
            observe(.started(RunCounts(totals)))
            if run.hasSteps { observe(.steps(try await store.reports.stepCounts(of: run))) }
            let account = accountGate()
            var runner = Runner(
                providers: providers, store: store,
                outputs: OutputStore(
                    directory: job.outputDirectory, transport: provider.downloadTransport,
                    settings: DownloadSettings(allowsLoopback: provider.allowsLoopbackDownloads)
                ),
                folder: folder, checks: checks(of: run, in: folder), schemas: schemas, run: run,
                settings: runSettings(
                    provider, budget, schemas: schemas, sharesResults: run.sharesResults, sharesAccount: account != nil),
                seed: UInt64.random(in: .min ... .max), clock: job.clock, broker: broker,
                account: account, firstEvents: firstEvents, judgeCanary: { await options.judge(canary: $0) },
                observe: observe)
            if run.orders != RunOverrides() { observe(.ordered(RunOrders(run.orders))) }
            let receiver = try await webhookReceiver(provider, patience)
            begin()
            let result: (RunEnd, RunTotals)
            if let receiver {
                result = try await receiver.whileRunning { webhooks in
                    runner.webhooks = webhooks
                    return try await runner.runOnLoop(stops: stops)
                }
            } else {
                result = try await runner.runOnLoop(stops: stops)
            }
            await account?.leave()
            return result
        }
    }

    private func checks(of run: RunRecord, in folder: OutputFolder) -> ResultChecks {
        ResultChecks(
            of: manifest, reports: store.reports, run: run, folder: folder, directory: job.loaded.directory,
            environment: CommandEnvironment.current)
    }

    /// Says in the output directory whose it is.
    /// - Returns: the identity that this job's files carry.
    private func takeOutputDirectory() async throws -> String {
        let place = job.paths
        let identity = try await store.identity()
        let users = OutputUsers(directory: place.outputDirectory)
        for other in users.others(than: place.storePath, identity: identity) {
            observe(.warning(OutputUsers.notice(of: other, in: place.outputDirectory)))
        }
        users.register(
            OutputUser(
                job: place.job, manifest: URL(filePath: job.manifest.path).path(percentEncoded: false),
                store: place.storePath, identity: identity))
        return identity
    }

    /// The provider that a session's manifest chooses.
    func host(budget: DescriptorBudget? = nil, patience: SetupPatience = SetupPatience()) -> ProviderHost {
        var host = ProviderHost(
            choice: manifest.provider, models: models, filesDirectory: job.loaded.directory,
            token: job.settings.token, baseURL: job.settings.baseURL,
            connections: connections,
            uploads: store.uploadMemory, patience: patience, clock: job.clock
        )
        host.budget = budget
        host.logger = job.logger
        return host
    }

    private var connections: Int {
        manifest.steps.reduce(0) { $0 + (options.concurrency ?? $1.concurrency ?? 64) }
    }

    /// What of the process's file descriptors is for what.
    private func descriptors() throws(EngineError) -> DescriptorBudget {
        let servesItself = if case .local = manifest.provider { true } else { false }
        return try ProcessLimits.budget(
            wanted: max(256, connections + 64), servesItself: servesItself)
    }

    /// Where the rate of the account is shared with the other runs of this user, where there is one account to share.
    private func accountGate() -> AccountGate? {
        guard let directory = job.settings.accountDirectory, case .replicate = manifest.provider else { return nil }
        do throws(EngineError) {
            return try AccountGate(
                directory: directory, token: job.settings.token ?? "", baseURL: job.settings.baseURL ?? "",
                clock: job.clock)
        } catch {
            observe(.warning("the rate is not shared with other runs of this account: \(error.message)"))
            return nil
        }
    }

    private func webhookReceiver(
        _ provider: any Provider, _ patience: SetupPatience
    ) async throws -> WebhookReceiver? {
        guard let settings = manifest.webhook else { return nil }
        do throws(ProviderError) {
            let secret = try await patience.asking { () throws(ProviderError) in try await provider.webhookSecret() }
            guard let secret else { throw ProviderError(.rejected, "this provider calls no webhooks") }
            return WebhookReceiver(
                settings: settings, secret: secret, redaction: provider.redaction, logger: job.logger
            ) {
                [clock = job.clock] in
                clock.now.advanced(by: provider.clockOffset ?? .zero)
            }
        } catch {
            let isManifests = [.notFound, .rejected, .invalidInput].contains(error.code)
            throw ProviderSetupError(
                isRefusal: !isManifests,
                "'webhook' cannot be used: \(error.message)"
                    + (isManifests ? "; take it out to look for results instead" : ""))
        }
    }

}
