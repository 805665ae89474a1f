/// How long this model's predictions took lately, from accepted to seen finished: when to look is learned from it.
package struct RunTimes: Hashable, Sendable {
    private var samples: [Int64] = []
    private var next = 0
    private static let capacity = 64

    package init() {}

    package mutating func observe(_ duration: Duration) {
        let sample = Swift.max(0, duration.milliseconds)
        if samples.count < RunTimes.capacity {
            samples.append(sample)
        } else {
            samples[next] = sample
        }
        next = (next + 1) % RunTimes.capacity
    }

    /// A duration that nearly no prediction undercuts, or `nil` while too little is known.
    package var earliestPlausible: Duration? {
        guard samples.count >= 5 else { return nil }
        return .milliseconds(samples.sorted()[samples.count / 10] * 9 / 10)
    }

    /// The median, or `nil` while nothing is known.
    package var typical: Duration? {
        guard !samples.isEmpty else { return nil }
        return .milliseconds(samples.sorted()[samples.count / 2])
    }
}
