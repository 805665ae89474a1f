package import Foundation
import LosslessJSON

/// A wall-clock instant in whole milliseconds since 1970: what is stored and what is slept until.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package init(_ date: Date) {
        milliseconds = Int64(saturating: (date.timeIntervalSince1970 * 1000).rounded(.down))
    }

    package var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    package static let distantPast = Timestamp(milliseconds: 0)
    package static let distantFuture = Timestamp(milliseconds: .max / 4)

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package func advanced(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds.addingSaturated(duration.milliseconds))
    }

    package func duration(to other: Timestamp) -> Duration {
        .milliseconds(other.milliseconds.subtractingSaturated(milliseconds))
    }
}

extension Duration {
    /// The duration in whole milliseconds, rounded up so that a wait is never shorter than asked; the nearest number that there
    /// is for one that is beyond all.
    public var milliseconds: Int64 {
        // Beyond this there are no whole milliseconds in 64 bits.
        let longest = Duration.seconds(Int64.max / 1000 - 1)
        let (seconds, attoseconds) = clamped(to: .zero - longest, longest).components
        let perMillisecond: Int64 = 1_000_000_000_000_000
        return seconds * 1000 + attoseconds / perMillisecond + (attoseconds % perMillisecond > 0 ? 1 : 0)
    }

    /// The duration in seconds, for arithmetic with measured times.
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
