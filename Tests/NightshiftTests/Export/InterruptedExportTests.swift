import Foundation
import LosslessJSON
import NightshiftCore
import Testing

@testable import Nightshift

/// Exports that did not come to their end, and what the next one makes of them.
@Suite(.timeLimit(.minutes(1)))
struct InterruptedExportTests {
    private struct Interruption: Error {}

    /// Items with a file each, which is in the outputs.
    private func items(_ count: Int, in folder: String) throws -> [ExportItem] {
        try FileManager.default.createDirectory(atPath: "\(folder)/out/sub", withIntermediateDirectories: true)
        return try (0..<count).map { index in
            let content = "the content of \(index)"
            try Data(content.utf8).write(to: URL(filePath: "\(folder)/out/sub/\(index).png"))
            var item = ExportItem(
                position: index, key: "\(index)", name: "sub/\(index)", origin: "rows.csv:\(index)", state: "succeeded",
                isFailed: false, row: [:], input: [:], output: "x")
            item.files = [
                ExportItem.File(
                    path: "sub/\(index).png", size: Int64(content.utf8.count),
                    sha256: ContentDigest.sha256(content.utf8), mediaType: "image/png")
            ]
            return item
        }
    }

    private func pages(_ items: [ExportItem]) -> @Sendable (Int?) throws -> [ExportItem] {
        { after in Array(items.filter { $0.position > after ?? -1 }.prefix(2)) }
    }

    private func exporter(
        _ folder: String, _ formats: [ExportFormat] = [.jsonl], links: Bool = true, job: String = "j"
    ) -> Exporter {
        var options = ExportOptions(formats: formats)
        options.links = links
        return Exporter(
            outputs: "\(folder)/out", destination: "\(folder)/export", source: Exporter.Source(job: job),
            options: options)
    }

