import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateServer
import TestSupport
import Testing

@testable import Nightshift

/// What other programs are given of a job that has run.
@Suite(.timeLimit(.minutes(2)))
struct ExportFormatTests {
    private static let posters = """
        job: posters
        model: nightshift/poster
        inputs:
          list:
            - { name: one, prompt: "a lighthouse, at \\"dusk\\"", file_name: mine.png }
            - { name: two, prompt: "=HYPERLINK(1)", extra: { a: [1, 2] } }
        matrix: { style: [dawn, night] }
        input: { prompt: "{{ prompt }}", style: "{{ style }}", width: 96, height: 64, seed: 3 }
        outputs: { directory: out, name: "{{ name }}-{{ style }}" }
        rate: unlimited
        price: { per_second: 0.5 }
        """

    private func withPosters(
        name: String = "one", _ body: (JobFolder, Job) async throws -> Void
    ) async throws {
        try await withServer { _, baseURL in
            let folder = try JobFolder(
                baseURL: baseURL, Self.posters.replacing("name: one,", with: "name: \(name),"))
            #expect(try await folder.run().counts.succeeded == 4)
            let job = try folder.engine.job(at: folder.manifest)
            try await job.remark(.rating(5), on: ["\(name)-night"])
            try await job.remark(.tags(add: ["best", "cover"], remove: []), on: ["\(name)-night"])
            try await body(folder, job)
        }
    }

    @Test func aLineSaysAllThatIsKnown() async throws {
        try await withPosters { folder, job in
            _ = try await job.export(to: folder.folder.path("export"))
            let lines = try folder.lines("export/results.jsonl")
            let schema = ResultsSchema.document
            let names = Set(schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? [])
            for line in lines { #expect(Set(line.objectValue?.keys.map { $0 } ?? []) == names) }
            let line = try #require(lines.first { $0["name"] == "one-night" })
            #expect(line["row"] == ["name": "one", "prompt": "a lighthouse, at \"dusk\"", "file_name": "mine.png"])
            #expect(line["matrix"] == ["style": "night"])
            #expect(line["files"]?[0]?["media_type"] == "image/png")
            #expect(line["files"]?[0]?["width"] == 96)
            #expect(line["files"]?[0]?["height"] == 64)
            #expect(line["rating"] == 5)
            #expect(line["tags"] == ["best", "cover"])
            #expect(line["cost"]?.numberValue != nil)
            for time in ["sent_at", "started_at", "completed_at", "fetched_at"] {
                #expect(line[time]?.stringValue?.hasSuffix("Z") == true, "\(time)")
            }
            let summary = try JSONValue(parsing: try folder.folder.text("export/export.json"))
            #expect(summary["complete"] == true)
            #expect(summary["succeeded"] == 4)
        }
    }

    @Test(.enabled(if: SchemaJudge.problem == nil, "there is no judge of JSON Schemas here"))
    func everyLineFitsItsSchema() async throws {
        try await withPosters { folder, job in
            _ = try await job.export(to: folder.folder.path("export"))
            let lines = try folder.lines("export/results.jsonl")
            #expect(lines.count == 4)
            for verdict in try SchemaJudge.verdicts(lines, schema: ResultsSchema.document) {
                #expect(verdict == nil)
            }
        }
    }

    /// Names such as `night-train` would be taken for parts of the dataset.
    @Test(
        .enabled(if: PythonPackage.datasets.problem == nil, "Hugging Face's datasets cannot be had here"),
        arguments: ["one", "one-train"])
    func datasetsLoadAFolderOfPictures(name: String) async throws {
        try await withPosters(name: name) { folder, job in
            _ = try await job.export(
                to: folder.folder.path("export"), options: ExportOptions(formats: [.imagefolder]))
            let rows = try PythonPackage.datasets.answer(
                """
                import json, os, sys
                os.environ["HF_HUB_OFFLINE"] = "1"
                sys.stderr = open(os.devnull, "w")
                import datasets
                datasets.disable_progress_bars()
                question = json.load(sys.stdin)
                found = datasets.load_dataset("imagefolder", data_dir=question["folder"], split="train", cache_dir=question["cache"])
                rows = [[row["image"].size[0], row["image"].size[1], row["prompt"], row["style"], row["rating"]] for row in found]
                print(json.dumps(sorted(rows, key=lambda row: (row[2], row[3]))))
                """,
                to: ["folder": .string(folder.folder.path("export")), "cache": .string(folder.folder.path("cache"))])
            let expected: JSONValue = [
                [96, 64, "=HYPERLINK(1)", "dawn", nil], [96, 64, "=HYPERLINK(1)", "night", nil],
                [96, 64, "a lighthouse, at \"dusk\"", "dawn", nil], [96, 64, "a lighthouse, at \"dusk\"", "night", 5],
            ]
            #expect(rows == expected)
        }
    }

    @Test(.enabled(if: PythonPackage.pandas.problem == nil, "pandas cannot be had here"))
    func pandasReadsTheTable() async throws {
        try await withPosters { folder, job in
            _ = try await job.export(to: folder.folder.path("export"), options: ExportOptions(formats: [.csv]))
            let rows = try PythonPackage.pandas.answer(
                """
                import json, sys, pandas
                table = pandas.read_csv(json.load(sys.stdin)["path"])
                print(json.dumps([[str(row["row.name"]), row["prompt"], str(row["tags"]), int(row["width"]), row["state"]] for _, row in table.iterrows()]))
                """, to: ["path": .string(folder.folder.path("export/results.csv"))])
            #expect(rows.arrayValue?.count == 4)
            #expect(rows[1] == ["one", "a lighthouse, at \"dusk\"", "best cover", 96, "succeeded"])
            #expect(rows[3]?[1] == "'=HYPERLINK(1)")
        }
    }

    @Test func equalRunsGiveEqualBytes() async throws {
        try await withPosters { folder, job in
            let options = ExportOptions(formats: [.jsonl, .csv, .openai, .imagefolder])
            _ = try await job.export(to: folder.folder.path("first"), options: options)
            _ = try await job.export(to: folder.folder.path("second"), options: options)
            let names = [
                "results.jsonl", "results.csv", "output.jsonl", "export.json", "imagefolder/metadata.jsonl",
                "imagefolder/README.md",
            ]
            for name in names {
                #expect(try folder.folder.text("first/\(name)") == folder.folder.text("second/\(name)"))
            }
        }
    }

    @Test func aTableIsOneThatOurselvesRead() async throws {
        try await withPosters { folder, job in
            var options = ExportOptions(formats: [.csv])
            options.isForExcel = true
            _ = try await job.export(to: folder.folder.path("export"), options: options)
            let text = try folder.folder.text("export/results.csv")
            #expect(text.hasPrefix("\u{FEFF}key,name,"))
            #expect(text.contains("'=HYPERLINK(1)"), "a formula is a text")
            try folder.folder.write(
                "read.yaml",
                """
                job: read
                model: nightshift/sleeper
                inputs: { csv: export/results.csv }
                input: { text: "{{ file }} {{ extra }} {{ row.name | default('') }}" }
                """)
            let plan = try await folder.engine.job(at: folder.folder.path("read.yaml")).plan(
                options: PlanOptions(samples: 4, offline: true))
            #expect(plan.items == 4)
            #expect(
                plan.firstItems.map { $0.input["text"]?.stringValue?.split(separator: " ").first }
                    == ["one-dawn.png", "one-night.png", "two-dawn.png", "two-night.png"])
            #expect(plan.firstItems[2].input["text"]?.stringValue?.contains(#"{"a":[1,2]}"#) == true)
        }
    }

