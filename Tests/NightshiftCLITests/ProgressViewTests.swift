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

    @Test func drawsABarOfDoneFailedAndActive() {
        #expect(view(pending: 50, running: 20, succeeded: 20, failed: 10).bar(width: 12) == "[==x--     ]")
        #expect(view(succeeded: 7).bar(width: 12) == "[==========]")
        // One failure of many is still seen.
        #expect(view(succeeded: 999, failed: 1).bar(width: 12) == "[=========x]")
    }

    @Test(arguments: [(0.4, "1s"), (59, "59s"), (60, "1m 00s"), (3599, "59m 59s"), (3661, "1h 01m")])
    func writesDurationsForPeople(seconds: Double, text: String) {
        #expect(ProgressView.text(seconds: seconds) == text)
    }
}
