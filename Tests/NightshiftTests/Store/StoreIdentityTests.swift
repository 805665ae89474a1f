import Foundation
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// The name by which a store's files are known in a directory that several jobs share.
@Suite(.timeLimit(.minutes(1)))
struct StoreIdentityTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func identity(_ name: String) async throws -> String {
        try await Store(path: folder.path("\(name).sqlite")).identity()
    }

    @Test func itIsMadeOnceAndKept() async throws {
        let store = try Store(path: folder.path("a.sqlite"))
        #expect(try await store.knownIdentity() == nil)
        let first = try await store.identity()
        #expect(try await store.identity() == first)
        #expect(try await store.knownIdentity() == first)
        #expect(try await identity("b") != first)
    }

    @Test func aStoreThatIsMovedOrRestoredInItsPlaceKeepsIt() async throws {
        let first = try await identity("a")
        let manager = FileManager.default
        try manager.moveItem(atPath: folder.path("a.sqlite"), toPath: folder.path("moved.sqlite"))
        #expect(try await identity("moved") == first)
        try manager.copyItem(atPath: folder.path("moved.sqlite"), toPath: folder.path("backup.sqlite"))
        try manager.removeItem(atPath: folder.path("moved.sqlite"))
        try manager.copyItem(atPath: folder.path("backup.sqlite"), toPath: folder.path("moved.sqlite"))
        #expect(try await identity("moved") == first)
    }

    /// Else each of the two would take the other's files for its own.
    @Test func aCopyGetsOneOfItsOwnAndKeepsIt() async throws {
        let first = try await identity("a")
        try FileManager.default.copyItem(atPath: folder.path("a.sqlite"), toPath: folder.path("copy.sqlite"))
        let copy = try await identity("copy")
        #expect(copy != first)
        #expect(try await identity("copy") == copy)
        #expect(try await identity("a") == first)
    }
}
