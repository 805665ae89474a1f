import LosslessJSON
import NightshiftCore
import Testing

@testable import Nightshift
@testable import NightshiftCLI

struct ItemTableTests {
    private func record(_ position: Int, name: String, failure: String? = nil, files: [String] = []) -> ItemRecord {
        ItemRecord(
            id: Int64(position), key: "k\(position)", name: name, position: position,
            origin: "rows.csv:\(position + 2)",
            step: "", state: failure == nil ? .succeeded : .failed, attempts: 1, predictionID: nil, failureClass: nil,
            failure: failure, sentAt: nil, endedAt: nil, startedAt: nil, completedAt: nil, waitTime: 1.5, runTime: nil,
            downloadTime: nil, duration: nil, predictTime: nil, cost: nil, row: ["style": "d\u{1B}[31m\nusk", "n": 5],
            output: nil, files: files.map { ItemRecord.File(path: $0, size: 1, sha256: "", mediaType: nil) },
            rating: nil,
            tags: [], note: nil)
    }

    private func lines(_ table: ItemTable, _ records: [ItemRecord]) -> [String] {
        var table = table
        return records.flatMap { table.add($0) } + table.end()
    }

    @Test func columnsAreLinedUpUnderTheirNames() {
        let records = [
            record(0, name: "a", files: ["a.png", "b.png"]), record(1, name: "日本", failure: "too bold\nand more"),
        ]
        #expect(
            lines(ItemTable(columns: nil), records) == [
                "STATE      NAME  ORIGIN      FILES        FAILURE", "succeeded  a     rows.csv:2  a.png b.png",
                "failed     日本  rows.csv:3               too bold and more",
            ])
        #expect(
            lines(ItemTable(columns: "name,n,style,waiting"), [records[0]]) == [
                "NAME  N  STYLE       WAITING", "a     5  d\u{FFFD}[31m usk  1.5",
            ])
    }

    /// A million items are not held to measure them.
    @Test func linesAreWrittenAsSoonAsTheWidthsAreKnown() {
        var table = ItemTable(columns: "name")
        var written = 0
        for index in 0..<1000 { written += table.add(record(index, name: "name-\(index)")).count }
        #expect(written == 1001)
        #expect(table.end().isEmpty)
    }
}
