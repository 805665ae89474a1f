import Nightshift
import NightshiftCore
import Testing

@testable import NightshiftCLI

@Suite struct ProgressViewTests {
    private func view(
        pending: Int = 0, running: Int = 0, fetching: Int = 0, succeeded: Int = 0, failed: Int = 0,
        elapsed: Double = 60, throttled: Bool = false
    ) -> ProgressView {
        var totals = RunTotals()
        totals[.pending] = pending
        totals[.running] = running
        totals[.fetching] = fetching
        totals[.succeeded] = succeeded
        totals[.failed] = failed
        return ProgressView(
            counts: RunCounts(totals), isThrottled: throttled, elapsed: elapsed, ended: succeeded + failed)
    }

    @Test func showsCountsRateAndTimeLeft() {
        let line = view(pending: 700, running: 64, fetching: 6, succeeded: 225, failed: 5).line(width: 120)
        #expect(line == "230/1000 · 5 failed · 64 running · 3m 21s left · 6 downloading · 230/min")
    }

    @Test func dropsTheLeastImportantOnANarrowTerminal() {
        let view = view(pending: 700, running: 64, fetching: 6, succeeded: 225, failed: 5)
        #expect(view.line(width: 50) == "230/1000 · 5 failed · 64 running · 3m 21s left")
        #expect(view.line(width: 10) == "230/1000")
        #expect(view.line(width: 4) == "230/")
    }

    @Test func promisesNothingBeforeAnythingHasEnded() {
        #expect(view(pending: 10, running: 2, elapsed: 5).line(width: 80) == "0/12 · 2 running")
        #expect(view(pending: 10, running: 2, throttled: true).line(width: 80) == "0/12 · 2 running · throttled")
    }

    @Test func knowsNotHowLongAPauseTakes() {
        var view = view(pending: 700, succeeded: 300)
        view.isPaused = true
        #expect(view.remaining == nil)
        #expect(view.line(width: 80) == "300/1000 · paused · 300/min")
    }

    @Test func theCellsOfABarAreItsOwn() {
        #expect(ProgressView.cells(done: 20, bad: 10, active: 20, items: 100, 10) == (2, 1, 2, 5))
        #expect(ProgressView.cells(done: 7, bad: 0, active: 0, items: 7, 10) == (10, 0, 0, 0))
        // One failure of many is still seen.
        #expect(ProgressView.cells(done: 999, bad: 1, active: 0, items: 1000, 10) == (9, 1, 0, 0))
        #expect(ProgressView.cells(done: 0, bad: 0, active: 0, items: 0, 10) == (0, 0, 0, 10))
    }

    @Test func theSpeedIsThatOfTheLastMinutes() {
        var window = PaceWindow()
        for minute in 1...30 {
            window.note(elapsed: Double(minute) * 60, ended: minute <= 15 ? minute * 100 : 1500 + (minute - 15) * 10)
        }
        var view = view(pending: 100)
        (view.elapsed, view.ended, view.window) = (1800, 1650, window.start)
        #expect(view.rate == 10)
        #expect(view.remaining == 600)
    }

    @Test(arguments: [(0.4, "1s"), (59, "59s"), (60, "1m 00s"), (3599, "59m 59s"), (3661, "1h 01m")])
    func writesDurationsForPeople(seconds: Double, text: String) {
        #expect(ProgressView.text(seconds: seconds) == text)
    }
}
