import Foundation
package import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The clock of one session: it stamps what is stored and sleeps until a stamp. There is one, which is passed to all who
/// need the time.
///
/// It reads the wall once, when it is made, and counts on from there. So a wall clock that is set forward or back
/// while the session runs neither ends waits early nor makes them last for hours.
package struct WallClock: Sendable {
    private let anchor: Timestamp
    private let start: ContinuousClock.Instant

    /// - Parameter error: how far it is to be wrong, for tests.
    package init(wrongBy error: Duration = .zero) {
        anchor = Timestamp(Date()).advanced(by: error)
        start = .now
    }

    package var now: Timestamp { time(at: .now) }

    /// What this clock showed at an instant.
    package func time(at instant: ContinuousClock.Instant) -> Timestamp {
        anchor.advanced(by: start.duration(to: instant))
    }

    /// How far the wall is ahead of this clock by now.
    var deviation: Duration { now.duration(to: Timestamp(Date())) }

    package func sleep(until instant: Timestamp) async throws {
        let duration = now.duration(to: instant)
        guard duration > .zero else { return }
        try await Task.sleep(for: duration)
    }
}

/// Notices when somebody sets the clock of this machine.
struct ClockWatch: Sendable {
    let clock: WallClock

    private static let interval = Duration.seconds(2)
    /// A clock that is brought into step little by little is not set; in one interval it changes by far less.
    private static let leastStep = Duration.seconds(1)

    /// Tells each time by how much it was set, until the task is cancelled.
    func watch(_ told: (Duration) -> Void) async {
        var known = Duration.zero
        while !Task.isCancelled {
            let deviation = clock.deviation
            let step = deviation - known
            known = deviation
            if step >= Self.leastStep || step <= .zero - Self.leastStep { told(step) }
            try? await Task.sleep(for: Self.interval)
        }
    }
}

/// The time since this machine was started: the same for all its processes, and nobody can set it.
package enum MachineClock {
    package static var now: Timestamp {
        var time = timespec()
        #if canImport(Darwin)
        clock_gettime(CLOCK_MONOTONIC_RAW, &time)
        #else
        clock_gettime(CLOCK_BOOTTIME, &time)
        #endif
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Which start of which machine it is counted from; empty where the system does not tell.
    static let boot: String = {
        #if canImport(Darwin)
        var length = 0
        guard sysctlbyname("kern.bootsessionuuid", nil, &length, nil, 0) == 0, length > 1 else { return "" }
        var bytes = [UInt8](repeating: 0, count: length)
        guard sysctlbyname("kern.bootsessionuuid", &bytes, &length, nil, 0) == 0 else { return "" }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        #else
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        #endif
    }()
}
