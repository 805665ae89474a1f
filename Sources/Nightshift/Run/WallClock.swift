import Foundation
package import NightshiftCore

/// The machine's clock: stamps what is stored and sleeps until a stamp.
package struct WallClock: Sendable {
    package init() {}

    package var now: Timestamp { Timestamp(Date()) }

    package func sleep(until instant: Timestamp) async throws {
        let duration = now.duration(to: instant)
        guard duration > .zero else { return }
        // The wall clock may be set while we sleep; an hour is the longest that such a jump can cost.
        try await Task.sleep(for: min(duration, .seconds(3600)))
    }
}
