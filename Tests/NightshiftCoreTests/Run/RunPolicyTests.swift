import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// Single decisions of the machine: what it says to one event, with the time and the facts given.
struct RunPolicyTests {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    static let replicate = ProviderTraits(
        remembersPredictions: true, survivesRestart: true, createIsIdempotent: false, answersWhenFinished: false)

    static func items(_ count: Int) -> [LoadedItem] {
        (1...count).map { number in
            LoadedItem(
                id: ItemID(Int64(number)), key: "item-\(number)", name: "\(number)",
                input: ["n": .number(JSONNumber(number)), "seed": 1], files: [], attempt: 0, checkpoint: .pending)
        }
    }

    static func settings(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
        var settings = RunSettings(traits: RunPolicyTests.replicate, concurrency: 8)
        settings.steps[0].backoff = Backoff(initial: .milliseconds(100), jitter: .none)
        change(&settings)
        return settings
    }

    /// A machine that has been given its items.
    static func machine(
        _ count: Int, _ settings: RunSettings, resumed: [LoadedItem] = []
    ) -> (RunStateMachine, Decision) {
        var totals = RunTotals()
        totals[.pending] = count
        totals[.running] = resumed.count
        var machine = RunStateMachine(
            settings: settings, totals: totals, seed: 1, clockOffset: .zero, at: start)
        let page = LoadedPage(items: count > 0 ? items(count) : [], hasMore: false, nextDue: nil)
        let decision = machine.handle([.resumed(resumed, page)], at: start)
        return (machine, decision)
    }

    static func creates(_ decision: Decision) -> [(item: ItemID, attempt: Int, input: JSONValue)] {
        decision.actions.compactMap { action in
            if case .create(let item, _, _, let attempt, let input) = action { (item, attempt, input) } else { nil }
        }
    }

    static func prediction(_ id: String, _ status: PredictionStatus, error: String? = nil) -> Prediction {
        var prediction = Prediction(id: id, output: status == .succeeded ? "done" : nil, status: status)
        prediction.error = error
        return prediction
    }

    // MARK: - A refused account

    @Test(arguments: [ProviderError.Code.noCredit, .unauthorized])
    func aRefusedAccountPausesTheRunAndIsProbedUntilItIsAccepted(_ code: ProviderError.Code) throws {
        var (machine, decision) = Self.machine(3, Self.settings())
        let sent = Self.creates(decision)
        #expect(sent.count == 3)
        let refusals = sent.map {
            RunEvent.createFailed($0.item, attempt: $0.attempt, ProviderError(code, "no"))
        }
        decision = machine.handle(refusals, at: Self.start)
        #expect(decision.announcements.map(\.kind) == [.paused])
        #expect(decision.finish == nil)
        #expect(machine.totals[.pending] == 3)
        #expect(machine.totals.predictions == 0)
        #expect(decision.load != nil)

        // The store gives them back; one is let through when the time is over.
        decision = machine.handle(
            [.loaded(LoadedPage(items: Self.items(3), hasMore: false, nextDue: nil))], at: Self.start)
        #expect(Self.creates(decision).isEmpty)
        let later = try #require(decision.wake)
        #expect(Self.start.duration(to: later) == .seconds(300))
        decision = machine.handle([.woke], at: later)
        let probe = Self.creates(decision)
        #expect(probe.count == 1)
        decision = machine.handle(
            [.created(probe[0].item, attempt: probe[0].attempt, Self.prediction("p1", .starting))], at: later)
        #expect(decision.announcements.map(\.kind) == [.resumed])
        #expect(Self.creates(decision).count == 2)
    }

    @Test func aRefusedAccountEndsTheRunIfNobodyWantsToWait() {
        var (machine, decision) = Self.machine(1, Self.settings { $0.waitsWhenRefused = false })
        let sent = Self.creates(decision)[0]
        decision = machine.handle(
            [.createFailed(sent.item, attempt: sent.attempt, ProviderError(.noCredit, "no credit"))], at: Self.start)
        #expect(decision.finish == .refused("no credit"))
    }

    // MARK: - Retries

    private static let seedChange = TemplateTree.Member(
        "seed",
        .text(
            Template(
                segments: [
                    .placeholder(
                        Placeholder(root: .name("random"), source: "random", location: SourceLocation(file: "x")))
                ], location: SourceLocation(file: "x"))))

    /// The item as the store gives it back after a failure.
    private static func failed(_ failure: FailureClass, attempt: Int) -> LoadedItem {
        var item = items(1)[0]
        item.attempt = attempt
        item.failures = FailureCounts()
        for _ in 0..<attempt { item.failures.add(failure) }
        item.lastFailure = failure
        item.row = ["name": "anna"]
        return item
    }

