import NightshiftCore
import Testing

@Suite struct ProviderClockTests {
    private let start = Timestamp(milliseconds: 1_700_000_000_000)

    private func later(_ milliseconds: Int64) -> Timestamp { start.advanced(by: .milliseconds(milliseconds)) }

    @Test func theQuickestNewsTellsTheMost() {
        var clock = ProviderClock(offset: .seconds(1))
        clock.observe(later(5000), knownAt: later(80))
        clock.observe(later(5100), knownAt: later(110))
        clock.observe(later(5200), knownAt: later(290))
        #expect(clock.offset == .milliseconds(4990))
        #expect(clock.ours(later(4990)) == start)
        #expect(clock.theirs(start) == later(4990))
    }

    @Test func aClockThatWasSetBackIsBelievedAfterAWhile() {
        var clock = ProviderClock()
        clock.observe(later(9000), knownAt: start)
        for _ in 0..<64 { clock.observe(later(-500), knownAt: start) }
        #expect(clock.offset == .milliseconds(-500))
    }
}
