import Foundation
import NightshiftCore
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct OutputVerifierTests {
    private static let content = patternBytes(600_000)

    /// What is found wrong with a file after a change to it.
    private func fault(_ change: (String) throws -> Void) async throws -> OutputVerifier.Fault? {
        try await withTestFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/out/a", withIntermediateDirectories: true)
            let file = "\(folder)/out/a/x.bin"
            try Data(Self.content).write(to: URL(filePath: file))
            try change(file)
            return await OutputVerifier(directory: "\(folder)/out").fault(
                of: "a/x.bin", size: Int64(Self.content.count), sha256: ContentDigest.sha256(Self.content))
        }
    }

    @Test func aFileThatIsAsItWasHasNoFault() async throws {
        #expect(try await fault { _ in } == nil)
    }

    @Test func aFileThatIsGoneIsMissing() async throws {
        #expect(try await fault { try FileManager.default.removeItem(atPath: $0) } == .missing)
        #expect(
            try await fault {
                let folder = URL(filePath: $0).deletingLastPathComponent()
                try FileManager.default.removeItem(at: folder)
                try Data().write(to: folder)
            } != nil)
    }

    @Test func aFileOfAnotherLengthOrContentIsDamaged() async throws {
        #expect(
            try await fault { try Data([1, 2, 3]).write(to: URL(filePath: $0)) }
                == .damaged("it has 3 bytes instead of 600000"))
        #expect(
            try await fault { try Data().write(to: URL(filePath: $0)) } == .damaged("it has 0 bytes instead of 600000"))
        for index in [0, 599_999] {
            var changed = Self.content
            changed[index] ^= 1
            #expect(
                try await fault { try Data(changed).write(to: URL(filePath: $0)) }
                    == .damaged("its content has changed"))
        }
    }

    @Test func aFolderThatBecameALinkIsNotFollowed() async throws {
        #expect(
            try await fault { file in
                let folder = URL(filePath: file).deletingLastPathComponent()
                let elsewhere = folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: "b")
                try FileManager.default.moveItem(at: folder, to: elsewhere)
                try FileManager.default.createSymbolicLink(at: folder, withDestinationURL: elsewhere)
            } == .damaged("a link in its path leads elsewhere"))
    }
}
