import Foundation
import NightshiftCore
import Replicate
import Testing

@testable import Nightshift

/// Results that are taken over from files that are there already.
@Suite(.timeLimit(.minutes(1)))
struct OutputCopyTests {
    private func stored(_ text: String, at path: String, in folder: String) async throws -> (OutputStore, StoredOutput)
    {
        let store = OutputStore(directory: folder, transport: HTTPClientTransport.shared)
        let output = PlannedOutput(index: 0, content: .text(text), fileExtension: "txt")
        return (store, try await store.store(output, at: path, in: folder))
    }

    @Test func aCopyIsTheSameUnderItsOwnName() async throws {
        try await withTestFolder { folder in
            let (store, source) = try await stored("hello", at: "a.txt", in: folder)
            let copy = try #require(try await store.copy(source, to: target("b/c.txt", in: folder, item: 2, place: 3)))
            #expect((copy.path, copy.index, copy.size, copy.sha256) == ("b/c.txt", 3, source.size, source.sha256))
            #expect(text(ofFile: "\(folder)/b/c.txt") == "hello")
            #expect(files(below: folder) == ["a.txt", "b/c.txt"])
        }
    }

    @Test func aFileOfAnotherDirectoryIsCopiedAlsoUnderTheSameName() async throws {
        try await withTestFolder { folder in
            let (_, source) = try await stored("hello", at: "a.txt", in: "\(folder)/one")
            let store = OutputStore(directory: "\(folder)/two", transport: HTTPClientTransport.shared)
            let copy = try await store.copy(source, from: "\(folder)/one", to: target("a.txt", in: "\(folder)/two"))
            #expect(copy?.path == "a.txt")
            #expect(files(below: folder) == ["one/a.txt", "two/a.txt"])
        }
    }

    @Test func aFileInItsOwnPlaceStaysThere() async throws {
        try await withTestFolder { folder in
            let (store, source) = try await stored("hello", at: "a.txt", in: folder)
            #expect(try await store.copy(source, to: target("a.txt", in: folder))?.path == "a.txt")
            #expect(files(below: folder) == ["a.txt"])
        }
    }

    @Test func aNameThatIsTakenIsLeftToItsOwner() async throws {
        try await withTestFolder { folder in
            let (store, source) = try await stored("hello", at: "a.txt", in: folder)
            try Data("mine".utf8).write(to: URL(filePath: "\(folder)/b.txt"))
            #expect(try await store.copy(source, to: target("b.txt", in: folder, item: 2))?.path == "b-2.txt")
            #expect(text(ofFile: "\(folder)/b.txt") == "mine")
            #expect(text(ofFile: "\(folder)/b-2.txt") == "hello")
            #expect(files(below: folder) == ["a.txt", "b-2.txt", "b.txt"])
        }
    }

    @Test(arguments: ["hallo", "longer than before", nil])
    func whatHasChangedOrIsGoneIsNotCopied(content: String?) async throws {
        try await withTestFolder { folder in
            let (store, source) = try await stored("hello", at: "a.txt", in: folder)
            try FileManager.default.removeItem(atPath: "\(folder)/a.txt")
            if let content { try Data(content.utf8).write(to: URL(filePath: "\(folder)/a.txt")) }
            #expect(try await store.copy(source, to: target("b.txt", in: folder, item: 2)) == nil)
            #expect(files(below: folder) == (content == nil ? [] : ["a.txt"]))
        }
    }

    @Test func aCopyThatFindsNoRoomStopsTheRunAndLeavesNothing() async throws {
        try await withTestFolder { folder in
            let (_, source) = try await stored(String(repeating: "x", count: 1_000_000), at: "a.txt", in: folder)
            try await withSmallDisk(at: "\(folder)/disk") { disk in
                let store = OutputStore(directory: disk, transport: HTTPClientTransport.shared)
                let failure = await #expect(throws: FetchFailure.self) {
                    try await store.copy(source, from: folder, to: target("a.txt", in: disk))
                }
                #expect(failure?.diskMessage?.contains("no space left on device") == true)
                #expect(files(below: disk) == [])
            }
            #expect(files(below: folder) == ["a.txt"])
        }
    }
}
