import Foundation
import LosslessJSON
package import NightshiftCore
import ReplicateAPI
import Synchronization

extension Engine {
    /// Runs a job: starts it, resumes it after a crash, does what is missing after an edit, or says that all is done.
    ///
    /// Cancelling the task leaves what runs to the provider; the next run adopts it.
    ///
    /// - Parameters:
    ///   - path: the manifest's file.
    ///   - stops: requests to stop, from a signal handler for example.
    ///   - observe: told what happens, after it is on disk; must not block.
    /// - Throws: ``EngineError``; nothing that was recorded is lost.
    package func run(
        _ path: String, options: RunOptions = RunOptions(), stops: AsyncStream<StopRequest>,
        observe: @escaping @Sendable (RunEventNotice) -> Void = { _ in }
    ) async throws -> RunReport {
        let loaded = try load(path)
        let place = place(of: loaded)
        try options.plan?.checkJob(of: loaded)
        try makeDirectory(place.directory)
        let lock = try takeLock(place, path)
        defer { withExtendedLifetime(lock) {} }
        do {
            return try await withOwnClock().run(loaded, at: place, options: options, stops: stops, observe: observe)
        } catch let error as StoreError {
            throw EngineError(error)
        } catch let error as ProviderSetupError {
            throw EngineError(error.isRefusal ? .refused : .usage, error.message)
        }
    }

    /// Runs a job, without a way to stop it but cancelling the task.
    /// - Throws: ``EngineError``.
    public func run(
        _ path: String, options: RunOptions = RunOptions(),
        observe: @escaping @Sendable (RunEventNotice) -> Void = { _ in }
    ) async throws -> RunReport {
        let (stops, continuation) = AsyncStream.makeStream(of: StopRequest.self)
        defer { continuation.finish() }
        return try await run(path, options: options, stops: stops, observe: observe)
    }

    private func run(
        _ loaded: LoadedManifest, at place: JobPaths, options: RunOptions, stops: AsyncStream<StopRequest>,
        observe: @escaping @Sendable (RunEventNotice) -> Void
    ) async throws -> RunReport {
        let store = try Store(path: place.storePath)
        let run = try await store.openRun(job: place.job, fresh: options.fresh, at: clock.now)
        let stops = StopSwitch(stops)
        return try await stops.whileHearing {
            let prepared = try await stops.preparing {
                try await prepare(loaded, run, at: place, store: store, options: options, observe: observe)
            }
            guard let (run, totals, chosen) = prepared else {
                // As it is now: the input set may have been stored already, or it is still the run before.
                let latest = try await store.latestRun() ?? run
                if latest.id == run.id { try await store.close(run, ending: RunEnd.interrupted.recorded) }
                return try await report(
                    .interrupted, try await store.totals(of: latest), run: latest, store: store, place: place)
            }
            guard totals.hasWork(chosen: chosen) else {
                let end = RunEnd.completed.judged(by: totals, isLimited: run.isLimited)
                try await store.close(run, ending: end.recorded)
                return try await report(end, totals, run: run, store: store, place: place)
            }
            if let problem = await outputProblem(at: place) {
                let end = RunEnd.disk(problem)
                try await store.close(run, ending: end.recorded)
                return try await report(end, totals, run: run, store: store, place: place)
            }
            let ended = try await stops.preparing {
                try await session(
                    Session(loaded: loaded, place: place, store: store, run: run, totals: totals), options: options,
                    broker: ControlBroker(), stops: stops.stops, begin: stops.begin, observe: observe)
            }
            guard let (sessionEnd, after) = ended else {
                try await store.close(run, ending: RunEnd.interrupted.recorded)
                return try await report(.interrupted, totals, run: run, store: store, place: place)
            }
            let end = sessionEnd.judged(by: after, isLimited: run.isLimited)
            try await store.close(run, ending: end.recorded)
            return try await report(end, after, run: run, store: store, place: place)
        }
    }

    /// What cannot be stored is not worth paying for, so the directory is tried first.
    /// - Returns: why nothing can be stored there, or `nil`.
    private func outputProblem(at place: JobPaths) async -> String? {
        do throws(FetchFailure) {
            try await DiskThreads.run { () throws(FetchFailure) in
                try OutputDirectory(path: place.outputDirectory).prepare()
            }
            return nil
        } catch {
            guard case .disk(let message) = error else { return nil }
            return message
        }
    }

