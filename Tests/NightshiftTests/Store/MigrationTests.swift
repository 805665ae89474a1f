import Foundation
import GRDB
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// Stores that earlier versions have written.
@Suite(.timeLimit(.minutes(1)))
struct MigrationTests {
    @Test func whatARunBeforeStepsHasDoneIsKept() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("checkpoints.sqlite")
        let queue = try DatabaseQueue(path: path)
        try Migrations.migrator.migrate(queue, upTo: "6 the items that a session is limited to")
        try await queue.write { database in
            try database.execute(
                sql: """
                    INSERT INTO run (id, job, started_at, generation, version, model, predictions, predict_time)
                        VALUES (1, 'old', 1, 1, 'v1', 'me/m', 2, 3.5);
                    INSERT INTO item (run_id, key, generation, position, digest, name, name_folded, origin, row, input, state,
                            attempt, finished_at)
                        VALUES (1, 'a', 1, 0, 'da', 'a', 'a', 'row 1', '{}', '{"n":1}', 'succeeded', 1, 5);
                    INSERT INTO item (run_id, key, generation, position, digest, name, name_folded, origin, row, input)
                        VALUES (1, 'b', 1, 1, 'db', 'b', 'b', 'row 2', '{}', '{"n":2}');
                    """)
        }
        try queue.close()
        // Who only looks changes nothing.
        let older = #expect(throws: StoreError.self) { try Store(readingAt: path) }
        #expect(older?.message.contains("run its job once with this one") == true)

        let store = try Store(path: path)
        let run = try #require(try await store.latestRun())
        #expect(run.pins == ["": PinnedVersion(model: "me/m", version: "v1")])
        #expect(!run.hasSteps)
        #expect(run.account == nil)
        try await store.setAccount("acme", of: run)
        #expect(try await store.latestRun()?.account == "acme")
        let totals = try await store.reports.totals(of: run)
        #expect((totals[.succeeded], totals[.pending], totals.predictions, totals.predictTime) == (1, 1, 2, 3.5))
        let page = try await store.pendingItems.pending(
            of: run, count: 9, after: .start, at: Timestamp(milliseconds: 9)
        ).page
        #expect(page.items.map(\.key) == ["b"])
        #expect(page.items.first?.input == ["n": 2])
    }

    @Test func anIntentOfAnEarlierVersionHasNoClockThatIsKnown() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("checkpoints.sqlite")
        let queue = try DatabaseQueue(path: path)
        try Migrations.migrator.migrate(queue, upTo: "8 many equal inputs")
        try await queue.write { database in
            try database.execute(
                sql: """
                    INSERT INTO run (id, job, started_at, generation) VALUES (1, 'old', 1, 1);
                    INSERT INTO item (run_id, key, generation, position, digest, name, name_folded, origin, row, input, state,
                            attempt, intent_at, lost_at, request_digest)
                        VALUES (1, 'a', 1, 0, 'da', 'a', 'a', 'row 1', '{}', '{"n":1}', 'unknown', 1, 5000, 7000, 'd');
                    """)
        }
        try queue.close()
        let store = try Store(path: path)
        let run = try #require(try await store.latestRun())
        // Nothing is known to compare its times by, so they stay.
        try await store.pendingItems.adjustTimes(of: run, to: .seconds(3600))
        guard case .unknown(let lost) = try #require(try await store.pendingItems.inFlight(of: run).first).checkpoint
        else {
            Issue.record("it is not unknown any more")
            return
        }
        #expect(lost.intent.clockOffset == nil && lost.intent.isEarlier)
        #expect(lost.intent.at == Timestamp(milliseconds: 5000))
        #expect(lost.lostAt == Timestamp(milliseconds: 7000))
        #expect(lost.loss == .broken)
    }

    @Test func theStoreOfANewerVersionIsLeftAlone() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("checkpoints.sqlite")
        _ = try Store(path: path)
        let queue = try DatabaseQueue(path: path)
        try await queue.write {
            try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99 of another time')")
        }
        try queue.close()
        for open in [{ try Store(path: path) }, { try Store(readingAt: path) }] {
            let newer = #expect(throws: StoreError.self) { try open() }
            #expect(newer?.message.contains("newer version") == true)
        }
    }
}
