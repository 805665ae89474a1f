import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// What looks gone and is not: nothing is computed again that can still be had.
struct RunPatienceTests {
    /// A throttle of reads lets one through. Should its prediction end meanwhile by a webhook, the answer still counts: else no
    /// read would follow, and the run would wait for nothing.
    @Test func aReadThatNobodyAwaitsFreesTheThrottleAllTheSame() throws {
        let start = RunPolicyTests.start
        var (machine, decision) = RunPolicyTests.machine(2, RunPolicyTests.settings())
        for (item, id) in zip(RunPolicyTests.creates(decision).map(\.item), ["p1", "p2"]) {
            decision = machine.handle(
                [.created(item, attempt: 1, RunPolicyTests.prediction(id, .processing))], at: start)
        }
        func read(_ decision: Decision) -> ItemID? {
            decision.actions.lazy.compactMap { if case .read(let item, _) = $0 { item } else { nil } }.first
        }
        var now = start
        while read(decision) == nil {
            now = try #require(decision.wake)
            decision = machine.handle([.woke], at: now)
        }
        let throttle = ProviderError(.throttled, "429", retryAfter: .seconds(5))
        for item in [1, 2] { decision = machine.handle([.readFailed(ItemID(Int64(item)), throttle)], at: now) }
        // The one that is let through.
        while read(decision) == nil {
            now = try #require(decision.wake)
            decision = machine.handle([.woke], at: now)
        }
        let probe = try #require(read(decision))
        let ended = RunPolicyTests.prediction("p\(probe.rawValue)", .canceled)
        decision = machine.handle([.notified(ended)], at: now)
        decision = machine.handle([.readFailed(probe, ProviderError(.unavailable, "503"))], at: now)
        let other = ItemID(3 - probe.rawValue)
        for _ in 1...20 where read(decision) != other {
            now = try #require(decision.wake)
            decision = machine.handle([.woke], at: now)
        }
        #expect(read(decision) == other)
    }

    private static let start = RunPolicyTests.start
    private static let item = ItemID(1)

    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    /// A machine with one item, whose prediction runs.
    private static func running() -> RunStateMachine {
        var (machine, _) = RunPolicyTests.machine(1, RunPolicyTests.settings())
        _ = machine.handle([.created(item, attempt: 1, prediction(.starting))], at: start)
        return machine
    }

    private static func prediction(_ status: PredictionStatus) -> Prediction {
        RunPolicyTests.prediction("p1", status)
    }

    private static func fetches(_ decision: Decision) -> Int {
        decision.actions.count { if case .fetch = $0 { true } else { false } }
    }

    private static func reads(_ decision: Decision) -> Int {
        decision.actions.count { if case .read = $0 { true } else { false } }
    }

    private static func isCreating(_ decision: Decision) -> Bool { !RunPolicyTests.creates(decision).isEmpty }

    @Test func aThrottledReadWaitsAsLongAsTheProviderAsks() throws {
        var machine = Self.running()
        let throttle = ProviderError(.throttled, "429", retryAfter: .seconds(40))
        var decision = machine.handle([.readFailed(Self.item, throttle)], at: Self.at(1))
        var now = Self.at(1)
        while Self.reads(decision) == 0 {
            now = try #require(decision.wake)
            decision = machine.handle([.woke], at: now)
        }
        #expect(now >= Self.at(41) && now < Self.at(45))
        // Any other failure is tried again soon.
        decision = machine.handle([.readFailed(Self.item, ProviderError(.unavailable, "503"))], at: now)
        #expect(try #require(decision.wake) < now.advanced(by: .seconds(2)))
    }

    @Test func aFailedAttemptThatIsTriedAgainIsCounted() {
        var machine = Self.running()
        #expect(machine.totals.retries == 0)
        var failed = Self.prediction(.failed)
        failed.error = "Prediction interrupted; please retry (code: PA)"
        _ = machine.handle([.read(Self.item, failed)], at: Self.at(1))
        #expect(machine.totals.retries == 1)
    }

    @Test func aProviderWhoseAccountCannotBeReadDoesNotAnswer() {
        #expect(ProviderCheck(account: .answered, list: .answered).isAnswering)
        #expect(ProviderCheck(account: .unsupported, list: .answered).isAnswering)
        #expect(!ProviderCheck(account: .failed("502"), list: .answered).isAnswering)
        #expect(!ProviderCheck(account: .answered, list: .unsupported).isAnswering)
        #expect(ProviderCheck(account: .failed("502"), list: .answered).failure == "502")
    }

