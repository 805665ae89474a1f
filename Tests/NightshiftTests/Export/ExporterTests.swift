import Foundation
import LosslessJSON
import NightshiftCore
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct ExporterTests {
    private func item(
        _ position: Int, state: String = "succeeded", row: JSONValue = [:], files: [ExportItem.File] = []
    ) -> ExportItem {
        ExportItem(
            position: position, key: "key-\(position)", name: "name-\(position)", origin: "rows.csv:\(position + 2)",
            state: state, isFailed: state == "failed", row: row, input: ["n": .number(JSONNumber(position))],
            output: state == "succeeded" ? "out" : nil, files: files,
            prediction: ExportItem.Prediction(id: "p\(position)", model: "me/model", version: nil),
            attempts: 1, metrics: ["predict_time": 0.5], error: state == "failed" ? "it broke" : nil)
    }

    private func file(_ path: String, _ text: String, in folder: String) throws -> ExportItem.File {
        let full = URL(filePath: "\(folder)/\(path)")
        try FileManager.default.createDirectory(
            at: full.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: full)
        return ExportItem.File(
            path: path, size: Int64(text.utf8.count), sha256: ContentDigest.sha256(text.utf8), mediaType: nil)
    }

    private func pages(_ items: [ExportItem], size: Int = 2) -> @Sendable (Int?) throws -> [ExportItem] {
        { after in Array(items.filter { $0.position > after ?? -1 }.prefix(size)) }
    }

    private func lines(_ path: String) throws -> [JSONValue] {
        try (text(ofFile: path) ?? "").split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    @Test func filesOfItemsThatAreGoneAreRemovedByTheNextExport() async throws {
        try await withTestFolder { folder in
            let exporter = Exporter(
                outputs: "\(folder)/out", destination: "\(folder)/export", source: Exporter.Source(job: "j"))
            let names = ["a/1.png", "b/2.png", "3.png", "4.png", "5.png"]
            let all = try names.map { try file($0, "image \($0)", in: "\(folder)/out") }
            let items = all.indices.map { item($0, files: [all[$0]]) }
            _ = try await exporter.export(page: pages(items))
            // Somebody's own files, one of them in the place of an exported one.
            try Data("own".utf8).write(to: URL(filePath: "\(folder)/export/own.png"))
            try FileManager.default.removeItem(atPath: "\(folder)/export/3.png")
            try Data("edited".utf8).write(to: URL(filePath: "\(folder)/export/3.png"))
            // The fourth has failed since. The output of the fifth is lost: what was exported of it may be all that is left.
            try FileManager.default.removeItem(atPath: "\(folder)/out/5.png")
            let left = [items[0], item(3, state: "failed"), items[4]]
            let report = try await exporter.export(page: pages(left))
            #expect(report.removedFiles == 2)
            #expect(report.keptFiles == 1)
            #expect(
                visibleFiles(below: "\(folder)/export") == [
                    "3.png", "5.png", "a/1.png", "export.json", "failed.jsonl", "own.png", "results.jsonl",
                ])
            // A folder without files is a class without pictures.
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/export/b"))
            // What stayed is still known for an export's.
            let last = try await exporter.export(page: pages([items[0]]))
            #expect(last.removedFiles == 1)
            #expect(
                visibleFiles(below: "\(folder)/export") == [
                    "3.png", "a/1.png", "export.json", "failed.jsonl", "own.png", "results.jsonl",
                ])
            #expect(FileManager.default.fileExists(atPath: "\(folder)/out/b/2.png"))
        }
    }

    @Test func anExportRemovesNothingOfOtherJobsAndNothingOutsideOfItsDirectory() async throws {
        try await withTestFolder { folder in
            let image = try file("1.png", "image", in: "\(folder)/out")
            let destination = "\(folder)/export"
            let first = Exporter(
                outputs: "\(folder)/out", destination: destination, source: Exporter.Source(job: "first"))
            _ = try await first.export(page: pages([item(0, files: [image])]))
            let other = Exporter(
                outputs: "\(folder)/out", destination: destination, source: Exporter.Source(job: "other"))
            #expect(try await other.export(page: pages([item(0)])).removedFiles == 0)
            #expect(FileManager.default.fileExists(atPath: "\(destination)/1.png"))
            // A list that came with the data may say anything.
            let line: JSONValue = [
                "key": "k", "path": "../out/1.png", "size": .number(JSONNumber(Int(image.size))),
                "sha256": .string(image.sha256),
            ]
            try Data((line.jsonString() + "\n").utf8)
                .write(to: URL(filePath: "\(destination)/.first.nightshift-export"))
            #expect(try await first.export(page: pages([item(0)])).removedFiles == 0)
            #expect(FileManager.default.fileExists(atPath: "\(folder)/out/1.png"))
        }
    }

    @Test func anExportIntoTheOutputsThemselvesRemovesNothing() async throws {
        try await withTestFolder { folder in
            let image = try file("1.png", "image", in: "\(folder)/out")
            let exporter = Exporter(
                outputs: "\(folder)/out", destination: "\(folder)/out", source: Exporter.Source(job: "j"))
            _ = try await exporter.export(page: pages([item(0, files: [image])]))
            _ = try await exporter.export(page: pages([item(1)]))
            #expect(FileManager.default.fileExists(atPath: "\(folder)/out/1.png"))
        }
    }

    private func visibleFiles(below path: String) -> [String] {
        files(below: path).filter { !$0.hasSuffix(".nightshift-export") }
    }

    @Test func resultsStandInInputOrderWithAllThatIsKnown() async throws {
        try await withTestFolder { folder in
            let image = try file("sub/a.png", "image", in: "\(folder)/out")
            let items = [item(0, files: [image]), item(1, state: "failed", row: ["who": "b"]), item(7)]
            let report = try await Exporter(outputs: "\(folder)/out", destination: "\(folder)/export")
                .export(page: pages(items))
            #expect(report.items == 3)
            #expect(report.failedItems == 1)
            #expect(report.files == 1)
            #expect(
                visibleFiles(below: "\(folder)/export") == [
                    "export.json", "failed.jsonl", "results.jsonl", "sub/a.png",
                ])
            let results = try lines("\(folder)/export/results.jsonl")
            #expect(results.map { $0["index"]?.intValue } == [0, 1, 7])
            let expected: JSONValue = [
                "key": "key-0", "index": 0, "name": "name-0", "origin": "rows.csv:2", "step": nil,
                "state": "succeeded", "row": [:], "matrix": [:], "input": ["n": 0], "output": "out",
                "files": [
                    [
                        "path": "sub/a.png", "media_type": nil, "bytes": 5,
                        "sha256": .string(ContentDigest.sha256("image".utf8)), "width": nil, "height": nil,
                    ]
                ],
                "missing_files": [], "prediction": ["id": "p0", "model": "me/model", "version": nil], "attempts": 1,
                "sent_at": nil, "started_at": nil, "completed_at": nil, "fetched_at": nil, "predict_time": nil,
                "cost": nil, "rating": nil, "tags": [], "note": nil, "metrics": ["predict_time": 0.5],
                "failure_class": nil, "error": nil,
            ]
            #expect(results[0] == expected)
            #expect(results[1]["error"] == "it broke")
        }
    }

    @Test func failedRowsAreASourceToRunAgainEachOnce() async throws {
        try await withTestFolder { folder in
            let items = [
                item(0, state: "failed", row: ["name": "a", "n": 1]), item(1, row: ["name": "b"]),
                item(2, state: "failed", row: ["n": 1, "name": "a"]), item(3, state: "failed", row: ["name": "c"]),
            ]
            _ = try await Exporter(outputs: folder, destination: "\(folder)/export").export(page: pages(items))
            #expect(try lines("\(folder)/export/failed.jsonl") == [["name": "a", "n": 1], ["name": "c"]])
        }
    }

    @Test func filesAreLinkedNotCopiedWhereThatIsPossible() async throws {
        try await withTestFolder { folder in
            let image = try file("a.png", "image", in: "\(folder)/out")
            for _ in 0..<2 {
                _ = try await Exporter(outputs: "\(folder)/out", destination: "\(folder)/export")
                    .export(page: pages([item(0, files: [image])]))
            }
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/export/a.png")
            #expect(attributes[.referenceCount] as? Int == 2)
            #expect(
                visibleFiles(below: "\(folder)/export") == ["a.png", "export.json", "failed.jsonl", "results.jsonl"])
        }
    }

    @Test func acrossFileSystemsFilesAreCopied() async throws {
        try await withTestFolder { folder in
            let image = try file("a.png", "image", in: "\(folder)/out")
            try await withSmallDisk(at: "\(folder)/disk") { disk in
                _ = try await Exporter(outputs: "\(folder)/out", destination: disk)
                    .export(page: pages([item(0, files: [image])]))
                #expect(text(ofFile: "\(disk)/a.png") == "image")
            }
        }
    }

    @Test func aFullDiskLeavesNoHalfFiles() async throws {
        try await withTestFolder { folder in
            let large = try file("a.png", String(repeating: "x", count: 200_000), in: "\(folder)/out")
            try await withSmallDisk(at: "\(folder)/disk") { disk in
                let failure = await #expect(throws: ExportError.self) {
                    try await Exporter(outputs: "\(folder)/out", destination: disk)
                        .export(page: pages([item(0, files: [large])]))
                }
                #expect(failure?.message.contains("no space left") == true)
                #expect(visibleFiles(below: disk) == [])
            }
        }
    }

    @Test func aFileThatIsGoneOrCutIsToldNotInvented() async throws {
        try await withTestFolder { folder in
            var damaged = try file("cut.png", "image", in: "\(folder)/out")
            damaged.size = 6
            let gone = ExportItem.File(path: "gone.png", size: 1, sha256: "", mediaType: nil)
            let report = try await Exporter(outputs: "\(folder)/out", destination: "\(folder)/export")
                .export(page: pages([item(0, files: [damaged, gone])]))
            #expect(report.missingFiles == 2)
            #expect(report.firstMissingFiles == ["cut.png", "gone.png"])
            let results = try lines("\(folder)/export/results.jsonl")
            #expect(results[0]["files"] == [])
            #expect(results[0]["missing_files"] == ["cut.png", "gone.png"])
        }
    }

    @Test func exportingIntoTheOutputDirectoryItselfOnlyAddsTheLists() async throws {
        try await withTestFolder { folder in
            let image = try file("a.png", "image", in: folder)
            _ = try await Exporter(outputs: folder, destination: folder).export(page: pages([item(0, files: [image])]))
            #expect(visibleFiles(below: folder) == ["a.png", "export.json", "failed.jsonl", "results.jsonl"])
            #expect(text(ofFile: "\(folder)/a.png") == "image")
        }
    }

    @Test func anErrorOfTheStoreLeavesTheListsOfBefore() async throws {
        struct Broken: Error {}
        try await withTestFolder { folder in
            let exporter = Exporter(outputs: folder, destination: folder)
            _ = try await exporter.export(page: pages([item(0)]))
            await #expect(throws: Broken.self) {
                try await exporter.export { position in
                    guard position == nil else { throw Broken() }
                    return [item(5)]
                }
            }
            #expect(try lines("\(folder)/results.jsonl").count == 1)
            #expect(visibleFiles(below: folder) == ["export.json", "failed.jsonl", "results.jsonl"])
        }
    }

    @Test func anEmptyRunGivesEmptyLists() async throws {
        try await withTestFolder { folder in
            let report = try await Exporter(outputs: "\(folder)/none", destination: "\(folder)/export")
                .export(page: pages([]))
            #expect(report == ExportReport())
            #expect(text(ofFile: "\(folder)/export/results.jsonl") == "")
        }
    }
}
