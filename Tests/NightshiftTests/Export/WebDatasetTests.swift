import Foundation
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// Archives of samples, as the programs that stream them see them.
@Suite(.timeLimit(.minutes(3)))
struct WebDatasetTests {
    private func options(_ samples: Int? = nil, bytes: Int64? = nil) -> ExportOptions {
        var options = ExportOptions(formats: [.webdataset])
        options.shards = ShardLimits(samples: samples, bytes: bytes)
        return options
    }

    private func names(of archive: String) throws -> [String] {
        let script = """
            import tarfile
            def answer(path):
                with tarfile.open(path) as archive:
                    return archive.getnames()
            """
        let answers = try Python.answers(to: [.string(archive)], by: script)
        return try #require(answers?.first?.arrayValue).compactMap(\.stringValue)
    }

    @Test(.enabled(if: PythonPackage.webdataset.problem == nil, "webdataset cannot be had here"))
    func webdatasetSeesEverySample() async throws {
        let folder = try MixedJob.folder()
        #expect(try await folder.run().counts.succeeded == 5)
        let job = try folder.engine.job(at: folder.manifest)
        _ = try await job.export(
            to: folder.folder.path("export"), options: ExportOptions(formats: [.webdataset, .jsonl]))
        let samples = try PythonPackage.webdataset.answer(
            """
            import hashlib, json, sys, warnings
            warnings.simplefilter("ignore")
            import webdataset
            found = []
            for sample in webdataset.WebDataset(json.load(sys.stdin), shardshuffle=False):
                names = sorted(name for name in sample if not name.startswith("__"))
                files = {name: hashlib.sha256(sample[name]).hexdigest() for name in names if name != "json"}
                found.append([sample["__key__"], files, json.loads(sample["json"])])
            print(json.dumps(found))
            """, to: [.string(folder.folder.path("export/mixed-000000.tar"))])
        let results = try folder.lines("export/results.jsonl")
        let expected: [(key: String, extensions: [String])] = [
            ("poster_one", ["0.png"]), ("poster_one-", ["0.png"]), ("poster-two", ["0.png", "1.png"]),
            ("tone", ["wav"]), ("words", ["txt"]),
        ]
        #expect(samples.arrayValue?.count == 5)
        for (index, (key, extensions)) in expected.enumerated() {
            let sample = samples[index]
            // Two names that differ in a dot have keys that differ.
            #expect(sample?[0]?.stringValue?.hasPrefix(key) == true)
            #expect(sample?[0]?.stringValue?.contains(".") == false)
            #expect(sample?[2] == results[index])
            #expect(sample?[1]?.objectValue?.keys.sorted() == extensions)
            let sums = results[index]["files"]?.arrayValue?.map { $0["sha256"] ?? .null }
            #expect(extensions.map { sample?[1]?[$0] ?? .null } == sums)
        }
        #expect(samples[4]?[2]?["output"]?.stringValue?.contains("\"quotes\",\n") == true)
    }

    @Test(.enabled(if: PythonPackage.datasets.problem == nil, "Hugging Face's datasets cannot be had here"))
    func datasetsLoadPictures() async throws {
        let folder = try MixedJob.folder(["poster"])
        #expect(try await folder.run().counts.succeeded == 3)
        let job = try folder.engine.job(at: folder.manifest)
        // It takes the columns from the first samples, and wants one type for each, also inside of the JSON.
        var options = options()
        options.filter = try ItemFilter(parsing: "name=poster_one")
        _ = try await job.export(to: folder.folder.path("export"), options: options)
        let rows = try PythonPackage.datasets.answer(
            """
            import json, os, sys
            os.environ["HF_HUB_OFFLINE"] = "1"
            sys.stderr = open(os.devnull, "w")
            import datasets
            datasets.disable_progress_bars()
            question = json.load(sys.stdin)
            try:
                found = datasets.load_dataset(
                    "webdataset", data_files=question["files"], split="train", cache_dir=question["cache"])
                rows = [(row["png"], row["json"]["row"]) for row in found]
                print(json.dumps([
                    [png.size[0], png.getpixel((0, 0))[2], row["name"], row["remark"], row["scale"], row["flag"]]
                    for png, row in rows]))
            except Exception as error:
                print(json.dumps(repr(error) + repr(error.__cause__)))
            """,
            to: [
                "files": .string(folder.folder.path("export/mixed-*.tar")),
                "cache": .string(folder.folder.path("cache")),
            ])
        #expect(rows == [[6, 1, "poster_one", "a, 'b' and \"c\"", 7.5, nil]])
    }

