import GRDB
import GRDBSQLite
import NightshiftCore
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// Counts what SQLite does, in instructions of its virtual machine: unlike time, that is the same on every machine.
private final class InstructionCount: Sendable {
    private let count = Atomic<Int>(0)

    /// Counts on the connection that a pool uses for `body` until it is gone.
    func watch(_ database: Database) {
        sqlite3_progress_handler(
            database.sqliteConnection, 1,
            { context in
                guard let context else { return 0 }
                Unmanaged<InstructionCount>.fromOpaque(context).takeUnretainedValue().count.add(1, ordering: .relaxed)
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    func ignore(_ database: Database) {
        sqlite3_progress_handler(database.sqliteConnection, 0, nil, nil)
    }

    /// How many there were since the last call.
    func take() -> Int { count.exchange(0, ordering: .relaxed) }
}

/// What grows with the number of items, and what must not.
@Suite(.timeLimit(.minutes(5)))
struct StoreScaleTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Stores that many items, and counts what that takes.
    private func store(
        _ name: String, count: Int, digest: @Sendable (Int) -> String
    ) async throws -> (store: Store, run: RunRecord, instructions: Int) {
        let store = try Store(path: folder.path("\(name).sqlite"))
        let run = try await store.openRun(job: name, fresh: true, at: Timestamp(milliseconds: 1))
        let counter = InstructionCount()
        var synchronization = try await ItemSynchronization(of: run, in: store, at: Timestamp(milliseconds: 1))
        try await synchronization.connection.writeWithoutTransaction { counter.watch($0) }
        try await store.pool.writeWithoutTransaction { counter.watch($0) }
        let items = (0..<count).map { StoreTests.item($0, digest: digest($0)) }
        for start in stride(from: 0, to: count, by: 100) {
            _ = try await synchronization.add(Array(items[start..<min(start + 100, count)]))
        }
        let report = try await synchronization.review()
        let sealed = try await synchronization.seal()
        try await store.pool.writeWithoutTransaction { counter.ignore($0) }
        try await synchronization.connection.writeWithoutTransaction { counter.ignore($0) }
        #expect(report.new == count)
        return (store, sealed, counter.take())
    }

    @Test func equalInputsTakeNotMuchMoreThanOthers() async throws {
        let others = try await store("others", count: 2_000) { "\($0)" }.instructions
        let equal = try await store("equal", count: 2_000) { _ in "same" }.instructions
        #expect(equal < others * 2, "\(equal) instructions for equal inputs, \(others) for others")
    }

    @Test func itemsTakeTheSameHoweverManyThereAre() async throws {
        let few = try await store("few", count: 200) { "\($0)" }.instructions
        let many = try await store("many", count: 2_000) { "\($0)" }.instructions
        #expect(many < few * 12, "\(many) instructions for 2,000 items, \(few) for 200")
    }

    @Test func aPageOfManyItemsTakesAsMuchAsOneOfFew() async throws {
        func page(of count: Int) async throws -> Int {
            let (store, run, _) = try await store("\(count)", count: count) { "\($0)" }
            let counter = InstructionCount()
            // What is read goes by the one reader that there is when nobody else reads.
            try await store.pool.read { counter.watch($0) }
            try await store.pool.writeWithoutTransaction { counter.watch($0) }
            let page = try await store.pendingItems.pending(
                of: run, count: 16, after: .start, at: Timestamp(milliseconds: 9)
            ).page
            let instructions = counter.take()
            try await store.pool.read { counter.ignore($0) }
            try await store.pool.writeWithoutTransaction { counter.ignore($0) }
            #expect(page.items.count == 16)
            return instructions
        }
        let few = try await page(of: 100)
        let many = try await page(of: 10_000)
        #expect(few > 100)
        #expect(many < few * 2, "\(many) instructions of 10,000 items, \(few) of 100")
    }
}
