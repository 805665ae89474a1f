import Foundation
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// Rows that DuckDB's own program reads, from Parquet files that pyarrow has written.
@Suite(
    .timeLimit(.minutes(5)),
    .enabled(
        if: PythonPackage.duckdb.problem == nil && PythonPackage.pyarrow.problem == nil,
        "duckdb-cli and pyarrow cannot be had"))
struct DuckDBRowTests {
    private let environment: [String: String]

    init() throws {
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] = try "\(PythonPackage.duckdb.programs):/usr/bin:/bin"
        self.environment = environment
    }

    private func expand(
        _ text: String, _ scene: borrowing InputScene
    ) throws -> (items: [Item], problems: [String], notices: [String]) {
        var items: [Item] = []
        try scene.write("x.yaml", "job: x\nmodel: me/upper\n" + text)
        let set = InputSet(try ManifestLoader.load(scene.path("x.yaml")), environment: environment)
        let summary = try set.forEachItem { items.append($0) }
        let problems = summary.problems.map { $0.sentence.replacing(scene.folder.path + "/jobs/", with: "") }
        return (items, problems, summary.notices(repeated: 0).map(\.description))
    }

    private func write(_ script: String, _ scene: borrowing InputScene) throws {
        let start =
            "import json, sys, os, decimal, datetime\nimport pyarrow as pa, pyarrow.parquet as pq\nos.chdir(json.load(sys.stdin))\n"
        try scene.write("here", "")
        _ = try PythonPackage.pyarrow.answer(start + script + "\nprint('null')", to: .string(scene.path("")))
    }

    private let prompts = "pq.write_table(pa.table({'id': list(range(3)), 'prompt': ['a', 'b', 'c']}), 'rows.parquet')"
    private let input = "input: { n: \"{{ prompt }}\" }\n"

    @Test func aParquetFileKeepsItsTypes() throws {
        let scene = try InputScene([:])
        try write(
            """
            d = decimal.Decimal
            pq.write_table(pa.table({
                'big': pa.array([9223372036854775807, None]),
                'exact': pa.array([d('12345678901234567890.123456789'), d('0.100000000')], pa.decimal128(38, 9)),
                'real': [0.1, float('nan')],
                'far': [float('inf'), 1e300],
                'text': ['NaN "quoted" \\\\ Infinity\\n', 'é'],
                'flag': [True, None],
                'tags': [['a', None], []],
                'deep': [{'x': [{'y': 1.5}]}, None],
                'day': [datetime.date(2026, 1, 2), None],
                'at': pa.array([datetime.datetime(2026, 1, 2, 3, 4, 5, 500000)] * 2, pa.timestamp('us')),
                'Prompt Text': ['p', 'q'],
            }), 'rows.parquet')
            """, scene)
        let found = try expand(
            "inputs: { parquet: rows.parquet }\ninput: { n: \"{{ ['Prompt Text'] }}\", b: \"{{ big | default(0) }}\" }\n",
            scene)
        #expect(found.problems == [])
        #expect(found.notices == [])
        #expect(
            found.items.map(\.row) == [
                try JSONValue(
                    parsing: """
                        {"big": 9223372036854775807, "exact": 12345678901234567890.123456789, "real": 0.1, "far": null,
                        "text": "NaN \\"quoted\\" \\\\ Infinity\\n", "flag": true, "tags": ["a", null],
                        "deep": {"x": [{"y": 1.5}]}, "day": "2026-01-02", "at": "2026-01-02 03:04:05.5", "Prompt Text": "p"}
                        """),
                try JSONValue(
                    parsing: """
                        {"big": null, "exact": 0.100000000, "real": null, "far": 1e300, "text": "é", "flag": null, "tags": [],
                        "deep": null, "day": null, "at": "2026-01-02 03:04:05.5", "Prompt Text": "q"}
                        """),
            ])
        #expect(found.items.first?.row["big"]?.jsonString() == "9223372036854775807")
        #expect(found.items.first?.row["exact"]?.jsonString() == "12345678901234567890.123456789")
        #expect(found.items.first?.origin.description == "row 1 of rows.parquet")
    }

    @Test func severalFilesAndOddNamesAreReadInOrder() throws {
        let scene = try InputScene([:])
        try write(
            """
            os.makedirs('more')
            for number, name in enumerate(["more/a[1].parquet", "more/b*.parquet", "more/it's.parquet", "-readonly.parquet"]):
                pq.write_table(pa.table({'prompt': [f'{number}']}), name)
            pq.write_table(pa.table({'prompt': ['other']}), 'more/a1.parquet')
            """, scene)
        let found = try expand(
            "inputs: { parquet: [\"more/a[1].parquet\", \"more/b*.parquet\", \"more/it's.parquet\", \"-readonly.parquet\"] }\n"
                + input, scene)
        #expect(found.problems == [])
        #expect(found.items.compactMap { $0.input["n"] } == ["0", "1", "2", "3"])
        let all = try expand("inputs: { parquet: \"more/*.parquet\", sample: 3 }\n" + input, scene)
        #expect(all.problems == [])
        #expect(all.items.count == 3)
    }

    @Test func columnsOfBytesAreLeftOutAndTold() throws {
        let scene = try InputScene([:])
        try write(
            "pq.write_table(pa.table({'prompt': ['a'], 'image': [{'bytes': b'\\x00', 'path': 'a.png'}], 'raw': [b'x']}), 'rows.parquet')",
            scene)
        let found = try expand("inputs: { parquet: rows.parquet }\n" + input, scene)
        #expect(found.items.map(\.row) == [["prompt": "a"]])
        #expect(
            found.notices == [
                "'image', 'raw' of rows.parquet hold bytes and are left out; a query can make text of them, such as base64(image)"
            ])
        let query = "SELECT prompt, base64(image.bytes) AS data, image.path FROM 'rows.parquet'"
        let asked = try expand("inputs: { duckdb: { query: \"\(query)\" } }\n" + input, scene)
        #expect(asked.items.map(\.row) == [["prompt": "a", "data": "AA==", "path": "a.png"]])
    }

    @Test func aQueryReadsFilesBesideTheManifestAndADatabase() throws {
        let scene = try InputScene(["rows.csv": "id,size\n0,5\n2,7\n"])
        try write(prompts, scene)
        let query =
            "SELECT prompt, size -- no semicolon; 'and quotes'\\nFROM 'rows.parquet' JOIN 'rows.csv' USING (id) ORDER BY size DESC;"
        let found = try expand("inputs: { duckdb: { query: \"\(query)\" } }\n" + input, scene)
        #expect(found.problems == [])
        #expect(found.items.map(\.row) == [["prompt": "c", "size": 7], ["prompt": "a", "size": 5]])
        #expect(found.items.first?.origin.description == "row 1 of duckdb")
        // A database, which stays as it is.
        let program = try #require(
            SourceProgram(directory: ".", environment: environment, checkpoint: {}).find("duckdb"))
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = [scene.path("things.duckdb"), "-c", "CREATE TABLE thing AS SELECT 'Ada' AS prompt"]
        try process.run()
        process.waitUntilExit()
        let before = try Data(contentsOf: URL(filePath: scene.path("things.duckdb")))
        let thing = try expand("inputs: { duckdb: { file: things.duckdb, query: FROM thing } }\n" + input, scene)
        #expect(thing.problems == [])
        #expect(thing.items.map(\.row) == [["prompt": "Ada"]])
        #expect(try Data(contentsOf: URL(filePath: scene.path("things.duckdb"))) == before)
    }

    @Test(arguments: [
        ("COPY (SELECT 1) TO 'stolen.csv'", "Expected a single SELECT statement"),
        ("SELECT 1 AS prompt; COPY (SELECT 1) TO 'stolen.csv'", "Expected a single SELECT statement"),
        ("SELECT 1'); COPY (SELECT 1) TO 'stolen.csv'; SELECT query('SELECT 1", "Parser Error"),
        (
            "SELECT nope FROM 'rows.parquet'",
            "Referenced column \"nope\" not found in FROM clause! Candidate bindings: \"prompt\""
        ),
        (
            "SELECT CAST(prompt AS INT) AS prompt FROM 'rows.parquet'",
            "Conversion Error: Could not convert string 'a' to INT32"
        ),
        ("SELECT * FROM 'nothing.parquet'", "No files found that match the pattern \"nothing.parquet\""),
        ("SELECT 'x'::BLOB AS prompt", "all of its columns hold bytes"),
    ])
    func aQueryThatFailsIsToldInOneSentence(_ query: String, _ reason: String) throws {
        let scene = try InputScene([:])
        try write(prompts, scene)
        let text = JSONValue.string(query).jsonString()
        let found = try expand("inputs: { duckdb: { query: \(text) } }\n" + input, scene)
        #expect(found.items.isEmpty)
        #expect(found.problems.count == 1)
        #expect(found.problems.first?.hasPrefix("x.yaml:3:11: error: cannot read 'duckdb': ") == true)
        #expect(found.problems.first?.contains(reason) == true, "\(found.problems)")
        #expect(found.problems.first?.contains("LINE 1") == false)
        let names = try FileManager.default.contentsOfDirectory(atPath: scene.path("")).sorted()
        #expect(names == ["here", "rows.parquet", "x.yaml"])
    }

    @Test func aFileThatIsNoneIsTold() throws {
        let scene = try InputScene(["rows.parquet": "no parquet at all"])
        let found = try expand("inputs: { parquet: rows.parquet }\n" + input, scene)
        #expect(found.problems.count == 1)
        #expect(
            found.problems.first?.contains(
                "cannot read 'rows.parquet': duckdb: Invalid Input Error: No magic bytes found") == true)
        let near = try expand("inputs: { parquet: row.parquet }\n" + input, scene)
        #expect(near.problems.first?.contains("did you mean 'rows.parquet'?") == true)
    }

    @Test func anEndlessQueryEndsWithTheLimit() throws {
        let scene = try InputScene([:])
        let found = try expand(
            "inputs: { duckdb: { query: \"SELECT i AS prompt FROM range(4000000000) t(i)\" }, limit: 3 }\n"
                + "input: { n: \"{{ prompt | text }}\" }\n", scene)
        #expect(found.problems == [])
        #expect(found.items.compactMap { $0.input["n"] } == ["0", "1", "2"])
    }
}
