import LosslessJSON
import NightshiftCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct JSONLinesFormatTests {
    private func read(_ text: String, chunk: Int = 1 << 20) -> ReadRows {
        ReadRows(LineFormat.objects(file: "x.jsonl"), Array(text.utf8), chunk: chunk)
    }

    @Test func readsAnObjectALine() {
        for chunk in [1 << 20, 1, 5] {
            let read = read("\u{FEFF}{\"b\": 1, \"a\": [2]}\r\n\n  \n{\"a\": {\"x\": null}}", chunk: chunk)
            #expect(read.end == nil)
            #expect(read.values == [[[2], 1], [["x": nil]]])
            #expect(read.rows.map { "\($0.origin)" } == ["x.jsonl:1", "x.jsonl:4"])
        }
    }

    @Test func aBadLineFailsAlone() {
        let read = read("{\"a\": 1}\n{\"a\": }\n[1]\n5\n{\"a\": 2}\n")
        #expect(
            read.problems == [
                "x.jsonl:2:7: error: not valid JSON: expected a value",
                "x.jsonl:3: error: expected an object, found a list",
                "x.jsonl:4: error: expected an object, found 5",
            ])
        #expect(read.rows.count == 2)
    }

    @Test func namesTheLineThatIsNotUTF8() {
        let bytes = Array("{\"a\": 1}\n{\"a\": \"".utf8) + [0xFF] + Array("\"}\n".utf8)
        let read = ReadRows(LineFormat.objects(file: "x.jsonl"), bytes)
        #expect(
            read.problems == [
                """
                x.jsonl:2: error: the row is not valid UTF-8: it holds the byte 0xFF, probably 'ÿ' of Windows-1252
                    save the file as UTF-8, or write beside it in the manifest: encoding: windows-1252
                """
            ])
    }

    @Test func anEmptyFileHasNoRows() {
        #expect(read("").end == nil)
        #expect(read("\n \n").rows.isEmpty)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct JSONArrayFormatTests {
    private func read(_ text: String, chunk: Int = 1 << 20) -> ReadRows {
        ReadRows(JSONArrayFormat(file: "x.json"), Array(text.utf8), chunk: chunk)
    }

    @Test func readsElementByElement() {
        let text = "\n[\n  {\"a\": \"]},{\\\"\"},\n  {\n    \"a\": [1, {\"b\": 2}]\n  },\n  {\"a\": 3}\n]\n"
        for chunk in [1 << 20, 1, 3, 8] {
            let read = read(text, chunk: chunk)
            #expect(read.end == nil)
            #expect(read.problems.isEmpty)
            #expect(read.values == [["]},{\""], [[1, ["b": 2]]], [3]])
            #expect(read.rows.map { "\($0.origin)" } == ["x.json:3", "x.json:4", "x.json:7"])
        }
    }

    @Test func anEmptyListHasNoRows() {
        #expect(read("[]").end == nil)
        #expect(read(" [ ] ").rows.isEmpty)
    }

    @Test func aBadElementFailsAlone() {
        let read = read("[{\"a\": 1},\n{\"a\": x},\n5,\n{\"a\": 2}]")
        #expect(
            read.problems == [
                "x.json:2:7: error: not valid JSON: expected a value", "x.json:3: error: expected an object, found 5",
            ])
        #expect(read.rows.count == 2)
    }

    @Test(arguments: [
        ("", "x.json:1: error: the file is empty"),
        (
            "{\"a\": 1}",
            "x.json:1: error: expected a list of objects, which starts with '['\n"
                + "    a file with one object a line is read with 'jsonl'"
        ),
        ("[{\"a\": 1}", "x.json:1: error: the file ends inside the list"),
        ("[{\"a\": 1},\n{\"a\"", "x.json:2: error: the file ends inside the value that starts here"),
        ("[{\"a\": 1}\n{\"a\": 2}]", "x.json:2: error: expected ',' or ']' between the rows"),
        ("[{\"a\": 1},]", "x.json:1: error: expected an object"),
        ("[] []", "x.json:1: error: unexpected text after the list"),
    ])
    func aBadFileEndsWithOneError(_ text: String, _ end: String) {
        for chunk in [1 << 20, 1, 3] { #expect(read(text, chunk: chunk).end == end) }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct LinesFormatTests {
    @Test func readsEachLineThatIsNotBlank() {
        for chunk in [1 << 20, 1, 4] {
            let read = ReadRows(LineFormat.texts(file: "x.txt"), Array("one\r\n\n two \n   \nthree".utf8), chunk: chunk)
            #expect(read.texts == [["one"], [" two "], ["three"]])
            #expect(read.rows.map { "\($0.origin)" } == ["x.txt:1", "x.txt:3", "x.txt:5"])
            #expect(read.rows.first?["line"] == "one")
        }
    }

    @Test func namesTheLineThatIsNotUTF8() {
        let read = ReadRows(LineFormat.texts(file: "x.txt"), Array("a\n".utf8) + [0xFF, 0x0A])
        #expect(
            read.problems == [
                """
                x.txt:2: error: the line is not valid UTF-8: it holds the byte 0xFF, probably 'ÿ' of Windows-1252
                    save the file as UTF-8, or write beside it in the manifest: encoding: windows-1252
                """
            ])
    }
}

