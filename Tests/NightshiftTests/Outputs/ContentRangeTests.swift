import Testing

@testable import Nightshift

struct ContentRangeTests {
    @Test(
        arguments: [
            ("bytes 0-99/200", 0, 100, 200), ("bytes 100-199/200", 100, 200, 200), ("bytes 5-5/*", 5, 6, nil),
            ("BYTES=1-2/3", 1, 3, 3), ("bytes \t 1 - 2 / 3 ", 1, 3, 3),
        ] as [(String, Int64, Int64, Int64?)])
    func aPartIsReadWithItsEndAndTheWhole(text: String, first: Int64, end: Int64, total: Int64?) throws {
        let range = try #require(ContentRange(text))
        #expect((range.first, range.end, range.total) == (first, end, total))
    }

    @Test(arguments: [
        "", "bytes", "bytes */200", "bytes 2-1/3", "bytes 1-2/2", "bytes 1--2/3", "bytes -1-2/3", "bytes 1-2-3/4",
        "bytes 1-/3", "bytes -2/3", "bytes 1-2", "bytes 1-2/3/4", "bytes 1-2/x", "items 1-2/3",
        "bytes 0-9223372036854775807/*",
    ])
    func whatMakesNoSenseIsNoPart(text: String) {
        #expect(ContentRange(text) == nil)
    }

    @Test(arguments: [("bytes */200", 200), ("bytes */*", nil), ("bytes 1-2/200", nil)] as [(String, Int64?)])
    func aRefusalTellsTheWhole(text: String, total: Int64?) {
        #expect(ContentRange.refusedTotal(text) == total)
    }
}