    /// Says in the output directory whose it is.
    /// - Returns: the identity that this job's files carry.
    private func takeOutputDirectory(
        _ session: Session, _ observe: @Sendable (RunEventNotice) -> Void
    ) async throws -> String {
        let place = session.place
        let identity = try await session.store.identity()
        let users = OutputUsers(directory: place.outputDirectory)
        for other in users.others(than: place.storePath, identity: identity) {
            observe(.warning(OutputUsers.notice(of: other, in: place.outputDirectory)))
        }
        users.register(
            OutputUser(
                job: place.job, manifest: URL(filePath: session.loaded.manifest.path).path(percentEncoded: false),
                store: place.storePath, identity: identity))
        return identity
    }

    /// What a session of a run is about.
    struct Session: Sendable {
        var loaded: LoadedManifest
        var place: JobPaths
        var store: Store
        var run: RunRecord
        var totals: RunTotals

        /// The models, with the versions that their names stood for in earlier sessions.
        var models: [ProviderHost.Model] {
            loaded.manifest.steps.map { ProviderHost.Model(target: $0.model, pinnedVersion: run.version(for: $0)) }
        }
    }

    /// The provider that a session's manifest chooses.
    func host(
        _ session: Session, concurrency: Int? = nil, budget: DescriptorBudget? = nil,
        patience: SetupPatience = SetupPatience()
    ) -> ProviderHost {
        let manifest = session.loaded.manifest
        var host = ProviderHost(
            choice: manifest.provider, models: session.models, filesDirectory: session.loaded.directory,
            token: settings.token, baseURL: settings.baseURL,
            connections: connections(of: manifest, concurrency: concurrency),
            uploads: session.store.uploadMemory, patience: patience, clock: clock
        )
        host.budget = budget
        return host
    }

    private func connections(of manifest: Manifest, concurrency: Int?) -> Int {
        manifest.steps.reduce(0) { $0 + (concurrency ?? $1.concurrency ?? 64) }
    }

    /// What of the process's file descriptors is for what.
    private func descriptors(of manifest: Manifest, concurrency: Int?) throws(EngineError) -> DescriptorBudget {
        let servesItself = if case .local = manifest.provider { true } else { false }
        return try ProcessLimits.budget(
            wanted: max(256, connections(of: manifest, concurrency: concurrency) + 64), servesItself: servesItself)
    }

    /// How long a run waits for its provider before the first create. Who does not want to wait is told soon.
    func patience(
        _ options: RunOptions, _ observe: @escaping @Sendable (RunEventNotice) -> Void
    ) -> SetupPatience {
        SetupPatience(time: options.noWait ? .zero : setupPatience) {
            observe(.announced(RunAnnouncement(Announcement(.unreachable, $0))))
        }
    }

