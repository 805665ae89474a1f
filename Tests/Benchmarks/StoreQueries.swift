import Foundation
import GRDB
import LosslessJSON
import Nightshift
import NightshiftCore

/// What lists, filters and facets cost in a store of many items, as a page asks for them.
struct StoreQueries {
    private let store: Store
    private let run: RunRecord
    private static let page = 200

    /// Prints a line for each question: the shortest, median and longest of the runs.
    static func measure(items: Int, runs: Int) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightshift-benchmark-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let queries = try await StoreQueries(items: items, at: folder.appendingPathComponent("store.sqlite").path)
        print("question                                      min ms  median ms  max ms")
        let questions: [(String, () async throws -> Void)] = [
            ("the first page in input order", { try await queries.page("", "position", at: 0) }),
            ("the first page of state=failed", { try await queries.page("state=failed", "position", at: 0) }),
            ("the first page by -duration", { try await queries.page("", "-duration", at: 0) }),
            ("how many are meant by style=dawn", { try await queries.count("style=dawn") }),
            ("ids in input order, any page of them", { try await queries.page("", "position", at: nil) }),
            ("ids by -duration, any page of them", { try await queries.page("", "-duration", at: nil) }),
            (
                "ids of style=dawn run>5, any page",
                { try await queries.page("style=dawn running>5", "position", at: nil) }
            ),
            ("ids of a searched word, any page", { try await queries.page("999999", "position", at: nil) }),
            ("counts by state", { try await queries.facet(.state) }),
            ("facets of a column of the rows", { try await queries.facet(.row("style")) }),
            ("statistics of all times", { _ = try await queries.store.reports.statistics(of: queries.run) }),
        ]
        for (name, question) in questions {
            var times: [Double] = []
            for _ in 0..<runs {
                let start = ContinuousClock.now
                try await question()
                times.append(start.duration(to: .now) / .milliseconds(1))
            }
            times.sort()
            let figures = [times[0], times[times.count / 2], times[times.count - 1]]
            print(
                name.padding(toLength: 44, withPad: " ", startingAt: 0),
                figures.map { String(format: "%8.1f", $0) }.joined(separator: " "))
        }
    }

    /// A run whose items all have ended: one in fifty has failed.
    private init(items: Int, at path: String) async throws {
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        store = try Store(path: path)
        let opened = try await store.openRun(job: "many", fresh: false, at: now)
        let first = Item(
            position: 0, key: "k0", digest: "d0", input: ["prompt": "a lighthouse"], name: "item-0",
            origin: .line(file: "rows.csv", line: 2), row: ["prompt": "a lighthouse", "style": "dawn", "seed": 0])
        run = try await store.synchronize(opened, with: [first], at: now).run
        let queue = try DatabaseQueue(path: path)
        try await queue.write { database in
            try database.execute(
                sql: """
                    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < ?)
                    INSERT INTO item (
                        run_id, key, generation, position, digest, name, name_folded, origin, row, input, state, attempt,
                        intent_at, prediction_id, result, failure_class, failure, finished_at, fetching_at, wait_time,
                        run_time, predict_time, spent_predictions, spent_time)
                    SELECT 1, printf('sha256-%032x', n), 1, n, printf('%064x', n), printf('item-%07d', n),
                        printf('item-%07d', n), 'rows.csv:' || (n + 2),
                        json_object('prompt', 'a lighthouse in a storm, number ' || n,
                            'style', CASE n % 3 WHEN 0 THEN 'dawn' WHEN 1 THEN 'dusk' ELSE 'night' END, 'seed', n % 7),
                        json_object('prompt', 'a lighthouse in a storm, number ' || n, 'width', 1024, 'height', 1024),
                        CASE n % 50 WHEN 0 THEN 'failed' ELSE 'succeeded' END, 1, 1700000000000 + n, printf('p%020d', n),
                        json_object('metrics', json_object('predict_time', 1.5),
                            'output', 'https://replicate.delivery/xyz/' || n || '/out.png', 'model', 'me/many'),
                        CASE n % 50 WHEN 0 THEN 'model' END, CASE n % 50 WHEN 0 THEN 'no such luck' END,
                        1700000000000 + n + (n * 7919) % 60000, 1700000000000 + n + (n * 7919) % 50000,
                        (n * 31) % 100 / 10.0, (n * 17) % 100 / 10.0, 1.5, 1, 1.5
                    FROM number
                    """, arguments: [items])
        }
        try queue.close()
    }

    /// - Parameter offset: of the page; `nil` where all are found, and one in the middle is read.
    private func page(_ filter: String, _ sort: String, at offset: Int?) async throws {
        let ids = try await store.reports.ids(
            try ItemFilter(parsing: filter), by: ItemSort(parsing: sort), of: run, prices: [:],
            limit: offset.map { $0 + Self.page })
        let start = offset ?? ids.count / 2
        _ = try await store.reports.records(
            ids[min(start, ids.count)..<min(start + Self.page, ids.count)], of: run, prices: [:])
    }

    private func count(_ filter: String) async throws {
        _ = try await store.reports.count(try ItemFilter(parsing: filter), of: run, prices: [:])
    }

    private func facet(_ column: ItemColumn) async throws {
        _ = try await store.reports.facets(column, ItemFilter(), of: run, prices: [:], limit: 50)
    }
}
