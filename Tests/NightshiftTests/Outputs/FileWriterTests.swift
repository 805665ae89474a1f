import Foundation
import NightshiftCore
import Synchronization
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct FileWriterTests {
    private func writer(_ folder: String) -> FileWriter {
        FileWriter(directory: OutputDirectory(path: folder), directorySync: DirectorySync())
    }

    private func write(
        _ text: String, at path: String, in folder: String
    ) async throws(FetchFailure) -> StoredOutput {
        try await writer(folder).write(at: target(path, in: folder, place: 2)) {
            FileWriter.Content(bytes: Array(text.utf8), mediaType: "text/plain")
        }
    }

    @Test func aFileAppearsWholeWithItsDigestAndNothingElse() async throws {
        try await withTestFolder { folder in
            let stored = try await write("hello", at: "a/b/c.txt", in: "\(folder)/out/deep")
            #expect(text(ofFile: "\(folder)/out/deep/a/b/c.txt") == "hello")
            #expect(files(below: folder) == ["out/deep/a/b/c.txt"])
            #expect(
                stored
                    == StoredOutput(
                        index: 2, path: "a/b/c.txt", size: 5,
                        sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
                        mediaType: "text/plain"))
        }
    }

    @Test func aFileOfOursIsReplacedAsAWhole() async throws {
        try await withTestFolder { folder in
            _ = try await write("a long first text", at: "x", in: folder)
            _ = try await write("short", at: "x", in: folder)
            #expect(text(ofFile: "\(folder)/x") == "short")
            #expect(files(below: folder) == ["x"])
        }
    }

    @Test(arguments: ["/etc/x", "../x", "a/../x", "a//x", "", "a/", "./x", "a/./x", ".."])
    func aPathThatIsNotPlainlyInsideIsRefused(path: String) async throws {
        try await withTestFolder { folder in
            await #expect(throws: FetchFailure.self) { try await write("x", at: path, in: "\(folder)/out") }
            #expect(files(below: folder) == [])
        }
    }

    @Test func aLinkOutOfTheDirectoryIsNotFollowed() async throws {
        try await withTestFolder { folder in
            let manager = FileManager.default
            try manager.createDirectory(atPath: "\(folder)/out", withIntermediateDirectories: true)
            try manager.createDirectory(atPath: "\(folder)/elsewhere", withIntermediateDirectories: true)
            try manager.createSymbolicLink(
                atPath: "\(folder)/out/sub", withDestinationPath: "\(folder)/elsewhere")
            let failure = await #expect(throws: FetchFailure.self) {
                try await write("x", at: "sub/x", in: "\(folder)/out")
            }
            #expect(failure?.diskMessage?.contains("a symbolic link, which is not followed here") == true)
            #expect(files(below: "\(folder)/elsewhere") == [])
        }
    }

    @Test func aLinkUnderTheFinalNameIsNeitherReplacedNorFollowed() async throws {
        try await withTestFolder { folder in
            try Data("kept".utf8).write(to: URL(filePath: "\(folder)/target"))
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/x.txt", withDestinationPath: "\(folder)/target")
            let stored = try await write("new", at: "x.txt", in: folder)
            #expect(stored.path == "x-2.txt")
            #expect(text(ofFile: "\(folder)/x.txt") == "kept")
            #expect(text(ofFile: "\(folder)/x-2.txt") == "new")
        }
    }

    /// Files of earlier versions, and those on file systems without attributes, do not say whose they are.
    @Test func whatDoesNotSayWhoseItIsIsReplacedIfTheStoreKnowsItAlone() async throws {
        try await withTestFolder { folder in
            func write(_ text: String, _ change: (inout OutputTarget) -> Void) async throws -> String {
                var target = target("x.txt", in: folder)
                change(&target)
                return try await writer(folder).write(at: target) {
                    FileWriter.Content(bytes: Array(text.utf8), mediaType: nil)
                }.path
            }
            func leave(_ text: String) throws {
                try? FileManager.default.removeItem(atPath: "\(folder)/x.txt")
                try Data(text.utf8).write(to: URL(filePath: "\(folder)/x.txt"))
            }
            // Recorded in the store: an older output of the item.
            try leave("old")
            #expect(try await write("new", { $0.replaces = true }) == "x.txt")
            #expect(text(ofFile: "\(folder)/x.txt") == "new")
            // Put there and not recorded, because the process ended: known by its content alone.
            try leave("same")
            #expect(try await write("same", { $0.isResumed = true }) == "x.txt")
            for other in ["diff", "another"] {
                try leave("same")
                #expect(try await write(other, { $0.isResumed = true }) != "x.txt")
                #expect(text(ofFile: "\(folder)/x.txt") == "same")
            }
            // Somebody else's, by all that is known.
            try leave("same")
            #expect(try await write("same", { _ in }) != "x.txt")
        }
    }

    @Test func theDirectoryItselfMayBeALink() async throws {
        try await withTestFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/big", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/out", withDestinationPath: "\(folder)/big")
            _ = try await write("x", at: "x", in: "\(folder)/out")
            #expect(files(below: "\(folder)/big") == ["x"])
        }
    }

    @Test func aFileWhereAFolderIsNeededIsAClearError() async throws {
        try await withTestFolder { folder in
            try Data().write(to: URL(filePath: "\(folder)/out"))
            let failure = await #expect(throws: FetchFailure.self) {
                try await write("x", at: "x", in: "\(folder)/out")
            }
            #expect(failure?.diskMessage?.contains("a file stands where a directory is needed") == true)
        }
    }

    @Test func aNameAsLongAsTheSystemAllowsIsStored() async throws {
        try await withTestFolder { folder in
            let name = String(repeating: "n", count: 251) + ".txt"
            _ = try await write("x", at: name, in: folder)
            #expect(files(below: folder) == [name])
        }
    }

    @Test func aFullDiskIsADiskFailureAndLeavesNothing() async throws {
        try await withTestFolder { folder in
            try await withSmallDisk(at: "\(folder)/disk") { disk in
                let writer = writer(disk)
                let failure = await #expect(throws: FetchFailure.self) {
                    try await writer.write(at: target("large", in: disk)) {
                        FileWriter.Content(bytes: patternBytes(1_000_000), mediaType: nil)
                    }
                }
                #expect(failure?.diskMessage?.contains("no space left on device; free some space") == true)
                #expect(files(below: disk) == [])
                // What fits is still stored.
                _ = try await write("x", at: "small", in: disk)
                #expect(files(below: disk) == ["small"])
            }
        }
    }

    @Test func aReadOnlyDiskIsADiskFailure() async throws {
        try await withTestFolder { folder in
            try await withSmallDisk(at: "\(folder)/disk", options: "ro") { disk in
                let failure = await #expect(throws: FetchFailure.self) {
                    try await write("x", at: "x", in: disk)
                }
                #expect(failure?.diskMessage?.contains("the file system is read-only") == true)
            }
        }
    }

    @Test func manyWritersOfOneFolderShareItsSynchronizing() async throws {
        try await withTestFolder { folder in
            let sync = DirectorySync()
            let writer = FileWriter(directory: OutputDirectory(path: folder), directorySync: sync)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        _ = try await writer.write(at: target("\(number)", in: folder)) {
                            FileWriter.Content(bytes: [1, 2, 3], mediaType: nil)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(files(below: folder).count == 200)
            #expect(sync.rounds.load(ordering: .relaxed) < 200)
        }
    }

    @Test func synchronizingAFolderThatIsGoneFailsForEveryoneWhoWaits() async throws {
        let sync = DirectorySync()
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask { (try? await sync.synchronize("/nonexistent/folder")) == nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures == 20)
    }
}

extension FetchFailure {
    var diskMessage: String? {
        if case .disk(let message) = self { message } else { nil }
    }
}
