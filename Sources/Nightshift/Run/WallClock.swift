import Foundation
package import NightshiftCore

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
