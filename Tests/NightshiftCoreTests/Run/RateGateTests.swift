import NightshiftCore
import Testing

struct RateGateTests {
    private static let start = Timestamp(milliseconds: 1_700_000_000_000)
    private static let reduced = RateLimit(count: 6, per: .seconds(60))

    private static func gate() -> RateGate {
        RateGate(limit: RateLimit(count: 600, per: .seconds(60)), at: start)
    }

    private static func after(_ seconds: Double) -> Timestamp {
        start.advanced(by: .milliseconds(Int64(seconds * 1000)))
    }

    @Test func theProvidersOwnCountBoundsOurs() {
        var gate = Self.gate()
        let isOpen = gate.take(at: Self.start)
        #expect(isOpen)
        gate.passed(RateReading(remaining: 0, reset: .seconds(2)), at: Self.start)
        let isOpenAtOnce = gate.take(at: Self.after(1))
        #expect(!isOpenAtOnce)
        #expect(gate.nextOpening(after: Self.after(1)) >= Self.after(2))
        let isOpenLater = gate.take(at: Self.after(2))
        #expect(isOpenLater)
    }

    @Test func aResetThatIsADateStopsNoNight() {
        var gate = Self.gate()
        gate.passed(RateReading(remaining: 0, reset: .seconds(1_700_000_000)), at: Self.start)
        let isOpen = gate.take(at: Self.after(61))
        #expect(isOpen)
    }

    /// An account with little credit: one create passes, the next is refused until ten seconds are over.
    private struct LowCreditAccount {
        var lastAccepted: Timestamp?
        var refused = 0

        mutating func wait(at now: Timestamp) -> Duration? {
            if let lastAccepted, lastAccepted.duration(to: now) < .seconds(10) {
                refused += 1
                return .milliseconds(10_000 - lastAccepted.duration(to: now).milliseconds)
            }
            lastAccepted = now
            return nil
        }
    }

    @Test func lowCreditIsRecognizedOnceAndRunAtItsPace() {
        var gate = Self.gate()
        var account = LowCreditAccount()
        var (news, accepted) = (0, 0)
        var now = Self.start
        while now < Self.after(55) {
            if gate.take(at: now) {
                if let wait = account.wait(at: now) {
                    if gate.throttled(for: wait, reducedTo: Self.reduced, at: now) { news += 1 }
                } else {
                    accepted += 1
                    gate.passed(RateReading(remaining: 0, reset: .seconds(1)), at: now)
                }
            }
            now = now.advanced(by: .milliseconds(50))
        }
        #expect(news == 1)
        #expect(gate.reducedPace == Self.reduced)
        #expect(accepted >= 5)
        #expect(account.refused <= 3)
    }

    @Test func wordsOfLowCreditInAStormOfThrottlesAreNotBelieved() {
        var gate = Self.gate()
        var now = Self.start
        for _ in 0..<20 {
            var passed = 0
            while passed < 5 {
                if gate.take(at: now) {
                    gate.passed(at: now)
                    passed += 1
                }
                now = now.advanced(by: .milliseconds(50))
            }
            let isNews = gate.throttled(for: .seconds(1), reducedTo: Self.reduced, at: now)
            #expect(!isNews)
            now = now.advanced(by: .seconds(1))
        }
        #expect(gate.reducedPace == nil)
    }

    @Test(arguments: [(2, true), (599, true), (1, false), (0, false)])
    func aCountOfSeveralLeftEndsTheReduction(left: Int, isOverThen: Bool) {
        var gate = Self.gate()
        _ = gate.throttled(for: .seconds(1), reducedTo: Self.reduced, at: Self.start)
        _ = gate.throttled(for: .seconds(1), reducedTo: Self.reduced, at: Self.after(2))
        #expect(gate.reducedPace != nil)
        let isOver = gate.passed(RateReading(remaining: left, reset: .seconds(1)), at: Self.after(4))
        #expect(isOver == isOverThen)
        #expect((gate.reducedPace == nil) == isOverThen)
    }

    @Test func triesForMoreAfterAWhileOneRequestAtATime() {
        var gate = Self.gate()
        _ = gate.throttled(for: .seconds(1), reducedTo: Self.reduced, at: Self.start)
        _ = gate.throttled(for: .seconds(1), reducedTo: Self.reduced, at: Self.after(2))
        let now = Self.after(120)
        let first = gate.take(at: now)
        let second = gate.take(at: now)
        #expect(first && !second)
        // Still reduced: one refusal is all that it costs.
        gate.throttled(for: .seconds(8), reducedTo: Self.reduced, at: now)
        #expect(gate.reducedPace == Self.reduced)
        // Credit has come: three in a row pass.
        var passed = 0
        var later = Self.after(400)
        while passed < 3 {
            if gate.take(at: later) {
                passed += 1
                let isOver = gate.passed(at: later)
                #expect(isOver == (passed == 3))
            }
            later = later.advanced(by: .milliseconds(100))
        }
        #expect(gate.reducedPace == nil)
        #expect(!gate.isClosed)
    }