struct NumberRangeTests {
    private func numbers(_ from: String, _ to: String, _ step: String? = nil) -> [String]? {
        guard let from = JSONNumber(literal: from), let to = JSONNumber(literal: to) else { return nil }
        let range = NumberRange(from: from, to: to, step: step.flatMap { JSONNumber(literal: $0) })
        return range.map { range in (0..<range.count).map { range.number(at: $0).literal } }
    }

    @Test func includesBothEnds() {
        #expect(numbers("1", "4") == ["1", "2", "3", "4"])
        #expect(numbers("4", "4") == ["4"])
        #expect(numbers("-1", "1") == ["-1", "0", "1"])
        #expect(numbers("1", "6", "2") == ["1", "3", "5"])
        #expect(numbers("3", "1", "-1") == ["3", "2", "1"])
    }

    @Test func countsInDecimals() {
        #expect(numbers("0.1", "0.5", "0.1") == ["0.1", "0.2", "0.3", "0.4", "0.5"])
        #expect(numbers("-0.5", "0.25", "0.25") == ["-0.5", "-0.25", "0", "0.25"])
        #expect(numbers("1", "2", "0.5") == ["1", "1.5", "2"])
    }

    @Test func refusesWhatNeverArrives() {
        #expect(numbers("1", "4", "0") == nil)
        #expect(numbers("1", "4", "-1") == nil)
        #expect(numbers("4", "1") == nil)
        #expect(numbers("1e30", "2e30") == nil)
        #expect(numbers("0.0000000001", "1") == nil)
        #expect(numbers("-9223372036854775807", "9223372036854775807") == nil)
    }
}

struct GlobPatternTests {
    @Test(arguments: [
        ("a.png", "*.png", true), (".a.png", "*.png", false), (".a.png", ".*.png", true), ("a.png", "?.png", true),
        ("é.png", "?.png", true), ("ab.png", "?.png", false), ("a1.png", "a[0-9].png", true),
        ("ax.png", "a[!0-9].png", true), ("a1.png", "a[^0-9].png", false), ("a].png", "a[]].png", true),
        ("a-.png", "a[x-].png", true), ("a[.png", "a[.png", true), ("ö", "[a-zö]", true), ("aXbXc", "a*b*c", true),
        ("abc", "*", true), ("", "*", true), ("€", "*??", false), ("a€", "*??", true),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*a*a*a*c", false),
    ])
    func matchesAsAShellDoes(_ name: String, _ pattern: String, _ matches: Bool) {
        #expect(GlobPattern.matches(Array(name.utf8), pattern: Array(pattern.utf8)) == matches)
    }
}

struct SelectionTests {
    private let place = SourceLocation(file: "x.yaml")

    private func row(_ value: JSONValue, isText: Bool = false) -> Row {
        Row(.object(["v": value]), origin: .row(1, of: "list"), isText: isText)
    }

    @Test func conditionsTakeRowsBeforeOffsetAndLimit() {
        var source = InputSource(.list([]), location: place)
        source.conditions = [Condition(column: "v", values: [1, 3, 5, 7], location: place)]
        source.offset = 1
        source.limit = 2
        var selection = Selection(source)
        let taken = (0..<10).filter { selection.takes(row(JSONValue.number(JSONNumber($0)))) }
        #expect(taken == [3, 5])
        #expect(selection.isComplete)
        #expect(selection.unseen.isEmpty)
    }

    @Test func textFormatsMeanTheNumberTheyWrite() {
        let condition = Condition(column: "v", values: [512, true], location: place)
        #expect(condition.isMet(by: "512", isText: true))
        #expect(condition.isMet(by: "512.0", isText: true))
        #expect(condition.isMet(by: "true", isText: true))
        #expect(!condition.isMet(by: "512", isText: false))
        #expect(!condition.isMet(by: "", isText: true))
    }

    @Test func nullMeansMissingOrNull() {
        let condition = Condition(column: "v", values: [nil], location: place)
        #expect(condition.isMet(by: nil, isText: false))
        #expect(condition.isMet(by: JSONValue.null, isText: false))
        #expect(!condition.isMet(by: "", isText: true))
    }

    @Test func theMatrixVariesItsLastNameFastest() {
        let matrix = Matrix(columns: [
            Matrix.Column(name: "a", values: [1, 2], location: place),
            Matrix.Column(name: "b", values: ["x", "y", "z"], location: place),
        ])
        #expect(matrix.combinationCount == 6)
        let all = (0..<6).map { matrix.combination($0).map { "\($0.name)=\($0.value)" }.joined(separator: " ") }
        #expect(all == ["a=1 b=\"x\"", "a=1 b=\"y\"", "a=1 b=\"z\"", "a=2 b=\"x\"", "a=2 b=\"y\"", "a=2 b=\"z\""])
        #expect(Matrix().combinationCount == 1)
        #expect(Matrix().combination(0).isEmpty)
    }
}
