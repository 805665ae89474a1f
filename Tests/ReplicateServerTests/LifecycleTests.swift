import DemoModels
import ReplicateAPI
import Testing

@testable import ReplicateServer

@Suite struct LifecycleTests {
    private let created = ServerTime(nanoseconds: 1_800_000_000_000_000_000)

    private func at(_ seconds: Double) -> ServerTime {
        created.advanced(by: Duration(inSeconds: seconds))
    }

    private func planned(
        start: Int = 2, run: Int = 10, ending: RunEnding = .succeeded, deadline: Double? = nil
    ) -> PredictionLifecycle {
        var lifecycle = PredictionLifecycle(createdAt: created, deadline: deadline.map { at($0) })
        lifecycle.plan(startAfter: .seconds(start), runFor: .seconds(run), ending: ending)
        return lifecycle
    }

    @Test(arguments: [
        (0, PredictionStatus.starting), (1.9, .starting), (2, .processing), (11.9, .processing), (12, .succeeded),
        (1000, .succeeded),
    ])
    func aPlannedRunPassesThroughItsStates(seconds: Double, status: PredictionStatus) {
        #expect(planned().snapshot(at: at(seconds)).status == status)
    }

    @Test func aFinishedRunTellsItsTimes() {
        let snapshot = planned(ending: .failed("no luck")).snapshot(at: at(60))
        #expect(snapshot.status == .failed)
        #expect(snapshot.error == "no luck")
        #expect(snapshot.startedAt == at(2))
        #expect(snapshot.completedAt == at(12))
        #expect(planned().snapshot(at: at(7)).progress == 0.5)
    }

    @Test(
        arguments: [
            (1.0, PredictionStatus.aborted, nil), (5, .canceled, 2.0), (20, .succeeded, 2.0),
        ] as [(Double, PredictionStatus, Double?)])
    func aDeadlineAbortsBeforeTheStartAndCancelsAfterIt(
        deadline: Double, status: PredictionStatus, startedAfter: Double?
    ) {
        let snapshot = planned(deadline: deadline).snapshot(at: at(100))
        #expect(snapshot.status == status)
        #expect(snapshot.startedAt == startedAfter.map { at($0) })
        #expect(snapshot.completedAt == at(min(deadline, 12)))
    }

    @Test func nothingLeavesAFinalState() {
        var lifecycle = planned()
        let isCanceled = lifecycle.cancel(at: at(5))
        #expect(isCanceled)
        let canceled = lifecycle.snapshot(at: at(6))
        #expect(canceled.status == .canceled)
        let isCanceledAgain = lifecycle.cancel(at: at(7))
        #expect(!isCanceledAgain)
        let isFinished = lifecycle.finish(.succeeded, at: at(8))
        #expect(!isFinished)
        let isStarted = lifecycle.start(at: at(8))
        #expect(!isStarted)
        #expect(lifecycle.snapshot(at: at(100)) == canceled)

        var done = planned()
        let isDoneCanceled = done.cancel(at: at(13))
        #expect(!isDoneCanceled)
        #expect(done.snapshot(at: at(14)).status == .succeeded)
    }

    @Test func anAbortionTakesThePlaceOfTheStart() {
        let snapshot = planned(run: 0, ending: .aborted).snapshot(at: at(3))
        #expect(snapshot.status == .aborted)
        #expect(snapshot.startedAt == nil)
        #expect(snapshot.completedAt == at(2))
    }

    @Test func withoutAPlanFactsDecide() {
        var lifecycle = PredictionLifecycle(createdAt: created)
        #expect(lifecycle.expectedEnd == nil)
        #expect(lifecycle.snapshot(at: at(5000)).status == .starting)
        let isStarted = lifecycle.start(at: at(10))
        #expect(isStarted)
        #expect(lifecycle.snapshot(at: at(10)).status == .processing)
        let isFinished = lifecycle.finish(.succeeded, at: at(20))
        #expect(isFinished)
        #expect(lifecycle.snapshot(at: at(20)).status == .succeeded)
    }

    @Test func aRunIsStoppedAfterHalfAnHour() {
        let snapshot = planned(run: 7200).snapshot(at: at(7300))
        #expect(snapshot.status == .canceled)
        #expect(snapshot.completedAt == at(1802))
    }
}

@Suite struct RateBucketTests {
    private let start = ServerTime(nanoseconds: 1_800_000_000_000_000_000)

    @Test func aBucketLetsABurstThroughAndThenItsRate() {
        var bucket = RateBucket(.init(count: 6, per: .seconds(60), burst: 2), at: start)
        func take(_ now: ServerTime) -> RateBucket.Verdict { bucket.take(at: now) }
        #expect(take(start) == .taken(remaining: 1))
        #expect(take(start) == .taken(remaining: 0))
        #expect(take(start) == .refused(wait: .seconds(10)))
        #expect(take(start.advanced(by: .seconds(4))) == .refused(wait: .seconds(6)))
        #expect(take(start.advanced(by: .seconds(10))) == .taken(remaining: 0))
        #expect(take(start.advanced(by: .seconds(3600))) == .taken(remaining: 1))
    }
}

@Suite struct PredictionIDTests {
    @Test func anIDIsTwentySixLettersThatComeBack() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let id = PredictionID(using: &random)
            #expect(id.text.utf8.count == 26)
            #expect(PredictionID(id.text) == id)
        }
    }

    @Test(arguments: [
        "", "abc", String(repeating: "z", count: 26), String(repeating: "u", count: 26), "0123456789abcdefghjkmnpqrI",
    ])
    func otherTextsAreNoIDs(text: String) {
        #expect(PredictionID(text) == nil)
    }
}
