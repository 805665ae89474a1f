import JSON
import ReplicateAPI

/// Decides everything in a run: it takes facts and the time, and says what to record and what to do.
///
/// It has no clock, file or socket, and its only chance is a seeded generator, so any night can be played again. It
/// holds a window of the run, not the run: the items in flight, those loaded to be next, and totals.
package struct RunStateMachine: Sendable {
    /// Where an item in the window stands. Terminal and waiting items leave the window.
    enum Phase: Sendable {
        /// Loaded; waits for a slot. Goes to `preparing` or `submitting`.
        case ready(input: JSONValue, files: [ItemFile])
        /// Its files are read or uploaded. Goes to `submitting`, back to the store, or fails.
        case preparing
        /// Prepared; waits for the rate gate.
        case prepared(input: JSONValue, requestDigest: String)
        /// The intent is recorded and the create sent. Goes to `running`, `fetching`, `unknown`, or back to the store.
        case submitting(CreateIntent)
        /// The answer was lost. Goes to `running` when found, back to the store when proven absent, or is held.
        case unknown(LostCreate)
        case running(Running)
        /// The outputs are being downloaded. Goes to `succeeded`, back to `running` to read the prediction again, or
        /// back to the store for another attempt.
        case fetching(Fetching)
    }

    struct Running: Hashable {
        var predictionID: String
        var since: Timestamp
        /// The provider's own word for when it was made, by which its list is cut; not known after a resume.
        var createdAt: Timestamp?
        /// When the provider said `processing` first.
        var processingSince: Timestamp?
        var nextLook: Timestamp
        /// A single read is under way.
        var isBeingRead = false
        /// We asked for it to be canceled because it takes too long.
        var isTimedOut = false
        /// Reads answered "not found" since it was last seen, and when the first of them was.
        var misses = 0
        var missingSince: Timestamp?
        /// Since when reads of it are refused.
        var refusedSince: Timestamp?
        /// When a person's cancel was sent last.
        var cancelAskedAt: Timestamp?
        /// The last sweep should have shown it and did not.
        var isBelowSweep = false
        /// The output expired once already; the next answer decides.
        var hasExpired = false
        /// Reads that told of its end and not of what came of it.
        var partialReads = 0
        /// Its computing time is in the totals already.
        var isCounted = false
    }

    /// The part of the account's list that is being read.
    struct Sweep: Hashable {
        var createdAfter: Timestamp
        /// Exclusive; `nil` for all up to the newest.
        var createdBefore: Timestamp?
        /// Where the next page is, after the first.
        var continuation: String?
        var pagesLeft = 1
        /// A page of it has been asked for.
        var isAsking = false
        /// Predictions that its pages have shown.
        var seen: Set<String> = []

        init(createdAfter: Timestamp, createdBefore: Timestamp? = nil) {
            self.createdAfter = createdAfter
            self.createdBefore = createdBefore
        }

        func covers(_ createdAt: Timestamp?) -> Bool {
            guard let createdBefore else { return true }
            return createdAt.map { $0 >= createdAfter && $0 < createdBefore } ?? false
        }
    }

    struct Fetching: Hashable {
        enum Turn: Hashable {
            case queued
            case underWay
            case waiting(until: Timestamp)
        }

        var predictionID: String
        var output: JSONValue
        var since: Timestamp
        var turn = Turn.queued
        /// The files of another item that are copied, where the prediction is that one's.
        var shared: SharedFiles?
        var tries = 0
        var hasExpired = false
    }

    /// Files that are copied instead of being downloaded.
    struct SharedFiles: Hashable {
        var outputs: [StoredOutput]
        /// Where they are, if they are another job's.
        var directory: String?
    }

    struct WindowItem: Sendable {
        let key: String
        let name: String
        /// The place of its step among the run's.
        let step: Int
        /// Where files go into its input.
        let files: [ItemFile]
        /// What the create at hand was sent with, for the case that its answer is lost.
        var outline: RequestOutline?
        var attempt: Int
        var failures: FailureCounts
        var lastFailure: FailureClass?
        /// The source row, once an attempt has failed.
        let row: JSONValue?
        /// Members of the input that the attempt at hand sends otherwise than the manifest says.
        var changes: JSONValue?
        /// What it has at the provider was made by an earlier session.
        var isOfEarlierSession = false
        /// The state on disk, once the transitions of this decision are.
        var state: ItemState
        /// Changed by ``RunStateMachine/enter(_:for:)`` only, which keeps the counts.
        fileprivate(set) var phase: Phase
    }

    let settings: RunSettings
    let startedAt: Timestamp
    var steps: [StepState]
    var random: SeededGenerator

    private(set) var window: [ItemID: WindowItem] = [:]
    /// Creates whose answer was lost.
    private(set) var lostCreates = 0
    /// Items whose outputs are not home yet.
    private(set) var fetchBacklog = 0
    /// Prepared items that wait for the rate gate, next one first.
    var preparedQueue: [ItemID] = []
    /// Items whose download waits for its turn, next one last.
    var fetchQueue: [ItemID] = []
    var fetchesUnderWay = 0

    var creates: RateGate
    var reads: RateGate
    var providerClock: ProviderClock

    var sweep: Sweep?
    /// Whether the provider's list can be cut at both ends.
    var listTakesBefore = true
    var earliestSweep = Timestamp.distantPast
    /// When ``look(at:)`` has something to do next; it looks through the whole window, so it is not called for less.
    var lookWake = Timestamp.distantFuture
    /// When a failed download is tried again.
    var fetchWake = Timestamp.distantFuture
    var searching = Searching()
    /// Not-sent and busy creates in a row; creating pauses between them.
    var refusalsInARow = 0
    /// Creates in a row whose answer was lost.
    var lostInARow = 0
    var createsPausedUntil = Timestamp.distantPast
    /// Why nothing is created until the provider changes its mind.
    var pause: Pause?
    var refusals = RefusalWatch()
    /// How often in a row creating was paused because something on the way refuses every create.
    var gatewayPauses = 0
    var readRefusals = RefusedReads()
    /// What is known of the provider beside what it was asked for.
    var providerWatch = ProviderWatch()
    var absence = AbsenceWatch()
    /// Until when people were told that the provider asks to wait.
    var toldThrottleUntil: Timestamp?
    /// Statuses of predictions that this version does not know and that were told.
    var toldStatuses: Set<String> = []
    /// The troubles that a person has been told of, and that are not over.
    var toldTroubles: Set<Trouble> = []
    var dailyWindow = DailyWindowWatch()
    var canary: Canary?
    /// Predictions that a webhook told of before the answer to their create came.
    var early: [String: Prediction] = [:]
    var resumed = ResumedWatch()
    /// Since when creating is held up while there is work and room, for the account of time.
    var heldUpSince: Timestamp?
    /// How fast items end, for people.
    package internal(set) var pace: PaceMeter
    var readFailuresInARow = 0
    var lastReadPassed: Timestamp?
    var sweepFailuresInARow = 0
    /// How much the wall clock was set since the session began.
    var wallShift = Duration.zero

    /// Set when nothing more is created: the run ends with this once what is in flight has ended.
    var ending: RunEnd?
    /// Set when what runs is left to the provider: only ids that are about to come are waited for, until then.
    var leaveBy: Timestamp?
    var hasFinished = false
    /// What a person at another terminal wants.
    var control: Control
    var account = Account()

    /// Counts over the whole run, kept up by the transitions.
    package internal(set) var totals: RunTotals

    /// What the transitions and actions of the event at hand are gathered in.
    var decision = Decision()

    package init(
        settings: RunSettings, totals: RunTotals, seed: UInt64, clockOffset: Duration? = nil, at now: Timestamp
    ) {
        self.settings = settings
        startedAt = now
        steps = settings.steps.map { StepState($0, settings) }
        canary = settings.canary.map { Canary(limit: $0, steps: settings.steps.count) }
        self.totals = totals
        pace = PaceMeter(endedBefore: totals.ended, at: now)
        providerClock = ProviderClock(offset: clockOffset)
        random = SeededGenerator(seed: seed)
        control = Control(orders: settings.orders, totals: totals)
        creates = RateGate(limit: settings.orders.creates(otherwise: settings.creates), at: now)
        reads = RateGate(limit: settings.reads, at: now)
        // What has worked in an earlier session is not broken as a whole.
        if totals[.succeeded] > 0 { for step in steps.indices { steps[step].breaker.succeeded() } }
    }

    /// Whether a throttle of the provider is being waited for; for people.
    package var isThrottled: Bool { pause == nil && (creates.isClosed || reads.isClosed) }

    /// Takes what has happened and says what follows.
    package mutating func handle(_ events: [RunEvent], at now: Timestamp) -> Decision {
        decision = Decision()
        guard !hasFinished else { return decision }
        for event in events { handle(event, at: now) }
        advance(at: now)
        defer { decision = Decision() }
        return decision
    }

    private mutating func handle(_ event: RunEvent, at now: Timestamp) {
        switch event {
        case .resumed(let items, let page):
            // What goes back to the store is due after what the page says of the rest.
            take(page, at: now)
            for item in items { resume(item, at: now) }
        case .loaded(let page): take(page, at: now)
        case .prepared(let item, let input, let digest): prepared(item, input: input, requestDigest: digest)
        case .prepareFailed(let item, let error): prepareFailed(item, error, at: now)
        case .created(let item, let attempt, let prediction, let left):
            created(item, attempt, prediction, left: left, at: now)
        case .createFailed(let item, let attempt, let error): createFailed(item, attempt, error, at: now)
        case .swept(let predictions, let next): swept(predictions, next: next, at: now)
        case .sweepFailed(let error): sweepFailed(error, at: now)
        case .providerChecked(let check): providerChecked(check, at: now)
        case .absenceChecked(let item, let check): absenceChecked(item, check, at: now)
        case .read(let item, let prediction): read(item, prediction, at: now)
        case .readFailed(let item, let error): readFailed(item, error, at: now)
        case .listed(let page): listed(page, at: now)
        case .listFailed(let error): listFailed(error, at: now)
        case .examined(let id, let candidate): examined(id, candidate, at: now)
        case .examineFailed(let id, let error): examineFailed(id, error, at: now)
        case .fetched(let item, let attempt, let outputs): fetched(item, attempt, outputs, at: now)
        case .fetchFailed(let item, let attempt, let failure): fetchFailed(item, attempt, failure, at: now)
        case .notified(let prediction): notified(prediction, at: now)
        case .shared(let item, let outputs): shared(item, outputs, at: now)
        case .canaryJudged(let goesOn): canaryJudged(goesOn: goesOn)
        case .stopRequested(let request): stopRequested(request, at: now)
        case .control(let event): handleControl(event, at: now)
        case .granted(let grant): granted(grant, at: now)
        case .clockSet(let shift): clockSet(by: shift)
        case .woke: break
        }
    }

    /// Begins whatever may begin now, and finds out when to come back.
    private mutating func advance(at now: Timestamp) {
        endGrace(at: now)
        if let leaveBy, leaveBy <= now || !isWaitingForIDs {
            finish(ending ?? .interrupted, at: now)
            return
        }
        watchWindow(at: now)
        watchResumed(at: now)
        watchCanary(at: now)
        // A free slot waits for its create, and no download waits for another: so creates are sent first.
        submit(at: now)
        startFetches(at: now)
        cancelWhatRuns(at: now)
        look(at: now)
        checkSuspect(at: now)
        checkProvider(at: now)
        reconcile(at: now)
        claimFromAccount(at: now)
        load(at: now)
        countHeldUpTime(at: now)
        pace.note(ended: totals.ended, isHalted: isHalted, at: now)
        if isDone(at: now) {
            finish(ending ?? .completed, at: now)
        } else {
            decision.wake = nextWake(after: now)
        }
    }

    // MARK: - The window

    private mutating func take(_ page: LoadedPage, at now: Timestamp) {
        let step = page.step
        steps[step].isLoading = false
        steps[step].hasMore = page.hasMore
        steps[step].nextDue = page.nextDue
        var fresh: [ItemID] = []
        for item in page.items where window[item.id] == nil {
            admit(item, phase: .ready(input: item.input, files: item.files))
            if let failure = item.unmet {
                giveUp(item.id, failure, at: now)
            } else if let result = item.shared {
                share(item.id, result, at: now)
            } else {
                fresh.append(item.id)
            }
        }
        steps[step].readyQueue.insert(contentsOf: fresh.reversed(), at: 0)
        steps[step].isFruitless = canary?.isFull(step) == true && nextReady(in: step) == nil
    }

    /// Asks the store for a page of one step; the next step's turn comes with the answer.
    private mutating func load(at now: Timestamp) {
        guard ending == nil, !steps.contains(where: \.isLoading) else { return }
        guard let needing = stepOrder.first(where: { needsPage($0, at: now) }) else { return }
        steps[needing].isLoading = true
        decision.load = LoadOrder(
            step: needing, name: settings.steps[needing].name, count: steps[needing].pageSize,
            latestFirst: canary != nil)
    }

    mutating func enter(_ phase: Phase, for id: ItemID) {
        guard let old = window[id] else { return }
        count(old.phase, of: old.step, by: -1)
        count(phase, of: old.step, by: 1)
        window[id]?.phase = phase
        expectLook(at: phase, of: old.step)
    }

    mutating func change(_ id: ItemID, _ body: (inout WindowItem) -> Void) {
        guard var item = window[id] else { return }
        body(&item)
        window[id] = item
    }

    mutating func admit(_ item: LoadedItem, phase: Phase) {
        let step = settings.steps.firstIndex { $0.name == item.step } ?? 0
        window[item.id] = WindowItem(item, step: step, phase: phase)
        if item.checkpoint.isSent { outline(item.id, input: item.sentInput, files: item.files) }
        count(phase, of: step, by: 1)
        expectLook(at: phase, of: step)
    }

    /// Notes what a create is sent with, apart from what the provider may show otherwise.
    mutating func outline(_ id: ItemID, input: JSONValue, files: [ItemFile]) {
        guard let step = window[id]?.step else { return }
        window[id]?.outline = RequestOutline(
            input: input, files: files, inputs: settings.steps[step].inputs, step: step)
    }

    /// The item leaves the window; the store gives it back when it is due.
    mutating func leave(_ id: ItemID) {
        guard let item = window.removeValue(forKey: id) else { return }
        count(item.phase, of: item.step, by: -1)
        resumed.settled(id)
        if item.state.isTerminal { searching.late.removeAll { $0.item == id } }
        // Others may have waited for what became of it.
        if settings.sharesResults || steps.count > 1, item.state.isTerminal || item.state == .held {
            expectAll(.distantPast)
        }
    }

    private mutating func count(_ phase: Phase, of step: Int, by change: Int) {
        switch phase {
        case .unknown(let lost):
            steps[step].inFlight += change
            steps[step].lost += change
            if lost.isQuiet { steps[step].quiet += change }
            lostCreates += change
        case .submitting, .running:
            steps[step].inFlight += change
            steps[step].underWay += change
        case .preparing, .prepared: steps[step].inFlight += change
        case .fetching: fetchBacklog += change
        case .ready: break
        }
    }

    /// Undoes a create that was not accepted: no attempt is spent.
    mutating func returnToStore(_ id: ItemID, due: Timestamp, at now: Timestamp) {
        guard let item = window[id] else { return }
        let spent = item.state == .pending ? item.attempt : item.attempt - 1
        record(.returned(attempt: spent, due: due), for: id, at: now)
        expect(due, in: item.step)
        leave(id)
    }

    mutating func record(_ change: Transition.Change, for item: ItemID, at now: Timestamp) {
        guard let known = window[item] else { return }
        totals.move(from: known.state, to: change.state)
        window[item]?.state = change.state
        decision.transitions.append(
            Transition(
                item: item, key: known.key, step: known.step, attempt: known.attempt, at: now, change: change)
        )
    }
}

extension RunStateMachine.WindowItem {
    init(_ item: LoadedItem, step: Int, phase: RunStateMachine.Phase) {
        self.init(
            key: item.key, name: item.name, step: step, files: item.files, attempt: item.attempt,
            failures: item.failures, lastFailure: item.lastFailure, row: item.row, state: item.checkpoint.state,
            phase: phase
        )
    }
}

extension LoadedItem {
    /// What the attempt at hand sends, apart from files.
    fileprivate var sentInput: JSONValue {
        guard let members = changes?.objectValue, case .object(let own) = input else { return input }
        return .object(own.merging(members) { _, new in new })
    }
}

extension LoadedItem.Checkpoint {
    /// Whether a create may be under way whose answer was not recorded.
    fileprivate var isSent: Bool {
        switch self {
        case .submitting, .unknown: true
        case .pending, .running, .fetching: false
        }
    }

    fileprivate var state: ItemState {
        switch self {
        case .pending: .pending
        case .submitting: .submitting
        case .unknown: .unknown
        case .running: .running
        case .fetching: .fetching
        }
    }
}