    @Test func aFolderOfPicturesIsByTheConventions() async throws {
        try await withPosters { folder, job in
            var options = ExportOptions(formats: [.imagefolder])
            options.filter = try ItemFilter(parsing: "style=night")
            options.links = false
            let report = try await job.export(to: folder.folder.path("export"), options: options)
            #expect(report.items == 2)
            let lines = try folder.lines("export/metadata.jsonl")
            #expect(lines.map { $0["file_name"] } == ["one-night.png", "two-night.png"])
            #expect(lines[0]["row.file_name"] == "mine.png")
            #expect(lines[1]["extra"] == #"{"a":[1,2]}"#)
            #expect(lines[0]["style"] == "night")
            #expect(
                folder.folder.names(in: "export").filter { !$0.hasPrefix(".") }.sorted() == [
                    "README.md", "export.json", "metadata.jsonl", "one-night.png", "two-night.png",
                ])
            // A copy may be changed without harm.
            try folder.folder.write("export/one-night.png", "scribbled over")
            #expect(try await job.verify().badFiles.isEmpty)
            // What is not meant any more goes.
            options.filter = try ItemFilter(parsing: "name=two-night")
            let narrower = try await job.export(to: folder.folder.path("export"), options: options)
            #expect(narrower.keptFiles == 1)
            #expect(!folder.folder.names(in: "export").contains("two-dawn.png"))
            #expect(folder.folder.names(in: "export").contains("one-night.png"), "it was changed by somebody")
        }
    }

    /// The outputs are nobody's copies: no export removes or replaces them.
    @Test(arguments: [ExportFormat.imagefolder, .csv])
    func anExportIntoTheOutputsRemovesNone(format: ExportFormat) async throws {
        try await withPosters { folder, job in
            var options = ExportOptions(formats: [format])
            options.links = false
            _ = try await job.export(to: folder.folder.path("out"), options: options)
            options.filter = try ItemFilter(parsing: "style=night")
            let report = try await job.export(to: folder.folder.path("./out/."), options: options)
            #expect(report.removedFiles == 0)
            let pictures = folder.folder.names(in: "out").filter { $0.hasSuffix(".png") }
            #expect(pictures.sorted() == ["one-dawn.png", "one-night.png", "two-dawn.png", "two-night.png"])
            #expect(try await job.verify().badFiles.isEmpty)
        }
    }

    @Test func aReadmeOfSomebodyElseIsLeft() async throws {
        try await withPosters { folder, job in
            try folder.folder.write("export/README.md", "# My own")
            _ = try await job.export(
                to: folder.folder.path("export"), options: ExportOptions(formats: [.imagefolder]))
            #expect(try folder.folder.text("export/README.md") == "# My own")
        }
    }

    @Test func onlyWhatIsRated() async throws {
        try await withPosters { folder, job in
            var options = ExportOptions(formats: [.openai])
            options.onlyRated = true
            #expect(try await job.export(to: folder.folder.path("export"), options: options).items == 1)
            let line = try #require(try folder.lines("export/output.jsonl").first)
            #expect(line["custom_id"]?.stringValue == (try await job.show(item: "one-night").summary.key))
            #expect(line["response"]?["status_code"] == 200)
            #expect(line["error"] == .null)
        }
    }
}
