import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore
import ReplicateAPI

/// Plays one night in virtual time: the engine's machine, checkpointer, store and downloads, with the night's provider around them.
///
/// It is a second shell besides `Runner`: where that begins a task, this one puts what will come of it into a queue. One
/// task does it all, so a seed repeats exactly.
final class NightPlayer {
    enum Effect {
        /// A request reaches the provider.
        case arrives(session: Int, Request)
        /// What a blocking create waits for has come.
        case tells(session: Int, ItemID, attempt: Int, id: String)
        case answer(session: Int, RunEvent)
        /// The last byte of a download is there.
        case downloaded(session: Int, ItemID, attempt: Int, OutputJob)
        case begins(FaultWindow)
        /// The provider calls the webhook when a prediction has ended.
        case calls(id: String)
        case ends(FaultWindow)
        /// The other run with the account wants to create something.
        case neighborClaims
        /// Somebody at another terminal does something about an item.
        case asks(Wish)
    }

    /// What somebody wants of an item that has failed, is held, or has a result.
    enum Wish {
        case retry(item: Int)
        case adopt(item: Int)
        case redo(item: Int)
    }

    enum Request {
        case create(ItemID, attempt: Int, RunAction)
        case read(ItemID, id: String)
        case pollList(ListQuery)
        case searchLostCreates(ListQuery, LostCreateSearch)
        case examine(id: String, LostCreateSearch)
        case cancel(id: String)
        case checkProvider
        case checkAbsence(ItemID, id: String, witness: String?)
        case adopt(key: String, id: String, ControlTicket?)
    }

    /// How a session came to its end.
    private enum SessionEnd {
        case ended(RunEnd)
        case crashed
        case storeFailed
        case stuck
    }

    let night: Night
    let folder: String
    let outputs: OutputStore
    let delivery = SimulatedDelivery()
    var chance: Chance
    var api: SimulatedAPI
    var audit: NightAudit
    var queue = EventQueue<Effect>()
    var figures = NightFigures()
    var trace: [String] = []
    private let tells: Bool

    /// Milliseconds since the night began, by the provider's clock.
    var now: Int64 = 0
    /// Our clock minus the provider's.
    var offset: Int64
    /// What the next session will find our clock at: one that runs counts on by itself from where it began.
    var nextOffset: Int64
    var suspendedUntil: Int64 = 0
    var session = 0
    var checkpointer: RunCheckpointer?
    var store: Store
    /// How often people have asked for something.
    var asked = 0
    private var fullStores = 0
    /// Whether the next session is begun with all that has failed.
    var retriesFailures = false
    /// Whether items were retried while this session could still decide on them, and after it had decided to end.
    var retried = (inTime: false, tooLate: false)
    /// What the runs with the account know together.
    var account = SharedRateRecord()
    /// The same as the other run sees it, where a bug keeps the two apart.
    var neighborAccount = SharedRateRecord()
    var neighborClaims = 0
    private var orders: [ItemID: OutputJob] = [:]
    private var isOver = false
    /// Whether this session was told to leave what runs to the provider, so that even a spent budget leaves something to do.
    var mayLeaveWork = false

    /// A night that needs more has lost its way.
    private static let mostSteps = 60_000
    /// A store that is full again and again leaves no session the time to find anything out.
    private static let mostFullStores = 20
    private static let mostCrashes = 40
    private static let mostShortSessions = 30
    private static let shortSession: Int64 = 3_000
    private var bornAt: Int64 = 0

    private init(_ night: Night, folder: String, tells: Bool) throws {
        self.night = night
        store = try Store(path: "\(folder)/store.sqlite")
        self.folder = folder
        self.tells = tells
        chance = Chance(seed: night.seed, rates: night.rates, suppressed: night.suppressed)
        api = SimulatedAPI(night)
        audit = NightAudit(night)
        offset = -night.skew
        nextOffset = offset
        let settings = DownloadSettings(attempts: 2, initialBackoff: .zero, maximumBackoff: .zero)
        outputs = OutputStore(directory: "\(folder)/out", transport: delivery, settings: settings)
    }

    var outputFolder: String { "\(folder)/out" }

    /// Our clock.
    var ours: Timestamp { SimulatedAPI.time(now + offset) }

    static func play(_ night: Night, tells: Bool) async throws -> NightResult {
        let folder = try NightFolder()
        defer { folder.remove() }
        let player = try NightPlayer(night, folder: folder.path, tells: tells)
        try await player.play()
        return NightResult(
            night: night, violations: player.audit.violations, struck: player.struck, trace: player.trace,
            figures: player.figures)
    }

