import Foundation
package import NightshiftCore

/// The clock of one session: it stamps what is stored and sleeps until a stamp.
///
/// It reads the wall once, when it is made, and counts on from there. So a wall clock that is set forward or back
/// while the session runs neither ends waits early nor makes them last for hours.
package struct WallClock: Sendable {
    private let anchor: Timestamp
    private let start: ContinuousClock.Instant

    package init() {
        anchor = Timestamp(Date())
        start = .now
    }

    package var now: Timestamp { anchor.advanced(by: start.duration(to: .now)) }

    package func sleep(until instant: Timestamp) async throws {
        let duration = now.duration(to: instant)
        guard duration > .zero else { return }
        try await Task.sleep(for: duration)
    }
}
