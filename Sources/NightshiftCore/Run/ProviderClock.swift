/// What is known of the provider's clock: how far it is ahead of ours.
package struct ProviderClock: Hashable, Sendable {
    /// The provider's time minus ours; zero while nothing is known.
    package private(set) var offset: Duration
    /// Whether the provider has told its time.
    package private(set) var isKnown: Bool
    private var samples: [Sample] = []
    private var next = 0
    private static let capacity = 64

    /// What one event says: the offset is neither less nor more than this.
    private struct Sample: Hashable {
        var least: Duration
        var most: Duration

        /// What both say together; if the least is more than the most, they contradict each other.
        func and(_ other: Sample) -> Sample {
            Sample(least: Swift.max(least, other.least), most: Swift.min(most, other.most))
        }
    }

    /// An answer may be held back until the prediction has ended, so how late it comes tells nothing beyond this.
    private static let longestWay = Duration.seconds(2)

    package init(offset: Duration? = nil) {
        self.offset = offset ?? .zero
        isKnown = offset != nil
    }

    /// The offset, if it is more than a guess.
    package var knownOffset: Duration? { isKnown ? offset : nil }

    /// Takes in that something which happened at `theirs` was asked for at `asked` and known here at `known`.
    ///
    /// It has happened in between, and the quickest of the newest events leave the least between.
    package mutating func observe(_ theirs: Timestamp, asked: Timestamp, known: Timestamp) {
        let sample = Sample(
            least: Swift.min(known, asked.advanced(by: Self.longestWay)).duration(to: theirs),
            most: asked.duration(to: theirs))
        if samples.count < Self.capacity {
            samples.append(sample)
        } else {
            samples[next] = sample
        }
        next = (next + 1) % Self.capacity
        var bounds = samples.reduce(sample) { $0.and($1) }
        if bounds.least > bounds.most {
            // One of the clocks was set.
            samples = [sample]
            next = 1
            bounds = sample
        }
        offset = (bounds.least + bounds.most) / 2
        isKnown = true
    }

    /// Our time for an instant of the provider's.
    package func localTime(for theirs: Timestamp) -> Timestamp {
        theirs.advanced(by: .zero - offset)
    }

    /// The provider's time for an instant of ours.
    package func providerTime(for ours: Timestamp) -> Timestamp {
        ours.advanced(by: offset)
    }
}