    /// Works on the items until the run ends; the lock is held.
    /// - Parameters:
    ///   - firstEvents: what the run hears before anything else.
    ///   - begin: called when requests to stop are the session's, because something is sent from then on.
    func session(
        _ session: Session, options: RunOptions, broker: ControlBroker, firstEvents: [RunEvent] = [],
        stops: AsyncStream<StopRequest>, begin: @escaping @Sendable () -> Void = {},
        observe: @escaping @Sendable (RunEventNotice) -> Void
    ) async throws -> (RunEnd, RunTotals) {
        let (loaded, place, store) = (session.loaded, session.place, session.store)
        let budget = try descriptors(of: loaded.manifest, concurrency: options.concurrency)
        try await store.beginSession(of: session.run)
        let folder = OutputFolder(
            directory: place.outputDirectory, owner: try await takeOutputDirectory(session, observe))
        let patience = patience(options, observe)
        let host = host(session, concurrency: options.concurrency, budget: budget, patience: patience)
        return try await host.run { providers in
            let provider = providers[0]
            var run = session.run
            run.account = try await checkedAccount(session, provider, patience)
            var schemas: [ModelSchema?] = []
            for (step, provider) in zip(loaded.manifest.steps, providers) {
                if let version = provider.version, let model = step.modelName, run.version(for: step) == nil {
                    try await store.pin(PinnedVersion(model: model, version: version), for: step.name, in: run)
                }
                schemas.append(try await provider.schema())
            }
            let goesOn = try await attendToEarlierWork(
                session, &run, providers: providers, options: options, observe: observe)
            guard goesOn else { return (.interrupted, session.totals) }
            observe(.started(RunCounts(session.totals)))
            let account = accountGate(loaded.manifest, observe)
            var runner = Runner(
                providers: providers, store: store,
                outputs: OutputStore(
                    directory: place.outputDirectory, transport: provider.downloadTransport,
                    settings: DownloadSettings(allowsLoopback: provider.allowsLoopbackDownloads)
                ),
                folder: folder, schemas: schemas, run: run,
                settings: runSettings(
                    loaded.manifest, provider, session, options, budget, schemas: schemas,
                    sharesResults: run.sharesResults,
                    sharesAccount: account != nil),
                seed: UInt64.random(in: .min ... .max), clock: clock, broker: broker,
                account: account, firstEvents: firstEvents, judgeCanary: { await options.judge(canary: $0) }
            ) { notice in
                observe(.paced(RunPace(notice.pace)))
                if notice.isHoldNew { observe(.held(notice.hold.map(RunHold.init))) }
                if let orders = notice.orders { observe(.ordered(RunOrders(orders))) }
                for announcement in notice.announcements { observe(.announced(RunAnnouncement(announcement))) }
                guard !notice.transitions.isEmpty else { return }
                observe(
                    .progressed(
                        RunCounts(notice.totals), notice.transitions.map(ItemChange.init),
                        isThrottled: notice.isThrottled
                    )
                )
            }
            if run.orders != RunOverrides() { observe(.ordered(RunOrders(run.orders))) }
            let receiver = try await webhookReceiver(loaded.manifest, provider, patience)
            begin()
            let server = ControlServer(broker: broker, socket: ControlSocket(place))
            let result = try await server.whileServing(warn: { observe(.warning($0)) }) {
                guard let receiver else { return try await runner.runOnLoop(stops: stops) }
                return try await receiver.whileRunning { webhooks in
                    runner.webhooks = webhooks
                    return try await runner.runOnLoop(stops: stops)
                }
            }
            await account?.leave()
            return result
        }
    }

    /// Where the rate of the account is shared with the other runs of this user, where there is one account to share.
    private func accountGate(
        _ manifest: Manifest, _ observe: @Sendable (RunEventNotice) -> Void
    ) -> AccountGate? {
        guard let directory = settings.accountDirectory, case .replicate = manifest.provider else { return nil }
        do throws(EngineError) {
            return try AccountGate(
                directory: directory, token: settings.token ?? "", baseURL: settings.baseURL ?? "", clock: clock)
        } catch {
            observe(.warning("the rate is not shared with other runs of this account: \(error.message)"))
            return nil
        }
    }

    // MARK: - Steps

