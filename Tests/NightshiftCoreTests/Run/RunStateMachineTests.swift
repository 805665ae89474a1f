import JSON
import NightshiftCore
import ReplicateAPI
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RunStateMachineTests {
    static let replicate = ProviderTraits(
        remembersPredictions: true, survivesRestart: true, createIsIdempotent: false, answersWhenFinished: false
    )

    static func settings(concurrency: Int = 8) -> RunSettings {
        RunSettings(traits: replicate, concurrency: concurrency)
    }

    /// How many predictions were made of each input that did not fail by themselves.
    static func paid(_ run: SimulatedRun) -> [JSONValue: Int] {
        run.remote.values.filter { $0.error == nil }.reduce(into: [:]) { $0[$1.input, default: 0] += 1 }
    }

    @Test func finishesEveryItemWithOneCreateEach() {
        var run = SimulatedRun(items: 200, settings: Self.settings(), seed: 1)
        #expect(run.play() == .completed)
        #expect(run.disk.values.allSatisfy { $0.state == .succeeded && $0.attempt == 1 })
        #expect(run.createsSent == 200)
        #expect(run.totals[.succeeded] == 200)
    }

    @Test(arguments: 1...60)
    func losesNothingAndPaysOnceWhateverGoesWrong(seed: UInt64) {
        var faults = SimulatedRun.Faults()
        faults.lostBeforeAcceptance = 0.05
        faults.lostAfterAcceptance = 0.1
        faults.throttled = 0.05
        faults.notSent = 0.05
        faults.unavailableReads = 0.1
        faults.failedDownloads = 0.1
        var run = SimulatedRun(items: 60, settings: Self.settings(), faults: faults, seed: seed)
        #expect(run.play() == .completed)
        #expect(run.disk.values.allSatisfy { $0.state == .succeeded })
        #expect(Self.paid(run).values.allSatisfy { $0 == 1 })
        #expect(run.totals.predictions == run.remote.count)
        // Every wake had something to do: none is spent on looking at a full window.
        #expect(run.steps < 4 * (run.reads + run.createsSent))
    }

    @Test(arguments: 1...60)
    func resumesAfterACrashAtAnyCheckpoint(seed: UInt64) {
        var faults = SimulatedRun.Faults()
        faults.crash = 0.05
        faults.lostAfterAcceptance = 0.05
        faults.interrupted = 0.05
        var run = SimulatedRun(items: 40, settings: Self.settings(concurrency: 4), faults: faults, seed: seed)
        #expect(run.play() == .completed)
        #expect(run.sessions > 1)
        #expect(run.disk.values.allSatisfy { $0.state == .succeeded })
        #expect(Self.paid(run).values.allSatisfy { $0 == 1 })
    }

    @Test func interruptedPredictionsAreTriedAgainUpToThePolicy() {
        var faults = SimulatedRun.Faults()
        faults.interrupted = 1
        var settings = Self.settings()
        settings.steps[0].attempts = 3
        var run = SimulatedRun(items: 10, settings: settings, faults: faults, seed: 7)
        #expect(run.play() == .completed)
        #expect(run.disk.values.allSatisfy { $0.state == .failed && $0.failures.counted == 3 })
        #expect(run.createsSent == 30)
        #expect(run.totals.retries == 20)
    }

    @Test func throttlingCostsNoAttempt() {
        var faults = SimulatedRun.Faults()
        faults.throttled = 0.5
        var run = SimulatedRun(items: 30, settings: Self.settings(), faults: faults, seed: 3)
        #expect(run.play() == .completed)
        #expect(run.disk.values.allSatisfy { $0.state == .succeeded && $0.attempt == 1 && $0.failures.counted == 0 })
    }

    @Test func creatingNeverExceedsTheRate() {
        var settings = Self.settings(concurrency: 1000)
        settings.creates = RateLimit(count: 600, per: .seconds(60))
        var run = SimulatedRun(items: 300, settings: settings, seed: 4)
        let start = run.now
        #expect(run.play() == .completed)
        // Ten at once, then ten a second.
        #expect(start.duration(to: run.now) >= .seconds(29))
    }

    @Test func theBudgetOfPredictionsIsAHardStopThatCountsWhatIsInFlight() {
        var settings = Self.settings()
        settings.limits.predictions = 25
        var run = SimulatedRun(items: 100, settings: settings, seed: 5)
        let end = run.play()
        #expect(run.createsSent == 25)
        #expect(run.totals[.succeeded] == 25)
        guard case .budget = end else {
            Issue.record("ended with \(String(describing: end))")
            return
        }
    }

    @Test func stoppingOnceFinishesWhatRunsAndCreatesNothingMore() {
        var run = SimulatedRun(items: 500, settings: Self.settings(), seed: 6)
        #expect(run.play(stop: .drain) == .interrupted)
        #expect(run.createsSent < 500)
        #expect(run.totals[.succeeded] == run.createsSent)
        #expect(run.totals[.pending] == 500 - run.createsSent)
    }

    @Test func stoppingTwiceLeavesWhatRunsAndTheNextRunAdoptsIt() {
        var run = SimulatedRun(items: 50, settings: Self.settings(), seed: 8)
        run.runTime = 5000...9000
        #expect(run.play(stop: .detach) == .interrupted)
        #expect(run.totals[.running] > 0)
        #expect(run.play() == .completed)
        #expect(Self.paid(run).values.allSatisfy { $0 == 1 })
    }

    @Test func manyInFlightAreWatchedWithFewReads() {
        var run = SimulatedRun(items: 1000, settings: Self.settings(concurrency: 250), seed: 9)
        run.runTime = 28_000...32_000
        #expect(run.play(steps: 2_000_000) == .completed)
        #expect(Double(run.reads) / 1000 < 0.35, "\(run.reads) reads for 1,000 predictions")
    }

    @Test(arguments: [(true, false, 1.5), (false, true, 10)])
    func aListThatIsUncutOrBrokenHidesNothing(ignoresBefore: Bool, hasNoList: Bool, reads: Double) {
        var faults = SimulatedRun.Faults()
        (faults.ignoresBefore, faults.hasNoList) = (ignoresBefore, hasNoList)
        var run = SimulatedRun(items: 1000, settings: Self.settings(concurrency: 250), faults: faults, seed: 10)
        run.runTime = 28_000...32_000
        #expect(run.play(steps: 2_000_000) == .completed)
        #expect(run.disk.values.allSatisfy { $0.state == .succeeded && $0.attempt == 1 })
        #expect(Double(run.reads) / 1000 < reads, "\(run.reads) reads for 1,000 predictions")
    }
}