    @Test func filesOfASampleStandTogetherInNumberedArchives() async throws {
        let folder = try MixedJob.folder()
        _ = try await folder.run()
        let job = try folder.engine.job(at: folder.manifest)
        let report = try await job.export(to: folder.folder.path("export"), options: options(2))
        #expect(report.items == 5)
        #expect(report.files == 6)
        #expect(
            folder.folder.names(in: "export") == [
                "export.json", "mixed-000000.tar", "mixed-000001.tar", "mixed-000002.tar",
            ])
        #expect(
            try names(of: folder.folder.path("export/mixed-000001.tar")) == [
                "poster-two.0.png", "poster-two.1.png", "poster-two.json", "tone.wav", "tone.json",
            ])
        // As many bytes as allowed, and at least one sample.
        let small = try await job.export(to: folder.folder.path("export"), options: options(bytes: 1))
        #expect(small.removedFiles == 0)
        #expect(folder.folder.names(in: "export").filter { $0.hasSuffix(".tar") }.count == 5)
        // What is too much goes again.
        let whole = try await job.export(to: folder.folder.path("export"), options: options())
        #expect(whole.removedFiles == 4)
        #expect(folder.folder.names(in: "export") == ["export.json", "mixed-000000.tar"])
    }

    /// The identity of a file on disk: a new one has another.
    private func identity(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
    }

    @Test func onlyArchivesWithOtherContentAreWrittenAgain() async throws {
        let folder = try MixedJob.folder()
        _ = try await folder.run()
        let job = try folder.engine.job(at: folder.manifest)
        let paths = (0..<3).map { folder.folder.path("export/mixed-00000\($0).tar") }
        _ = try await job.export(to: folder.folder.path("export"), options: options(2))
        let first = try paths.map { ($0, try identity($0), bytes(ofFile: $0)) }
        _ = try await job.export(to: folder.folder.path("export"), options: options(2))
        for (path, number, content) in first {
            #expect(try identity(path) == number)
            #expect(bytes(ofFile: path) == content)
        }
        // A remark changes the sample that it is about, and a hand what it has touched.
        try await job.remark(.rating(4), on: ["tone"])
        try folder.folder.write("export/mixed-000002.tar", "scribbled over")
        _ = try await job.export(to: folder.folder.path("export"), options: options(2))
        #expect(try identity(paths[0]) == first[0].1)
        #expect(bytes(ofFile: paths[1]) != first[1].2)
        #expect(bytes(ofFile: paths[2]) == first[2].2)
        // Elsewhere and at once, it is the same.
        _ = try await job.export(to: folder.folder.path("elsewhere"), options: options(2))
        for index in 0..<3 {
            #expect(
                bytes(ofFile: paths[index]) == bytes(ofFile: folder.folder.path("elsewhere/mixed-00000\(index).tar")))
        }
        #expect(files(below: folder.folder.path("export")).filter { $0.contains("part") || $0.contains("shard") } == [])
    }

    @Test func whatAnInterruptedExportHasFinishedIsNotWrittenAgain() async throws {
        struct Interruption: Error {}
        try await withTestFolder { folder in
            let items = try (0..<5).map { index in
                let text = String(repeating: "\(index)", count: 1000)
                try FileManager.default.createDirectory(atPath: "\(folder)/out", withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(filePath: "\(folder)/out/\(index).txt"))
                let file = ExportItem.File(
                    path: "\(index).txt", size: 1000, sha256: ContentDigest.sha256(text.utf8), mediaType: "text/plain")
                return ExportItem(
                    position: index, key: "\(index)", name: "\(index)", origin: "rows.csv:\(index)", state: "succeeded",
                    isFailed: false, row: [:], input: [:], output: "x", files: [file])
            }
            let exporter = Exporter(
                outputs: "\(folder)/out", destination: "\(folder)/export", source: Exporter.Source(job: "j"),
                options: options(1))
            await #expect(throws: Interruption.self) {
                try await exporter.export { position in
                    guard (position ?? 0) < 3 else { throw Interruption() }
                    return Array(items.dropFirst(position.map { $0 + 1 } ?? 0).prefix(2))
                }
            }
            // Nothing of a part is to be seen.
            let left = files(below: "\(folder)/export")
            #expect(left.allSatisfy { $0.hasPrefix(".j") })
            let hidden = "\(folder)/export/.j-000001.tar.nightshift-shard"
            let before = try identity(hidden)
            _ = try await exporter.export { position in
                Array(items.dropFirst(position.map { $0 + 1 } ?? 0).prefix(2))
            }
            #expect(try identity("\(folder)/export/j-000001.tar") == before)
            #expect(
                files(below: "\(folder)/export") == [".j.nightshift-tar", "export.json"]
                    + (0..<5).map { "j-00000\($0).tar" })
        }
    }

    @Test func longNamesAreShortenedAndStayApart() {
        var names = SampleNames(numbered: [])
        func item(_ name: String) -> ExportItem {
            ExportItem(
                position: 0, key: name, name: name, origin: "", state: "succeeded", isFailed: false, row: [:],
                input: [:])
        }
        let long = String(repeating: "ö", count: 90)
        let folder = String(repeating: "f", count: 150)
        let all = [
            "a.b", "a_b", "a.b.c", "a_b.c", "\(long)1", "\(long)2", "\(folder)/\(long)1", "\(folder)\(folder)/x",
            "e.\u{301}",
        ]
        let keys = all.map { names.key(of: item($0)) }
        #expect(Set(keys).count == keys.count)
        #expect(keys[0] == "a_b")
        for key in keys {
            #expect(!key.utf8.contains(UInt8(ascii: ".")))
            #expect(TarWriter.fits("\(key).10.jpeg"))
        }
        #expect(keys[6].hasPrefix("\(folder)/ö"))
        let other = SampleNames(numbered: ["png"])
        let files = ["a.png", "b/c.PNG", "d.json", "e", "f.txt"].map {
            ExportItem.File(path: $0, size: 0, sha256: "", mediaType: nil)
        }
        #expect(other.extensions(of: files) == ["0.png", "1.png", "0.json", "bin", "txt"])
    }
}
