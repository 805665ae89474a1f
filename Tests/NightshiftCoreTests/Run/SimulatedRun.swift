import Foundation
import JSON
import NightshiftCore
import ReplicateAPI

/// Plays a run in virtual time: the real machine, a disk that keeps what is recorded, and a provider with faults.
///
/// One seed gives one story, so a failing one repeats exactly.
struct SimulatedRun {
    struct Faults {
        var lostBeforeAcceptance = 0.0
        var lostAfterAcceptance = 0.0
        var throttled = 0.0
        var notSent = 0.0
        var interrupted = 0.0
        var unavailableReads = 0.0
        var failedDownloads = 0.0
        /// The list takes no notice of `created_before`.
        var ignoresBefore = false
        /// Sweeps are never answered.
        var hasNoList = false
        /// The chance of a crash at each step, before or after the record.
        var crash = 0.0
    }

    struct DiskItem {
        var position: Int
        var state = ItemState.pending
        var attempt = 0
        var failures = FailureCounts()
        var due: Int64 = 0
        var intent = CreateIntent(at: .distantPast, requestDigest: "")
        var lost: LostCreate?
        var predictionID = ""
        var since = Timestamp.distantPast
        var output: JSONValue?
        var failure: AttemptFailure?
    }

    struct Remote {
        var input: JSONValue
        var createdAt: Timestamp
        var endsAt: Timestamp
        var error: String?
        /// As it is told until it ends.
        var running: Prediction
        var requestDigest: String

        init(id: String, input: JSONValue, createdAt: Timestamp, endsAt: Timestamp, error: String?) {
            (self.input, self.createdAt, self.endsAt, self.error) = (input, createdAt, endsAt, error)
            running = Prediction(simulated: id, input: input, status: .processing, createdAt: createdAt)
            requestDigest = RequestDigest.of(input)
        }
    }

    private enum Effect {
        case answer(session: Int, RunEvent)
        case accept(id: String, Remote)
    }

    var settings: RunSettings
    var faults: Faults
    var random: SeededGenerator
    var now = Timestamp(milliseconds: 1_700_000_000_000)
    var disk: [ItemID: DiskItem] = [:]
    var remote: [String: Remote] = [:]
    var totals = RunTotals()
    /// How long a prediction takes, in milliseconds.
    var runTime: ClosedRange<Int64> = 100...3000
    var sessions = 0
    var reads = 0
    var createsSent = 0
    /// How often the machine decided.
    var steps = 0
    private var queue: [(at: Timestamp, order: Int, effect: Effect)] = []
    private var order = 0
    /// Every prediction that was ever recorded, as the store's history keeps them.
    private var knownIDs: Set<String> = []

    init(items: Int, settings: RunSettings, faults: Faults = Faults(), seed: UInt64) {
        self.settings = settings
        self.faults = faults
        random = SeededGenerator(seed: seed)
        for index in 0..<items { disk[ItemID(Int64(index + 1))] = DiskItem(position: index) }
        totals[.pending] = items
    }

    static func input(of id: ItemID) -> JSONValue { ["n": .number(JSONNumber(Int(id.rawValue)))] }

    /// Runs sessions until one ends by itself.
    mutating func play(steps limit: Int = 200_000, stop: StopRequest? = nil) -> RunEnd? {
        steps = 0
        while true {
            sessions += 1
            var position = -1
            var machine = RunStateMachine(
                settings: settings, totals: totals, seed: random.next(), clockOffset: .zero, at: now)
            var events: [RunEvent] = [.resumed(inFlight(), page(count: 16, after: &position))]
            if let stop, sessions == 1 { schedule(.answer(session: 1, .stopRequested(stop)), after: 500) }
            session: while true {
                steps += 1
                guard steps < limit else { return nil }
                let decision = machine.handle(events, at: now)
                machine.checkInvariants()
                if happens(faults.crash / 2) { break session }
                for transition in decision.transitions { record(transition) }
                totals = machine.totals
                if let end = decision.finish { return end }
                if happens(faults.crash / 2) { break session }
                for action in decision.actions { begin(action) }
                if let count = decision.load?.count {
                    events = [.loaded(page(count: count, after: &position))]
                } else {
                    events = next(until: decision.wake)
                }
            }
            // The machine is down for a while; the provider goes on.
            now = now.advanced(by: .milliseconds(Int64.random(in: 10...3000, using: &random)))
        }
    }

    // MARK: - Time

    private mutating func happens(_ chance: Double) -> Bool {
        chance > 0 && Double.random(in: 0..<1, using: &random) < chance
    }

    private mutating func latency(_ range: ClosedRange<Int64> = 5...80) -> Int64 {
        Int64.random(in: range, using: &random)
    }

