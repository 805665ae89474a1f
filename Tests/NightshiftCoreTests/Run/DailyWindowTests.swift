import Foundation
import NightshiftCore
import Testing

struct DailyWindowTests {
    private static func berlin() throws -> TimeZone { try #require(TimeZone(identifier: "Europe/Berlin")) }

    private static func at(_ text: String) throws -> Timestamp {
        Timestamp(try Date(text, strategy: .iso8601))
    }

    @Test(arguments: [
        ("22:00-07:00", "2026-07-01T20:30:00Z", true), ("22:00-07:00", "2026-07-01T19:59:00Z", false),
        ("22:00-07:00", "2026-07-01T04:59:59Z", true), ("22:00-07:00", "2026-07-01T05:00:00Z", false),
        ("09:30-17:00", "2026-01-15T08:30:00Z", true), ("09:30-17:00", "2026-01-15T16:00:00Z", false),
    ])
    func isOpenByTheClockOnTheWall(_ text: String, _ instant: String, _ isOpen: Bool) throws {
        let window = try #require(DailyWindow(parsing: text, timeZone: Self.berlin()))
        #expect(window.isOpen(at: try Self.at(instant)) == isOpen)
    }

    @Test(arguments: [
        // An ordinary evening and morning.
        ("2026-07-01T18:12:34Z", "2026-07-01T20:00:00Z"), ("2026-07-01T20:00:00Z", "2026-07-02T05:00:00Z"),
        // The nights in which summer time begins and ends: an hour shorter, an hour longer.
        ("2026-03-28T21:00:00Z", "2026-03-29T05:00:00Z"), ("2026-10-24T20:00:00Z", "2026-10-25T06:00:00Z"),
    ])
    func tellsWhenItChangesNext(_ now: String, _ change: String) throws {
        let window = try #require(DailyWindow(parsing: "22:00-07:00", timeZone: Self.berlin()))
        #expect(window.nextChange(after: try Self.at(now)) == (try Self.at(change)))
    }

    @Test(arguments: [
        ("22:00-22:01", "2026-07-01T04:12:34Z", "2026-07-01T20:00:00Z"),
        ("22:00-22:01", "2026-07-01T20:00:30Z", "2026-07-01T20:01:00Z"),
        ("22:01-22:00", "2026-07-01T04:12:34Z", "2026-07-01T20:00:00Z"),
        ("22:00-22:20", "2026-07-01T04:12:34Z", "2026-07-01T20:00:00Z"),
    ])
    func isNotJumpedOverHoweverShortItIs(_ text: String, _ now: String, _ change: String) throws {
        let window = try #require(DailyWindow(parsing: text, timeZone: Self.berlin()))
        #expect(window.nextChange(after: try Self.at(now)) == (try Self.at(change)))
    }

    @Test func anHourThatDoesNotExistBeginsWhenTheClockHasPassedIt() throws {
        // At 02:00 the clocks go to 03:00.
        let window = try #require(DailyWindow(parsing: "02:30-04:00", timeZone: Self.berlin()))
        let midnight = try Self.at("2026-03-28T23:00:00Z")
        #expect(window.nextChange(after: midnight) == (try Self.at("2026-03-29T01:00:00Z")))
    }

    @Test(arguments: [
        "", "22:00", "22:00-22:00", "24:00-07:00", "22:60-07:00", "22-7", "22:00-07:00-09:00", "-1:00-07:00",
    ])
    func refusesWhatIsNoWindow(_ text: String) {
        #expect(DailyWindow(parsing: text) == nil)
    }

    @Test(arguments: ["22:00-07:00", "09:59-10:10", "00:00-00:01", "23:59-10:00"])
    func itsTextIsWhatItIsReadFrom(text: String) throws {
        let window = try #require(DailyWindow(parsing: text, timeZone: Self.berlin()))
        #expect(window.text == text)
    }
}
