import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// What grows with the number of items, and what must not. Times are only compared with each other.
@Suite(.timeLimit(.minutes(2)))
struct StoreScaleTests {
    private static let count = 10_000
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// The quickest of some repetitions, since other work may disturb the rest.
    private func quickest(of repetitions: Int, _ body: () async throws -> Void) async rethrows -> Duration {
        var quickest = Duration.seconds(3600)
        for _ in 0..<repetitions {
            let start = ContinuousClock.now
            try await body()
            quickest = min(quickest, start.duration(to: .now))
        }
        return quickest
    }

    private func store(_ name: String, count: Int, digest: @Sendable (Int) -> String) async throws -> (Store, RunRecord)
    {
        let store = try Store(path: folder.path("\(name).sqlite"))
        let run = try await store.openRun(job: name, fresh: true, at: Timestamp(milliseconds: 1))
        let stored = try await store.synchronize(run, at: Timestamp(milliseconds: 1)) { emit in
            for position in 0..<count {
                _ = try emit(StoreTests.item(position, digest: digest(position)))
            }
        }
        #expect(stored.report.new == count)
        return (store, stored.run)
    }

    @Test func equalInputsAreStoredAsQuicklyAsOthers() async throws {
        let others = try await quickest(of: 2) { _ = try await store("others", count: Self.count) { "\($0)" } }
        let equal = try await quickest(of: 2) { _ = try await store("equal", count: Self.count) { _ in "same" } }
        #expect(equal < others * 2)
    }

    @Test func aPageOfManyItemsIsReadAsQuicklyAsOneOfFew() async throws {
        func page(_ count: Int) async throws -> Duration {
            let (store, run) = try await store("\(count)", count: count) { "\($0)" }
            return try await quickest(of: 20) {
                let page = try await store.pending(
                    of: run, count: 16, after: .start, at: Timestamp(milliseconds: 9)
                ).page
                #expect(page.items.count == 16)
            }
        }
        let few = try await page(100)
        let many = try await page(Self.count)
        #expect(many < few * 3)
    }
}
