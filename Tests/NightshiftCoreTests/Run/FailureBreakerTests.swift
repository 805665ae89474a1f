import NightshiftCore
import Testing

@Suite struct FailureBreakerTests {
    private func failure(_ message: String, _ failureClass: FailureClass = .model) -> AttemptFailure {
        AttemptFailure(failureClass, message)
    }

    /// After which of these failures the run stops, counted from 1.
    private func trip(_ breaker: inout FailureBreaker, _ failures: [AttemptFailure]) -> Int? {
        failures.firstIndex { breaker.failed($0) }.map { $0 + 1 }
    }

    @Test func stopsWhenTheFirstItemsFailInTheSameWay() {
        var breaker = FailureBreaker(limit: 3)
        #expect(trip(&breaker, (1...5).map { failure("no CUDA device in 0.\($0) s (request \($0)77)") }) == 3)
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

    @Test func oneSuccessEndsTheWatch() {
        var breaker = FailureBreaker(limit: 2)
        let isTripped = breaker.failed(failure("x"))
        #expect(!isTripped)
        breaker.succeeded()
        #expect(trip(&breaker, Array(repeating: failure("x"), count: 9)) == nil)
    }

    @Test func withoutALimitItNeverStops() {
        var breaker = FailureBreaker(limit: nil)
        #expect(trip(&breaker, Array(repeating: failure("x"), count: 100)) == nil)
    }
}
