import Testing

@testable import NightshiftCore

/// What is spent, and what may be.
struct BudgetTests {
    private static let start = RunPolicyTests.start

    private static func budget(
        _ limits: RunSettings.Limits = .init(), steps: [Budget.Step] = [.init(name: "", price: PriceSettings())],
        _ change: (inout RunTotals) -> Void = { _ in }
    ) -> Budget {
        var totals = RunTotals()
        change(&totals)
        return Budget(limits: limits, steps: steps, totals: totals, startedAt: start)
    }

    private static func cost(_ limit: Double) -> RunSettings.Limits {
        var limits = RunSettings.Limits()
        limits.cost = limit
        return limits
    }

    @Test func predictionsThatAreInFlightAreSpent() {
        var budget = Self.budget(.init(predictions: 3))
        #expect(budget.fits(3, inFlight: [0]))
        budget.spend(predictions: 2, on: 0)
        #expect(budget.fits(1, inFlight: [0]) && !budget.fits(2, inFlight: [0]))
        #expect(budget.exhausted(inFlight: [0], at: Self.start) == nil)
        budget.spend(predictions: 1, on: 0)
        #expect(budget.exhausted(inFlight: [0], at: Self.start) == .predictions(3, limit: 3))
        budget.spend(predictions: -1, on: 0)
        #expect(budget.exhausted(inFlight: [0], at: Self.start) == nil)
    }

    @Test func computingTimeCountsWithWhatIsExpected() {
        var budget = Self.budget(.init(predictTime: .seconds(100)))
        budget.spend(predictTime: 60, on: 0)
        #expect(budget.fits(1, inFlight: [39]))
        #expect(!budget.fits(1, inFlight: [40]))
        #expect(budget.exhausted(inFlight: [40], at: Self.start) == .predictTime(60, limit: .seconds(100)))
        #expect(budget.mustLearnRunTime(of: 0))
    }

    @Test func aStepThatCostsLessMayGoOn() {
        let steps = [
            Budget.Step(name: "dear", price: PriceSettings(perSecond: 0, perPrediction: 5)),
            Budget.Step(name: "cheap", price: PriceSettings(perSecond: 0, perPrediction: 1)),
        ]
        var budget = Self.budget(Self.cost(7), steps: steps)
        budget.spend(predictions: 1, on: 0)
        #expect(budget.cost(inFlight: [0, 0]) == 5)
        #expect(!budget.fitsCost(of: 0, inFlight: [0, 0]))
        #expect(budget.fitsCost(of: 1, inFlight: [0, 0]))
        #expect(!budget.fitsCost(of: 1, besides: [1, 1], inFlight: [0, 0]))
        #expect(budget.exhausted(inFlight: [0, 0], at: Self.start) == nil)
        budget.spend(predictions: 2, on: 1)
        #expect(budget.exhausted(inFlight: [0, 0], at: Self.start) == .cost(7, limit: 7))
        #expect(!budget.mustLearnRunTime(of: 0))
    }

    @Test func whatWasSpentBeforeTheJobHadStepsCountsAtTheDearestPrice() {
        let steps = [
            Budget.Step(name: "a", price: PriceSettings(perSecond: 1, perPrediction: 0)),
            Budget.Step(name: "b", price: PriceSettings(perSecond: 3, perPrediction: 0)),
        ]
        let budget = Self.budget(Self.cost(100), steps: steps) { $0.predictTime = 10 }
        #expect(budget.cost(inFlight: [2, 0]) == 32)
        #expect(budget.mustLearnRunTime(of: 0))
    }

    @Test func timeThatCostsNeedsSomethingToBeLeft() {
        let price = PriceSettings(perSecond: 1, perPrediction: 0)
        var budget = Self.budget(Self.cost(10), steps: [.init(name: "", price: price)])
        budget.spend(predictTime: 9, on: 0)
        #expect(budget.fitsCost(of: 0, inFlight: [0]))
        #expect(!budget.fitsCost(of: 0, inFlight: [1]))
    }

    @Test func failuresAndTimeEndIt() {
        var limits = RunSettings.Limits(failures: 1)
        limits.wallTime = .seconds(60)
        var budget = Self.budget(limits)
        budget.totals[.failed] = 1
        #expect(budget.tooManyFailures == nil)
        let end = Self.start.advanced(by: .seconds(60))
        #expect(budget.wallTimeEnd == end)
        #expect(budget.exhausted(inFlight: [0], at: end.advanced(by: .milliseconds(-1))) == nil)
        #expect(budget.exhausted(inFlight: [0], at: end) == .wallTime(.seconds(60)))
        budget.totals[.failed] = 2
        #expect(budget.exhausted(inFlight: [0], at: Self.start) == .failures(2, limit: 1))
    }

    @Test func theFirstItemsTellWhatTheRestWillCost() {
        let price = PriceSettings(perSecond: 0, perPrediction: 2)
        let budget = Self.budget(steps: [.init(name: "", price: price)]) {
            $0[.succeeded] = 3
            $0[.failed] = 1
            $0[.pending] = 40
            $0.predictions = 5
            $0.predictTime = 50
        }
        let result = budget.canaryResult(inFlight: [0])
        #expect(
            result
                == CanaryResult(succeeded: 3, failed: 1, left: 40, predictTime: 10, cost: 10, projectedCost: 100))
        #expect(Self.budget().canaryResult(inFlight: [0]).cost == nil)
    }

    @Test func countsBelowZeroContradict() {
        #expect(Self.budget().contradictions.isEmpty)
        #expect(Self.budget { $0.predictions = -1 }.contradictions.count == 1)
        #expect(Self.budget { $0[.running] = -1 }.contradictions == ["-1 items are running"])
    }
}
