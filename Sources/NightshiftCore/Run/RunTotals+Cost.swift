extension RunTotals {
    /// The seconds that so many more predictions will compute if they take as long as those of the run so far; `nil` if there are none.
    package func expectedPredictTime(of count: Int) -> Double? {
        predictions > 0 ? predictTime * Double(count) / Double(predictions) : nil
    }

    /// What so many more predictions will cost if they cost what those of the run have so far; `nil` if there are none.
    /// - Parameter cost: what was spent so far, if there are prices.
    package func expectedCost(of count: Int, spent cost: Double?) -> Double? {
        predictions > 0 ? cost.map { $0 * Double(count) / Double(predictions) } : nil
    }

    /// What was spent by the prices of the run's steps.
    /// - Parameter steps: not empty; with seconds that are not counted yet, such as those of what is in flight.
    package func cost(_ steps: [(name: String, price: PriceSettings, moreSeconds: Double)]) -> Double {
        guard steps.count > 1 else {
            return steps[0].price.cost(predictions: predictions, predictTime: predictTime + steps[0].moreSeconds)
        }
        // What was spent before the job had these steps was spent at a price that nobody knows any more: at the dearest.
        var rest = Spending(predictions: predictions, predictTime: predictTime)
        var cost = 0.0
        for step in steps {
            let spent = spending[step.name] ?? Spending()
            rest.predictions -= spent.predictions
            rest.predictTime -= spent.predictTime
            cost += step.price.cost(predictions: spent.predictions, predictTime: spent.predictTime + step.moreSeconds)
        }
        let dearest = PriceSettings(
            perSecond: steps.map(\.price.perSecond).max() ?? 0,
            perPrediction: steps.map(\.price.perPrediction).max() ?? 0)
        // Sums of seconds are a little off.
        let seconds = rest.predictTime > 0.001 ? rest.predictTime : 0
        return cost + dearest.cost(predictions: Swift.max(0, rest.predictions), predictTime: seconds)
    }
}
