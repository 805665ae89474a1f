import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import TestSupport
import Testing

@testable import Nightshift

/// What people and later sessions are told of the items in a store: lists, reports, exports and retries.
@Suite(.timeLimit(.minutes(1)))
struct StoredItemsTests {
    let folder: TemporaryFolder
    let now = Timestamp(milliseconds: 1_700_000_000_000)

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open() throws -> Store { try Store(path: folder.path("checkpoints.sqlite")) }

    private func item(_ position: Int, digest: String? = nil, problem: String? = nil) -> Item {
        Item(
            position: position, key: "key-\(position)", digest: digest ?? "digest-\(position)",
            input: ["n": .number(JSONNumber(position))], name: "name-\(position)",
            origin: .line(file: "rows.csv", line: position + 2), row: ["row": .number(JSONNumber(position))],
            problem: problem)
    }

    private func record(
        _ store: Store, _ run: RunRecord, _ position: Int, _ changes: [Transition.Change],
        totals: RunTotals = RunTotals(), paths: [String] = []
    ) async throws {
        let key = "key-\(position)"
        let item = try #require(try await store.checkpoints.adoptee(key: key, in: run)).item.id
        for (index, change) in changes.enumerated() {
            let transition = Transition(item: item, key: key, attempt: 1, at: now, change: change)
            let reservations =
                index == 0 && !paths.isEmpty ? [OutputReservation(item: item, paths: paths)] : []
            _ = try await store.checkpoints.record([transition], totals: totals, in: run, reservations: reservations)
        }
    }

    private func submitting(_ position: Int) -> Transition.Change {
        .submitting(attempt: 1, CreateIntent(at: now, requestDigest: "request-\(position)"), changes: nil)
    }