    private func interrupt(_ exporter: Exporter, _ items: [ExportItem], after position: Int) async {
        await #expect(throws: Interruption.self) {
            try await exporter.export { [pages = pages(items)] after in
                if let after, after >= position { throw Interruption() }
                return try pages(after)
            }
        }
    }

    private func identity(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
    }

    @Test func copiesThatAreThereAreNotMadeAgain() async throws {
        try await withTestFolder { folder in
            let items = try items(4, in: folder)
            let exporter = exporter(folder, links: false)
            await interrupt(exporter, items, after: 1)
            let path = "\(folder)/export/sub"
            #expect(!FileManager.default.fileExists(atPath: "\(path)/2.png"))
            let before = try identity("\(path)/0.png")
            #expect(try identity("\(folder)/out/sub/0.png") != before)
            // One is scribbled over, another one was made again since, as large as before.
            try Data("the content, of 1".utf8).write(to: URL(filePath: "\(path)/1.png"))
            _ = try await exporter.export(page: pages(items))
            #expect(try identity("\(path)/0.png") == before)
            #expect(text(ofFile: "\(path)/1.png") == "the content of 1")
            var changed = items
            try FileManager.default.removeItem(atPath: "\(folder)/out/sub/0.png")
            try Data("another cont. 0!".utf8).write(to: URL(filePath: "\(folder)/out/sub/0.png"))
            changed[0].files[0].sha256 = ContentDigest.sha256("another cont. 0!".utf8)
            _ = try await exporter.export(page: pages(changed))
            #expect(text(ofFile: "\(path)/0.png") == "another cont. 0!")
            let third = try identity("\(path)/2.png")
            _ = try await exporter.export(page: pages(changed))
            #expect(try identity("\(path)/2.png") == third)
        }
    }

    @Test(arguments: [ExportFormat.jsonl, .imagefolder])
    func filesOfAnInterruptedExportAreKnownToTheNext(format: ExportFormat) async throws {
        try await withTestFolder { folder in
            let items = try items(4, in: folder)
            await interrupt(exporter(folder, [format]), items, after: 1)
            #expect(FileManager.default.fileExists(atPath: "\(folder)/export/sub/0.png"))
            // Neither its lists nor parts of them are there.
            #expect(files(below: "\(folder)/export") == [".j.nightshift-export", "sub/0.png", "sub/1.png"])
            // Their rows are gone before the next one.
            let report = try await exporter(folder, [format]).export(page: pages(Array(items.dropFirst(2))))
            #expect(report.removedFiles == 2)
            #expect(files(below: "\(folder)/export/sub") == ["2.png", "3.png"])
        }
    }

    /// What a process leaves that was killed: its list until then, and files that it was writing.
    @Test func whatAKilledExportLeavesIsRemoved() async throws {
        try await withTestFolder { folder in
            let items = try items(2, in: folder)
            _ = try await exporter(folder).export(page: pages(items))
            let list = "\(folder)/export/.j.nightshift-export"
            try FileManager.default.moveItem(atPath: list, toPath: "\(list).part")
            let handle = try FileHandle(forWritingTo: URL(filePath: "\(list).part"))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("{\"key\": \"a line that was cut o".utf8))
            try handle.close()
            for name in [
                ".j.nightshift-export-1a.nightshift.part", ".other.nightshift-export-1a.nightshift.part", "my.part",
            ] {
                try Data("half".utf8).write(to: URL(filePath: "\(folder)/export/\(name)"))
            }
            let report = try await exporter(folder).export(page: pages([items[1]]))
            #expect(report.removedFiles == 1)
            #expect(
                files(below: "\(folder)/export") == [
                    ".j.nightshift-export", ".other.nightshift-export-1a.nightshift.part", "export.json",
                    "failed.jsonl",
                    "my.part", "results.jsonl", "sub/1.png",
                ])
        }
    }

    /// Items that are made again, or have failed since: the export has no result of them, and so no file, unless it may be the last
    /// one that there is.
    @Test(arguments: [ExportFormat.jsonl, .imagefolder], ["failed", "pending"])
    func filesOfItemsWithoutAResultGoButNotTheLastCopy(format: ExportFormat, state: String) async throws {
        try await withTestFolder { folder in
            let items = try items(2, in: folder)
            var unfinished = items
            unfinished[0].state = state
            unfinished[0].isFailed = state == "failed"
            unfinished[0].files = []
            _ = try await exporter(folder, [format]).export(page: pages(items))
            let report = try await exporter(folder, [format]).export(page: pages(unfinished))
            #expect(report.removedFiles == 1)
            #expect(files(below: "\(folder)/export/sub") == ["1.png"])
            _ = try await exporter(folder, [format], links: false).export(page: pages(items))
            for _ in 0..<2 {
                let report = try await exporter(folder, [format], links: false).export(page: pages(unfinished))
                #expect(report.removedFiles == 0)
                #expect(files(below: "\(folder)/export/sub") == ["0.png", "1.png"])
            }
            // With a result again, it is the export's.
            _ = try await exporter(folder, [format], links: false).export(page: pages(items))
            let last = try await exporter(folder, [format], links: false).export(page: pages([items[1]]))
            #expect(last.removedFiles == 1)
        }
    }

    @Test func twoExportsIntoOneDirectoryWaitForEachOther() async throws {
        try await withTestFolder { folder in
            let items = try items(20, in: folder)
            try await withThrowingTaskGroup(of: ExportReport.self) { group in
                for index in 0..<4 {
                    let exporter = exporter(folder, [.jsonl, .csv], links: false, job: "job-\(index % 2)")
                    group.addTask { [pages = pages(items)] in try await exporter.export(page: pages) }
                }
                for try await report in group { #expect(report.files == 20) }
            }
            #expect(files(below: "\(folder)/export").filter { $0.hasSuffix("part") } == [])
            #expect(files(below: "\(folder)/export/sub").count == 20)
        }
    }
}
