import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import TestSupport
import Testing

@testable import Nightshift

/// Filters, orders and facets against a real store.
@Suite(.timeLimit(.minutes(1)))
struct ItemQueryTests {
    private let folder: TemporaryFolder
    private let store: Store
    private let run: RunRecord
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let prices = ["": PriceSettings(perSecond: 0.5, perPrediction: 1)]

    init() async throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.path("checkpoints.sqlite"))
        let opened = try await store.openRun(job: "job", fresh: false, at: now)
        let rows: [JSONValue] = [
            ["style": "dawn", "seed": 1, "text": "a lighthouse"], ["style": "dusk", "seed": 2, "text": "50% \"off\""],
            ["style": "dawn", "seed": "3", "text": "under_score", "say \"x\"": "y"], ["style": .null, "seed": 10],
            ["style": "NIGHT", "seed": 2.5, "state": "Ohio"],
        ]
        let items = rows.enumerated().map { index, row in
            Item(
                position: index, key: "k\(index)", digest: "d\(index)", input: ["prompt": row["text"] ?? .null],
                name: "item-\(index)", origin: .line(file: "rows.csv", line: index + 2), row: row)
        }
        run = try await store.synchronize(opened, items).run
        try await succeed(0, output: "a red house", waited: 1, ran: 4, files: 1)
        try await succeed(1, output: ["b": "green"], waited: 3, ran: 2, files: 0)
        try await fail(2)
    }

    private func record(_ position: Int, _ changes: [Transition.Change], after: Duration = .zero, paths: [String] = [])
        async throws
    {
        let key = "k\(position)"
        let item = try #require(try await store.checkpoints.adoptee(key: key, in: run)).item.id
        for change in changes {
            let transition = Transition(item: item, key: key, attempt: 1, at: now.advanced(by: after), change: change)
            let isFetching = if case .fetching = change { true } else { false }
            _ = try await store.checkpoints.record(
                [transition], totals: RunTotals(), in: run,
                reservations: isFetching && !paths.isEmpty ? [OutputReservation(item: item, paths: paths)] : [])
        }
    }

    private func submit(_ position: Int) async throws {
        try await record(
            position,
            [
                .submitting(attempt: 1, CreateIntent(at: now, requestDigest: "r"), changes: nil),
                .running(predictionID: "p\(position)", since: now),
            ])
    }

    private func prediction(_ position: Int, _ status: PredictionStatus, waited: Double, ran: Double) -> Prediction {
        var prediction = Prediction(id: "p\(position)", status: status)
        prediction.createdAt = now.date
        prediction.startedAt = now.date.addingTimeInterval(waited)
        prediction.completedAt = now.date.addingTimeInterval(waited + ran)
        prediction.metrics = ["predict_time": JSONNumber(ran).map(JSONValue.number) ?? .null]
        return prediction
    }

    private func succeed(_ position: Int, output: JSONValue, waited: Double, ran: Double, files: Int) async throws {
        try await submit(position)
        var prediction = prediction(position, .succeeded, waited: waited, ran: ran)
        prediction.output = output
        let paths = (0..<files).map { "item-\(position)-\($0).png" }
        try await record(
            position, [.fetching(prediction, name: "item-\(position)")], after: .seconds(waited + ran), paths: paths)
        let stored = paths.enumerated().map {
            StoredOutput(index: $0, path: $1, size: 9, sha256: "s\(position)", mediaType: "image/png")
        }
        try await record(position, [.succeeded(stored)], after: .seconds(waited + ran + 0.5))
    }

    private func fail(_ position: Int) async throws {
        try await submit(position)
        let failure = AttemptFailure(.nsfw, "too bold", of: prediction(position, .failed, waited: 1, ran: 6))
        try await record(
            position, [.waiting(failure, FailureCounts(counted: 1, excused: 0), due: now)], after: .seconds(7))
        try await record(
            position,
            [
                .submitting(attempt: 2, CreateIntent(at: now, requestDigest: "r"), changes: nil),
                .running(predictionID: "again", since: now), .failed(failure, FailureCounts(counted: 2, excused: 0)),
            ], after: .seconds(9))
    }

    private func found(_ text: String, by sort: String = "position") async throws -> String {
        let ids = try await store.reports.ids(
            try ItemFilter(parsing: text), by: ItemSort(parsing: sort), of: run, prices: prices)
        return try await store.reports.records(ids, of: run, prices: prices).map { String($0.position) }.joined()
    }

    @Test(arguments: [
        ("", "01234"), ("state=succeeded", "01"), ("state=succeeded,failed", "012"), ("state!=pending", "012"),
        ("-state=pending", "012"), ("style=dawn", "02"), ("style!=dawn", "134"), ("style=none", "3"),
        ("style!=none", "0124"), ("style=night", ""), ("style~night", "4"), ("seed=2", "1"), ("seed=3", "2"),
        ("seed>2", "234"), ("seed=\"10\"", "3"), ("seed<=2.5", "014"), ("row.state=Ohio", "4"), ("text~\"50%\"", "1"),
        ("text~_", "2"), ("text~%", "1"), ("\"say \\\"x\\\"\"=y", "2"), ("lighthouse", "0"), ("LIGHTHOUSE", "0"),
        ("\"50% \\\"off\\\"\"", "1"), ("green", "1"), ("red", "0"), ("bold", "2"), ("item-4", "4"), ("rows.csv:3", "1"),
        ("-dusk", "0234"), ("name=item-3", "3"), ("class=nsfw", "2"), ("class=none", "0134"), ("failure~bold", "2"),
        ("attempts>1", "2"), ("waiting>=2", "1"), ("running>3", "0"), ("download<1", "01"), ("duration>5.4", "012"),
        ("duration=none", "34"), ("cost>7", "2"), ("cost<=3", "01"), ("cost=none", "34"), ("predict_time>=12", "2"),
        ("media=image/png", "0"), ("media=none", "1234"), ("media!=image/png", "1234"), ("rating=none", "01234"),
        ("sent_at>=2023-11-14T22:13:20Z", "012"), ("ended_at>2023-11-14T22:13:26Z", "2"), ("state=withdrawn", ""),
        ("state=withdrawn,succeeded", "01"), ("style=dawn seed=1", "0"), ("position>2", "34"),
    ])
    func aFilterMeansItsItems(text: String, positions: String) async throws {
        #expect(try await found(text) == positions)
    }

    @Test(arguments: [
        ("-position", "43210"), ("name", "01234"), ("-waiting", "10234"), ("running", "10234"), ("-duration", "20134"),
        ("style", "40213"), ("-style", "10243"), ("-cost", "20134"), ("state", "23401"),
    ])
    func itemsWithoutAValueComeLast(sort: String, positions: String) async throws {
        #expect(try await found("", by: sort) == positions)
    }

    @Test func aRecordTellsTimesAndCosts() async throws {
        let ids = try await store.reports.ids(ItemFilter(), by: .position, of: run, prices: prices)
        let records = try await store.reports.records(ids, of: run, prices: prices)
        let first = records[0]
        #expect(first.waitTime == 1)
        #expect(first.runTime == 4)
        #expect(first.downloadTime == 0.5)
        #expect(first.duration == 5.5)
        #expect(first.predictTime == 4)
        #expect(first.cost == 3)
        #expect(first.output == "a red house")
        #expect(first.files.map(\.path) == ["item-0-0.png"])
        #expect(first.startedAt == now.advanced(by: .seconds(1)))
        // Two attempts of one prediction and six seconds each.
        #expect(records[2].cost == 8)
        #expect(records[2].attempts == 2)
        #expect(records[3].cost == nil)
        let detail = try #require(try await store.reports.detail(ofItem: "k2", in: run))
        #expect(detail.attempts.map(\.startedAt) == [now.advanced(by: .seconds(1)), now.advanced(by: .seconds(1))])
        #expect(detail.attempts.map(\.completedAt) == [now.advanced(by: .seconds(7)), now.advanced(by: .seconds(7))])
    }

    @Test func facetsCountValues() async throws {
        let (values, others) = try await store.reports.facets(
            .row("style"), ItemFilter(), of: run, prices: prices, limit: 2)
        #expect(values == [ItemFacet(value: "dawn", count: 2), ItemFacet(value: nil, count: 1)])
        #expect(others == 2)
        let states = try await store.reports.facets(
            .state, try ItemFilter(parsing: "style=dawn"), of: run, prices: prices, limit: 9)
        #expect(states.values == [ItemFacet(value: "failed", count: 1), ItemFacet(value: "succeeded", count: 1)])
        let media = try await store.reports.facets(.media, ItemFilter(), of: run, prices: prices, limit: 9)
        #expect(media.values == [ItemFacet(value: nil, count: 4), ItemFacet(value: "image/png", count: 1)])
    }

    @Test func statisticsAreOfWhatSucceeded() async throws {
        let statistics = try await store.reports.statistics(of: run, slowest: 2)
        #expect(statistics.waiting?.longest == 3)
        #expect(statistics.running?.median == 2)
        #expect(statistics.download?.count == 2)
        #expect(statistics.slowest.map(\.key) == ["k2", "k0"])
    }

    @Test func remarksBelongToWhatWasSent() async throws {
        let remarks = store.remarks
        #expect(try await remarks.change(.rating(4), of: ["k0", "k1", "nobody"], in: run) == 2)
        #expect(try await remarks.change(.tags(add: ["best", "blue"], remove: []), of: ["k0"], in: run) == 1)
        #expect(try await remarks.change(.note("six fingers"), of: ["k1"], in: run) == 1)
        #expect(try await found("rating>=4") == "01")
        #expect(try await found("tag=best") == "0")
        #expect(try await found("tag!=best") == "1234")
        #expect(try await found("tag=none") == "1234")
        #expect(try await found("note~fingers") == "1")
        let facets = try await store.reports.facets(.tag, ItemFilter(), of: run, prices: prices, limit: 9)
        #expect(facets.values.map(\.value) == [nil, "best", "blue"])

        // The manifest is edited: one item is elsewhere, another has other content, one is gone.
        let items = [
            Item(
                position: 0, key: "k1", digest: "other", input: [:], name: "item-1",
                origin: .line(file: "rows.csv", line: 2)),
            Item(
                position: 1, key: "k0", digest: "d0", input: [:], name: "renamed",
                origin: .line(file: "rows.csv", line: 3)),
        ]
        let edited = try await store.synchronize(run, items).run
        let ids = try await store.reports.ids(ItemFilter(), by: .position, of: edited, prices: prices)
        let records = try await store.reports.records(ids, of: edited, prices: prices)
        #expect(records.map(\.rating) == [nil, 4])
        #expect(records.map(\.tags) == [[], ["best", "blue"]])
        #expect(records.map(\.note) == [nil, nil])

        _ = try await remarks.change(.rating(nil), of: ["k0"], in: edited)
        _ = try await remarks.change(.tags(add: [], remove: ["best"]), of: ["k0"], in: edited)
        let after = try await store.reports.records(ids, of: edited, prices: prices)
        #expect(after[1].rating == nil)
        #expect(after[1].tags == ["blue"])
    }
}
