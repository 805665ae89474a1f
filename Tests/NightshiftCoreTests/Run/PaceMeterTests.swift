import NightshiftCore
import Testing

@Suite struct PaceMeterTests {
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_700_000_000_000 + seconds * 1000) }

    @Test func pausesCountNeitherWay() {
        var pace = PaceMeter(endedBefore: 100, at: at(0))
        pace.note(ended: 110, isHalted: false, at: at(60))
        #expect(pace.activeTime == 60_000)
        #expect(pace.ended == 10)
        // What runs ends during the pause.
        pace.note(ended: 110, isHalted: true, at: at(60))
        pace.note(ended: 118, isHalted: true, at: at(70))
        pace.note(ended: 118, isHalted: false, at: at(7260))
        #expect(pace.activeTime == 60_000)
        #expect(pace.ended == 10)
        pace.note(ended: 128, isHalted: false, at: at(7320))
        #expect(pace.activeTime == 120_000)
        #expect(pace.ended == 20)
    }

    @Test func aClockThatGoesBackAddsNothing() {
        var pace = PaceMeter(endedBefore: 0, at: at(100))
        pace.note(ended: 1, isHalted: false, at: at(40))
        #expect(pace.activeTime == 0)
        pace.note(ended: 2, isHalted: false, at: at(130))
        #expect(pace.activeTime == 30_000)
    }

    @Test func whatIsTriedAgainIsTakenBack() {
        var pace = PaceMeter(endedBefore: 0, at: at(0))
        pace.note(ended: 4, isHalted: false, at: at(10))
        pace.note(ended: 1, isHalted: false, at: at(20))
        #expect(pace.ended == 1)
        pace.note(ended: 0, isHalted: false, at: at(20))
        pace.note(ended: 0, isHalted: false, at: at(21))
        #expect(pace.ended == 0)
    }
}
