import NightshiftCore
import Testing

/// What is learned from how long predictions took.
struct RunTimesTests {
    @Test func theLatestCount() {
        var times = RunTimes()
        #expect(times.typical == nil)
        for _ in 0..<64 { times.observe(.seconds(1)) }
        #expect(times.typical == .seconds(1))
        // A model that has become slower is known as such after a while.
        for _ in 0..<40 { times.observe(.seconds(9)) }
        #expect(times.typical == .seconds(9))
        #expect(times.earliestPlausible == .seconds(1))
        for _ in 0..<24 { times.observe(.seconds(9)) }
        #expect(times.earliestPlausible == .seconds(9))
    }

    @Test func fewTellNothingOfTheEarliest() {
        var times = RunTimes()
        for _ in 0..<4 { times.observe(.seconds(3)) }
        #expect(times.typical == .seconds(3))
        #expect(times.earliestPlausible == nil)
        times.observe(.seconds(-1))
        #expect(times.earliestPlausible == .zero)
    }
}
