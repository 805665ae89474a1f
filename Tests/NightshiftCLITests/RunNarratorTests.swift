import LosslessJSON
import NightshiftCore
import Synchronization
import Testing

@testable import Nightshift
@testable import NightshiftCLI

/// What a run says while it goes on, moment by moment.
@Suite struct RunNarratorTests {
    private let screen = Screen()
    private let printed = Printed()
    private let start = ContinuousClock.now

    private final class Printed: Sendable {
        let lines = Mutex<[String]>([])
    }

    private func narrator(_ format: OutputFormat) -> RunNarrator {
        RunNarrator(
            format: format, commandLine: JobCommandLine(manifest: "job.yaml"), terminal: screen.terminal,
            clock: { "02:05" },
            output: { [printed] line in printed.lines.withLock { $0.append(line) } })
    }

    private var events: [JSONValue] {
        get throws { try printed.lines.withLock { $0 }.map { try JSONValue(parsing: $0) } }
    }

    private func counts(succeeded: Int = 0, running: Int = 0, items: Int = 10) -> RunCounts {
        var totals = RunTotals()
        totals[.succeeded] = succeeded
        totals[.running] = running
        totals[.pending] = items - succeeded - running
        return RunCounts(totals)
    }

    private func change(_ key: String, _ change: Transition.Change) -> ItemChange {
        var transition = Transition(
            item: ItemID(1), key: key, attempt: 1, at: Timestamp(milliseconds: 0), change: change)
        (transition.name, transition.origin) = ("name-\(key)", "rows.csv:7")
        return ItemChange(transition)
    }

    private func failed(_ key: String, _ message: String) -> ItemChange {
        change(key, .failed(AttemptFailure(.stopped, message), FailureCounts(counted: 1)))
    }

    private var running: Transition.Change {
        .running(predictionID: "p1", since: Timestamp(milliseconds: 0))
    }

    private func progress(
        _ narrator: RunNarrator, after seconds: Double, _ counts: RunCounts, _ changes: [ItemChange] = [],
        throttled: Bool = false
    ) {
        narrator.observe(.progressed(counts, changes, isThrottled: throttled), at: start + .seconds(seconds))
    }

    private func pace(
        _ narrator: RunNarrator, after seconds: Double, active: Double, ended: Int, halted: Bool = false
    ) {
        narrator.observe(
            .paced(RunPace(activeTime: active, ended: ended, isHalted: halted)), at: start + .seconds(seconds))
    }

    @Test func printsAtMostOnePlainLineAMinute() {
        let narrator = narrator(.lines)
        narrator.observe(.started(counts()), at: start)
        for second in 0..<150 { progress(narrator, after: Double(second), counts(running: 2)) }
        #expect(screen.writes == Array(repeating: "02:05  0/10 · 2 running\n", count: 3))
    }

