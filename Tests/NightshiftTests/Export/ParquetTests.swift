import Foundation
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// Parquet files, as the programs that read them see them.
@Suite(
    .timeLimit(.minutes(4)),
    .enabled(if: PythonPackage.duckdb.problem == nil, "the Python package duckdb-cli cannot be had here"))
struct ParquetTests {
    private static let duckDB = try? DuckDBProgram(path: "\(PythonPackage.duckdb.programs)/duckdb")

    private func job(of folder: JobFolder, program: DuckDBProgram? = nil) throws -> Job {
        var engine = folder.engine
        let usual: DuckDBProgram = try #require(Self.duckDB)
        engine.duckDB = program ?? usual
        return try engine.job(at: folder.manifest)
    }

    private func options(_ samples: Int? = nil, bytes: Int64? = nil) -> ExportOptions {
        var options = ExportOptions(formats: [.parquet])
        options.shards = ShardLimits(samples: samples, bytes: bytes)
        return options
    }

    /// Tables as JSON: content by its digest, times by their text.
    private static let plain = """
        import datetime, hashlib, json, os, sys
        os.environ["HF_HUB_OFFLINE"] = "1"
        question = json.load(sys.stdin)
        def plain(value):
            if isinstance(value, (bytes, bytearray)):
                return hashlib.sha256(value).hexdigest()
            if isinstance(value, datetime.datetime):
                return value.isoformat()
            if isinstance(value, dict):
                return {name: plain(member) for name, member in value.items()}
            if isinstance(value, float) and value != value:
                return None
            if hasattr(value, "tolist") and not isinstance(value, str):
                value = value.tolist()
            return [plain(element) for element in value] if isinstance(value, list) else value

        """

    private func read(_ path: String, _ script: String) throws -> JSONValue {
        try PythonPackage.datasets.answer(
            Self.plain + script, to: ["path": .string(path), "cache": .string(path + ".cache")])
    }

    /// What a row of the table must be, by a line of `results.jsonl`.
    private func expected(_ line: JSONValue) -> [String: JSONValue] {
        let row = line["row"]
        func files(_ kind: String) -> [JSONValue] {
            (line["files"]?.arrayValue ?? []).filter { $0["media_type"]?.stringValue?.hasPrefix(kind) == true }
                .map { ["path": $0["path"] ?? .null, "bytes": $0["sha256"] ?? .null] }
        }
        let same = ["key", "index", "name", "origin", "step", "state", "files", "attempts", "cost", "rating", "tags"]
        var expected: [String: JSONValue] = [:]
        for name in same { expected[name] = line[name] ?? .null }
        expected["images"] = .array(files("image/"))
        expected["audio"] = files("audio/").first ?? .null
        expected["output"] = line["output"].map { .string($0.stringValue ?? $0.jsonString()) }
        expected["input"] = line["input"].map { .string($0.jsonString()) }
        let columns = ["kind", "count", "remark", "scale", "flag", "odd → \" name"]
        for name in columns { expected[name] = row?[name] ?? .null }
        expected["row.name"] = row?["name"]
        expected["row.Scale"] = row?["Scale"] ?? .null
        for name in ["extra", "huge"] { expected[name] = row?[name].map { .string($0.jsonString()) } ?? .null }
        return expected
    }

