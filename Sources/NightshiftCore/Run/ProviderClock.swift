/// What is known of the provider's clock: how far it is ahead of ours.
package struct ProviderClock: Hashable, Sendable {
    /// The provider's time minus ours.
    package private(set) var offset: Duration
    private var samples: [Duration] = []
    private var next = 0
    private static let capacity = 64

    package init(offset: Duration = .zero) {
        self.offset = offset
    }

    /// Takes in that something which happened at `theirs` has become known here at `ours`.
    ///
    /// The news takes time to come, so every sample is too small, and the largest of the newest is the best.
    package mutating func observe(_ theirs: Timestamp, knownAt ours: Timestamp) {
        let sample = ours.duration(to: theirs)
        if samples.count < ProviderClock.capacity {
            samples.append(sample)
        } else {
            samples[next] = sample
        }
        next = (next + 1) % ProviderClock.capacity
        offset = samples.max() ?? sample
    }

    /// Our time for an instant of the provider's.
    package func ours(_ theirs: Timestamp) -> Timestamp {
        theirs.advanced(by: .zero - offset)
    }

    /// The provider's time for an instant of ours.
    package func theirs(_ ours: Timestamp) -> Timestamp {
        ours.advanced(by: offset)
    }
}
