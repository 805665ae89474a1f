import Foundation
import GRDB
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// Sources besides a single plain file.
@Suite(.timeLimit(.minutes(1)))
struct SourceTests {
    private let input = "input: { n: \"{{ name }}\" }\n"

    private func names(_ items: [Item]) -> [String] { items.compactMap { $0.input["n"]?.stringValue } }

    // MARK: - Several files

    @Test func severalFilesAreReadOneAfterTheOther() throws {
        let scene = try InputScene([
            "in/b.csv": "name,x\nGrace,1\n", "in/a.csv": "x,name\n2,Ada\n", "more.csv": "name\nKurt\n",
            "in/a[1].csv": "name\nAlan\n", "in/note.txt": "no table",
        ])
        let found = try scene.expand("inputs: { csv: [more.csv, \"in/?.csv\", more.csv] }\n" + input)
        #expect(found.problems.isEmpty)
        #expect(names(found.items) == ["Kurt", "Ada", "Grace"])
        #expect(found.items.map { "\($0.origin)" } == ["more.csv:2", "in/a.csv:2", "in/b.csv:2"])
        // A file that has such a name is meant itself.
        #expect(try names(scene.expand("inputs: { csv: \"in/a[1].csv\" }\n" + input).items) == ["Alan"])
    }

    @Test func aBadFileAmongSeveralIsToldAndTheOthersAreRead() throws {
        let scene = try InputScene([
            "a.csv": "name\nAda\n", "b.csv": ",,\n1,2,3\n", "c.csv": "name\nKurt,x\nGrace\n",
        ])
        let found = try scene.expand("inputs: { csv: \"*.csv\" }\n" + input)
        #expect(names(found.items) == ["Ada", "Grace"])
        #expect(
            found.problems.map { $0.split(separator: "\n")[0] } == [
                "b.csv:1: error: no column has a name",
                "c.csv:2: error: this row has 2 values, but the header names 1 column",
            ])
    }

    @Test func aColumnThatOneFileLacksIsOneMistake() throws {
        let scene = try InputScene(["a.csv": "name\nAda\n", "b.csv": "nmae\nGrace\nKurt\n"])
        let found = try scene.expand("inputs: { csv: \"*.csv\" }\n" + input)
        #expect(found.problems.count == 1)
        #expect(found.problems[0].contains("unknown name 'name' for the rows of *.csv"))
    }

    // MARK: - Compressed

    /// `name\nAda\nGrace\n`, and `Kurt\n`, by gzip.
    private static let packed =
        Data(
            base64Encoded: "H4sIAAAAAAACA8tLzE3lckxJ5HIvSkxO5QIAV5AQGg8AAAA="
        ).map { [UInt8]($0) } ?? []
    private static let packedMore =
        Data(
            base64Encoded: "H4sIAAAAAAACA/MuLSrhAgA5JxNJBQAAAA=="
        ).map { [UInt8]($0) } ?? []

    @Test func gzipIsUnpackedWhateverTheFileIsCalled() throws {
        let scene = try InputScene([:])
        try scene.write("a.csv.gz", Self.packed)
        try scene.write("b.csv", Self.packed + Self.packedMore + [0, 0, 0])
        let found = try scene.expand("inputs: [{ csv: a.csv.gz }, { csv: b.csv }]\n" + input)
        #expect(found.problems.isEmpty)
        #expect(names(found.items) == ["Ada", "Grace", "Ada", "Grace", "Kurt"])
        #expect(found.items.last?.origin == .line(file: "b.csv", line: 4))
    }

    @Test func damagedGzipIsTold() throws {
        let scene = try InputScene([:])
        try scene.write("cut.csv.gz", Array(Self.packed.dropLast(9)))
        var damaged = Self.packed
        damaged[damaged.count - 6] ^= 0xFF
        try scene.write("damaged.csv.gz", damaged)
        let found = try scene.expand("inputs: [{ csv: cut.csv.gz }, { csv: damaged.csv.gz }]\n" + input)
        #expect(
            found.problems.map { $0.split(separator: "\n")[0] } == [
                "x.yaml:3:12: error: cannot read 'cut.csv.gz': it ends inside its gzip data",
                "x.yaml:3:33: error: cannot read 'damaged.csv.gz': its gzip data is damaged",
            ])
    }

    /// One row of 200 MB in 200 KB: the row's own limit ends it long before it is unpacked.
    @Test func aBombOfGzipEndsWithAnError() throws {
        let scene = try InputScene([:])
        try scene.write("zeros", "")
        let handle = try #require(FileHandle(forWritingAtPath: scene.path("zeros")))
        try handle.truncate(atOffset: 200 << 20)
        try handle.close()
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-1", scene.path("zeros")]
        try gzip.run()
        gzip.waitUntilExit()
        try #require(gzip.terminationStatus == 0)
        let found = try scene.expand("inputs: { lines: zeros.gz }\ninput: { n: \"{{ line }}\" }\n")
        #expect(found.problems.count == 1)
        #expect(found.problems[0].hasPrefix("zeros.gz:1: error: the row that starts here is larger than 16 MB"))
    }

    // MARK: - Databases

    private func database(_ scene: borrowing InputScene) throws {
        try scene.write("things.txt", "")
        let database = try DatabaseQueue(path: scene.path("things.db"))
        try database.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT, size REAL, data BLOB);
                    INSERT INTO thing VALUES (1, 'Ada', 1.5, NULL), (2, 'Grace', NULL, NULL), (3, 'Kurt', 3, x'00ff');
                    """)
        }
        try database.close()
    }

    private func query(_ query: String, _ scene: borrowing InputScene) throws -> (items: [Item], problems: [String]) {
        let found = try scene.expand(
            "inputs: { sqlite: { file: things.db, query: \"\(query)\" } }\ninput: { n: \"{{ name }}\" }\n")
        return (found.items, found.problems)
    }

    @Test func aQueryGivesRowsWithTheirTypes() throws {
        let scene = try InputScene([:])
        try database(scene)
        let found = try query(
            "-- all of them\\nSELECT id, name, size FROM thing ORDER BY id DESC LIMIT 2 OFFSET 1", scene)
        #expect(found.problems.isEmpty)
        #expect(
            found.items.map(\.row) == [
                ["id": 2, "name": "Grace", "size": nil], ["id": 1, "name": "Ada", "size": 1.5],
            ])
        #expect(found.items[0].origin.description == "row 1 of things.db")
    }

    @Test func bytesAreTheProblemOfTheirRow() throws {
        let scene = try InputScene([:])
        try database(scene)
        let found = try query("SELECT name, data FROM thing", scene)
        #expect(names(found.items) == ["Ada", "Grace"])
        #expect(
            found.problems.map { $0.split(separator: "\n")[0] } == [
                "error: row 3 of things.db: column 'data' has no value as text or number"
            ])
    }

    @Test(arguments: [
        ("DELETE FROM thing", "the query must begin with SELECT"),
        ("ATTACH 'other.db' AS o", "the query must begin with"),
        ("VACUUM INTO 'stolen.db'", "the query must begin with"),
        ("/* x */ PRAGMA user_version = 5", "the query must begin with"),
        ("WITH a AS (SELECT 1) DELETE FROM thing", "the query must only read"),
        ("SELECT 1 AS a; DELETE FROM thing", "things.db"), ("SELECT load_extension('evil')", "things.db"),
        ("SELECT readfile('/etc/passwd')", "no such function"),
        ("SELECT nope FROM thing", "no such column: nope"),
        ("SELECT 1 AS name, 2 AS name", "two columns the name 'name'"),
        ("", "the query must begin with"),
    ])
    func aQueryCanOnlyReadItsFile(_ text: String, _ reason: String) throws {
        let scene = try InputScene([:])
        try database(scene)
        let before = try Data(contentsOf: URL(filePath: scene.path("things.db")))
        let found = try query(text.isEmpty ? " " : text, scene)
        #expect(found.items.isEmpty)
        #expect(found.problems.count == 1)
        #expect(found.problems[0].contains(reason), "\(found.problems)")
        #expect(try Data(contentsOf: URL(filePath: scene.path("things.db"))) == before)
        let names = try FileManager.default.contentsOfDirectory(atPath: scene.path("")).sorted()
        #expect(names == ["things.db", "things.txt", "x.yaml"])
    }

    @Test func aFileThatIsNoDatabaseIsTold() throws {
        let scene = try InputScene(["things.db": String(repeating: "no database ", count: 100)])
        let found = try query("SELECT 1 AS name", scene)
        #expect(found.problems == ["x.yaml:3:11: error: 'things.db': file is not a database"])
    }

    // MARK: - Order

    @Test func aShuffledSourceKeepsItsOrderWhenRowsAreAppended() throws {
        let rows = (1...300).map { "n\($0)" }
        let scene = try InputScene(["a.csv": "name\n" + rows.joined(separator: "\n") + "\n"])
        let text = "inputs: { csv: a.csv, shuffle: true }\n" + input
        let first = try scene.expand(text)
        #expect(first.problems.isEmpty)
        #expect(names(first.items).sorted() == rows.sorted())
        #expect(names(first.items) != rows)
        #expect(first.items.map(\.position) == Array(0..<300))
        #expect(
            first.items[0].origin == .line(file: "a.csv", line: (rows.firstIndex(of: names(first.items)[0]) ?? 0) + 2))
        try scene.write("a.csv", "name\nnew\n" + rows.reversed().joined(separator: "\n") + "\n")
        #expect(try names(scene.expand(text).items).filter { $0 != "new" } == names(first.items))
        let other = try scene.expand(text.replacing("true", with: "7, limit: 10"))
        #expect(other.items.count == 10)
        #expect(names(other.items) != Array(names(first.items).prefix(10)))
    }

    @Test func shuffledRowsKeepWhatTheyAre() throws {
        let scene = try InputScene(["in/a.png": "a", "in/b.png": "b"])
        let files = try scene.expand(
            "inputs: { files: in/*.png, shuffle: 3 }\ninput: { i: { file: \"{{ path }}\" } }\n")
        #expect(files.problems.isEmpty)
        #expect(Set(files.items.compactMap { $0.files.first?.path }) == ["in/a.png", "in/b.png"])
        let list = try scene.expand(
            "inputs: { list: [{ a: [1, { b: null }] }, 5], shuffle: 1 }\ninput: { a: \"{{ a | default(0) }}\" }\n")
        #expect(Set(list.items.compactMap { $0.input["a"] }) == [[1, ["b": nil]], 0])
    }

    @Test func aSampleOfAFileIsDrawnFromAllOfIt() throws {
        let scene = try InputScene(["a.csv": "name\n" + (1...500).map { "n\($0)" }.joined(separator: "\n") + "\n"])
        let found = try scene.expand("inputs: { csv: a.csv, sample: 20 }\n" + input)
        #expect(found.items.count == 20)
        #expect(found.summary.rows == 500)
    }
}
