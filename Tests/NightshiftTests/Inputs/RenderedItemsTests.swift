import Foundation
import NightshiftCore
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct RenderedItemsTests {
    private struct Stop: Error, Equatable {}

    private static let numbers = "inputs: { range: [1, 1000] }\ninput: { n: \"{{ value }}\" }\n"
    private static let endless = "inputs: { range: [1, 1000000000000] }\ninput: { n: \"{{ value }}\" }\n"
    /// Reads for hours and finds nothing.
    private static let fruitless =
        "inputs: { range: [1, 1000000000000], where: { value: none } }\ninput: { n: \"{{ value }}\" }\n"

    /// Gives the set to a store, as a run does.
    private func store(
        _ text: String, in scene: borrowing InputScene, began: @escaping @Sendable () -> Void = {},
        _ body: @escaping @Sendable (Item) throws -> Void
    ) async throws -> InputSet.Summary? {
        let set = try scene.load(text)
        let store = try Store(path: scene.path("checkpoints.sqlite"))
        let run = try await store.openRun(job: "x", fresh: true, at: WallClock().now)
        let summary = Mutex<InputSet.Summary?>(nil)
        _ = try await set.renderingAhead { items in
            try await store.synchronize(run, at: run.startedAt) { emit in
                began()
                let found = try items.forEach { item in
                    try body(item)
                    _ = try emit(item)
                }
                summary.withLock { $0 = found }
            }
        }
        return summary.withLock(\.self)
    }

    @Test func allItemsComeInOrder() async throws {
        let scene = try InputScene([:])
        let positions = Mutex<[Int]>([])
        let summary = try await store(Self.numbers, in: scene) { item in positions.withLock { $0.append(item.position) }
        }
        #expect(positions.withLock(\.self) == Array(0..<1000))
        #expect(summary?.items == 1000)
        #expect(summary?.rows == 1000)
    }

    @Test func aSetWithoutItemsEnds() async throws {
        let scene = try InputScene(["rows.csv": "n\n"])
        let summary = try await store("inputs: { csv: rows.csv }\ninput: { n: \"{{ n }}\" }\n", in: scene) { _ in }
        #expect(summary?.items == 0)
        #expect(summary?.problemCount == 1)
    }

    @Test func whatTheStoreThrowsEndsTheRendering() async throws {
        let scene = try InputScene([:])
        await #expect(throws: Stop()) {
            _ = try await store(Self.endless, in: scene) { item in if item.position == 100 { throw Stop() } }
        }
    }

    @Test func aBodyThatTakesNothingEndsTheRendering() async throws {
        let scene = try InputScene([:])
        await #expect(throws: Stop()) {
            try await scene.load(Self.endless).renderingAhead { _ in throw Stop() }
        }
    }

    @Test func aCancellationEndsAnExpansionThatFindsNothing() async throws {
        let scene = try InputScene([:])
        let (news, began) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let set = try scene.load(Self.fruitless)
            let store = try Store(path: scene.path("checkpoints.sqlite"))
            let run = try await store.openRun(job: "x", fresh: true, at: WallClock().now)
            group.addTask {
                _ = try await set.renderingAhead { items in
                    try await store.synchronize(run, at: run.startedAt) { _ in
                        began.yield()
                        _ = try items.forEach { _ in }
                    }
                }
            }
            for await _ in news { break }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
    }

    @Test func onlyAFewItemsAreHeld() async throws {
        let items = RenderedItems()
        let rendered = Mutex(0)
        async let rendering: Void = DiskThreads.run {
            items.fill { give in
                for position in 0..<100_000 {
                    rendered.withLock { $0 += 1 }
                    try give(StoreTests.item(position))
                }
                return InputSet.Summary()
            }
        }
        await #expect(throws: Stop()) {
            try await DiskThreads.run { () throws in _ = try items.forEach { _ in throw Stop() } }
        }
        items.close()
        await rendering
        #expect(rendered.withLock(\.self) <= 64)
    }
}
