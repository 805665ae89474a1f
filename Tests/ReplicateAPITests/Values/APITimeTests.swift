import Foundation
import ReplicateAPI
import Testing

@Suite(.timeLimit(.minutes(1)))
struct APITimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2023-11-16T11:46:16.064900134Z", 1_700_135_176.064900134),
            ("2023-11-16T11:46:16.0649Z", 1_700_135_176.0649), ("2023-11-16T11:46:31.621000Z", 1_700_135_191.621),
            ("2023-11-16T11:46:31.6Z", 1_700_135_191.6), ("2023-11-16T11:46:31Z", 1_700_135_191),
            ("2023-11-16T11:46:31.0000000000001Z", 1_700_135_191), ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2000-03-01T00:00:00Z", 951_868_800), ("1969-12-31T23:59:59.5Z", -0.5),
            ("2023-11-16T13:46:31+02:00", 1_700_135_191), ("2023-11-16T08:16:31-0330", 1_700_135_191),
            ("2023-11-16 11:46:31", 1_700_135_191), ("2023-11-16t11:46:31z", 1_700_135_191),
            ("2016-12-31T23:59:60Z", 1_483_228_800),
        ] as [(String, Double)]
    )
    func readsEveryPrecision(text: String, seconds: Double) throws {
        let date = try #require(APITime.parse(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 0.000_001)
    }

    @Test(
        arguments: [
            "", "now", "2023-11-16", "2023-11-16T11:46", "2022-04-26T20:00:84.583803Z", "2023-02-29T00:00:00Z",
            "2023-13-01T00:00:00Z", "2023-00-01T00:00:00Z", "2023-01-00T00:00:00Z", "2023-01-01T24:00:00Z",
            "2023-01-01T00:60:00Z", "2023-01-01T00:00:00.Z", "2023-01-01T00:00:00Zx", "2023-01-01T00:00:00+25:00",
            "2023-01-01T00:00:00+02", "23-01-01T00:00:00Z", "２023-01-01T00:00:00Z", "1900-02-29T00:00:00Z",
        ]
    )
    func refusesWhatIsNoInstant(text: String) {
        #expect(APITime.parse(text) == nil)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (1_700_135_176.0649, "2023-11-16T11:46:16.064900Z"),
            (-0.5, "1969-12-31T23:59:59.500000Z"), (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (1_700_135_176.999_999_9, "2023-11-16T11:46:17.000000Z"), (-1e30, "0000-01-01T00:00:00.000000Z"),
        ] as [(Double, String)]
    )
    func writesMicroseconds(seconds: Double, text: String) {
        #expect(APITime.format(Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test
    func readsBackEveryDayThatItWrites() throws {
        // Steps of a bit less than 37 days walk through all months and leap years of five centuries.
        for step in 0..<5000 {
            let date = Date(timeIntervalSince1970: -9_000_000_000 + Double(step) * 3_189_599.25)
            let text = APITime.format(date)
            try #require(APITime.parse(text) == date, "\(text)")
        }
    }

    @Test
    func readsAndWritesTheDatesOfHeaders() throws {
        let date = try #require(APITime.parseHTTPDate("Sun, 06 Nov 1994 08:49:37 GMT"))
        #expect(date.timeIntervalSince1970 == 784_111_777)
        #expect(APITime.formatHTTPDate(date) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(APITime.formatHTTPDate(Date(timeIntervalSince1970: -1)) == "Wed, 31 Dec 1969 23:59:59 GMT")
    }

    @Test(arguments: ["", "Sun, 06 Nov 1994", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "7"])
    func refusesOtherDatesInHeaders(text: String) {
        #expect(APITime.parseHTTPDate(text) == nil)
    }
}