    /// Six items: succeeded, failed, canceled, held, running, pending.
    private func scene() async throws -> (store: Store, run: RunRecord) {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, (0..<6).map { item($0) })
        var totals = RunTotals()
        (totals.predictions, totals.retries, totals.throttles, totals.unbilled) = (5, 2, 7, 3)
        (totals.predictTime, totals.blockedTime) = (1.5, 9)
        var prediction = Prediction(id: "p0", output: "done", status: .succeeded)
        (prediction.model, prediction.version) = ("me/m", "v1")
        try await record(
            store, run, 0,
            [
                submitting(0), .running(predictionID: "p0", since: now), .fetching(prediction, name: "name-0"),
                .succeeded([
                    StoredOutput(index: 0, path: "name-0.txt", size: 4, sha256: "ab", mediaType: "text/plain")
                ]),
            ], paths: ["name-0.txt"])
        let failure = AttemptFailure(.outOfMemory, "out of memory", predictTime: 2)
        try await record(
            store, run, 1,
            [submitting(1), .running(predictionID: "p1", since: now), .failed(failure, FailureCounts(counted: 1))])
        try await record(store, run, 2, [submitting(2), .canceled(reason: "a person", predictTime: nil)])
        try await record(store, run, 3, [submitting(3), .held(reason: "nobody knows")])
        try await record(
            store, run, 4, [submitting(4), .running(predictionID: "p4", since: now)], totals: totals)
        return (store, run)
    }

    @Test func theListOfItemsTellsHowEachStands() async throws {
        let (store, run) = try await scene()
        let items = try await store.reports.items(of: run, limit: 100)
        #expect(items.map(\.state) == [.succeeded, .failed, .canceled, .held, .running, .pending])
        #expect(items.map(\.position) == Array(0..<6))
        #expect(items.map(\.key) == (0..<6).map { "key-\($0)" })
        #expect(items.map(\.name) == (0..<6).map { "name-\($0)" })
        #expect(items.map(\.origin) == (0..<6).map { "rows.csv:\($0 + 2)" })
        #expect(items.map(\.attempts) == [1, 1, 1, 1, 1, 0])
        #expect(items.map(\.predictionID) == ["p0", "p1", nil, nil, "p4", nil])
        #expect(items.map(\.failureClass)[1] == FailureClass.outOfMemory.rawValue)
        #expect(items.map(\.failure) == [nil, "out of memory", "a person", "nobody knows", nil, nil])
        #expect(items.map(\.files) == [["name-0.txt"], [], [], [], [], []])
        #expect(try await store.reports.items(of: run, after: 3, limit: 1).map(\.position) == [4])
        #expect(try await store.reports.items(of: run, in: [.failed, .held], limit: 9).map(\.position) == [1, 3])
    }

    @Test func whatIsWithdrawnIsListedOnlyWhenItIsAskedFor() async throws {
        let (store, before) = try await scene()
        let (run, report) = try await store.synchronize(before, (1..<6).map { item($0) })
        #expect(report.withdrawn == 1)
        #expect(try await store.reports.items(of: run, limit: 9).map(\.position) == Array(1..<6))
        #expect(try await store.reports.items(of: run, in: [.succeeded], limit: 9) == [])
        #expect(try await store.reports.items(of: run, in: [.withdrawn], limit: 9).map(\.key) == ["key-0"])
        #expect(
            try await store.reports.items(of: run, in: [.withdrawn, .failed], limit: 9).map(\.key) == [
                "key-0", "key-1",
            ])
        #expect(try await store.reports.totals(of: run)[.withdrawn] == 1)
        #expect(try await store.reports.totals(of: run)[.succeeded] == 0)
        #expect(try store.reports.exportItems(of: run, after: nil, limit: 9).map(\.position) == Array(1..<6))
        #expect(try await store.reports.detail(ofItem: "key-0", in: run) == nil)
    }

    @Test func theTotalsAreWhatWasRecorded() async throws {
        let (store, run) = try await scene()
        let totals = try await store.reports.totals(of: run)
        for state in [ItemState.succeeded, .failed, .canceled, .held, .running, .pending] {
            #expect(totals[state] == 1, "\(state)")
        }
        #expect(totals.items == 6)
        #expect((totals.predictions, totals.retries, totals.throttles, totals.unbilled) == (5, 2, 7, 3))
        #expect((totals.predictTime, totals.blockedTime) == (1.5, 9))
    }

    @Test func theReasonsOfFailuresAreCounted() async throws {
        let (store, before) = try await scene()
        let reasons = try await store.reports.failureReasons(of: before, limit: 9)
        #expect(Set(reasons.map(\.reason)) == ["out of memory", "a person", "nobody knows"])
        #expect(reasons.map(\.count) == [1, 1, 1])
        #expect(try await store.reports.unsendableItems(of: before) == 0)
        // What is not in the manifest any more is no failure of it.
        let items = [item(0), item(5), item(6, problem: "n is too large"), item(7, problem: "n is too large")]
        let (run, report) = try await store.synchronize(before, items)
        #expect(report.invalid == 2)
        let left = try await store.reports.failureReasons(of: run, limit: 9)
        #expect(left.map(\.reason) == ["n is too large"])
        #expect(left.map(\.count) == [2])
        #expect(try await store.reports.unsendableItems(of: run) == 2)
    }

    @Test func anExportHasAllThatIsKnown() async throws {
        let (store, run) = try await scene()
        let items = try store.reports.exportItems(of: run, after: nil, limit: 100)
        #expect(items.map(\.position) == Array(0..<6))
        #expect(items.map(\.key) == (0..<6).map { "key-\($0)" })
        #expect(items.map(\.name) == (0..<6).map { "name-\($0)" })
        #expect(items.map(\.origin) == (0..<6).map { "rows.csv:\($0 + 2)" })
        #expect(items.map(\.state) == ["succeeded", "failed", "canceled", "held", "running", "pending"])
        // A held one may have been paid for.
        #expect(items.map(\.isFailed) == [false, true, true, false, false, false])
        #expect(items.map(\.row) == (0..<6).map { ["row": .number(JSONNumber($0))] })
        #expect(items.map(\.input) == (0..<6).map { ["n": .number(JSONNumber($0))] })
        #expect(items.map(\.attempts) == [1, 1, 1, 1, 1, 0])
        #expect(items.map(\.error) == [nil, "out of memory", "a person", "nobody knows", nil, nil])
        #expect(items[0].output == "done")
        #expect(items[0].files == [.init(path: "name-0.txt", size: 4, sha256: "ab", mediaType: "text/plain")])
        #expect(items[0].prediction == .init(id: "p0", model: "me/m", version: "v1"))
        #expect(items[1].prediction?.id == "p1")
        #expect(items[5].prediction == nil)
        #expect(try store.reports.exportItems(of: run, after: 2, limit: 2).map(\.position) == [3, 4])
    }

    @Test func oneItemIsShownWithAllThatIsKnown() async throws {
        let (store, run) = try await scene()
        let done = try #require(try await store.reports.detail(ofItem: "key-0", in: run))
        #expect(done.summary.key == "key-0" && done.summary.name == "name-0" && done.summary.state == .succeeded)
        #expect(done.summary.files == ["name-0.txt"])
        #expect(done.row == ["row": 0] && done.input == ["n": 0])
        #expect(done.files.map(\.mediaType) == ["text/plain"])
        #expect(done.result?["output"] == "done")
        #expect(done.finishedAt == now)
        let failed = try #require(try await store.reports.detail(ofItem: "key-1", in: run))
        #expect(failed.failures == 1)
        #expect(failed.attempts.map(\.predictionID) == ["p1"])
        #expect(failed.attempts.map(\.failure) == ["out of memory"])
        #expect(try await store.reports.detail(ofItem: "key-9", in: run) == nil)
    }

    @Test func aRetrySaysWhatBecameOfEachKey() async throws {
        let (store, before) = try await scene()
        let items = (0..<6).map { item($0) } + [item(6), item(7, problem: "n is too large")]
        let (run, _) = try await store.synchronize(before, items)
        let failure = AttemptFailure(.outOfMemory, "out of memory")
        try await record(store, run, 6, [submitting(6), .failed(failure, FailureCounts(counted: 1))])
        let outcome = try await store.checkpoints.retry(
            keys: ["key-9", "key-8", "key-7", "key-6", "key-1", "key-2", "key-3", "key-0", "key-4", "key-1"], in: run)
        #expect(outcome.retried == [.failed: 2, .canceled: 1, .held: 1])
        #expect(outcome.unchanged == ["key-7": .failed, "key-0": .succeeded, "key-4": .running])
        #expect(outcome.unknown == ["key-8", "key-9"])
        let summaries = try await store.reports.items(of: run, limit: 9)
        #expect(
            summaries.map(\.state)
                == [.succeeded, .pending, .pending, .pending, .running, .pending, .pending, .failed])
        #expect(summaries[1].failure == nil && summaries[1].failureClass == nil)
        // They are due at once.
        let page = try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page
        #expect(Set(page.items.map(\.key)) == ["key-1", "key-2", "key-3", "key-5", "key-6"])
    }

    @Test func aPersonMayNameAnItemByTheBeginningOfItsKeyOrItsName() async throws {
        let (store, run) = try await scene()
        #expect(try await store.reports.keys(meant: "key-3", in: run) == ["key-3"])
        #expect(try await store.reports.keys(meant: "NAME-4", in: run) == ["key-4"])
        #expect(try await store.reports.keys(meant: "ey-3", in: run) == [])
        let several = try await store.reports.keys(meant: "key", in: run)
        #expect(several == (0..<several.count).map { "key-\($0)" } && several.count > 1)
        #expect(try await store.checkpoints.holders(ofPrediction: "p4", in: run) == ["key-4"])
    }

    @Test func whatIsAdoptedIsKnownByWhatWasSent() async throws {
        let (store, run) = try await scene()
        let adoptee = try #require(try await store.checkpoints.adoptee(key: "key-3", in: run))
        #expect(adoptee.state == .held)
        #expect(adoptee.requestDigest == "request-3")
        #expect(adoptee.item.key == "key-3")
        #expect(try await store.checkpoints.adoptee(key: "key-5", in: run)?.requestDigest == nil)
    }

    /// Each item is counted once, whatever it has come to before.
    @Test func aReportCountsEachItemOfTheManifest() async throws {
        let (store, before) = try await scene()
        let problems = [item(8, problem: "too large"), item(9, problem: "too large")]
        let items =
            (0..<4).map { item($0) } + [item(4, digest: "edited-4"), item(5), item(5), item(5), item(6), item(7)]
            + problems
        var (run, report) = try await store.synchronize(before, items)
        #expect(report.items == 10)
        #expect((report.new, report.changed, report.done, report.failed) == (2, 1, 1, 3))
        #expect((report.unfinished, report.invalid, report.repeated, report.withdrawn) == (1, 2, 2, 0))
        #expect(report.toDo == 4)
        // The second time nothing is new; what cannot be sent still cannot.
        (run, report) = try await store.synchronize(run, items)
        #expect((report.new, report.changed, report.done, report.failed) == (0, 0, 1, 3))
        #expect((report.unfinished, report.invalid, report.repeated) == (4, 2, 2))
        // A row that is mended is to be done.
        (run, report) = try await store.synchronize(run, [item(8), item(9)])
        #expect((report.changed, report.invalid, report.withdrawn) == (2, 0, 8))
        #expect(try await store.reports.items(of: run, limit: 99).map(\.state) == [.pending, .pending])
    }

    /// What is in flight is paid for, whatever it is called now.
    @Test func anItemInFlightIsTakenOverUnderItsNewKey() async throws {
        let (store, before) = try await scene()
        var renamed = item(4)
        (renamed.key, renamed.name) = ("other", "other")
        let (run, report) = try await store.synchronize(before, [renamed])
        #expect((report.items, report.new, report.unfinished) == (1, 0, 1))
        let left = try await store.reports.items(of: run, limit: 9)
        #expect(left.map(\.key) == ["other"] && left.map(\.predictionID) == ["p4"])
    }

    @Test func twoInputsUnderOneKeyAreAConflictWithATitle() async throws {
        let store = try open()
        let run = try await store.openRun(job: "job", fresh: false, at: now)
        let (_, report) = try await store.synchronize(run, [item(0), item(0, digest: "other")])
        #expect(report.conflicts.map(\.title) == ["key is used already, for another input"])
    }

    @Test func whatIsInFlightIsLoadedAsItWas() async throws {
        let (store, run) = try await scene()
        let loaded = try await store.pendingItems.inFlight(of: run)
        #expect(loaded.map(\.key) == ["key-4"])
        guard case .running(let id, let since) = loaded.first?.checkpoint else {
            Issue.record("\(String(describing: loaded.first?.checkpoint)) is not running")
            return
        }
        #expect(id == "p4" && since == now)
    }

    /// A later session goes on with what an earlier one has left open.
    @Test func whatIsOpenIsKnownToTheNextSession() async throws {
        let (store, run) = try await scene()
        let later = Timestamp(milliseconds: now.milliseconds + 500)
        let lost = LostCreate(CreateIntent(at: now, requestDigest: "request-5"), lostAt: later, loss: .timedOut)
        try await record(store, run, 5, [submitting(5), .unknown(lost)])
        let prediction = Prediction(id: "p4", output: "text", status: .succeeded)
        try await record(store, run, 4, [.fetching(prediction, name: "name-4")])
        let loaded = try await store.pendingItems.inFlight(of: run)
        #expect(loaded.map(\.key) == ["key-4", "key-5"])
        #expect(loaded.map(\.isCounted) == [true, false])
        for item in loaded {
            switch item.checkpoint {
            case .fetching(let id, let output, let since):
                #expect(id == "p4" && output == "text" && since == now)
            case .unknown(let found):
                #expect(found.intent.at == now && found.intent.requestDigest == "request-5")
                #expect(found.lostAt == later && found.loss == .timedOut)
            default: Issue.record("\(item.checkpoint) was not recorded")
            }
        }
    }

    @Test func anItemThatWaitsForAnotherTryRemembersItsFailure() async throws {
        let (store, run) = try await scene()
        let due = Timestamp(milliseconds: now.milliseconds + 1000)
        let failure = AttemptFailure(.outOfMemory, "out of memory")
        try await record(
            store, run, 5,
            [
                submitting(5), .running(predictionID: "p5", since: now),
                .waiting(failure, FailureCounts(counted: 1), due: due),
            ])
        #expect(
            try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.items.map(\.key) == [])
        #expect(try await store.reports.detail(ofItem: "key-5", in: run)?.dueAt == due)
        let item = try #require(
            try await store.pendingItems.pending(of: run, count: 9, after: .start, at: due).page.items.first)
        #expect(item.key == "key-5" && item.attempt == 1)
        #expect(item.lastFailure == .outOfMemory && item.failures.counted == 1)
        #expect(item.row == ["row": 5])
    }

    /// Large sets are loaded a page at a time, each item once.
    @Test(arguments: [1, 2, 3, 7, 8])
    func allPendingItemsComePageByPageInTheirOrder(count: Int) async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, (0..<7).map { item($0) })
        var place = PendingCursor.start
        var seen: [String] = []
        for _ in 0..<8 {
            let (page, next) = try await store.pendingItems.pending(of: run, count: count, after: place, at: now)
            #expect(page.items.count <= count)
            seen += page.items.map(\.key)
            place = next
            if !page.hasMore { break }
        }
        #expect(seen == (0..<7).map { "key-\($0)" })
    }

    /// One that waits for another with the same input is computed itself if only it is tried again.
    @Test func aRetryOfOneOfTwoEqualInputsWaitsForNobody() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [item(0, digest: "same"), item(1, digest: "same")])
        let failure = AttemptFailure(.outOfMemory, "out of memory")
        try await record(store, run, 0, [submitting(0), .failed(failure, FailureCounts(counted: 1))])
        try await record(store, run, 1, [.unmet(failure)])
        #expect(try await store.checkpoints.retry(keys: ["key-1"], in: run).retried == [.failed: 1])
        let items = try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.items
        #expect(items.map(\.key) == ["key-1"])
        #expect(items.first?.shared == nil)
    }

    /// The class of failures that scripts look for.
    @Test func whatCannotBeSentIsNamedSo() async throws {
        let store = try open()
        let run = try await store.openRun(job: "job", fresh: false, at: now)
        let (after, _) = try await store.synchronize(run, [item(0, problem: "n is too large")])
        let found = try #require(try await store.reports.items(of: after, limit: 1).first)
        #expect(found.state == .failed && found.failureClass == "not_sendable" && found.failure == "n is too large")
    }

    @Test func digestsOfFilesAreKeptFromSessionToSession() throws {
        let path = folder.path("digests.sqlite")
        do {
            let cache = FileDigestCache(path: path)
            for number in 0..<3 {
                cache.add(path: "/\(number)", size: Int64(number), modifiedAt: 7, sha256: "sha-\(number)")
            }
        }
        let cache = FileDigestCache(path: path)
        for number in 0..<3 {
            #expect(cache.digest(path: "/\(number)", size: Int64(number), modifiedAt: 7) == "sha-\(number)")
        }
        #expect(cache.digest(path: "/1", size: 2, modifiedAt: 7) == nil)
        #expect(cache.digest(path: "/1", size: 1, modifiedAt: 8) == nil)
    }
}
