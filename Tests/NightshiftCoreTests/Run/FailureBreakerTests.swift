import NightshiftCore
import Testing

@Suite struct FailureBreakerTests {
    private func failure(_ message: String, _ failureClass: FailureClass = .model) -> AttemptFailure {
        AttemptFailure(failureClass, message)
    }

    /// After which of these failures the run stops, counted from 1.
    private func trip(
        _ breaker: inout FailureBreaker, _ failures: [AttemptFailure], isFinal: Bool = true
    ) -> Int? {
        failures.firstIndex { breaker.failed($0, isFinal: isFinal) != nil }.map { $0 + 1 }
    }

    @Test func stopsWhenTheFirstItemsFailInTheSameWay() {
        var breaker = FailureBreaker(limit: 3)
        #expect(trip(&breaker, (1...5).map { failure("no CUDA device in 0.\($0) s (request \($0)77)") }) == 3)
    }

    @Test func whatDiffersByChanceIsTheSameFailure() {
        var breaker = FailureBreaker(limit: 10)
        let names = ["a8f3kq2z", "zkwqqpxy", "b_2kd93j", "qqwweerr"]
        let failures = (1...40).map { number in
            failure(
                """
                Traceback (most recent call last):
                  File "/src/predict.py", line \(number), in predict
                    weights = load("/tmp/tmp\(names[number % 4])/weights.bin")
                FileNotFoundError: [Errno 2] No such file or directory: '/tmp/tmp\(names[number % 4])/weights.bin'
                """)
        }
        #expect(trip(&breaker, failures) == 10)
    }

    @Test(
        arguments: [
            ["a", "a", "b", "a", "a", "a"],
            ["a", "b", "b", "b", "b", "b"],
        ])
    func failuresOfSeveralKindsAreNoSign(messages: [String]) {
        var breaker = FailureBreaker(limit: 3)
        #expect(trip(&breaker, messages.map { failure($0) }) == nil)
    }

    @Test func theSameWordsOfAnotherClassAreAnotherFailure() {
        var breaker = FailureBreaker(limit: 2)
        #expect(trip(&breaker, [failure("x", .model), failure("x", .nsfw), failure("x", .model)]) == nil)
    }

    @Test func afterASuccessItTakesMore() {
        var breaker = FailureBreaker(limit: 2)
        #expect(breaker.failed(failure("x")) == nil)
        breaker.succeeded()
        #expect(trip(&breaker, Array(repeating: failure("x"), count: 9)) == nil)
        #expect(breaker.failed(failure("x")) == .sameFailure(10))
    }

    @Test func whatCostsNothingIsAPartOfTheRowsOnceSomethingHasSucceeded() {
        var breaker = FailureBreaker(limit: 2)
        breaker.succeeded()
        #expect(trip(&breaker, Array(repeating: failure("x", .invalidInput), count: 100)) == nil)
    }

    @Test(arguments: [FailureClass.expired, .gone, .emptyOutput, .corruptOutput, .undeliverable])
    func resultsThatAreLostInARowStopTheRunWhateverIsSaidOfThem(_ failureClass: FailureClass) {
        var breaker = FailureBreaker(limit: 5)
        let lost = (1...40).map { failure(String(repeating: "word ", count: $0), failureClass) }
        // Attempts count, not items: none of them is given up yet.
        #expect(trip(&breaker, lost, isFinal: false) == 5)
        breaker.succeeded()
        #expect(trip(&breaker, lost, isFinal: false) == 15)
    }

    @Test func aResultEndsTheCountOfLostOnes() {
        var breaker = FailureBreaker(limit: 4)
        for _ in 0..<20 {
            #expect(trip(&breaker, Array(repeating: failure("x", .expired), count: 3), isFinal: false) == nil)
            #expect(breaker.isSuspicious)
            breaker.succeeded()
            #expect(!breaker.isSuspicious)
        }
    }

    @Test func aLongRunOfPaidFailuresOfAllKindsStopsToo() {
        var breaker = FailureBreaker(limit: 3)
        breaker.succeeded()
        let words = ["one", "two", "three", "four", "five"]
        #expect(trip(&breaker, (0..<100).map { failure(words[$0 % 5]) }) == 30)
        // What the platform has broken off was not paid for.
        var patient = FailureBreaker(limit: 3)
        patient.succeeded()
        #expect(trip(&patient, (0..<100).map { failure(words[$0 % 5], .interrupted) }) == nil)
    }

    @Test func withoutALimitItNeverStops() {
        var breaker = FailureBreaker(limit: nil)
        #expect(trip(&breaker, Array(repeating: failure("x"), count: 1000)) == nil)
        #expect(trip(&breaker, Array(repeating: failure("x", .expired), count: 1000)) == nil)
        #expect(!breaker.isSuspicious)
    }

    /// Another try may well give a result that is accepted, so it takes more of them, and more again once one was.
    @Test func refusalsEndARunLaterThanLostResults() {
        for (hasSucceeded, most) in [(false, 20), (true, 50)] {
            var breaker = FailureBreaker(limit: 10)
            if hasSucceeded { breaker.succeeded() }
            for count in 1..<most {
                let failure = AttemptFailure(.notAccepted, "reason \(count)")
                #expect(breaker.failed(failure, isFinal: false) == nil)
            }
            #expect(!breaker.isSuspicious)
            #expect(breaker.failed(AttemptFailure(.notAccepted, "why"), isFinal: false) == .nothingStored(most))
            // A result ends the count.
            breaker.succeeded()
            #expect(breaker.failed(AttemptFailure(.notAccepted, "why"), isFinal: false) == nil)
        }
    }
}
