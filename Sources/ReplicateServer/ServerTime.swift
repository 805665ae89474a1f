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
    private enum Sleep: Hashable { case any }

    private let moved = Mutex<Duration>(.zero)
    private let sleepers = Waiters<Sleep>()

    /// How far the clock was moved; who waits with a timer of the real clock looks whether it is still right.
    var offset: Duration {
        moved.withLock { $0 }
    }

    var now: ServerTime {
        let wall = ServerTime(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e6) * 1000)
        return wall.advanced(by: offset)
    }

    func advance(by duration: Duration) {
        moved.withLock { $0 += duration }
        sleepers.wakeAll()
    }

    /// Waits until it is that time by this clock, or the task is cancelled.
    func sleep(until time: ServerTime) async {
        while !Task.isCancelled {
            let offset = self.offset
            let now = self.now
            guard now < time else { return }
            await sleepers.wait(for: .any, atMost: now.duration(to: time)) { self.offset != offset }
        }
    }
}