    @Test func aFileThatComesLateIsFetchedAgainAndAgain() {
        var machine = Self.running()
        var decision = machine.handle([.read(Self.item, Self.prediction(.succeeded))], at: Self.at(1))
        #expect(Self.fetches(decision) == 1)
        // The provider is asked whether the output is still there.
        decision = machine.handle([.fetchFailed(Self.item, attempt: 1, .expired)], at: Self.at(1))
        #expect(Self.reads(decision) == 1)
        #expect(decision.transitions.map(\.change.state) == [.running], "should the session end now")
        decision = machine.handle([.read(Self.item, Self.prediction(.succeeded))], at: Self.at(1))
        var now = 1.0
        var announcements = 0
        var readsAgain = 0
        for _ in 0..<12 {
            #expect(Self.fetches(decision) == 1)
            decision = machine.handle([.fetchFailed(Self.item, attempt: 1, .expired)], at: Self.at(now))
            announcements += decision.announcements.count
            #expect(!Self.isCreating(decision))
            // What has told the address may have been an old answer, so it is asked for again now and then.
            if Self.reads(decision) == 1 {
                readsAgain += 1
                decision = machine.handle([.read(Self.item, Self.prediction(.succeeded))], at: Self.at(now))
                continue
            }
            guard let wake = decision.wake else {
                Issue.record("nobody looks again")
                return
            }
            now = Self.start.duration(to: wake) / .seconds(1)
            decision = machine.handle([.woke], at: wake)
        }
        #expect(announcements == 1)
        #expect(readsAgain == 1)
        decision = machine.handle(
            [
                .fetched(
                    Self.item, attempt: 1, [StoredOutput(index: 0, path: "1.txt", size: 1, sha256: "", mediaType: nil)])
            ],
            at: Self.at(now))
        #expect(decision.finish == .completed)
        #expect(machine.totals.predictions == 1)
    }

    @Test func afterAnHourWithoutItsFileItIsComputedAgain() {
        var machine = Self.running()
        _ = machine.handle([.read(Self.item, Self.prediction(.succeeded))], at: Self.at(1))
        _ = machine.handle([.fetchFailed(Self.item, attempt: 1, .expired)], at: Self.at(1))
        _ = machine.handle([.read(Self.item, Self.prediction(.succeeded))], at: Self.at(1))
        let decision = machine.handle([.fetchFailed(Self.item, attempt: 1, .expired)], at: Self.at(3700))
        #expect(decision.transitions.map(\.change.state) == [.pending])
    }

    @Test(arguments: [1.0, 3600]) func aPredictionIsNotGoneByOneAnswerThatDoesNotKnowIt(age: Double) {
        var machine = Self.running()
        let missing = RunEvent.readFailed(Self.item, ProviderError(.notFound, "404"))
        var decision = machine.handle([missing], at: Self.at(age))
        #expect(decision.transitions.isEmpty)
        decision = machine.handle([missing, missing, missing], at: Self.at(age + 20))
        #expect(decision.transitions.isEmpty)
        // Seen again, it begins anew.
        _ = machine.handle([.read(Self.item, Self.prediction(.processing))], at: Self.at(age + 22))
        decision = machine.handle([missing], at: Self.at(age + 40))
        #expect(decision.transitions.isEmpty)
        _ = machine.handle([missing], at: Self.at(age + 55))
        decision = machine.handle([missing], at: Self.at(age + 71))
        // Missed three times for long enough, it is looked for more closely, and the provider must answer for something else.
        #expect(decision.transitions.isEmpty)
        #expect(AbsenceTests.checks(decision) == ["p1"])
        let check = ProviderCheck(account: .answered, list: .answered)
        decision = machine.handle(
            [.absenceChecked(Self.item, AbsenceCheck(prediction: .missing, witness: nil, provider: check))],
            at: Self.at(age + 72))
        #expect(decision.transitions.map(\.change.state) == [.pending])
    }

    @Test func anAnswerAboutAnotherPredictionIsFollowedByAnotherLook() {
        var machine = Self.running()
        let decision = machine.handle(
            [.read(Self.item, RunPolicyTests.prediction("other", .succeeded))], at: Self.at(1))
        #expect(decision.transitions.isEmpty)
        #expect(decision.wake.map { $0 <= Self.at(3) } == true)
        #expect(Self.reads(machine.handle([.woke], at: Self.at(3))) == 1)
    }

    @Test func nothingIsLearnedFromStampsThatCannotBe() throws {
        var (machine, decision) = RunPolicyTests.machine(8, RunPolicyTests.settings())
        let creates = RunPolicyTests.creates(decision)
        let last = try #require(creates.last)
        for create in creates.dropLast() {
            // By the provider's stamps each took a day, which cannot be: it was sent just now.
            var ended = RunPolicyTests.prediction("p\(create.item.rawValue)", .succeeded)
            ended.createdAt = Self.at(-86_400).date
            ended.completedAt = Self.start.date
            _ = machine.handle([.created(create.item, attempt: 1, ended)], at: Self.at(1))
        }
        decision = machine.handle(
            [.created(last.item, attempt: 1, RunPolicyTests.prediction("last", .starting))], at: Self.at(1))
        #expect(Self.reads(decision) == 1)
    }

    @Test func whereComputingTimeIsLimitedOneShowsHowLongItTakes() {
        let settings = RunPolicyTests.settings { $0.limits.predictTime = .seconds(10) }
        var (machine, decision) = RunPolicyTests.machine(20, settings)
        #expect(RunPolicyTests.creates(decision).count == 1)
        var ended = Self.prediction(.succeeded)
        ended.createdAt = Self.start.date
        ended.completedAt = Self.at(2).date
        ended.metrics = ["predict_time": 2]
        decision = machine.handle([.created(Self.item, attempt: 1, ended)], at: Self.at(2))
        #expect(RunPolicyTests.creates(decision).count == 4, "8 s are left, and each takes 2 s")
    }
}
