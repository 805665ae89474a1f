import NightSimulator
import NightshiftCore
import Testing

/// Nights with one trouble or none, of which it is known what each must cost.
@Suite(.timeLimit(.minutes(5)))
struct CalmNightTests {
    private static func night(_ items: Int, concurrency: Int = 8, _ change: (inout Night) -> Void = { _ in }) -> Night {
        var night = Night(calm: 1, items: items, concurrency: concurrency)
        night.settings.steps[0].backoff = Backoff(initial: .milliseconds(100), jitter: .none)
        change(&night)
        return night
    }

    /// Plays it; it must break no rule.
    private static func figures(
        _ items: Int, concurrency: Int = 8, _ change: (inout Night) -> Void = { _ in }
    ) async throws -> NightFigures {
        let result = try await night(items, concurrency: concurrency, change).play()
        #expect(result.violations.isEmpty, "\(result.violations)")
        return result.figures
    }

    @Test func everyItemTakesOneCreateAndNoDecisionIsIdle() async throws {
        let figures = try await Self.figures(100)
        #expect(figures.states == [.succeeded: 100])
        #expect(figures.creates == 100 && figures.predictions == 100)
        // Every wake had something to do: none is spent on looking at a full window.
        #expect(figures.steps < 4 * (figures.reads + figures.creates))
    }

    @Test func interruptedPredictionsAreTriedAgainUpToThePolicy() async throws {
        let figures = try await Self.figures(10) {
            $0.rates[.interrupted] = 1
            $0.settings.steps[0].attempts = 3
        }
        #expect(figures.states == [.failed: 10])
        #expect(figures.predictions == 30)
    }

    @Test func throttlingCostsNoAttempt() async throws {
        let figures = try await Self.figures(30) { $0.rates[.throttled] = 0.5 }
        #expect(figures.states == [.succeeded: 30])
        #expect(figures.creates > 30 && figures.predictions == 30)
    }

    @Test func creatingKeepsTheRate() async throws {
        let figures = try await Self.figures(200, concurrency: 1000)
        // Ten at once, then ten a second.
        #expect(figures.length >= 19_000)
    }

    @Test func theBudgetOfPredictionsIsAHardStopThatCountsWhatIsInFlight() async throws {
        let figures = try await Self.figures(60) { $0.settings.limits.predictions = 25 }
        #expect(figures.predictions == 25)
        #expect(figures.states == [.succeeded: 25, .pending: 35])
    }

    @Test func stoppingOnceFinishesWhatRunsAndTheNextSessionGoesOn() async throws {
        let figures = try await Self.figures(100) {
            $0.windows = [FaultWindow(fault: .drain, start: 2_000, length: 0)]
        }
        #expect(figures.sessions == 2)
        #expect(figures.states == [.succeeded: 100])
        #expect(figures.predictions == 100)
    }

    @Test func stoppingTwiceLeavesWhatRunsAndTheNextSessionAdoptsIt() async throws {
        let figures = try await Self.figures(50) {
            $0.windows = [FaultWindow(fault: .leave, start: 2_000, length: 0)]
            $0.runTime = 5_000...9_000
        }
        #expect(figures.sessions == 2)
        #expect(figures.predictions == 50)
    }

    @Test func aPauseCostsNothingButTime() async throws {
        let figures = try await Self.figures(50) {
            $0.windows = [FaultWindow(fault: .paused, start: 2_000, length: 600_000)]
        }
        #expect(figures.sessions == 1)
        #expect(figures.predictions == 50)
        #expect(figures.length >= 602_000)
    }

    /// How many reads a prediction costs where 250 are in flight.
    @Test(arguments: [(Fault?.none, 0.7), (.uncutList, 1.5), (.brokenPoll, 10)])
    func manyInFlightAreWatchedWithFewReads(fault: Fault?, reads: Double) async throws {
        let figures = try await Self.figures(400, concurrency: 250) {
            $0.runTime = 28_000...32_000
            if let fault { $0.rates[fault] = 1 }
        }
        #expect(figures.states == [.succeeded: 400])
        #expect(figures.predictions == 400)
        #expect(Double(figures.reads) / 400 < reads, "\(figures.reads) reads for 400 predictions")
    }
}