    private func webhookReceiver(
        _ manifest: Manifest, _ provider: any Provider, _ patience: SetupPatience
    ) async throws -> WebhookReceiver? {
        guard let settings = manifest.webhook else { return nil }
        do throws(ProviderError) {
            let secret = try await patience.asking { () throws(ProviderError) in try await provider.webhookSecret() }
            guard let secret else { throw ProviderError(.rejected, "this provider calls no webhooks") }
            return WebhookReceiver(settings: settings, secret: secret, redaction: provider.redaction) { [clock] in
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

    private func missingOutputs(
        of run: RunRecord, store: Store, place: JobPaths
    ) async throws -> MissingOutputs {
        let folder = OutputFolder(directory: place.outputDirectory)
        return try await store.missingOutputs(of: run, exists: folder.exists)
    }

    /// - Parameter isPrivate: whether only this user may look into it.
    func makeDirectory(_ path: String, isPrivate: Bool = false) throws(EngineError) {
        do throws(SystemCallError) {
            if isPrivate {
                try FileSystemCalls.makePrivateDirectory(path)
            } else {
                try FileSystemCalls.makeDirectories(path)
            }
        } catch {
            throw EngineError(.disk, error.message(doing: "make the folder"))
        }
    }

    func takeLock(_ place: JobPaths, _ path: String) throws(EngineError) -> RunLock {
        do {
            return try RunLock(path: place.lockPath, job: place.job)
        } catch {
            let watch = error.code == .held ? "\n    watch it with: \(commandLine(path)("status"))" : ""
            throw EngineError(.locked, error.message + watch)
        }
    }

    private func runSettings(
        _ manifest: Manifest, _ provider: any Provider, _ session: Session, _ options: RunOptions,
        _ budget: DescriptorBudget, schemas: [ModelSchema?], sharesResults: Bool, sharesAccount: Bool
    ) -> RunSettings {
        // A command has pipes besides.
        var most = Int.max
        if case .local(let commands) = manifest.provider, !commands.isEmpty { most = budget.commands }
        var settings = RunSettings(
            traits: provider.traits,
            steps: manifest.steps.map {
                StepSettings(
                    $0, concurrency: min(most, options.concurrency ?? $0.concurrency ?? provider.usualConcurrency))
            },
            creates: manifest.rate.creates.limit(byProvider: provider.usualRates.creates),
            reads: manifest.rate.reads.limit(byProvider: provider.usualRates.reads)
        )
        for (index, schema) in schemas.enumerated() { settings.steps[index].inputs = KnownInputs(schema) }
        settings.reconciling = reconciling
        settings.fetches = budget.fetches
        settings.job = manifest.job
        settings.probeAfter = probeAfter
        settings.waitsWhenRefused = !options.noWait
        settings.onUnknown = manifest.onUnknown
        settings.window = manifest.window
        settings.canary = options.canary
        settings.sharesResults = sharesResults
        settings.isNotified = manifest.webhook != nil
        settings.sharesAccount = sharesAccount
        settings.grace = options.grace
        settings.overrides = session.run.orders
        // What is typed with the run is the newest word.
        if options.concurrency != nil { settings.overrides.concurrency = nil }
        settings.limits = RunSettings.Limits(
            predictions: manifest.budget.predictions, predictTime: manifest.budget.predictTime,
            failures: manifest.budget.failures?.limit(ofItems: session.totals.items),
            sameFailures: manifest.budget.sameFailures
        )
        settings.limits.wallTime = manifest.budget.wallTime
        settings.limits.cost = manifest.budget.cost
        return settings
    }

    private func report(
        _ end: RunEnd, _ totals: RunTotals, run: RunRecord, store: Store, place: JobPaths
    ) async throws -> RunReport {
        let reasons = try await store.failureReasons(of: run, limit: 5)
        var report = RunReport(
            end: RunReport.End(end), counts: RunCounts(totals), outputDirectory: place.outputDirectory,
            failureReasons: reasons.map { RunReport.FailureReason(reason: $0.reason, count: $0.count) }
        )
        report.isLimited = run.isLimited
        report.unsendable = try await store.unsendableItems(of: run)
        if [.completed, .partial].contains(report.end) {
            let missing = try await missingOutputs(of: run, store: store, place: place)
            report.missingFiles = missing.count
            report.missingExamples = missing.examples
        }
        return report
    }
}

extension StepSettings {
    fileprivate init(_ step: Step, concurrency: Int) {
        self.init(concurrency: concurrency)
        name = step.name
        if case .model(let reference)? = step.model { model = reference.fullName }
        (attempts, backoff, retryRules) = (step.retry.attempts, step.retry.backoff, step.retry.rules)
        (startTimeout, runTimeout) = (step.timeout.start, step.timeout.run)
        price = step.price ?? PriceSettings()
        wait = step.wait
    }
}

extension BudgetSettings.Failures {
    /// How many items may fail.
    fileprivate func limit(ofItems items: Int) -> Int {
        switch self {
        case .count(let count): count
        case .share(let share): Int(saturating: (share * Double(items)).rounded(.down))
        }
    }
}

extension RunTotals {
    /// Whether anything is left that a run could do.
    ///
    /// - Parameter chosen: how many pending items it may begin, if not all.
    fileprivate func hasWork(chosen: Int?) -> Bool {
        if chosen ?? self[.pending] > 0 { return true }
        return [ItemState.submitting, .unknown, .running, .fetching].contains { self[$0] > 0 }
    }
}
