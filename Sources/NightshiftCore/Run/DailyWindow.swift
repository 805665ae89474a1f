package import Foundation

/// The hours of each day in which predictions may be created: `22:00-07:00`, by the clock on the wall.
///
/// Whether it is open is read off the local clock, so a night with a change to or from summer time is an hour shorter or
/// longer, as everything is in that night.
package struct DailyWindow: Hashable, Sendable {
    /// Minutes after midnight; the end is exclusive and may lie before the start, on the next day.
    package var start: Int
    package var end: Int
    package var timeZone: TimeZone

    package init(start: Int, end: Int, timeZone: TimeZone = .current) {
        self.start = start
        self.end = end
        self.timeZone = timeZone
    }

    /// Reads `22:00-07:00`; the two times differ.
    package init?(parsing text: String, timeZone: TimeZone = .current) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let start = Self.minutes(parts[0]), let end = Self.minutes(parts[1]), start != end
        else { return nil }
        self.init(start: start, end: end, timeZone: timeZone)
    }

    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...2).contains($0.count) && $0.allSatisfy(\.isASCIIDigit) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    package func isOpen(at now: Timestamp) -> Bool {
        let minute = minute(at: now)
        return start < end ? (start..<end).contains(minute) : minute >= start || minute < end
    }

    /// When the window opens or closes next.
    package func nextChange(after now: Timestamp) -> Timestamp {
        let isOpen = isOpen(at: now)
        // Minute by minute would do, and at most a day of them; whole quarters of an hour first are quicker.
        var instant = Timestamp(milliseconds: now.milliseconds / 60_000 * 60_000)
        let quarter = Duration.seconds(900)
        let minute = Duration.seconds(60)
        // Longer steps could jump over a short window, or over a short pause, of which summer time may take an hour.
        let length = (end - start + 1440) % 1440
        let step = min(length, 1440 - length) > 75 ? quarter : minute
        while self.isOpen(at: instant.advanced(by: step)) == isOpen {
            instant = instant.advanced(by: step)
            if now.duration(to: instant) > .seconds(2 * 86_400) { return instant }
        }
        while self.isOpen(at: instant.advanced(by: minute)) == isOpen { instant = instant.advanced(by: minute) }
        return instant.advanced(by: minute)
    }

    private func minute(at now: Timestamp) -> Int {
        let local = now.milliseconds / 1000 + Int64(timeZone.secondsFromGMT(for: now.date))
        return Int((local % 86_400 + 86_400) % 86_400) / 60
    }

    /// The window as the manifest writes it.
    package var text: String { "\(Self.clock(start))-\(Self.clock(end))" }

    /// The time of day at an instant, such as `22:00`.
    package func clock(at instant: Timestamp) -> String { Self.clock(minute(at: instant)) }

    private static func clock(_ minutes: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
