import Replicate
import ReplicateAPI
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RequestRetryTests {
    private func isRepeated(_ error: ReplicateError, isIdempotent: Bool) -> Bool {
        var generator = SeededGenerator(seed: 1)
        let delay = RequestRetry().delay(
            afterAttempt: 1, error: error, isIdempotent: isIdempotent, elapsed: .zero, using: &generator
        )
        return delay != nil
    }

    private func error(
        _ code: ReplicateError.Code, _ delivery: ReplicateError.Delivery, retryAfter: Duration? = nil
    ) -> ReplicateError {
        var error = ReplicateError(code, "x", delivery: delivery)
        error.retryAfter = retryAfter
        return error
    }

    @Test(
        arguments: [
            (.notConnected, .notSent, true, true), (.timeout, .notSent, true, true), (.timeout, .unknown, true, false),
            (.connectionLost, .unknown, true, false), (.serverFailure, .unknown, true, false),
            (.throttled, .refused, true, true), (.unauthorized, .refused, false, false),
            (.noCredit, .refused, false, false), (.notFound, .refused, false, false),
            (.invalidInput, .refused, false, false), (.canceled, .unknown, false, false),
            (.unexpectedAnswer, .unknown, false, false), (.unreadableFile, .notSent, false, false),
            (.foreignURL, .notSent, false, false), (.insecureURL, .notSent, false, false),
        ] as [(ReplicateError.Code, ReplicateError.Delivery, Bool, Bool)]
    )
    func repeatsACreateOnlyIfItWasCertainlyNotAccepted(
        code: ReplicateError.Code, delivery: ReplicateError.Delivery, read: Bool, create: Bool
    ) {
        #expect(isRepeated(error(code, delivery), isIdempotent: true) == read)
        #expect(isRepeated(error(code, delivery), isIdempotent: false) == create)
    }

    @Test
    func growsTheLongestWaitUpToABound() {
        let retry = RequestRetry(
            maximumAttempts: 100, initial: .milliseconds(100), factor: 3, maximum: .seconds(2), deadline: .seconds(1000)
        )
        var generator = SeededGenerator(seed: 7)
        for (attempt, longest) in [(1, 100), (2, 300), (3, 900), (4, 2000), (50, 2000)] {
            let delays = (0..<200).compactMap { _ in
                retry.delay(
                    afterAttempt: attempt, error: error(.connectionLost, .unknown), isIdempotent: true, elapsed: .zero,
                    using: &generator
                )
            }
            #expect(delays.count == 200)
            #expect(delays.allSatisfy { $0 >= .zero && $0 <= .milliseconds(longest) })
            // Full jitter: the waits fill the whole range.
            #expect(delays.contains { $0 < .milliseconds(longest / 10) })
            #expect(delays.contains { $0 > .milliseconds(longest * 9 / 10) })
        }
    }

    @Test
    func waitsAtLeastAsLongAsTheAPIAsks() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<100 {
            let delay = RequestRetry().delay(
                afterAttempt: 1, error: error(.throttled, .refused, retryAfter: .seconds(7)), isIdempotent: false,
                elapsed: .zero, using: &generator
            )
            #expect((.seconds(7)...(.milliseconds(7500))).contains(try #require(delay)))
        }
    }

    @Test
    func endsAtTheDeadlineAndAtTheLastAttempt() {
        var generator = SeededGenerator(seed: 7)
        let retry = RequestRetry(maximumAttempts: 3, deadline: .seconds(10))
        func delay(_ attempt: Int, elapsed: Duration, asked: Duration = .zero) -> Duration? {
            retry.delay(
                afterAttempt: attempt, error: error(.throttled, .refused, retryAfter: asked), isIdempotent: true,
                elapsed: elapsed, using: &generator
            )
        }
        #expect(delay(2, elapsed: .zero) != nil)
        #expect(delay(3, elapsed: .zero) == nil)
        #expect(delay(1, elapsed: .seconds(11)) == nil)
        #expect(delay(1, elapsed: .seconds(4), asked: .seconds(7)) == nil)
    }

    @Test
    func canBeSwitchedOff() {
        var generator = SeededGenerator(seed: 7)
        let delay = RequestRetry.none.delay(
            afterAttempt: 1, error: error(.throttled, .refused), isIdempotent: true, elapsed: .zero, using: &generator
        )
        #expect(delay == nil)
    }
}
