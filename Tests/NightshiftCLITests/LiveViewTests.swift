import Foundation
import Nightshift
import NightshiftCore
import Testing

@testable import NightshiftCLI

/// The live screen at the sizes that people have.
struct LiveViewTests {
    private static let utc = TimeZone(secondsFromGMT: 0) ?? .current
    /// 2026-11-28 02:30:31.
    private static let now = Date(timeIntervalSince1970: 1_795_833_031)

    private static func view(steps: Int = 0, change: (inout LiveView) -> Void = { _ in }) -> LiveView {
        var totals = RunTotals()
        (totals[.succeeded], totals[.failed], totals[.held]) = (2250, 5, 1)
        (totals[.running], totals[.fetching], totals[.pending]) = (40, 6, 1698)
        totals.retries = 12
        var pace = RunPace(activeTime: 3600, ended: 2256, isHalted: false)
        (pace.inFlight, pace.slots, pace.mostSlots, pace.cost) = (40, 40, 64, 12.5)
        let progress = ProgressView(counts: RunCounts(totals), pace: pace, elapsed: 3600, ended: 2256)
        var view = LiveView(
            job: "portraits", progress: progress,
            steps: (0..<steps).map {
                LiveView.Step(name: "step-\($0)", states: ["succeeded": 500, "running": 20, "pending": 480])
            }, sessionTime: 4200, finished: (1...20).map { "portrait-\(2251 - $0)" })
        change(&view)
        return view
    }

    private static func lines(_ columns: Int, _ rows: Int, _ view: LiveView = view()) -> [String] {
        view.lines(TerminalSize(columns: columns, rows: rows), at: now, timeZone: utc).map(\.plain)
    }

    @Test func showsAllOfItAt80By24() {
        #expect(
            Self.lines(80, 24) == [
                "portraits [=============================x-                      ] 2256/4000 56%",
                "2250 done · 5 failed · 1 held · 40 running · 6 downloading · 1698 waiting",
                "elapsed 1h 10m · done about 03:16, in 46m 23s · cost 12.50 · 38/min",
                "40 of 64 slots: 40 at a time until the provider has shown room for more",
                "last: portrait-2250 · portrait-2249 · portrait-2248 · portrait-2247",
                "= done  x failed, canceled or held  - under way",
            ])
    }

    @Test func leavesOutWhatMattersLeastAt60By10() {
        let lines = Self.lines(60, 10, Self.view(steps: 6))
        #expect(lines.count == 9)
        #expect(lines[0].hasPrefix("portraits "))
        #expect(lines.contains { $0.hasPrefix("2250 done · 5 failed") })
        #expect(lines.contains { $0.hasPrefix("elapsed 1h 10m · done about 03:16") })
        #expect(lines.contains { $0.hasPrefix("40 of 64 slots") })
        #expect(!lines.contains { $0.hasPrefix("last: ") })
    }

    @Test func usesTheWidthAt200By50() {
        let lines = Self.lines(200, 50, Self.view(steps: 2))
        #expect(lines[0].count == 199)
        #expect(lines[1].hasPrefix("  step-0  [="))
        #expect(lines[1].hasSuffix("] 500/1000 50%"))
        #expect(lines[3].hasSuffix("12 retries"))
        #expect(lines.count == 8)
    }

    @Test(arguments: [(60, 10), (80, 24), (200, 50), (20, 5), (10, 3), (5, 2), (1, 1)], [0, 3, 40])
    func neverNeedsMoreThanThereIs(size: (columns: Int, rows: Int), steps: Int) {
        for isWide in [false, true] {
            let view = Self.view(steps: steps) { view in
                guard isWide else { return }
                view.job = "肖像画の仕事です、とても長い名前の"
                view.finished = (1...20).map { "写真-\($0)-🌙-\u{1B}[2J\n" }
                view.progress.hold = CreateHold(.refused(String(repeating: "長い言葉 ", count: 90)))
            }
            let lines = Self.lines(size.columns, size.rows, view)
            #expect(lines.count <= max(1, size.rows - 1))
            for line in lines {
                #expect(line.columns <= max(1, size.columns - 1), "\(line)")
                #expect(!line.contains("\n") && !line.contains("\u{1B}"))
            }
        }
    }

    @Test func saysWhySlotsAreIdle() {
        func slots(_ change: (inout LiveView) -> Void) -> String? {
            Self.lines(200, 24, Self.view(change: change)).first { $0.contains(" slots") }
        }
        #expect(slots { $0.progress.pace.inFlight = 64 } == "64 of 64 slots")
        let throttled = slots {
            $0.progress.hold = CreateHold(.throttled, until: Timestamp(Self.now).advanced(by: .seconds(600)))
        }
        #expect(throttled == "40 of 64 slots: throttled by the provider; all creates wait until 02:40")
        let paused = slots { view in
            view.progress.hold = CreateHold(.paused)
            view.progress.isPaused = true
        }
        #expect(paused == "40 of 64 slots: paused by a person; what runs is finished")
        let last = slots { view in
            var totals = RunTotals()
            (totals[.succeeded], totals[.running]) = (3990, 10)
            view.progress.counts = RunCounts(totals)
            view.progress.pace.inFlight = 10
        }
        #expect(last == "10 of 64 slots: nothing is left to begin")
    }

    @Test func promisesNoEndWhilePaused() {
        let lines = Self.lines(80, 24, Self.view { $0.progress.isPaused = true })
        #expect(lines.contains("elapsed 1h 10m · cost 12.50 · 38/min"))
    }

    @Test func coloursWhatIsGoodAndBadAndCountsThemNowhere() {
        let line = StyledText("done", .good) + " " + StyledText("failed", .bad)
        #expect(line.rendered(inColor: true) == "\u{1B}[32mdone\u{1B}[0m \u{1B}[31mfailed\u{1B}[0m")
        #expect(line.rendered(inColor: false) == "done failed")
        #expect(line.columns == 11)
        #expect(line.prefix(columns: 7).plain == "done f…")
        #expect(line.prefix(columns: 11) == line)
    }
}
