import DemoModels
import Testing

@testable import ReplicateServer

@Suite struct TableTests {
    private let start = ServerTime(nanoseconds: 1_800_000_000_000_000_000)

    private func table(_ count: Int, capacity: Int = 1000) -> (table: PredictionTable, ids: [PredictionID]) {
        var table = PredictionTable(retention: .seconds(100), capacity: capacity)
        var random = SeededGenerator(seed: 1)
        var ids: [PredictionID] = []
        for number in 0..<count {
            let now = start.advanced(by: .seconds(number))
            let id = PredictionID(using: &random)
            var lifecycle = PredictionLifecycle(createdAt: table.creationTime(at: now))
            lifecycle.plan(startAfter: .zero, runFor: .zero, ending: .succeeded)
            let record = PredictionRecord(
                id: id, model: "a/b", version: "v", deployment: nil, lifecycle: lifecycle,
                data: PredictionData(input: [], folder: "/nowhere/\(number)"))
            _ = table.insert(record, at: now)
            ids.append(id)
        }
        return (table, ids)
    }

    @Test func pagesGoFromNewestToOldestAndBack() {
        let (table, ids) = table(25)
        var cursor: PredictionTable.Cursor? = .newest
        var seen: [PredictionID] = []
        var last: PredictionTable.Page?
        while let next = cursor {
            let page = table.page(next, size: 10, at: start)
            seen += page.records.map(\.id)
            cursor = page.next
            last = page
        }
        #expect(seen == ids.reversed())
        #expect(last?.records.count == 5)
        let back = table.page(last?.previous ?? .newest, size: 10, at: start)
        #expect(back.records.map(\.id) == ids[5..<15].reversed())
    }

    @Test func creationTimesFilterWithTheFirstInclusiveAndTheSecondNot() {
        let (table, ids) = table(10)
        let third = start.advanced(by: .seconds(3)).microseconds
        let seventh = start.advanced(by: .seconds(7)).microseconds
        let page = table.page(.newest, size: 100, createdAfter: third, createdBefore: seventh, at: start)
        #expect(page.records.map(\.id) == ids[3..<7].reversed())
        #expect(table.page(.newest, size: 100, createdAfter: third + 8_000_000, at: start).records.isEmpty)
    }

    @Test func aPageStaysWhereItWasWhenNewPredictionsCome() {
        let (small, ids) = table(15)
        let next = small.page(.newest, size: 10, at: start).next ?? .newest
        let (large, _) = table(40)
        #expect(large.page(next, size: 10, at: start).records.map(\.id) == ids[..<5].reversed())
    }

    @Test func dataIsRemovedAfterTheRetentionTimeAndTheRowStays() {
        var (table, ids) = table(10)
        let later = start.advanced(by: .seconds(105))
        #expect(table.record(ids[4], at: later)?.data == nil)
        #expect(table.record(ids[5], at: later)?.data != nil)
        let removed = table.removeExpiredData(at: later)
        #expect(removed == (0...4).map { "/nowhere/\($0)" })
        let removedAgain = table.removeExpiredData(at: later)
        #expect(removedAgain == [])
        #expect(table.record(ids[0], at: later)?.id == ids[0])
    }

    @Test func theOldestAreForgottenBeyondTheCapacity() {
        let (table, ids) = table(500, capacity: 100)
        #expect(table.count == 500)
        #expect(table.record(ids[0], at: start) == nil)
        #expect(table.record(ids[499], at: start) != nil)
        #expect(table.page(.newest, size: 1000, at: start).records.count < 200)
    }

    @Test func creationTimesGrowAndRoundToTheirMicrosecond() {
        let (table, _) = table(30)
        let earlier = ServerTime(nanoseconds: 5)
        let time = table.creationTime(at: earlier)
        #expect(time.microseconds == start.advanced(by: .seconds(29)).microseconds)
        #expect(time.nanoseconds % 1000 < 500)
    }
}
