import LosslessJSON
import NightshiftCore
import Testing

@testable import Nightshift

struct ShuffledRowsTests {
    /// Rows of every kind that a source makes.
    private static func rows() -> [Row] {
        let table = RowColumns(["name", "age"])
        let other = RowColumns(["path"])
        let found = NamedFiles(columns: ["path"], directory: "photos")
        return [
            Row(.table(table, ["ada", 36]), origin: .line(file: "a.csv", line: 2), isText: true),
            Row(.table(table, ["bob", 7]), origin: .line(file: "a.csv", line: 3), isText: true),
            Row(.table(other, ["photos/1.png"]), origin: .file("photos/1.png"), namedFiles: found),
            Row(.table(other, ["photos/2.png"]), origin: .file("photos/2.png"), namedFiles: .path),
            Row(.table(other, ["photos/3.png"]), origin: .file("photos/3.png"), namedFiles: found),
            Row(.object(["n": 1, "deep": [1, ["x": .null]]]), origin: .row(4, of: "list")),
        ]
    }

    private static func shuffled(_ rows: [Row], draws: [UInt64]) throws -> [Row] {
        let shuffle = try ShuffledRows()
        for (row, draw) in zip(rows, draws) { try shuffle.add(row, draw: draw) }
        var found: [Row] = []
        try shuffle.forEach {
            found.append($0)
            return true
        }
        return found
    }

    @Test func everyRowComesBackAsItWas() throws {
        let rows = Self.rows()
        let found = try Self.shuffled(rows, draws: [0, 1, 2, 3, 4, 5])
        #expect(found.count == rows.count)
        for (row, back) in zip(rows, found) {
            #expect(back.members == row.members)
            #expect(back.columnNames == row.columnNames)
            #expect(back.origin == row.origin)
            #expect(back.isText == row.isText)
            #expect(back.namedFiles?.columns == row.namedFiles?.columns)
            #expect(back.namedFiles?.directory == row.namedFiles?.directory)
        }
    }

    @Test func theDrawDecidesTheOrderAndEqualDrawsChangeNothing() throws {
        let rows = Self.rows()
        let names = { (rows: [Row]) in rows.map { "\($0.origin)" } }
        let turned = try Self.shuffled(rows, draws: [5, 4, 3, 2, 1, 0])
        #expect(names(turned) == names(rows.reversed()))
        #expect(names(try Self.shuffled(rows, draws: Array(repeating: 7, count: 6))) == names(rows))
    }

    @Test(arguments: [999, 1000, 1001, 2500]) func anyNumberComesBackWhole(count: Int) throws {
        let rows = (0..<count).map { Row(.object(["n": .number(JSONNumber($0))]), origin: .row($0, of: "list")) }
        let found = try Self.shuffled(rows, draws: (0..<count).map { UInt64($0 * 7919 % count) })
        #expect(Set(found.compactMap { $0["n"]?.intValue }) == Set(0..<count))
        #expect(found.count == count)
    }

    @Test func whoHasEnoughIsGivenNoMore() throws {
        let shuffle = try ShuffledRows()
        for row in Self.rows() { try shuffle.add(row, draw: 1) }
        var seen = 0
        try shuffle.forEach { _ in
            seen += 1
            return seen < 2
        }
        #expect(seen == 2)
    }
}
