import LosslessJSON
import ReplicateAPI
import Testing

@testable import NightshiftCore

/// A look through the account's list, whatever the list does: it has an end, and it goes on where it broke.
@Suite struct ListScanTests {
    private static let start = Timestamp(milliseconds: 1_700_000_000_000)
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    private static let search = LostCreateSearch(wanted: ["d"], fingerprints: [])

    private static func scan(_ times: [Range<Timestamp>] = [start..<at(100)]) -> ListScan {
        ListScan(search, count: 1, times: times, at: start)
    }

    /// A page with rows of these seconds, and ids that are made from them.
    private static func page(_ seconds: [Double], next: String? = nil) -> ListPage {
        ListPage(
            rows: seconds.map { ListPage.Row(id: "p\($0)", createdAt: at($0)) }, candidates: [], next: next)
    }

    private static func query(_ scan: ListScan) -> ListQuery? {
        if case .page(let query)? = scan.next { query } else { nil }
    }

    @Test func partsThatLieCloseTogetherAreReadAsOneAndOthersOneByOne() {
        var scan = Self.scan([
            Self.at(4000)..<Self.at(4100), Self.start..<Self.at(100), Self.at(50)..<Self.at(130),
        ])
        let first = Self.query(scan)
        #expect(first?.createdAfter == Self.at(4000))
        #expect(first?.createdBefore == Self.at(4100))
        scan.take(Self.page([])) { _ in true }
        let second = Self.query(scan)
        #expect(second?.createdAfter == Self.start)
        #expect(second?.createdBefore == Self.at(130))
        scan.take(Self.page([])) { _ in true }
        #expect(scan.next == nil)
        #expect(scan.problem == nil)
    }

    @Test func aPageThatFailsIsAskedForAgainAndNotThoseBeforeIt() {
        var scan = Self.scan()
        scan.take(Self.page([90, 80], next: "2")) { _ in true }
        scan.take(Self.page([70, 60], next: "3")) { _ in true }
        scan.failed(ProviderError(.throttled, "429"))
        scan.failed(ProviderError(.unavailable, "503"))
        #expect(Self.query(scan)?.continuation == "3")
        // A link that is not taken any more is replaced by the time.
        scan.failed(ProviderError(.rejected, "400"))
        #expect(Self.query(scan)?.continuation == nil)
        #expect(Self.query(scan)?.createdBefore == Self.at(60).advanced(by: .milliseconds(2)))
        scan.take(Self.page([60, 50])) { _ in true }
        #expect(scan.next == nil)
        #expect(scan.rows == 5)
    }

    /// What a scan finds in a list whose pages lead on and on.
    private static func scanned(
        page: (_ query: ListQuery, _ number: Int) -> [Double]
    ) -> (scan: ListScan, requests: Int) {
        var scan = Self.scan()
        var (requests, number) = (0, 0)
        while let query = Self.query(scan), requests < 100 {
            number = query.continuation == nil ? 0 : number + 1
            requests += 1
            scan.take(Self.page(page(query, number), next: "fresh \(requests)")) { _ in true }
            #expect(scan.fruitless == 0 || scan.pace >= .seconds(1))
        }
        return (scan, requests)
    }

    @Test func emptyPagesWithoutEndAreTheEndBehindARow() {
        let (scan, requests) = Self.scanned { _, number in number == 0 ? [90] : [] }
        #expect(requests == 7)
        #expect(scan.problem == nil)
        #expect(scan.rows == 1)
    }

    @Test func emptyPagesAloneProveNothing() {
        let (scan, requests) = Self.scanned { _, _ in [] }
        #expect(requests == 3)
        #expect(scan.problem == "its pages are empty and have no end")
    }

    @Test func aRowThatIsGoneWhenAskedForByTimeProvesNothing() {
        let (scan, _) = Self.scanned { query, number in
            number == 0 && query.createdBefore == Self.at(100) ? [90] : []
        }
        #expect(scan.problem != nil)
    }

    @Test func rowsBehindEmptyPagesAreFoundByTime() {
        // The provider cuts its pages first, and takes out what is not ours afterwards.
        let all: [Double] = [90, 80, 40, 30]
        let (scan, requests) = Self.scanned { query, number in
            let rows = all.filter { Self.at($0) < query.createdBefore ?? .distantFuture }
            return number == 0 ? Array(rows.prefix(2)) : []
        }
        #expect(scan.rows == 4)
        #expect(scan.problem == nil)
        #expect(requests < 30)
    }

    @Test(arguments: [true, false])
    func aListThatRepeatsItselfIsReadByTimeIfItCanBe(takesBefore: Bool) {
        let all: [Double] = [90, 80, 70, 60, 50]
        var scan = Self.scan()
        var requests = 0
        while let query = Self.query(scan), requests < 100 {
            requests += 1
            let before = takesBefore ? query.createdBefore ?? .distantFuture : .distantFuture
            // Whatever link is followed, it gives the newest two.
            let rows = all.filter { Self.at($0) < before }.prefix(2)
            scan.take(Self.page(Array(rows), next: "fresh \(requests)")) { _ in true }
        }
        #expect(requests < 40)
        #expect((scan.rows == 5) == takesBefore)
        #expect((scan.problem == nil) == takesBefore)
    }

    @Test func aListWithAlwaysNewRowsEnds() {
        var scan = Self.scan()
        var requests = 0
        while scan.next != nil, requests < 10_000 {
            requests += 1
            scan.take(
                ListPage(
                    rows: [ListPage.Row(id: "new \(requests)", createdAt: Self.at(50))], candidates: [],
                    next: "fresh \(requests)")
            ) { _ in true }
        }
        #expect(requests == ListScan.mostRequests)
        #expect(scan.problem != nil)
        #expect(scan.pace > .zero)
    }

    @Test func itEndsBehindTheTimeInAListThatIsNotCut() {
        var scan = Self.scan()
        scan.take(Self.page([300, 200, -5], next: "older")) { _ in true }
        #expect(scan.next == nil)
    }

    @Test func rowsWithoutInputAreReadSinglyIfTheyMayBeWanted() {
        var scan = Self.scan()
        func bare(_ id: String) -> ReconcileCandidate {
            ReconcileCandidate(prediction: Prediction(id: id, status: .succeeded), isBare: true)
        }
        let rows = ["a", "b"].map { ListPage.Row(id: $0, createdAt: Self.at(10)) }
        scan.take(ListPage(rows: rows, candidates: [bare("a"), bare("b")])) { $0.prediction.id == "a" }
        #expect(scan.next == .examine("a"))
        scan.examined("a", nil)
        #expect(scan.next == nil)
        #expect(scan.candidates.isEmpty)
    }

    @Test func oneThatIsGivenUpReadsNoMoreRows() {
        var scan = Self.scan()
        let bare = ReconcileCandidate(prediction: Prediction(id: "bare", status: .succeeded), isBare: true)
        scan.take(
            ListPage(
                rows: [ListPage.Row(id: "bare", createdAt: Self.at(10))], candidates: [bare], next: "fresh")
        ) { _ in true }
        for _ in 1...ListScan.mostRequests { scan.failed(ProviderError(.unavailable, "502")) }
        #expect(scan.problem != nil)
        #expect(scan.next == nil)
    }
}