    private mutating func schedule(_ effect: Effect, after milliseconds: Int64) {
        order += 1
        let at = now.advanced(by: .milliseconds(milliseconds))
        // The next one is last; most are scheduled near the end that comes first.
        let index = queue.lastIndex { ($0.at, $0.order) > (at, order) }.map { $0 + 1 } ?? 0
        queue.insert((at, order, effect), at: index)
    }

    private mutating func next(until wake: Timestamp?) -> [RunEvent] {
        while let first = queue.last {
            if let wake, wake < first.at {
                now = max(now, wake)
                return [.woke]
            }
            queue.removeLast()
            now = max(now, first.at)
            switch first.effect {
            case .accept(let id, let prediction): remote[id] = prediction
            case .answer(let session, let event) where session == sessions: return [event]
            case .answer: break
            }
        }
        now = wake ?? now
        return [.woke]
    }

    // MARK: - Disk

    private mutating func record(_ transition: Transition) {
        guard var item = disk[transition.item] else { return }
        item.state = transition.change.state
        switch transition.change {
        case .submitting(let attempt, let intent, _):
            (item.attempt, item.intent) = (attempt, intent)
            item.intent.isEarlier = true
        case .returned(let attempt, let due): (item.attempt, item.due) = (attempt, max(1, due.milliseconds))
        case .unknown(let lost):
            item.lost = lost
            item.lost?.intent.isEarlier = true
        case .running(let id, let since), .found(_, let id, let since), .replaced(_, _, _, let id, let since):
            (item.predictionID, item.since) = (id, since)
            knownIDs.insert(id)
        case .fetching(let prediction, _): item.output = prediction.output
        case .succeeded, .held, .canceled: break
        case .sharing, .unshared, .unmet: break
        case .waiting(let failure, let failures, let due):
            (item.failure, item.failures) = (failure, failures)
            item.due = max(1, due.milliseconds)
        case .failed(let failure, let failures):
            (item.failure, item.failures) = (failure, failures)
        }
        disk[transition.item] = item
    }

    private func loaded(_ id: ItemID, _ item: DiskItem) -> LoadedItem {
        let checkpoint: LoadedItem.Checkpoint =
            switch item.state {
            case .submitting: .submitting(item.intent)
            case .unknown: .unknown(item.lost ?? LostCreate(item.intent, lostAt: item.intent.at, loss: .broken))
            case .running: .running(predictionID: item.predictionID, since: item.since)
            case .fetching: .fetching(predictionID: item.predictionID, output: item.output, since: item.since)
            default: .pending
            }
        return LoadedItem(
            id: id, key: "\(id.rawValue)", name: "\(id.rawValue)", input: SimulatedRun.input(of: id), files: [],
            attempt: item.attempt, failures: item.failures, checkpoint: checkpoint
        )
    }

    private func inFlight() -> [LoadedItem] {
        disk.filter { [.submitting, .unknown, .running, .fetching].contains($0.value.state) }
            .sorted { $0.key < $1.key }.map { loaded($0.key, $0.value) }
    }

    private func page(count: Int, after position: inout Int) -> LoadedPage {
        let pending = disk.filter { $0.value.state == .pending }.sorted { $0.value.position < $1.value.position }
        let due = pending.filter { $0.value.due > 0 && $0.value.due <= now.milliseconds }.prefix(count)
        let after = position
        let fresh = pending.filter { $0.value.due == 0 && $0.value.position > after }
        let taken = fresh.prefix(count - due.count)
        position = taken.last?.value.position ?? position
        let items = (Array(due) + Array(taken)).map { loaded($0.key, $0.value) }
        let later = pending.map(\.value.due).filter { $0 > (items.count >= count ? 0 : now.milliseconds) }.min()
        return LoadedPage(
            items: items, hasMore: fresh.count > taken.count, nextDue: later.map(Timestamp.init(milliseconds:))
        )
    }

    // MARK: - Provider

    private mutating func answer(_ event: RunEvent, after milliseconds: Int64? = nil) {
        schedule(.answer(session: sessions, event), after: milliseconds ?? latency())
    }