    @Test func aRetryMaySendAnotherSeedAndRecordsIt() throws {
        let settings = Self.settings {
            $0.steps[0].retryRules = RetryRules(overrides: [.nsfw: 1], changes: [Self.seedChange])
        }
        var totals = RunTotals()
        totals[.pending] = 1
        var seeds: Set<JSONValue> = []
        for attempt in 1...2 {
            var machine = RunStateMachine(settings: settings, totals: totals, seed: 1, at: Self.start)
            let page = LoadedPage(items: [Self.failed(.nsfw, attempt: attempt)], hasMore: false, nextDue: nil)
            let decision = machine.handle([.resumed([], page)], at: Self.start)
            let sent = try #require(Self.creates(decision).first)
            let seed = try #require(sent.input["seed"])
            #expect(sent.input["n"] == 1)
            seeds.insert(seed)
            guard case .submitting(_, let intent, let changes) = decision.transitions[0].change else {
                Issue.record("no intent was recorded")
                return
            }
            #expect(changes == ["seed": seed])
            #expect(intent.requestDigest == RequestDigest.of(sent.input))
        }
        #expect(seeds.count == 2 && !seeds.contains(1))
    }

    @Test(arguments: [(FailureClass.nsfw, true), (.interrupted, false)])
    func onlyWhatTheInputHasCausedChangesIt(_ failure: FailureClass, _ isChanged: Bool) throws {
        let settings = Self.settings { $0.steps[0].retryRules = RetryRules(changes: [Self.seedChange]) }
        var totals = RunTotals()
        totals[.pending] = 1
        var machine = RunStateMachine(settings: settings, totals: totals, seed: 1, at: Self.start)
        let page = LoadedPage(items: [Self.failed(failure, attempt: 1)], hasMore: false, nextDue: nil)
        let sent = try #require(Self.creates(machine.handle([.resumed([], page)], at: Self.start)).first)
        #expect((sent.input["seed"] != 1) == isChanged)
    }

    @Test(
        arguments: [
            (FailureClass.nsfw, [FailureClass.nsfw: 1], 1, true), (.nsfw, [.nsfw: 1], 2, false), (.nsfw, [:], 1, false),
            (.interrupted, [.interrupted: 0], 1, false), (.interrupted, [.interrupted: 9], 7, true),
            (.interrupted, [:], 4, true), (.interrupted, [:], 5, false), (.startError, [:], 1, true),
            (.startError, [:], 2, false), (.aborted, [:], 19, true), (.aborted, [:], 20, false),
            (.aborted, [.aborted: 2], 3, false),
        ] as [(FailureClass, [FailureClass: Int], Int, Bool)])
    func theManifestOverridesTheTableByClass(
        _ failure: FailureClass, _ overrides: [FailureClass: Int], _ failures: Int, _ isRetried: Bool
    ) {
        var counts = FailureCounts()
        for _ in 0..<failures { counts.add(failure) }
        let rules = RetryRules(overrides: overrides)
        #expect(rules.allowsRetry(after: failure, counts: counts, attempts: 5) == isRetried)
    }

    @Test(arguments: [FailureClass.interrupted, .startError, .corruptOutput])
    func noClassHasMoreAttemptsThanTheManifestAllows(failure: FailureClass) {
        var counts = FailureCounts()
        counts.add(failure)
        #expect(!RetryRules().allowsRetry(after: failure, counts: counts, attempts: 1))
        #expect(RetryRules().allowsRetry(after: failure, counts: counts, attempts: 2))
    }

    // MARK: - Lost answers

    @Test(arguments: [(OnUnknown.reconcile, ItemState.unknown), (.hold, .held), (.retry, .pending)])
    func theManifestSaysWhatIsDoneAboutALostAnswer(_ policy: OnUnknown, _ state: ItemState) {
        var (machine, decision) = Self.machine(1, Self.settings { $0.onUnknown = policy })
        let sent = Self.creates(decision)[0]
        decision = machine.handle(
            [.createFailed(sent.item, attempt: sent.attempt, ProviderError(.unknownOutcome, "lost"))], at: Self.start)
        #expect(decision.transitions.map(\.change.state) == [state])
        // It may have been accepted, so it counts as spent.
        #expect(machine.totals.predictions == 1)
    }

    // MARK: - The hours of the day

