import LosslessJSON

/// What the predictions of a model took and gave so far, on average.
package struct ModelHistory: Hashable, Sendable {
    /// How many predictions it was learned from.
    package var predictions: Int
    /// Seconds of computing.
    package var predictTime: Double?
    /// Seconds from the create to the end.
    package var totalTime: Double?
    /// Bytes that the files of one item take.
    package var outputBytes: Double?

    package init(predictions: Int, predictTime: Double?, totalTime: Double?, outputBytes: Double?) {
        self.predictions = predictions
        self.predictTime = predictTime
        self.totalTime = totalTime
        self.outputBytes = outputBytes
    }
}

/// What a run is expected to take, as far as anybody can know before it.
package struct RunEstimate: Hashable, Sendable {
    /// Seconds, if the model has a history or the rate alone decides.
    package var duration: Double?
    /// Seconds of computing.
    package var predictTime: Double?
    /// In the currency of the manifest's price.
    package var cost: Double?
    /// Bytes on disk.
    package var diskBytes: Int64?
    /// Requests that create predictions.
    package var creates: Int
    /// Requests that send files.
    package var uploads: Int
    /// Requests that look after predictions; about so many.
    package var reads: Int?

    /// - Parameters:
    ///   - items: how many would be created.
    ///   - creates: how fast they may be, `nil` for as fast as they come.
    package init(
        items: Int, uploads: Int, history: ModelHistory?, price: PriceSettings?, concurrency: Int, creates: RateLimit?,
        wait: Duration?
    ) {
        self.creates = items
        self.uploads = uploads
        predictTime = history?.predictTime.map { $0 * Double(items) }
        diskBytes = history?.outputBytes.map { Int64(saturating: ($0 * Double(items)).rounded()) }
        let sending = creates.map { Double(items) / Double($0.count) * Double($0.per.milliseconds) / 1000 }
        if let total = history?.totalTime {
            let waves = (Double(items) / Double(max(1, concurrency))).rounded(.up)
            duration = max(waves * total, sending.map { $0 + total } ?? 0)
        }
        if let price {
            if price.perSecond == 0 {
                cost = price.cost(predictions: items, predictTime: 0)
            } else if let predictTime {
                cost = price.cost(predictions: items, predictTime: predictTime)
            }
        }
        if wait != nil {
            // The create's own answer brings the result.
            reads = 0
        } else if let duration, let total = history?.totalTime {
            // A sweep every sixteenth of a run's time, a page for a hundred in flight; with few in flight about three
            // single reads for each.
            let pages = Double((min(concurrency, max(1, items)) + 99) / 100)
            let interval = min(5, max(0.012, total / 16))
            let sweeps = duration / interval * pages
            reads = Int(saturating: min(sweeps, Double(items) * 3).rounded(.up))
        }
        itemTime = history?.totalTime
    }

    /// Seconds from one item's create to its end.
    private var itemTime: Double?

    /// Steps that run side by side, each item going through all of them.
    ///
    /// - Parameter creates: how fast all of them together may be.
    package init(_ steps: [RunEstimate], creates limit: RateLimit?) {
        guard let first = steps.first else {
            self.init(
                items: 0, uploads: 0, history: nil, price: nil, concurrency: 1, creates: limit, wait: nil)
            return
        }
        self = first
        guard steps.count > 1 else { return }
        func sum<Number: AdditiveArithmetic>(_ part: (RunEstimate) -> Number?) -> Number? {
            let known = steps.compactMap(part)
            return known.count == steps.count ? known.reduce(.zero, +) : nil
        }
        creates = sum(\.creates) ?? 0
        reads = sum(\.reads)
        predictTime = sum(\.predictTime)
        cost = sum(\.cost)
        diskBytes = sum(\.diskBytes)
        // The slowest step decides; the first item to reach it and the last one to leave it pass through the others.
        let slowest = steps.max { ($0.duration ?? 0) < ($1.duration ?? 0) }
        duration = nil
        guard let slowest, let longest = slowest.duration, let all = sum(\.itemTime), sum(\.duration) != nil else {
            return
        }
        let sending = limit.map { Double(creates) / Double($0.count) * Double($0.per.milliseconds) / 1000 } ?? 0
        duration = max(longest, sending) + all - (slowest.itemTime ?? 0)
    }
}