    private var struck: [String] {
        chance.fired + night.windows.filter { $0.start <= now && !night.suppressed.contains($0.label) }.map(\.label)
    }

    func note(_ text: @autoclosure () -> String) {
        guard tells else { return }
        let seconds = now / 1000
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        let fraction = "\(1000 + now % 1000)".dropFirst()
        trace.append("\(clock.joined(separator: ":")).\(fraction)  \(text())")
    }

    // MARK: - Sessions

    private func play() async throws {
        for window in night.windows where !night.suppressed.contains(window.label) {
            queue.schedule(.begins(window), at: window.start)
        }
        if night.hasNeighbor { queue.schedule(.neighborClaims, at: 100) }
        try await prepare()
        var end = SessionEnd.stuck
        while !isOver {
            session += 1
            offset = nextOffset
            if chance.strikes(.wrongClock) {
                offset +=
                    [-86_400_000, -3_600_000, -600_000, 600_000, 3_600_000, 86_400_000][
                        chance.number(below: 6, .shape)]
            }
            mayLeaveWork = false
            // A crash leaves what is committed; a file that is opened anew for each would cost most of the night's time.
            if session > 1, chance.number(below: 5, .session) == 0 {
                store = try Store(path: "\(folder)/store.sqlite")
            }
            audit.begins(at: now, ours: ours)
            bornAt = now
            note("session \(session) begins")
            retried = (false, false)
            end = try await playSession()
            audit.ends(at: now)
            try await leaveRemains()
            orders = [:]
            checkpointer = nil
            audit.look(at: outputFolder)
            try await goOn(after: end)
        }
        figures.sessions = session
        figures.length = now
        figures.predictions = api.remotes.count
        figures.faults = struck.count
        guard case .ended(let end) = end else { return }
        let books = try NightBooks(path: "\(folder)/store.sqlite")
        for item in books.items { figures.states[item.state, default: 0] += 1 }
        audit.judge(books, api.remotes, end: end, directory: outputFolder)
    }

    /// Makes the store with its items, as the first run of a job does.
    private func prepare() async throws {
        let run = try await store.openRun(job: "night", fresh: false, at: ours)
        var items: [Item] = []
        for index in 0..<night.items {
            let digest = night.sharesResults ? "same-\(night.inputNumber(of: index))" : "\(index)"
            var item = Item(
                position: index, key: "item-\(index + 1)", digest: digest,
                input: ["n": .number(JSONNumber(night.inputNumber(of: index)))], name: "item-\(index + 1)",
                origin: .row(index + 1, of: "night"))
            if night.hasFiles {
                item.input = .object((item.input.objectValue ?? [:]).merging(["file": .null]) { $1 })
                item.files = [ItemFile(pointer: [.key("file")], path: "letters.txt", sha256: "", size: 3)]
            }
            if night.hasSteps { item.step = index % 2 == 0 ? "a" : "b" }
            if let need = night.need(of: index) {
                item.input = .object((item.input.objectValue ?? [:]).merging(["of": .null]) { $1 })
                if night.bug != .forgetsNeeds { item.needs = [ItemNeed(items[need])] }
                item.deferred = [DeferredValue(pointer: [.key("of")], template: "{{ a.output }}", isFile: false)]
            }
            items.append(item)
        }
        _ = try await store.synchronize(run, with: items, at: ours)
    }

    /// Lets the time pass until the next session, or ends the night.
    private func goOn(after end: SessionEnd) async throws {
        let pause: ClosedRange<Int64>
        retriesFailures = wantsFailuresRetried()
        switch end {
        case .ended(.budget) where mayLeaveWork, .ended(.canary) where mayLeaveWork: pause = 1_000...600_000
        case .ended(.completed), .ended(.partial), .ended(.budget), .ended(.canary):
            let next = Swift.max(nextAsk ?? 0, retriesFailures ? now + 60_000 : 0)
            guard next > 0 else {
                isOver = true
                return
            }
            pause = Swift.max(0, next - now)...Swift.max(0, next - now) + 1_000
        case .ended(.refused) where night.settings.waitsWhenRefused:
            audit.violate(.everyItemEnds, "the run has given up although it was to wait until the account is accepted")
            isOver = true
            return
        case .stuck, .ended(.canceled):
            isOver = true
            return
        case .crashed:
            figures.crashes += 1
            pause = chance.strikes(.longDowntime) ? 600_000...14_400_000 : 10...30_000
        case .ended(.interrupted): pause = 1_000...600_000
        // Somebody buys credit, makes a token, or makes room on the disk, and runs it again.
        case .ended(.refused), .ended(.breaker), .ended(.disk), .ended(.check), .storeFailed:
            pause = 60_000...1_200_000
        }
        guard audit.violations.isEmpty else {
            isOver = true
            return
        }
        let target = now + chance.time(pause, .downtime)
        // What is under way goes on without us.
        while let next = queue.first, next <= target { try await passWithoutUs() }
        now = target
    }