    private mutating func begin(_ action: RunAction) {
        switch action {
        case .create(let item, _, _, let attempt, let input): create(item, attempt, input)
        case .prepare(let item, let input, _):
            answer(.prepared(item, input: input, requestDigest: RequestDigest.of(input)))
        case .read(let item, let id):
            reads += 1
            if happens(faults.unavailableReads) {
                answer(.readFailed(item, ProviderError(.unavailable, "503")))
            } else if let prediction = prediction(id) {
                answer(.read(item, prediction))
            } else {
                answer(.readFailed(item, ProviderError(.notFound, "404")))
            }
        case .pollList(let query):
            reads += 1
            if faults.hasNoList || happens(faults.unavailableReads) {
                answer(.pollFailed(ProviderError(.unavailable, "503")))
            } else {
                let page = page(of: query)
                answer(.polled(page.rows, next: page.next))
            }
        case .searchLostCreates(let query, let search):
            reads += 1
            let page = page(of: query)
            let found = page.rows
                .map { ReconcileCandidate(prediction: $0, requestDigest: remote[$0.id]?.requestDigest) }
                .filter { row in
                    search.wanted.contains { row.likeness?.digests.contains($0) == true }
                        && !knownIDs.contains(row.prediction.id)
                }
            answer(.listed(ListPage(page.rows, candidates: found, next: page.next)))
        case .examine(let id, let search):
            reads += 1
            answer(.examined(predictionID: id, prediction(id).flatMap { search.candidates(among: [$0]).first }))
        case .fetch(let item, _, let attempt, _):
            if happens(faults.failedDownloads) {
                answer(.fetchFailed(item, attempt: attempt, .unavailable("cut")))
            } else {
                let output = StoredOutput(index: 0, path: "\(item.rawValue)", size: 1, sha256: "", mediaType: nil)
                answer(.fetched(item, attempt: attempt, [output]))
            }
        case .checkProvider: answer(.providerChecked(ProviderCheck(account: .answered, list: .answered)))
        case .checkAbsence(let item, let id, _):
            answer(
                .absenceChecked(
                    item,
                    AbsenceCheck(
                        prediction: prediction(id).map(AbsenceCheck.Answer.found) ?? .missing, witness: nil,
                        provider: ProviderCheck(account: .answered, list: .answered))))
        case .cancel, .share, .judgeCanary: break
        }
    }

    private mutating func create(_ item: ItemID, _ attempt: Int, _ input: JSONValue) {
        createsSent += 1
        func fail(_ code: ProviderError.Code, retryAfter: Duration? = nil) -> RunEvent {
            .createFailed(item, attempt: attempt, ProviderError(code, "\(code)", retryAfter: retryAfter))
        }
        if happens(faults.throttled) { return answer(fail(.throttled, retryAfter: .seconds(2))) }
        if happens(faults.notSent) { return answer(fail(.notSent)) }
        if happens(faults.lostBeforeAcceptance) { return answer(fail(.unknownOutcome)) }
        let arrival = latency()
        let id = "p\(remote.count + queue.count)-\(item.rawValue)-\(random.next() % 100_000)"
        let accepted = now.advanced(by: .milliseconds(arrival))
        let ends = accepted.advanced(by: .milliseconds(Int64.random(in: runTime, using: &random)))
        let error = happens(faults.interrupted) ? "Prediction interrupted; please retry (code: PA)" : nil
        let made = Remote(id: id, input: input, createdAt: accepted, endsAt: ends, error: error)
        schedule(.accept(id: id, made), after: arrival)
        if happens(faults.lostAfterAcceptance) { return answer(fail(.unknownOutcome), after: arrival + latency()) }
        var starting = made.running
        starting.status = .starting
        answer(.created(item, attempt: attempt, starting), after: arrival + latency())
    }

    private func prediction(_ id: String) -> Prediction? {
        guard let known = remote[id] else { return nil }
        var prediction = known.running
        guard known.endsAt <= now else { return prediction }
        prediction.completedAt = known.endsAt.date
        if let error = known.error {
            prediction.status = .failed
            prediction.error = error
        } else {
            prediction.status = .succeeded
            prediction.output = "done"
        }
        return prediction
    }

    /// A hundred rows; the link of a page says how many went before.
    private func page(of query: ListQuery) -> (rows: [Prediction], next: String?) {
        let all = list(since: query.createdAfter, before: faults.ignoresBefore ? nil : query.createdBefore)
        let first = query.continuation.flatMap { Int($0) } ?? 0
        return (Array(all.dropFirst(first).prefix(100)), all.count > first + 100 ? "\(first + 100)" : nil)
    }

    private func list(since: Timestamp, before: Timestamp? = nil) -> [Prediction] {
        remote.filter { $0.value.createdAt >= since && $0.value.createdAt < before ?? .distantFuture }.keys.compactMap(
            prediction
        )
        .sorted { ($0.createdAt ?? .distantPast) > ($1.createdAt ?? .distantPast) }
    }
}

extension Prediction {
    /// A prediction as a simulated provider tells it.
    init(simulated id: String, input: JSONValue, status: PredictionStatus, createdAt: Timestamp) {
        // swift-format-ignore: NeverUseForceTry
        self = try! Prediction(
            json: [
                "id": .string(id), "status": .string(status.rawValue), "input": input, "source": "api",
                "created_at": .string(APITime.format(createdAt.date)), "output": .null, "error": .null,
            ]
        )
    }
}