    @Test(.enabled(if: PythonPackage.datasets.problem == nil, "Hugging Face's datasets cannot be had here"))
    func everyReaderSeesTheValues() async throws {
        let folder = try MixedJob.folder()
        #expect(try await folder.run().counts.succeeded == 5)
        let job = try job(of: folder)
        try await job.remark(.rating(5), on: ["tone"])
        try await job.remark(.tags(add: ["low", "best"], remove: []), on: ["tone"])
        _ = try await job.export(to: folder.folder.path("export"), options: ExportOptions(formats: [.parquet, .jsonl]))
        let path = folder.folder.path("export/mixed-000000.parquet")
        let results = try folder.lines("export/results.jsonl")
        let arrow = try read(
            path,
            """
            import pyarrow.parquet
            table = pyarrow.parquet.read_table(question["path"])
            types = {field.name: str(field.type) for field in table.schema}
            print(json.dumps([types, plain(table.to_pylist())]))
            """)
        let types = arrow[0]
        for (name, type) in [
            "index": "int64", "count": "int64", "scale": "double", "flag": "bool", "huge": "string", "extra": "string",
            "sent_at": "timestamp[us]", "predict_time": "double", "odd → \" name": "int64",
        ] {
            #expect(types?[name]?.stringValue == type, "\(name)")
        }
        #expect(arrow[1]?.arrayValue?.count == 5)
        for (row, line) in zip(arrow[1]?.arrayValue ?? [], results) {
            for (name, value) in expected(line) { #expect(row[name] == value, "\(name)") }
            #expect(row["sent_at"]?.stringValue?.prefix(19) == line["sent_at"]?.stringValue?.prefix(19))
        }
        // Others see the same, as far as they know the types.
        let pandas = try read(
            path,
            """
            import pandas
            table = pandas.read_parquet(question["path"])
            print(json.dumps([plain(dict(row)) for _, row in table.iterrows()]))
            """)
        for (row, line) in zip(pandas.arrayValue ?? [], results) {
            for name in ["key", "remark", "scale", "images", "audio", "extra", "tags"] {
                #expect(row[name] == expected(line)[name], "\(name)")
            }
        }
        let pictures = try read(
            path,
            """
            sys.stderr = open(os.devnull, "w")
            import datasets
            datasets.disable_progress_bars()
            found = datasets.load_dataset(
                "parquet", data_files=question["path"], split="train", cache_dir=question["cache"])
            kinds = [str(found.features["images"]), str(found.features["audio"])]
            found = found.cast_column("audio", datasets.Audio(decode=False))
            print(json.dumps([kinds, [
                [row["key"], [[*picture.size, picture.getpixel((0, 0))[2]] for picture in row["images"]],
                    plain(row["audio"]), row["scale"], row["remark"]] for row in found]]))
            """)
        #expect(pictures[0]?[0]?.stringValue?.contains("Image(") == true)
        #expect(pictures[0]?[1]?.stringValue?.hasPrefix("Audio(") == true)
        let sizes: [JSONValue] = [[[6, 4, 1]], [[6, 4, 1]], [[6, 4, 2], [6, 4, 2]], [], []]
        for (index, row) in (pictures[1]?.arrayValue ?? []).enumerated() {
            #expect(row[1] == sizes[index])
            #expect(row[2] == expected(results[index])["audio"])
            #expect(row[3] == expected(results[index])["scale"])
            #expect(row[4] == expected(results[index])["remark"])
        }
        #expect(pictures[1]?.arrayValue?.count == 5)
    }

    @Test func duckDBReadsItsOwn() async throws {
        let folder = try MixedJob.folder()
        _ = try await folder.run()
        _ = try await job(of: folder).export(to: folder.folder.path("export"), options: options(2))
        #expect(
            folder.folder.names(in: "export") == [
                "export.json", "mixed-000000.parquet", "mixed-000001.parquet", "mixed-000002.parquet",
            ])
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.duckDB).path)
        process.arguments = [
            "-json", "-c",
            """
            SELECT key, scale, flag, huge, len(images) AS pictures, octet_length(audio.bytes) AS sound
            FROM '\(folder.folder.path("export"))/*.parquet' ORDER BY "index"
            """,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let rows = try JSONValue(parsing: [UInt8](answer))
        #expect(rows.arrayValue?.map { $0["pictures"] } == [1, 1, 2, 0, 0])
        #expect(rows.arrayValue?.map { $0["scale"]?.numberValue?.doubleValue } == [6, 7.5, nil, nil, nil])
        #expect(rows[2]?["huge"] == "123456789012345678901")
        #expect(rows[3]?["sound"] == 244)
    }

    private func identity(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
    }

    @Test func equalResultsGiveEqualBytesAndAreNotWrittenAgain() async throws {
        let folder = try MixedJob.folder()
        _ = try await folder.run()
        let job = try job(of: folder)
        for name in ["first", "second"] {
            _ = try await job.export(to: folder.folder.path(name), options: options(3))
        }
        let paths = (0..<2).map { "mixed-00000\($0).parquet" }
        for path in paths {
            let both = ["first", "second"].map { bytes(ofFile: folder.folder.path("\($0)/\(path)")) }
            #expect(both[0] != nil && both[0] == both[1])
        }
        let before = try paths.map { try identity(folder.folder.path("first/\($0)")) }
        try await job.remark(.rating(1), on: ["words"])
        _ = try await job.export(to: folder.folder.path("first"), options: options(3))
        let after = try paths.map { try identity(folder.folder.path("first/\($0)")) }
        #expect(after[0] == before[0])
        #expect(after[1] != before[1])
        #expect(
            files(below: folder.folder.path("first")) == [".mixed.nightshift-parquet", "export.json"] + paths)
    }

    @Test func anExportOfNothingIsATableWithoutRows() async throws {
        let folder = try MixedJob.folder(["text"])
        _ = try await folder.run()
        var options = options()
        options.filter = try ItemFilter(parsing: "state=failed")
        _ = try await job(of: folder).export(to: folder.folder.path("export"), options: options)
        #expect(try folder.folder.size("export/mixed-000000.parquet") > 0)
    }

    @Test(.enabled(if: DuckDBProgram.find() == nil, "duckdb is on the PATH"))
    func withoutTheProgramNothingIsWritten() async throws {
        let folder = try MixedJob.folder(["text"])
        _ = try await folder.run()
        let job = try folder.engine.job(at: folder.manifest)
        let failure = await #expect(throws: EngineError.self) {
            try await job.export(
                to: folder.folder.path("export"), options: ExportOptions(formats: [.jsonl, .parquet]))
        }
        #expect(failure?.cause == .programMissing)
        #expect(files(below: folder.folder.path("export")) == [])
    }

    private func program(_ script: String, in folder: JobFolder) throws -> DuckDBProgram {
        let path = try folder.folder.write("program/duckdb", "#!/bin/sh\n\(script)\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return try #require(DuckDBProgram.find(in: "/nowhere:\(folder.folder.path("program"))"))
    }

    @Test func whatTheProgramSaysIsTold() async throws {
        let folder = try MixedJob.folder(["text"])
        _ = try await folder.run()
        let job = try job(of: folder, program: try program("echo out of luck >&2; exit 7", in: folder))
        let failure = await #expect(throws: EngineError.self) {
            try await job.export(to: folder.folder.path("export"), options: options())
        }
        #expect(failure?.message.contains("ended with 7: out of luck") == true)
        #expect(files(below: folder.folder.path("export")) == [])
    }

    /// Neither the program nor what it has begun outlives the export.
    @Test func cancellingEndsTheProgram() async throws {
        let folder = try MixedJob.folder(["text"])
        _ = try await folder.run()
        let mark = folder.folder.path("started")
        let job = try job(of: folder, program: try program("echo $$ >'\(mark)'; sleep 1000", in: folder))
        let options = options()
        let export = Task { try await job.export(to: folder.folder.path("export"), options: options) }
        while text(ofFile: mark)?.hasSuffix("\n") != true { try await Task.sleep(for: .milliseconds(10)) }
        export.cancel()
        await #expect(throws: EngineError.self) { try await export.value }
        let number = try #require(Int32((text(ofFile: mark) ?? "").dropLast()))
        #expect(kill(number, 0) == -1)
        #expect(files(below: folder.folder.path("export")) == [])
    }
}

/// The types that columns get by what rows hold.
struct ParquetColumnTests {
    @Test(arguments: [
        (ColumnTypes(), ParquetColumns.Kind.text), (ColumnTypes(hasTexts: true), .text),
        (ColumnTypes(hasIntegers: true), .integer), (ColumnTypes(hasIntegers: true, hasReals: true), .real),
        (ColumnTypes(hasReals: true), .real), (ColumnTypes(hasBools: true), .bool),
        (ColumnTypes(hasTexts: true, hasIntegers: true), .json),
        (ColumnTypes(hasIntegers: true, hasBools: true), .json),
        (ColumnTypes(hasOthers: true), .json),
    ])
    func followTheValues(types: ColumnTypes, kind: ParquetColumns.Kind) {
        #expect(types.kind == kind)
    }

    @Test func namesAreApartForProgramsThatKnowNoCase() {
        let columns = ParquetColumns(
            rows: ["Key", "a", "A", "row.A", "", "image"], types: [:], kinds: ["image/"], kindsOfSeveral: [])
        #expect(
            columns.columns.map(\.name).suffix(6) == ["row.Key", "a", "row.A", "row.row.A", "row.", "row.image"])
        #expect(columns.mediaColumns == [6])
    }
}