    private func passWithoutUs() async throws {
        guard let (instant, effect) = queue.next() else { return }
        now = max(now, instant)
        switch effect {
        case .arrives(_, .create(let item, let attempt, let action)): arrive(item, attempt, action, session: -1)
        case .arrives(_, .cancel(let id)): api.cancel(id, at: now)
        case .begins(let window): begin(window)
        case .neighborClaims: claimForNeighbor()
        case .asks(let wish): try await doOffline(wish)
        case .arrives, .tells, .answer, .downloaded, .calls, .ends: break
        }
    }

    private func playSession() async throws -> SessionEnd {
        guard let run = try await store.latestRun() else { return .stuck }
        if retriesFailures { try await retryFailures(of: run) }
        let checkpointer = RunCheckpointer(
            store: store, run: run, folder: OutputFolder(directory: outputFolder),
            schemas: night.settings.steps.map { _ in nil },
            baseURL: nil)
        self.checkpointer = checkpointer
        var settings = night.settings
        settings.overrides = night.overrides(at: now)
        night.bug?.alter(&settings)
        let totals = try await store.reports.totals(of: run)
        let hasWork = [ItemState.pending, .submitting, .unknown, .running, .fetching].contains { totals[$0] > 0 }
        guard hasWork else { return .ended(.completed) }
        let longestWait = settings.steps.map(\.backoff.max).max() ?? .zero
        try await store.pendingItems.bringForwardRetries(
            of: run, dueAfter: ours.advanced(by: longestWait + .seconds(60)))
        let clockOffset: Duration? = night.knowsClock ? .milliseconds(-offset) : nil
        var machine = RunStateMachine(
            settings: settings, totals: totals, seed: UInt64(chance.time(0...Int64.max, .session)),
            clockOffset: clockOffset, at: ours)
        var places = PendingCursors()
        let first = PageRequest(
            name: settings.steps[0].name, count: Swift.max(16, settings.steps[0].concurrency))
        var events = [try await checkpointer.resume(first, &places, clockOffset: clockOffset, at: ours)]
        var step = 0
        while true {
            figures.steps += 1
            guard figures.steps < Self.mostSteps else {
                audit.violate(.everyItemEnds, "there is no end after \(Self.mostSteps) decisions")
                return .stuck
            }
            let decidedAt = now
            var decision = machine.handle(events, at: ours)
            if let contradiction = machine.contradictions.first {
                audit.violate(.soundMachine, contradiction)
                return .stuck
            }
            if dies(at: step, 0) { return .crashed }
            night.bug?.alter(&decision)
            if night.bug == .sendsBeforeRecording {
                for action in decision.actions { await begin(action, decidedAt: decidedAt) }
                decision.actions = []
                if chance.strikes(.crash) { return .crashed }
            }
            do throws(StoreError) {
                try await record(decision, machine.totals, checkpointer)
            } catch {
                note("  a commit fails: \(error.message)")
                return .storeFailed
            }
            if dies(at: step, 1) { return .crashed }
            let followUps = try await attend(to: decision, of: run)
            if let end = decision.finish {
                note("the run ends: \(end)")
                if end == .completed { try checkRetriedItems() }
                return .ended(end)
            }
            for (place, action) in decision.actions.enumerated() {
                await begin(action, decidedAt: decidedAt)
                if dies(at: step, place + 2) { return .crashed }
            }
            if let claim = decision.account { answer(.granted(grant(claim)), 0) }
            for search in decision.control.searches { begin(search) }
            guard audit.violations.isEmpty else { return .stuck }
            if let order = decision.load {
                events = followUps + [try await checkpointer.load(order, &places, at: ours)]
            } else if !followUps.isEmpty {
                events = followUps
            } else if let next = await next(until: decision.wake) {
                events = next
            } else {
                audit.violate(.everyItemEnds, "the run waits for nothing")
                return .stuck
            }
            step += 1
        }
    }

    private func dies(at step: Int, _ place: Int) -> Bool {
        let isPlanned = session == 1 && night.crash == CrashPlace(step: step, place: place)
        let isDrawn = figures.crashes < Self.mostCrashes && chance.strikes(.crash, place)
        // Some supervisors have no patience.
        let isShort =
            night.rates[.shortSessions] != nil && session <= Self.mostShortSessions && now - bornAt > Self.shortSession
        guard isPlanned || isDrawn || isShort else { return false }
        note("  the process dies (session \(session), step \(step), place \(place))")
        return true
    }

