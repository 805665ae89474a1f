import NightshiftCore
import Testing

@testable import Nightshift
@testable import NightshiftCLI

@Suite struct ConclusionTests {
    private func report(
        _ end: RunEnd, succeeded: Int = 0, failed: Int = 0, held: Int = 0, pending: Int = 0,
        reasons: [RunReport.FailureReason] = []
    ) -> RunReport {
        var totals = RunTotals()
        totals[.succeeded] = succeeded
        totals[.failed] = failed
        totals[.held] = held
        totals[.pending] = pending
        return RunReport(end: end, counts: RunCounts(totals), outputDirectory: "out/x", failureReasons: reasons)
    }

    private func lines(_ report: RunReport, state: String? = nil) -> [String] {
        Conclusion(report: report, commandLine: JobCommandLine(manifest: "x.yaml", stateDirectory: state)).lines
    }

    @Test func saysWhereTheResultsAreAndHowToExportThem() {
        #expect(
            lines(report(.completed, succeeded: 7)) == [
                "all 7 items succeeded; the results are in out/x",
                "    export the results with: nightshift export x.yaml",
            ])
        #expect(lines(report(.completed, succeeded: 1))[0] == "the item succeeded; the results are in out/x")
    }

    @Test func tellsWhatWasChosenFromWhatWaits() {
        #expect(
            lines(report(.partial, succeeded: 2, failed: 1, pending: 5)) == [
                "partial: did what was chosen; 2 of 8 items have succeeded, 5 are left, 1 failed; "
                    + "the results are in out/x",
                "    try them again with: nightshift run x.yaml --failed",
                "    do what is left with: nightshift run x.yaml",
                "    export the results with: nightshift export x.yaml",
            ])
        #expect(
            lines(report(.completed, succeeded: 2, held: 3, pending: 1))[0]
                == "2 of 6 items succeeded, 0 failed, 3 held, 1 waiting for what is held; the results are in out/x")
    }

    @Test func saysWhichFilesAreGoneAndHowToGetThemAgain() {
        var report = report(.completed, succeeded: 7)
        report.missingFiles = 4
        report.missingExamples = ["a.png", "b.png", "c.png"]
        #expect(
            lines(report)[1...2] == [
                "warning: 4 files are not there any more: 'a.png', 'b.png', 'c.png', …",
                "    put them back, or get them again with: nightshift run x.yaml --retry-missing",
            ])
    }

    @Test func saysWhyItemsFailedAndHowToTryThemAgain() {
        let reasons = [
            RunReport.FailureReason(reason: "no\nluck", count: 2), RunReport.FailureReason(reason: "other", count: 1),
        ]
        #expect(
            lines(report(.completed, succeeded: 7, failed: 2, held: 1, reasons: reasons)) == [
                "7 of 10 items succeeded, 2 failed, 1 held; the results are in out/x", "    2 × no luck",
                "    1 × other", "    see what is known of the held ones with: nightshift status x.yaml",
                "    try them again with: nightshift run x.yaml --retry-failed; held ones may then be paid for twice",
                "    export the results with: nightshift export x.yaml",
            ])
    }

    @Test func saysHowToGoOnAfterAnInterruption() {
        #expect(
            lines(report(.interrupted, succeeded: 1, pending: 2), state: "my state") == [
                "interrupted with 1 of 3 items succeeded; nothing is lost",
                "    go on with: nightshift run x.yaml --state 'my state'",
            ])
    }

    @Test(arguments: [
        (RunEnd.refused("why"), "when that is mended, go on with"),
        (.breaker(.refused("why")), "when that is mended, go on with"),
        (.disk("why"), "when that is mended, go on with"),
        // Without that, the next run would end where this one has.
        (.budget(.other("why")), "raise 'budget' in the manifest, then go on with"),
    ])
    func saysWhatStoppedIt(end: RunEnd, advice: String) {
        #expect(
            lines(report(end, succeeded: 1, pending: 2)).joined(separator: "\n") == """
                error: stopped: why
                    1 of 3 items have succeeded; nothing is lost
                    \(advice): nightshift run x.yaml
                """)
    }

    @Test func equalFailuresAreTriedAgainOrAllowed() {
        #expect(
            lines(report(.breaker(.refused("why")), succeeded: 1, failed: 10, pending: 2))[1...] == [
                "    when that is mended, go on with: nightshift run x.yaml --retry-failed",
                "    or set 'budget: { same_failures: off }' in the manifest, if such failures are to be expected",
            ])
    }

    @Test func whatCannotBeSentIsNotTriedAgain() {
        var report = report(.completed, succeeded: 7, failed: 2)
        report.unsendable = 2
        #expect(
            lines(report)[1...] == [
                "    2 items cannot be sent as they are: mend their rows, then check with: nightshift plan x.yaml",
                "    export the results with: nightshift export x.yaml",
            ])
        report.unsendable = 1
        #expect(lines(report)[1] == "    try them again with: nightshift run x.yaml --retry-failed --skip-invalid")
    }

    @Test func aTracebackIsToldByItsLastLine() {
        let text =
            "Traceback (most recent call last):\n" + String(repeating: "  File x\n", count: 999) + "KeyError: 'a'"
        let reasons = [RunReport.FailureReason(reason: text, count: 2)]
        #expect(lines(report(.completed, failed: 2, reasons: reasons))[1] == "    2 × KeyError: 'a'")
    }

    @Test(arguments: [
        ("a/b-c_1.yaml", "a/b-c_1.yaml"), ("größe.yaml", "größe.yaml"), ("my job.yaml", "'my job.yaml'"),
        ("it's", #"'it'\''s'"#), ("$(rm)", "'$(rm)'"), ("", "''"),
    ])
    func quotesWhatAShellWouldReadDifferently(manifest: String, quoted: String) {
        #expect(JobCommandLine(manifest: manifest)("plan") == "nightshift plan \(quoted)")
    }

    // MARK: - Exit codes

    @Test(arguments: [
        (RunEnd.completed, 0, 0, 0), (.completed, 1, 0, 1), (.completed, 0, 1, 1), (.interrupted, 0, 0, 130),
        (.interrupted, 1, 0, 130), (.refused("x"), 0, 0, 4), (.budget(.other("x")), 1, 0, 3),
        (.breaker(.refused("x")), 0, 0, 3),
        (.disk("x"), 0, 0, 3), (.partial, 0, 0, 0), (.partial, 1, 0, 1),
    ])
    func endsWithTheCodeOfHowItEnded(end: RunEnd, failed: Int, held: Int, code: Int32) {
        #expect(ExitStatus(report(end, succeeded: 1, failed: failed, held: held)).rawValue == code)
    }

    @Test(arguments: [
        (EngineError.Cause.invalidManifest, Int32(2)), (.collidingItems, 2), (.usage, 2), (.neverRun, 2), (.noToken, 2),
        (.heldByAnotherProcess, 2), (.noLocks, 2), (.store, 3), (.storeHasNoLocks, 3), (.disk, 3),
        (.noTemporaryFolder, 3), (.providerRefuses, 4), (.wrongAccount, 4), (.canceled, 130),
    ])
    func endsWithTheCodeOfTheError(cause: EngineError.Cause, code: Int32) {
        #expect(ExitStatus(EngineError(cause, "x")).rawValue == code)
    }
}
