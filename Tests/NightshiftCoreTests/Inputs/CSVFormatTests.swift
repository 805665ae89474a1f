import LosslessJSON
import NightshiftCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CSVFormatTests {
    private static let quoteNone = "; where quotes stand for themselves, write in the manifest: quote: none"

    private func read(_ text: String, chunk: Int = 1 << 20) -> ReadRows {
        ReadRows(CSVFormat(file: "x.csv"), Array(text.utf8), chunk: chunk)
    }

    @Test(
        arguments: [
            ("a,b\n1,2\n", [["1", "2"]]),
            ("a,b\n1,2", [["1", "2"]]),
            ("a,b\r\n1,2\r\n3,4\r\n", [["1", "2"], ["3", "4"]]),
            ("a,b\r1,2\r3,4", [["1", "2"], ["3", "4"]]),
            ("\u{FEFF}a,b\n1,2\n", [["1", "2"]]),
            ("a,b\n,\n", [["", ""]]),
            ("a,b\n\"\",\"\"\n", [["", ""]]),
            ("a\n\"\"\n", [[""]]),
            ("a,b\n\n1,2\n\n\n3,4\n\n", [["1", "2"], ["3", "4"]]),
            ("a,b\n\"1,5\",\"x\ny\"\n", [["1,5", "x\ny"]]),
            ("a,b\n\"x\r\ny\",\"\r\"\n", [["x\r\ny", "\r"]]),
            ("a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n", [["say \"hi\"", "\""]]),
            ("a,b\nsay \"hi\",5\"\n", [["say \"hi\"", "5\""]]),
            ("a,b\n 1 , 2 \n", [[" 1 ", " 2 "]]),
            (" a , \"b\" \n1,2\n", [["1", "2"]]),
            ("a,b\né,日本\n", [["é", "日本"]]),
            ("a,b\n", []),
            ("a,b", []),
            ("\"a\nb\",c\n1,2\n", [["1", "2"]]),
        ] as [(String, [[String]])])
    func readsWhatIsWritten(_ text: String, _ rows: [[String]]) {
        for chunk in [1 << 20, 1, 2, 3, 7] {
            let read = read(text, chunk: chunk)
            #expect(read.texts == rows)
            #expect(read.problems.isEmpty)
            #expect(read.end == nil)
        }
    }

    @Test func knowsTheLineOfEveryRow() {
        let read = read("a,b\n1,\"x\ny\r\nz\rw\"\n\n2,3\r\n4,5\n", chunk: 4)
        #expect(read.rows.map { "\($0.origin)" } == ["x.csv:2", "x.csv:7", "x.csv:8"])
    }

    @Test(arguments: [
        (
            "a,b\n1,2\n3\n4,5\n",
            "x.csv:3: error: this row has 1 value, but the header names 2 columns\n"
                + "    a value that holds the delimiter (',') or a line end must be in double quotes"
        ),
        (
            "a\n1\n2,3\n",
            "x.csv:3: error: this row has 2 values, but the header names 1 column\n"
                + "    a value that holds the delimiter (',') or a line end must be in double quotes; texts that are a line each "
                + "are read with 'lines'"
        ),
        (
            "a,b\n\"1\"x,2\n",
            "x.csv:2: error: text follows the closing quote of value 1 ('a')\n    a quote inside a quoted value is written twice: \"\""
                + Self.quoteNone
        ),
        (
            "a,b\n1,\"2\" \n",
            "x.csv:2: error: text follows the closing quote of value 2 ('b')\n    a quote inside a quoted value is written twice: \"\""
                + Self.quoteNone
        ),
    ])
    func aBadRowFailsAlone(_ text: String, _ problem: String) {
        for chunk in [1 << 20, 1, 3] {
            let read = read(text + "8,9\n", chunk: chunk)
            #expect(read.problems.first == problem)
            #expect(read.end == nil)
        }
    }

    @Test(arguments: [
        ("", "x.csv:1: error: the file is empty\n    its first line must name the columns"),
        ("\n\n", "x.csv:3: error: the file is empty\n    its first line must name the columns"),
        (",,\n", "x.csv:1: error: no column has a name\n    the first line must name the columns"),
        (
            "a,b\n1,2\n3,\"x\n5,6\n",
            "x.csv:3:3: error: the quote that opens here is never closed\n    | 3,\"x\n    |   ^\n"
                + "    close it, or double each quote inside a quoted value"
        ),
    ])
    func aBadFileEndsWithOneError(_ text: String, _ end: String) {
        for chunk in [1 << 20, 1, 3] { #expect(read(text, chunk: chunk).end == end) }
    }

    @Test func namesTheRowThatIsNotUTF8() {
        let bytes = Array("a,b\n1,".utf8) + [0xC3, 0x28] + Array("\n3,4\n\"".utf8) + [0xFF] + Array("\",5\n".utf8)
        let read = ReadRows(CSVFormat(file: "x.csv"), bytes)
        #expect(
            read.problems == [
                """
                x.csv:2:3: error: value 2 ('b') is not valid UTF-8: it holds the byte 0xC3, probably 'Ã' of Windows-1252
                    | 1,Ã(
                    |   ^
                    save the table as CSV UTF-8, or write beside it in the manifest: encoding: windows-1252
                """,
                """
                x.csv:4:2: error: value 1 ('a') is not valid UTF-8: it holds the byte 0xFF, probably 'ÿ' of Windows-1252
                    | "ÿ",5
                    |  ^
                    save the table as CSV UTF-8, or write beside it in the manifest: encoding: windows-1252
                """,
            ])
        #expect(read.texts == [["3", "4"]])
    }

    @Test func aFileInUTF16IsToldAsSuch() {
        let read = ReadRows(CSVFormat(file: "x.csv"), [0xFF, 0xFE, 0x61, 0x00])
        #expect(read.end == "x:1: error: the file is UTF-16\n    save it as UTF-8")
    }

    @Test func aHugeRowEndsWithAnError() {
        let bytes = Array("a\n1\n\"".utf8) + Array(repeating: UInt8(ascii: "x"), count: 3 << 20)
        let read = ReadRows(CSVFormat(file: "x.csv"), bytes, chunk: 64 << 10, recordLimit: 1 << 20)
        #expect(read.end == "x:3: error: the row that starts here is larger than 1 MB\n    is a closing quote missing?")
        #expect(read.rows.count == 1)
    }

    @Test func onlyOneRecordIsEverHeld() throws {
        var reader = RowReader(CSVFormat(file: "x.csv"), file: "x.csv")
        var rows = 0
        var held = 0
        try reader.readAll("id,name,text\n")
        for number in 0..<100_000 {
            // Cut in the middle, so that a part of every record waits for the rest.
            try reader.readAll("\(number),Ada,\"a po") { _ in rows += 1 }
            try reader.readAll("em\"\n") { _ in rows += 1 }
            held = max(held, reader.heldCount)
        }
        try reader.finish { _ in rows += 1 }
        #expect(rows == 100_000)
        #expect(held < 32)
    }

    @Test(arguments: [
        ("a;b\n1,5;2\n", ["1,5", "2"]), ("a\tb\n1\t2\n", ["1", "2"]), ("a|b\n1|2\n", ["1", "2"]),
        ("sep=;\r\na;b\r\n1;2\r\n", ["1", "2"]), ("SEP=|\na|b\n1|2\n", ["1", "2"]),
        ("\"sep=;\"\na;b\n1;2\n", ["1", "2"]), ("\"a;x\";b\n1;2\n", ["1", "2"]),
        // The one that all rows fit.
        ("a,b;c\n1,2\n", ["1", "2"]), ("a;b,c\n1;2\n", ["1", "2"]), ("a,b;c\n\"1;\",\"2,3\"\n", ["1;", "2,3"]),
    ])
    func takesTheDelimiterOfTheFirstLine(_ text: String, _ values: [String]) {
        for chunk in [1 << 20, 1, 3] {
            let read = ReadRows(CSVFormat(file: "x.csv", detects: true), Array(text.utf8), chunk: chunk)
            #expect(read.texts == [values])
            #expect(read.end == nil)
        }
    }

    @Test func asksWhereTheFirstLineHasTwoDelimiters() {
        let read = ReadRows(CSVFormat(file: "x.csv", detects: true), Array("a;b|c\n".utf8))
        #expect(
            read.end == """
                x.csv:1: error: the values can be separated by ';' (2 columns: 'a', 'b|c') or by '|' (2 columns: 'a;b', 'c')
                    say in the manifest which it is: delimiter: ';' or delimiter: '|'
                """)
        // What the manifest says is not guessed at.
        #expect(ReadRows(CSVFormat(file: "x.csv"), Array("a;b\n1;2\n".utf8)).texts == [["1;2"]])
    }

    @Test func columnsWithoutANameOrWithOneThatIsTakenAreLeftOut() {
        let read = ReadRows(CSVFormat(file: "x.csv"), Array(",name,x,x,\n0,Ada,1,2,\n1,Bob,3,4,\n".utf8))
        #expect(read.rows.map(\.columnNames) == [["name"], ["name"]])
        #expect(read.texts == [["Ada"], ["Bob"]])
        guard case .table(let columns, _)? = read.rows.first?.storage else {
            Issue.record("no table")
            return
        }
        #expect(columns.repeated == ["x": [3, 4]])
    }

    @Test func blanksAroundANameDoNotCount() {
        let read = ReadRows(CSVFormat(file: "x.csv"), Array("\u{FEFF}\u{A0}name\u{A0},\u{200B}b\n1,2\n".utf8))
        #expect(read.rows.first?.columnNames == ["name", "b"])
    }

    @Test func tabsSeparateToo() {
        let read = ReadRows(
            CSVFormat(file: "x.tsv", delimiter: UInt8(ascii: "\t")), Array("a\tb\n1,5\t\"x\ty\"\n".utf8))
        #expect(read.texts == [["1,5", "x\ty"]])
    }
}

extension RowReader {
    fileprivate mutating func readAll(_ text: String, into sink: RowSink = { _ in }) throws {
        try Array(text.utf8).withUnsafeBufferPointer { try read($0, into: sink) }
    }
}