    private func record(_ decision: Decision, _ totals: RunTotals, _ checkpointer: RunCheckpointer)
        async throws(StoreError)
    {
        guard !decision.transitions.isEmpty else { return }
        figures.checkpoints += 1
        if fullStores < Self.mostFullStores, chance.strikes(.fullStore) {
            fullStores += 1
            throw StoreError(message: "the disk of the checkpoint store is full")
        }
        let spent = night.bug == .forgetsSpending ? RunTotals() : totals
        orders.merge(try await checkpointer.record(decision, totals: spent)) { $1 }
        let told = audit.recorded(decision.transitions)
        for id in told.home { api[id]?.isHome = true }
        for id in told.givenUp { api[id]?.isExcused = true }
        notice(decision.transitions)
        for transition in decision.transitions { note("  \(transition.key): \(describe(transition.change))") }
        now += chance.strikes(.slowCommit) ? chance.time(500...5_000, .commit) : chance.time(0...5, .commit)
    }

    /// What a session that ends leaves of the downloads under way: nothing, half a file, or a whole one that nobody knows of.
    private func leaveRemains() async throws {
        for effect in queue.effects {
            guard case .downloaded(session, let item, let attempt, let order) = effect else { continue }
            switch chance.number(below: 3, .part, item.index) {
            case 0: _ = await download(item, attempt, order)
            case 1:
                for planned in order.plan?.outputs ?? [] {
                    guard case .file(let url) = planned.content, let name = SimulatedFiles.name(of: url)?.name
                    else { continue }
                    try SimulatedFiles.leaveHalf(
                        of: name, for: item, place: planned.index, in: outputFolder,
                        intact: chance.number(below: 2, .part, item.index) == 0)
                }
            default: break
            }
        }
    }

    // MARK: - Time

    /// The facts that come next, or `nil` if none ever will.
    private func next(until wake: Timestamp?) async -> [RunEvent]? {
        // A sleep takes as long as it was begun for, however the clock is set meanwhile; none takes more than an hour.
        let wakeAt = wake.map {
            Swift.max(suspendedUntil, now + Swift.min(3_600_000, Swift.max(0, ours.duration(to: $0).milliseconds)))
        }
        var facts: [RunEvent] = []
        while let first = queue.first, facts.isEmpty || first <= now {
            if facts.isEmpty, let wakeAt, wakeAt < first { break }
            guard let (instant, effect) = queue.next() else { break }
            if instant < suspendedUntil, concernsUs(effect) {
                queue.schedule(effect, at: suspendedUntil)
                continue
            }
            now = Swift.max(now, instant)
            if let fact = await happens(effect) {
                audit.told(fact, ours: ours)
                let told = night.bug?.alter(fact) ?? fact
                note(describe(told))
                facts.append(told)
            }
        }
        guard facts.isEmpty else { return facts }
        guard let wakeAt else { return nil }
        now = Swift.max(now, wakeAt)
        return [.woke]
    }

    /// Whether this machine must be awake for it.
    private func concernsUs(_ effect: Effect) -> Bool {
        switch effect {
        case .answer, .downloaded, .asks: true
        case .arrives, .tells, .begins, .calls, .ends, .neighborClaims: false
        }
    }

    private func happens(_ effect: Effect) async -> RunEvent? {
        switch effect {
        case .arrives(let session, let request):
            await arrive(request, session: session)
            return nil
        case .tells(let session, let item, let attempt, let id):
            if let remote = api[id] {
                answer(.created(item, attempt: attempt, api.told(remote, at: now)), item.index, session: session)
            }
            return nil
        case .answer(let session, let event): return session == self.session ? event : nil
        case .downloaded(let session, let item, let attempt, let order):
            return session == self.session ? await download(item, attempt, order) : nil
        case .begins(let window): return begin(window)
        case .ends(let window): return end(window)
        case .neighborClaims:
            claimForNeighbor()
            return nil
        case .calls(let id): return call(id)
        case .asks(let wish): return ask(wish)
        }
    }

    func takeOrder(of item: ItemID) -> OutputJob? { orders.removeValue(forKey: item) }

    /// Takes the order of a download, planned in this session or an earlier one.
    func order(for action: RunAction) async -> Result<OutputJob, FetchFailure>? {
        guard case .fetch(let item, let step, _, let output) = action else { return nil }
        if let order = takeOrder(of: item) { return .success(order) }
        guard let checkpointer else { return nil }
        do throws(FetchFailure) {
            return .success(try await checkpointer.earlierOrder(for: item, in: step, output))
        } catch {
            return .failure(error)
        }
    }
}
