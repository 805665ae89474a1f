import NightshiftCore
import Testing

@Suite struct ProviderClockTests {
    private let start = Timestamp(milliseconds: 1_700_000_000_000)

    private func later(_ milliseconds: Int64) -> Timestamp { start.advanced(by: .milliseconds(milliseconds)) }

    @Test func theQuickestAnswersTellTheMost() {
        var clock = ProviderClock(offset: .seconds(1))
        clock.observe(later(5050), asked: start, known: later(80))
        #expect(clock.offset == .milliseconds(5010))
        // Asked for just before, then known just after.
        clock.observe(later(5110), asked: later(100), known: later(300))
        clock.observe(later(5390), asked: later(200), known: later(400))
        #expect(clock.offset == .milliseconds(5000))
        #expect(clock.localTime(for: later(5000)) == start)
        #expect(clock.providerTime(for: start) == later(5000))
    }

    @Test func anAnswerThatWasHeldBackIsNoSlowOne() {
        var clock = ProviderClock()
        clock.observe(later(20), asked: start, known: later(10_000))
        #expect(abs(clock.offset.milliseconds) <= 1000)
    }

    @Test func aClockThatWasSetIsBelievedAtOnce() {
        for set in [Int64(9000), -500] {
            var clock = ProviderClock()
            for _ in 0..<100 { clock.observe(later(10), asked: start, known: later(20)) }
            clock.observe(later(set + 10), asked: start, known: later(20))
            #expect(clock.offset == .milliseconds(set))
        }
    }
}
