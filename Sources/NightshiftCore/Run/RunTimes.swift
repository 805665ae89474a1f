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
        let sorted = samples.sorted()
        typical = .milliseconds(sorted[sorted.count / 2])
        if sorted.count >= 5 { earliestPlausible = .milliseconds(sorted[sorted.count / 10]) }
    }

    /// A duration that nine of ten predictions exceed, or `nil` while too little is known.
    package private(set) var earliestPlausible: Duration?

    /// The median, or `nil` while nothing is known.
    package private(set) var typical: Duration?
}
