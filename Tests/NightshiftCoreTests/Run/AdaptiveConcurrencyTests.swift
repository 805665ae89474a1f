import NightshiftCore
import Testing

struct AdaptiveConcurrencyTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    @Test func growsToItsBoundWithAcceptedCreatesAndNotBeyond() {
        var concurrency = AdaptiveConcurrency(bound: 64)
        #expect(concurrency.allowed == 16)
        for _ in 0..<100 { concurrency.accepted(inFlight: concurrency.allowed) }
        #expect(concurrency.allowed == 64)
    }

    @Test func isHalvedOnceByAnswersThatComeTogether() {
        var concurrency = AdaptiveConcurrency(bound: 32)
        for _ in 0..<100 { concurrency.accepted(inFlight: concurrency.allowed) }
        for _ in 0..<10 { concurrency.hadNoRoom(at: Self.now, round: .seconds(1)) }
        #expect(concurrency.allowed == 16)
        #expect(concurrency.isReduced)
        concurrency.hadNoRoom(at: Self.now.advanced(by: .seconds(2)), round: .seconds(1))
        #expect(concurrency.allowed == 8)
    }

    @Test func growsSlowlyAfterMissingCapacityAndNeverFallsBelowOne() {
        var concurrency = AdaptiveConcurrency(bound: 8)
        for second in 0..<10 {
            concurrency.hadNoRoom(at: Self.now.advanced(by: .seconds(Int64(second) * 5)), round: .seconds(1))
        }
        #expect(concurrency.allowed == 1)
        for _ in 0..<3 { concurrency.accepted(inFlight: concurrency.allowed) }
        #expect(concurrency.allowed <= 3)
        for _ in 0..<200 { concurrency.accepted(inFlight: concurrency.allowed) }
        #expect(concurrency.allowed == 8)
    }

    @Test func aSingleFailureHoldsGrowthBackAndShrinksNothing() {
        var concurrency = AdaptiveConcurrency(bound: 64)
        concurrency.failed()
        for _ in 0..<16 { concurrency.accepted(inFlight: 16) }
        #expect(concurrency.allowed == 16)
        concurrency.accepted(inFlight: 16)
        #expect(concurrency.allowed == 17)
    }

    @Test func doesNotGrowWhileItIsNotUsed() {
        var concurrency = AdaptiveConcurrency(bound: 64)
        for _ in 0..<100 { concurrency.accepted(inFlight: 2) }
        #expect(concurrency.allowed == 16)
    }

    @Test func anotherBoundTakesEffectAtOnce() {
        var concurrency = AdaptiveConcurrency(bound: 64)
        concurrency.setBound(4)
        #expect(concurrency.allowed == 4)
        concurrency.setBound(100)
        for _ in 0..<200 { concurrency.accepted(inFlight: concurrency.allowed) }
        #expect(concurrency.allowed == 100)
    }
}
