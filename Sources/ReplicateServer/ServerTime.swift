import Foundation
import Synchronization

/// An instant of the server's clock: nanoseconds since 1970.
struct ServerTime: Hashable, Comparable, Sendable {
    var nanoseconds: Int64

    static func < (left: ServerTime, right: ServerTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant after a time, kept within the range.
    func advanced(by duration: Duration) -> ServerTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return ServerTime(nanoseconds: overflow ? .max : sum)
    }

    func duration(to other: ServerTime) -> Duration {
        .nanoseconds(other.nanoseconds - nanoseconds)
    }

    /// Seconds since 1970, rounded down.
    var seconds: Int64 {
        nanoseconds / 1_000_000_000
    }

    /// Microseconds since 1970, which is what reads show.
    var microseconds: Int64 {
        nanoseconds / 1000
    }

    var date: Date {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }
}

extension Duration {
    /// The whole time in nanoseconds, kept within the range.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? .max : sum
    }

    /// A time from seconds as an input gives them.
    init(inSeconds seconds: Double) {
        self = .nanoseconds(Int64(max(0, min(seconds, 1e9)) * 1e9))
    }

    var inSeconds: Double {
        Double(nanoseconds) / 1e9
    }
}

/// The wall clock, with an offset that tests move so that an hour of retention passes at once.
final class ServerClock: Sendable {
    private let offset = Mutex<Duration>(.zero)

    var now: ServerTime {
        let wall = ServerTime(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e6) * 1000)
        return wall.advanced(by: offset.withLock { $0 })
    }

    func advance(by duration: Duration) {
        offset.withLock { $0 += duration }
    }
}