    @Test func tellsHowFarALargeInputSetIsRead() throws {
        for (format, seconds) in [(OutputFormat.lines, [5, 65, 125]), (.json, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])] {
            let narrator = narrator(format)
            for half in 1...(format == .lines ? 260 : 22) {
                narrator.observe(.expanding(items: half * 1000), at: start + .seconds(1) + .seconds(half) / 2)
            }
            if format == .lines {
                #expect(screen.writes.count == seconds.count)
                #expect(screen.writes.last?.hasPrefix("02:05  reading the input set: ") == true)
            } else {
                let events = try events
                #expect(events.allSatisfy { $0["type"] == "expanding" })
                #expect((10...12).contains(events.count))
                #expect(events.last?["items"]?.intValue ?? 0 >= 20_000)
            }
        }
    }

    @Test func drawsHowFarTheInputSetIsReadUntilTheSessionBegins() {
        let narrator = narrator(.live)
        narrator.draw(at: start)
        #expect(screen.writes.isEmpty)
        narrator.observe(.expanding(items: 5000), at: start)
        narrator.draw(at: start)
        #expect(screen.writes.last?.contains("reading the input set: 5000 items") == true)
        narrator.observe(.started(counts()), at: start)
        narrator.draw(at: start)
        #expect(screen.writes.last?.contains("reading") == false)
    }

    @Test func saysWhatAStopDoesThen() {
        let narrator = narrator(.lines)
        narrator.say(.drain)
        #expect(screen.writes == ["02:05  stopping; nothing was sent\n"])
        narrator.observe(.started(counts()), at: start)
        narrator.say(.drain)
        #expect(screen.writes.last?.hasPrefix("02:05  finishing what runs") == true)
    }

    @Test func countsTheRateFromTheTimeInWhichTheRunMightWork() {
        let narrator = narrator(.lines)
        narrator.observe(.started(counts(succeeded: 4)), at: start)
        pace(narrator, after: 30, active: 30, ended: 2)
        progress(narrator, after: 30, counts(succeeded: 6))
        #expect(screen.writes == ["02:05  6/10 · 1m 00s left · 4/min\n"])
    }

    @Test func promisesNothingWhileTheRunIsPausedAndForgetsThePauseAfterwards() {
        let narrator = narrator(.live)
        narrator.observe(.started(counts()), at: start)
        pace(narrator, after: 30, active: 30, ended: 5)
        progress(narrator, after: 30, counts(succeeded: 5))
        pace(narrator, after: 30, active: 30, ended: 5, halted: true)
        narrator.draw(at: start + .seconds(3600))
        #expect(screen.writes.last?.contains("elapsed 1h 00m · 10/min\n") == true)
        pace(narrator, after: 7200, active: 30, ended: 5)
        narrator.draw(at: start + .seconds(7230))
        #expect(screen.writes.last?.contains("in 1m 00s · 5/min\n") == true)
    }

    @Test func tellsAFailureAtOnceInOneLine() {
        let narrator = narrator(.live)
        narrator.observe(.started(counts()), at: start)
        progress(narrator, after: 1, counts(), [change("a", running), failed("b", "bad\nluck")])
        #expect(screen.writes == ["name-b (rows.csv:7) failed: bad luck\n"])
    }

    @Test func tellsTheFirstFailuresAndThenWhereTheOthersAre() {
        let narrator = narrator(.live)
        narrator.observe(.started(counts()), at: start)
        progress(narrator, after: 1, counts(), (1...100).map { failed("\($0)", "no") })
        progress(narrator, after: 2, counts(), [change("101", .held(reason: "no"))])
        #expect(screen.writes.count == 21)
        #expect(
            screen.writes.last
                == "further failures are not told here; list them with: nightshift items job.yaml "
                + "--in failed,canceled,held\n")
    }

    @Test func tellsOfThrottlingOnceInFiveMinutes() {
        let narrator = narrator(.live)
        narrator.observe(.started(counts()), at: start)
        for second in 0..<400 { progress(narrator, after: Double(second), counts(), throttled: second % 2 == 0) }
        #expect(
            screen.writes
                == Array(repeating: "throttled by the provider; all creates wait until it allows more\n", count: 2))
    }

    @Test func drawsABlockInTheTerminalsWidth() {
        let narrator = narrator(.live)
        narrator.draw(at: start)
        narrator.observe(.started(counts(succeeded: 5, running: 2)), at: start)
        screen.size = TerminalSize(columns: 20, rows: 4)
        narrator.draw(at: start)
        screen.size = TerminalSize(columns: 30, rows: 4)
        narrator.draw(at: start)
        #expect(
            screen.writes == [
                " [===-   ] 5/10 50%\n5 done · 2 running\nelapsed 0s\n",
                "\r\u{1B}[3A\u{1B}[J [========---      ] 5/10 50%\n5 done · 2 running\nelapsed 0s\n",
            ])
    }

    @Test func printsEventsAsOneObjectALine() throws {
        let narrator = narrator(.json)
        narrator.observe(.planned(RunPlanCounts(items: 10, new: 9, changed: 1, withdrawn: 2, repeated: 3)), at: start)
        narrator.observe(.started(counts()), at: start)
        progress(narrator, after: 1, counts(running: 1), [change("a", running)])
        progress(narrator, after: 1.5, counts(succeeded: 1), [change("a", .succeeded([]))])
        pace(narrator, after: 60, active: 60, ended: 2)
        progress(narrator, after: 60, counts(succeeded: 2), [change("b", .succeeded([]))])
        narrator.conclude(
            RunReport(
                end: .budget(.predictions(2, limit: 2)), counts: counts(succeeded: 2), outputDirectory: "out",
                failureReasons: []))
        let events = try events
        #expect(
            events.map { $0["type"]?.stringValue } == [
                "planned", "started", "item", "progress", "item", "item", "progress", "ended",
            ])
        #expect(events[0]["withdrawn"] == 2)
        #expect(events[2]["name"] == "name-a")
        #expect(events[2]["origin"] == "rows.csv:7")
        #expect(events[2]["prediction"] == "p1")
        #expect(events[6]["items_per_minute"] == 2)
        #expect(events[6]["seconds_left"] == 240)
        #expect(events[7]["end"] == "budget")
        #expect(events[7]["reason"] == "2 predictions were made; 'budget.predictions' allows 2")
        #expect(events[7]["facts"] == ["code": "predictions", "count": 2, "limit": 2])
        #expect(screen.writes.isEmpty)
    }

    @Test func saysNothingWhenQuietUnlessSomethingWentWrong() {
        let narrator = narrator(.quiet)
        narrator.observe(.planned(RunPlanCounts(items: 10, new: 10, changed: 0, withdrawn: 0, repeated: 0)), at: start)
        narrator.observe(.started(counts()), at: start)
        progress(narrator, after: 1, counts(), [failed("a", "no")], throttled: true)
        narrator.say("finishing")
        #expect(screen.writes.isEmpty)
        narrator.conclude(
            RunReport(
                end: .completed, counts: counts(succeeded: 10), outputDirectory: "out", failureReasons: []))
        #expect(screen.writes.isEmpty)
        var missing = RunReport(
            end: .completed, counts: counts(succeeded: 10), outputDirectory: "out", failureReasons: [])
        missing.missingFiles = 1
        narrator.conclude(missing)
        #expect(screen.writes.contains { $0.hasPrefix("warning: 1 file is not there any more") })
    }

    @Test(arguments: [
        (true, true, true, OutputFormat.json), (false, true, true, .quiet), (false, false, true, .live),
        (false, false, false, .lines),
    ])
    func choosesItsFormByTheOptionsAndTheTerminal(json: Bool, quiet: Bool, terminal: Bool, format: OutputFormat) {
        #expect(OutputFormat(json: json, quiet: quiet, isTerminal: terminal) == format)
    }
}