    @Test func outsideOfTheWindowNothingIsCreatedUntilItOpens() throws {
        let utc = try #require(TimeZone(identifier: "UTC"))
        // 1_700_000_000 is 22:13 UTC.
        let window = try #require(DailyWindow(parsing: "23:00-07:00", timeZone: utc))
        var (machine, decision) = Self.machine(2, Self.settings { $0.window = window })
        #expect(Self.creates(decision).isEmpty)
        #expect(decision.announcements.map(\.cause) == [.windowClosed("23:00-07:00", opensAt: "23:00")])
        let opening = try #require(decision.wake)
        #expect(Self.start.duration(to: opening) < .seconds(3600))
        decision = machine.handle([.woke], at: opening)
        #expect(Self.creates(decision).count == 2)
        #expect(decision.announcements.map(\.cause) == [.windowOpened("23:00-07:00")])
    }

    // MARK: - The canary

    @Test func theFirstItemsDecideAboutTheRest() throws {
        var (machine, decision) = Self.machine(5, Self.settings { $0.canary = 2 })
        let sent = Self.creates(decision)
        #expect(sent.count == 2)
        var asked: [CanaryResult] = []
        for create in sent {
            decision = machine.handle(
                [.created(create.item, attempt: 1, Self.prediction("p\(create.item.rawValue)", .succeeded))],
                at: Self.start)
            decision = machine.handle([.fetched(create.item, attempt: 1, [])], at: Self.start)
            asked += decision.actions.compactMap { if case .judgeCanary(let result) = $0 { result } else { nil } }
        }
        let result = try #require(asked.first)
        #expect(asked.count == 1 && result.succeeded == 2 && result.left == 3)
        var refused = machine
        #expect(Self.creates(machine.handle([.canaryJudged(goesOn: true)], at: Self.start)).count == 3)
        guard case .canary = refused.handle([.canaryJudged(goesOn: false)], at: Self.start).finish else {
            Issue.record("the run went on")
            return
        }
    }

    // MARK: - Results that are gone

    @Test func saysHowManyMustBeRunAgainBeforeDoingIt() {
        let old = Self.start.advanced(by: .seconds(-24 * 3600))
        let resumed = (1...2).map { number in
            var item = Self.items(number)[number - 1]
            item.id = ItemID(Int64(100 + number))
            item.key = "old-\(number)"
            item.attempt = 1
            item.checkpoint = .running(predictionID: "p\(number)", since: old)
            return item
        }
        var (machine, decision) = Self.machine(1, Self.settings(), resumed: resumed)
        #expect(Self.creates(decision).isEmpty)
        var removed = Prediction(id: "p1", output: nil, status: .succeeded)
        removed.dataRemoved = true
        decision = machine.handle([.read(ItemID(101), removed)], at: Self.start)
        #expect(Self.creates(decision).isEmpty && decision.announcements.isEmpty)
        removed.id = "p2"
        decision = machine.handle([.read(ItemID(102), removed)], at: Self.start)
        #expect(decision.announcements.map(\.cause) == [.resultsExpired(count: 2)])
        #expect(Self.creates(decision).map(\.item) == [ItemID(1)])
    }

    // MARK: - Webhooks

    @Test func aWebhookEndsAPredictionEvenBeforeTheAnswerToItsCreate() {
        var (machine, decision) = Self.machine(2, Self.settings { $0.isNotified = true })
        let sent = Self.creates(decision)
        _ = machine.handle([.created(sent[0].item, attempt: 1, Self.prediction("p1", .starting))], at: Self.start)
        decision = machine.handle([.notified(Self.prediction("p1", .succeeded))], at: Self.start)
        #expect(decision.transitions.map(\.change.state) == [.fetching])
        // Again, and for one whose id is not known yet.
        decision = machine.handle(
            [.notified(Self.prediction("p1", .succeeded)), .notified(Self.prediction("p2", .succeeded))], at: Self.start
        )
        #expect(decision.transitions.isEmpty)
        decision = machine.handle(
            [.created(sent[1].item, attempt: 1, Self.prediction("p2", .starting))], at: Self.start)
        #expect(decision.transitions.map(\.change.state) == [.running, .fetching])
    }

    // MARK: - What goes first

    @Test func freeSlotsAreFilledBeforeDownloadsBegin() {
        var (machine, decision) = Self.machine(24, Self.settings())
        let ended = Self.creates(decision).map {
            RunEvent.created($0.item, attempt: 1, Self.prediction("p\($0.item.rawValue)", .succeeded))
        }
        decision = machine.handle(ended, at: Self.start.advanced(by: .milliseconds(500)))
        let kinds = decision.actions.map { action in
            switch action {
            case .create: "create"
            case .fetch: "fetch"
            default: "other"
            }
        }
        #expect(kinds == Array(repeating: "create", count: 8) + Array(repeating: "fetch", count: 8))
    }
}
