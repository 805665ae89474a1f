import Foundation
import NightshiftCore

/// Times as people read them off a clock.
enum LocalTime {
    /// `14:05`, or `2026-11-28 02:05` if that is not the day of `now`.
    static func text(_ instant: Timestamp, seenAt now: Timestamp, in timeZone: TimeZone) -> String {
        let (day, clock) = parts(of: instant, in: timeZone)
        return day == parts(of: now, in: timeZone).day ? clock : "\(day) \(clock)"
    }

    /// `2026-11-28 02:05:31`.
    static func full(_ instant: Timestamp, in timeZone: TimeZone) -> String {
        let seconds = (instant.milliseconds / 1000 % 60 + 60) % 60
        let (day, clock) = parts(of: instant, in: timeZone)
        return "\(day) \(clock):\(seconds < 10 ? "0" : "")\(seconds)"
    }

    private static func parts(of instant: Timestamp, in timeZone: TimeZone) -> (day: String, clock: String) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: instant.date)
        func two(_ number: Int?) -> String {
            let number = number ?? 0
            return number < 10 ? "0\(number)" : "\(number)"
        }
        return (
            "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))", "\(two(parts.hour)):\(two(parts.minute))"
        )
    }
}
