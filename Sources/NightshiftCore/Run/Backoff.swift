import LosslessJSON

/// How long to wait before a failed attempt is tried again: exponential, capped, with jitter.
///
/// With the defaults the delay after the first failure is drawn from 0 to 1 s, then from 0 to 2 s, 4 s, 8 s … up to
/// 5 minutes.
package struct Backoff: Hashable, Sendable {
    /// How chance spreads the retries.
    package enum Jitter: String, CaseIterable, Hashable, Sendable {
        /// Anything from nothing to the whole delay, so that many retries do not meet.
        case full
        case none
    }

    package var initial: Duration
    package var factor: Double
    package var max: Duration
    package var jitter: Jitter

    package init(
        initial: Duration = .seconds(1), factor: Double = 2, max: Duration = .seconds(300), jitter: Jitter = .full
    ) {
        self.initial = initial
        self.factor = factor
        self.max = max
        self.jitter = jitter
    }

    /// The wait after the `failures`-th failure, counted from 1.
    package func delay(afterFailure failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        var delay = initial.inSeconds
        var step = 1
        while step < failures, delay < max.inSeconds {
            delay *= factor
            step += 1
        }
        let capped = Swift.max(0, min(delay, max.inSeconds))
        switch jitter {
        case .none: return .milliseconds(Int64(saturating: capped * 1000))
        case .full: return .milliseconds(Int64(saturating: Double.random(in: 0...capped, using: &generator) * 1000))
        }
    }
}

/// A small seeded generator (SplitMix64), so that every choice of a run can be repeated.
package struct SeededGenerator: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
