import NightshiftCore
import Testing

struct AdaptiveConcurrencyTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    private func accept(
        _ concurrency: inout AdaptiveConcurrency, inFlight: Int? = nil, at now: Timestamp = now
    ) {
        concurrency.used(inFlight: inFlight ?? concurrency.allowed)
        concurrency.accepted(at: now, round: .seconds(1))
    }

    @Test func growsToItsBoundWithAcceptedCreatesAndNotBeyond() {
        var concurrency = AdaptiveConcurrency(bound: 64)
        #expect(concurrency.allowed == 16)
        for _ in 0..<100 { accept(&concurrency) }
        #expect(concurrency.allowed == 64)
    }

    @Test func doublesWhenAllThatWasSentIsAcceptedAtOnce() {
        var concurrency = AdaptiveConcurrency(bound: 64)
        concurrency.used(inFlight: 16)
        for _ in 0..<16 { concurrency.accepted(at: Self.now, round: .seconds(1)) }
        #expect(concurrency.allowed == 32)
    }

    @Test func isHalvedOnceByAnswersThatComeTogether() {
        var concurrency = AdaptiveConcurrency(bound: 32)
        for _ in 0..<100 { accept(&concurrency) }
        for _ in 0..<10 { concurrency.hadNoRoom(at: Self.now, round: .seconds(1)) }
        #expect(concurrency.allowed == 16)
        concurrency.hadNoRoom(at: Self.now.advanced(by: .seconds(2)), round: .seconds(1))
        #expect(concurrency.allowed == 8)
    }

    @Test func growsSlowlyAfterMissingCapacityAndNeverFallsBelowOne() {
        var concurrency = AdaptiveConcurrency(bound: 8)
        for second in 0..<10 {
            concurrency.hadNoRoom(at: Self.now.advanced(by: .seconds(Int64(second) * 5)), round: .seconds(1))
        }
        #expect(concurrency.allowed == 1)
        // Many accepted creates in one round are one step.
        let later = Self.now.advanced(by: .seconds(60))
        for _ in 0..<100 { accept(&concurrency, at: later) }
        #expect(concurrency.allowed == 2)
        for round in 1...6 { accept(&concurrency, at: later.advanced(by: .seconds(Int64(round)))) }
        #expect(concurrency.allowed == 8)
    }

    @Test func aSingleFailureHoldsGrowthBackAndShrinksNothing() {
        var concurrency = AdaptiveConcurrency(bound: 64)
        concurrency.failed()
        for _ in 0..<16 { accept(&concurrency, inFlight: 16) }
        #expect(concurrency.allowed == 16)
        accept(&concurrency, inFlight: 16)
        #expect(concurrency.allowed == 17)
    }

    @Test func doesNotGrowWhileItIsNotUsed() {
        var concurrency = AdaptiveConcurrency(bound: 64)
        for _ in 0..<100 { accept(&concurrency, inFlight: 2) }
        #expect(concurrency.allowed == 16)
    }

    @Test func anotherBoundTakesEffectAtOnce() {
        var concurrency = AdaptiveConcurrency(bound: 64)
        concurrency.setBound(4)
        #expect(concurrency.allowed == 4)
        concurrency.setBound(100)
        for _ in 0..<200 { accept(&concurrency) }
        #expect(concurrency.allowed == 100)
    }

    /// A pause and other orders set the bound that is there already.
    @Test func theSameBoundAgainForgetsNothing() {
        var concurrency = AdaptiveConcurrency(bound: 64)
        concurrency.hadNoRoom(at: Self.now, round: .seconds(1))
        #expect(concurrency.allowed == 8)
        concurrency.setBound(64)
        #expect(concurrency.allowed == 8)
        // And it grows as slowly as before.
        let later = Self.now.advanced(by: .seconds(60))
        for _ in 0..<100 { accept(&concurrency, at: later) }
        #expect(concurrency.allowed == 9)
    }
}
