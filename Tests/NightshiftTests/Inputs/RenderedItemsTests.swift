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

    @Test func allItemsComeInOrder() async throws {
        let scene = try InputScene([:])
        let (positions, summary) = try await scene.load(Self.numbers).renderingAhead { items in
            var positions: [Int] = []
            for try await batch in items { positions += batch.map(\.position) }
            return (positions, items.summary)
        }
        #expect(positions == Array(0..<1000))
        #expect(summary.items == 1000)
        #expect(summary.rows == 1000)
    }

    @Test func aSetWithoutItemsEnds() async throws {
        let scene = try InputScene(["rows.csv": "n\n"])
        let set = try scene.load("inputs: { csv: rows.csv }\ninput: { n: \"{{ n }}\" }\n")
        let summary = try await set.renderingAhead { items in
            for try await _ in items { Issue.record("there is an item") }
            return items.summary
        }
        #expect(summary.items == 0)
        #expect(summary.problemCount == 1)
    }

    @Test func whatTheTakerThrowsEndsTheRendering() async throws {
        let scene = try InputScene([:])
        await #expect(throws: Stop()) {
            try await scene.load(Self.endless).renderingAhead { items in
                for try await batch in items where batch.contains(where: { $0.position == 1000 }) { throw Stop() }
            }
        }
    }

    @Test func aBodyThatTakesNothingEndsTheRendering() async throws {
        let scene = try InputScene([:])
        await #expect(throws: Stop()) {
            try await scene.load(Self.endless).renderingAhead { _ in throw Stop() }
        }
    }

    @Test(arguments: [Self.fruitless, Self.endless])
    func aCancellationEndsAnExpansion(text: String) async throws {
        let scene = try InputScene([:])
        let (news, began) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let set = try scene.load(text)
            group.addTask {
                try await set.renderingAhead { items in
                    began.yield()
                    for try await _ in items {}
                }
            }
            for await _ in news { break }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
    }

    /// Takes one batch of `items` and closes them.
    /// - Returns: how many were rendered until then.
    private func rendered(_ items: RenderedItems, _ item: @escaping @Sendable (Int) -> Item) async throws -> Int {
        let rendered = Mutex(0)
        async let rendering: Void = DiskThreads.run {
            items.fill { give in
                for position in 0..<100_000 {
                    rendered.withLock { $0 += 1 }
                    try give(item(position))
                }
                return InputSet.Summary()
            }
        }
        for try await _ in items { break }
        items.close()
        await rendering
        return rendered.withLock(\.self)
    }

    @Test func onlyAFewItemsAreHeld() async throws {
        #expect(try await rendered(RenderedItems()) { StoreTests.item($0) } <= 2048)
    }

    @Test func largeItemsAreHeldOneByOne() async throws {
        let text = String(repeating: "x", count: 1 << 20)
        let count = try await rendered(RenderedItems()) { position in
            var item = StoreTests.item(position)
            item.input = ["text": .string(text)]
            return item
        }
        #expect(count <= 8)
    }
}