    @Test func anotherLimitTakesEffectAtOnce() {
        var gate = Self.gate()
        gate.setLimit(RateLimit(count: 1, per: .seconds(10)), at: Self.start)
        let first = gate.take(at: Self.start)
        let second = gate.take(at: Self.after(5))
        let third = gate.take(at: Self.after(10))
        #expect(first && !second && third)
    }

    @Test func oneThatIsLeftMayBeSent() {
        var gate = Self.gate()
        gate.passed(RateReading(remaining: 1, reset: .seconds(30)), at: Self.start)
        let isOpen = gate.take(at: Self.start)
        #expect(isOpen)
        let isOpenAgain = gate.take(at: Self.start)
        #expect(!isOpenAgain)
    }

    /// What is saved up here is worth nothing where the provider counts less.
    @Test func theProvidersCountIsOfNowAndNotOfTheLastRequest() {
        var gate = Self.gate()
        let burst = gate.take(10, at: Self.start)
        #expect(burst)
        gate.passed(RateReading(remaining: 2, reset: .seconds(30)), at: Self.after(1))
        let taken = (1...5).map { _ in gate.take(at: Self.after(1)) }
        #expect(taken == [true, true, false, false, false])
    }

    /// After a throttle that speaks of little credit requests go one by one, until two pass faster than that would allow.
    @Test func wordsOfLowCreditAreForgottenWhenRequestsPassFaster() {
        var gate = Self.gate()
        gate.throttled(for: .seconds(1), reducedTo: Self.reduced, at: Self.start)
        let first = gate.take(at: Self.after(2))
        #expect(first)
        gate.passed(at: Self.after(2))
        #expect(gate.isClosed, "the next one waits for its answer as well")
        let second = gate.take(at: Self.after(3))
        #expect(second)
        gate.passed(at: Self.after(3))
        let third = gate.take(at: Self.after(4))
        #expect(third)
        gate.passed(at: Self.after(4))
        #expect(!gate.isClosed)
        // It takes two such throttles in a row again.
        gate.throttled(for: .seconds(1), reducedTo: Self.reduced, at: Self.after(5))
        #expect(gate.reducedPace == nil)
    }

    @Test func theNextTryWaitsForTheAnswerOfTheRequestThatIsOut() {
        var gate = Self.gate()
        for second in [0.0, 2] { gate.throttled(for: .seconds(1), reducedTo: Self.reduced, at: Self.after(second)) }
        let probe = gate.take(at: Self.after(50))
        #expect(probe)
        let second = gate.take(at: Self.after(500))
        #expect(!second)
    }

    @Test func whatTheProviderHasCountedIsNotThereAgainAfterItsReset() {
        var gate = RateGate(limit: RateLimit(count: 60, per: .seconds(60)), at: Self.start)
        gate.passed(RateReading(remaining: 0, reset: .milliseconds(100)), at: Self.start)
        let soon = gate.take(at: Self.after(0.2))
        let later = gate.take(at: Self.after(1))
        #expect(!soon && later)
    }

    /// A request that is there a moment early is throttled, and that costs far more than a moment.
    @Test func aReducedAccountIsAskedAMomentLaterThanItSays() {
        var gate = Self.gate()
        for second in [0.0, 2] { gate.throttled(for: .seconds(1), reducedTo: Self.reduced, at: Self.after(second)) }
        gate.throttled(for: .seconds(8), reducedTo: Self.reduced, at: Self.after(20))
        let opening = gate.nextOpening(after: Self.after(20))
        #expect(opening > Self.after(28))
        var now = opening
        while !gate.take(at: now), now < Self.after(29) { now = now.advanced(by: .milliseconds(1)) }
        #expect(now < Self.after(28.5))
        gate.passed(at: now)
        #expect(gate.nextOpening(after: now) > now.advanced(by: .seconds(10)))
    }

    @Test func aCountOfSeveralLeftSpeaksAgainstWordsOfLowCredit() {
        var gate = Self.gate()
        gate.throttled(for: .seconds(1), reducedTo: Self.reduced, at: Self.start)
        let first = gate.take(at: Self.after(2))
        #expect(first)
        gate.passed(RateReading(remaining: 50, reset: .seconds(1)), at: Self.after(2))
        #expect(!gate.isClosed, "they do not go one by one any more")
        let more = (1...3).map { _ in gate.take(at: Self.after(2.5)) }
        #expect(more == [true, true, true])
    }
}
