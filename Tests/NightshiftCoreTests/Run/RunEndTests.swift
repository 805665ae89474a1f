import NightshiftCore
import Testing

@Suite struct RunEndTests {
    private func totals(pending: Int = 0, held: Int = 0) -> RunTotals {
        var totals = RunTotals()
        totals[.succeeded] = 3
        totals[.pending] = pending
        totals[.held] = held
        return totals
    }

    @Test func aRunWithItemsLeftIsPartial() {
        #expect(RunEnd.completed.judged(by: totals()) == .completed)
        #expect(RunEnd.completed.judged(by: totals(pending: 2)) == .partial)
        // What waits for a held item is left, but nothing can be done about it.
        #expect(RunEnd.completed.judged(by: totals(pending: 2, held: 1)) == .completed)
        #expect(RunEnd.completed.judged(by: totals(pending: 2, held: 1), isLimited: true) == .partial)
        #expect(RunEnd.interrupted.judged(by: totals(pending: 2), isLimited: true) == .interrupted)
    }

    @Test func whatTheStoreKeepsIsJudgedByWhatIsLeftNow() {
        #expect(RunEnd.ending(recorded: "completed", judgedBy: totals(pending: 1)) == "partial")
        #expect(RunEnd.ending(recorded: "completed", judgedBy: totals()) == "completed")
        #expect(RunEnd.ending(recorded: "partial", judgedBy: totals(pending: 1)) == "partial")
        #expect(RunEnd.ending(recorded: "budget: spent", judgedBy: totals(pending: 1)) == "budget: spent")
        #expect(RunEnd.ending(recorded: nil, judgedBy: totals(pending: 1)) == nil)
    }
}
