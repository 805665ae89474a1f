import NightshiftCore
import Testing

@testable import NightshiftCLI

/// Every way in which a run ends, and what a person reads.
struct RunEndSentenceTests {
    private static let expected: [(RunEnd, text: String)] = [
        (.completed, "completed"), (.partial, "partial"), (.interrupted, "interrupted"), (.canceled, "canceled"),
        (.refused("402 no credit"), "refused: 402 no credit"), (.disk("no space left"), "disk: no space left"),
        (.canary(items: 5), "canary: the first 5 items were run and the rest was not agreed to"),
        (.budget(.failures(3, limit: 2)), "budget: 3 items have failed; 'budget.failures' allows 2"),
        (.budget(.predictions(7, limit: 7)), "budget: 7 predictions were made; 'budget.predictions' allows 7"),
        (
            .budget(.predictTime(61.5, limit: .seconds(60))),
            "budget: 62 s were computed and more is in flight; 'budget.predict_time' allows 60 s"
        ),
        (
            .budget(.cost(1.25, limit: 1)),
            "budget: 1.25 was spent, with what is in flight; 'budget.cost' allows 1.0"
        ),
        (
            .budget(.wallTime(.seconds(3600))),
            "budget: the run has created predictions for 1h; 'budget.wall_time' allows no more"
        ),
        (.breaker(.refused("404 no such model")), "breaker: 404 no such model"),
        (
            .breaker(.sameFailure(count: 4, step: "", reason: "no file", areFirst: true)),
            "breaker: the first 4 items have all failed in the same way: no file"
        ),
        (
            .breaker(.sameFailure(count: 4, step: "paint", reason: "no file", areFirst: false)),
            "breaker: the last 4 items of the step 'paint' have all failed in the same way: no file"
        ),
        (
            .breaker(.nothingStored(count: 20, step: "", reason: "gone")),
            "breaker: the last 20 predictions were computed and paid for without a result that could be stored, the last one "
                + "because: gone"
        ),
    ]

    @Test func everyOneHasItsText() {
        for (end, text) in Self.expected {
            #expect(end.text == text)
            #expect(RunEnd.text(recorded: end.recorded) == text)
        }
    }

    /// Stores of earlier versions have the sentence itself.
    @Test(arguments: ["budget: 5 items have failed", "breaker: the first 10 items", "a word of tomorrow"])
    func whatEarlierVersionsHaveRecordedIsShownAsItIs(recorded: String) {
        #expect(RunEnd.text(recorded: recorded) == recorded)
    }
}
