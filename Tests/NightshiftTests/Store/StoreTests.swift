import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import TestSupport
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct StoreTests {
    let folder: TemporaryFolder
    let now = Timestamp(milliseconds: 1_700_000_000_000)

    init() throws {
        folder = try TemporaryFolder()
    }

    static func item(
        _ position: Int, key: String? = nil, digest: String? = nil, name: String? = nil
    ) -> Item {
        Item(
            position: position, key: key ?? "key-\(position)", digest: digest ?? "digest-\(position)",
            input: ["n": .number(JSONNumber(position))], name: name ?? "name-\(position)",
            origin: .line(file: "rows.csv", line: position + 2), row: ["n": .number(JSONNumber(position))]
        )
    }

    private func open() throws -> Store { try Store(path: folder.path("checkpoints.sqlite")) }

    private func states(_ store: Store, _ run: RunRecord) async throws -> [String: ItemState] {
        try await store.reports.items(of: run, in: Set(ItemState.allCases), limit: 1000)
            .reduce(into: [:]) { $0[$1.key] = $1.state }
    }

    private func succeed(_ store: Store, _ run: RunRecord, _ key: String, path: String) async throws {
        let page = try await store.pendingItems.pending(of: run, count: 1000, after: .start, at: now).page
        let item = try #require(page.items.first { $0.key == key })
        func transition(_ change: Transition.Change) -> Transition {
            Transition(item: item.id, key: key, attempt: 1, at: now, change: change)
        }
        let prediction = Prediction(id: "prediction-of-\(key)", output: "done", status: .succeeded)
        _ = try await store.checkpoints.record(
            [
                transition(.submitting(attempt: 1, CreateIntent(at: now, requestDigest: "d"), changes: nil)),
                transition(.running(predictionID: prediction.id, since: now)),
                transition(.fetching(prediction, name: item.name)),
            ], totals: RunTotals(), in: run, reservations: [OutputReservation(item: item.id, paths: [path])]
        )
        let output = StoredOutput(index: 0, path: path, size: 4, sha256: "00", mediaType: "text/plain")
        _ = try await store.checkpoints.record([transition(.succeeded([output]))], totals: RunTotals(), in: run)
    }

    @Test func keepsWhatIsDoneWhenTheManifestIsReorderedAppendedAndShortened() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        var report: SynchronizationReport
        (run, report) = try await store.synchronize(run, (0..<4).map { Self.item($0) })
        #expect(report.new == 4)
        try await succeed(store, run, "key-1", path: "name-1.txt")

        let edited = [
            Self.item(0, key: "key-3", digest: "digest-3", name: "name-3"),
            Self.item(1, key: "key-1", digest: "digest-1", name: "name-1"), Self.item(2, key: "new", name: "new"),
        ]
        (run, report) = try await store.synchronize(run, edited)
        #expect(report.items == 3)
        #expect(report.new == 1)
        #expect(report.withdrawn == 2)
        #expect(
            try await states(store, run) == [
                "key-0": .withdrawn, "key-1": .succeeded, "key-2": .withdrawn, "key-3": .pending, "new": .pending,
            ]
        )
        // What comes back is as finished as it was.
        (run, report) = try await store.synchronize(run, [Self.item(0)])
        (run, report) = try await store.synchronize(run, (0..<2).map { Self.item($0) })
        #expect(try await states(store, run)["key-1"] == .succeeded)
    }

    @Test func runsAnItemAgainWhoseContentChangedUnderItsKey() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [Self.item(0, key: "anna")])
        try await succeed(store, run, "anna", path: "name-0.txt")
        let (after, report) = try await store.synchronize(run, [Self.item(0, key: "anna", digest: "other")])
        #expect(report.changed == 1)
        #expect(try await states(store, after) == ["anna": .pending])
    }

    @Test func refusesTwoItemsUnderOneKeyOrNameAndChangesNothing() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [Self.item(0)])
        let clash = [
            Self.item(0), Self.item(1, key: "key-0"), Self.item(2, name: "NAME-0"), Self.item(3),
        ]
        let (same, report) = try await store.synchronize(run, clash)
        #expect(report.conflictCount == 2)
        #expect(
            report.conflicts.map(\.description) == [
                "rows.csv:3: key 'key-0' is used by rows.csv:2 already, for another input",
                "rows.csv:4: its outputs would be named 'NAME-0', as those of rows.csv:2 are",
            ]
        )
        #expect(same == run)
        #expect(try await states(store, run) == ["key-0": .pending])
    }

    @Test func countsRowsThatRepeatAnEarlierOne() async throws {
        let store = try open()
        let run = try await store.openRun(job: "job", fresh: false, at: now)
        let same = Self.item(0, key: "k", digest: "d", name: "n")
        let again = Self.item(1, key: "k", digest: "d", name: "n")
        let (_, report) = try await store.synchronize(run, [same, again])
        #expect(report.items == 1)
        #expect(report.repeated == 1)
        #expect(report.conflictCount == 0)
    }

    @Test func aWithdrawnItemsFileStepsAsideForItsSuccessor() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [Self.item(0, key: "old", name: "anna")])
        try await succeed(store, run, "old", path: "anna.png")
        try folder.write("out/anna.png", "old picture")
        try folder.write("out/previous/anna-1.png", "somebody else's")
        (run, _) = try await store.synchronize(run, [Self.item(0, key: "new", name: "anna")])

        let item = try #require(
            try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.items.first)
        let paths = try await store.checkpoints.record(
            [], totals: RunTotals(), in: run, reservations: [OutputReservation(item: item.id, paths: ["anna.png"])],
            directory: OutputFolder(directory: folder.path("out"))
        )
        #expect(paths[item.id]?.map(\.path) == ["anna.png"])
        #expect(paths[item.id]?.map(\.replaces) == [true])
        #expect(try folder.text("out/previous/anna-1.png") == "somebody else's")
        #expect(try folder.text("out/previous/anna-2.png") == "old picture")
        #expect(!folder.names(in: "out").contains("anna.png"), "the name is free for the new one")
        let withdrawn = try await store.reports.items(of: run, in: [.withdrawn], limit: 9)
        #expect(withdrawn.map(\.files) == [["previous/anna-2.png"]])
    }

    /// A crash between the second name and its record leaves a file that is known again.
    @Test func aSecondNameFromBeforeACrashIsTheSame() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, (0..<3).map { Self.item($0, key: "old-\($0)", name: "n\($0)") })
        for index in 0..<3 {
            try await succeed(store, run, "old-\(index)", path: "n\(index).png")
            try folder.write("out/n\(index).png", "old \(index)")
        }
        try FileManager.default.createDirectory(
            atPath: folder.path("out/previous"), withIntermediateDirectories: true)
        try FileManager.default.linkItem(
            atPath: folder.path("out/n0.png"), toPath: folder.path("out/previous/n0-1.png"))
        (run, _) = try await store.synchronize(run, (0..<3).map { Self.item($0, key: "new-\($0)", name: "n\($0)") })
        let items = try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.items
        let paths = try await store.checkpoints.record(
            [], totals: RunTotals(), in: run,
            reservations: items.map { OutputReservation(item: $0.id, paths: ["\($0.name).png"]) },
            directory: OutputFolder(directory: folder.path("out")))
        #expect(items.map { paths[$0.id]?.map(\.path) } == [["n0.png"], ["n1.png"], ["n2.png"]])
        let withdrawn = try await store.reports.items(of: run, in: [.withdrawn], limit: 9)
        #expect(withdrawn.map(\.files) == [["previous/n0-1.png"], ["previous/n1-1.png"], ["previous/n2-1.png"]])
        for index in 0..<3 { #expect(try folder.text("out/previous/n\(index)-1.png") == "old \(index)") }
        #expect(folder.names(in: "out") == ["previous"])
    }

    @Test func aFreshStartTakesOverTheNamesOfTheRunBefore() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [Self.item(0, name: "anna")])
        try await succeed(store, run, "key-0", path: "anna.png")
        try folder.write("out/anna.png", "of the run before")
        var fresh = try await store.openRun(job: "job", fresh: true, at: now)
        (fresh, _) = try await store.synchronize(fresh, [Self.item(0, name: "anna")])
        let item = try #require(
            try await store.pendingItems.pending(of: fresh, count: 9, after: .start, at: now).page.items.first)
        let paths = try await store.checkpoints.record(
            [], totals: RunTotals(), in: fresh, reservations: [OutputReservation(item: item.id, paths: ["anna.png"])],
            directory: OutputFolder(directory: folder.path("out")))
        #expect(paths[item.id]?.map(\.path) == ["anna.png"])
        #expect(paths[item.id]?.map(\.replaces) == [true])
        #expect(try folder.text("out/previous/anna-1.png") == "of the run before")
    }

    @Test func aPredictionThatAnyItemHasHadIsKnown() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [Self.item(0)])
        try await succeed(store, run, "key-0", path: "anna.png")
        let known = try await store.checkpoints.known(predictionIDs: ["prediction-of-key-0", "another"])
        #expect(known == ["prediction-of-key-0"])
    }

    @Test func whatWasUploadedIsKnownToTheNextSession() async throws {
        let key = UploadKey(sha256: "ab", mediaType: "image/png")
        let file = UploadedFile(url: "https://api.example.com/files/1", expiresAt: now)
        await (try open()).uploadMemory.remember(key, file)
        let memory = try open().uploadMemory
        #expect(await memory.recall(key) == file)
        #expect(await memory.recall(UploadKey(sha256: "ab", mediaType: "image/jpeg")) == nil)
    }

    @Test func neverTakesTheNameOfAFileThatIsNotOurs() async throws {
        let store = try open()
        var run = try await store.openRun(job: "job", fresh: false, at: now)
        (run, _) = try await store.synchronize(run, [Self.item(0, name: "anna")])
        try folder.write("out/anna.png", "the user's own")
        let item = try #require(
            try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.items.first)
        let reservation = OutputReservation(item: item.id, paths: ["anna.png"])
        let directory = OutputFolder(directory: folder.path("out"))
        let first = try await store.checkpoints.record(
            [], totals: RunTotals(), in: run, reservations: [reservation], directory: directory)
        #expect(first == [item.id: [ReservedPath(path: "anna-2.png")]])
        // Once reserved it stays ours, also when our own file lies there after a crash.
        try folder.write("out/anna-2.png", "half of ours")
        #expect(try await store.checkpoints.reservedPaths(of: item.id) == [ReservedPath(path: "anna-2.png")])
    }

    @Test func aDamagedStoreIsToldAndLeftAlone() throws {
        try folder.write("checkpoints.sqlite", String(repeating: "this is no database ", count: 500))
        let before = try folder.text("checkpoints.sqlite")
        let error = #expect(throws: StoreError.self) { try open() }
        #expect(error?.message.contains("is damaged") == true)
        #expect(try folder.text("checkpoints.sqlite") == before)
    }

    @Test func onlyOneProcessOwnsARun() throws {
        let path = folder.path("lock")
        let lock = try RunLock(path: path, job: "portraits")
        #expect(RunLock.isHeld(path: path))
        var message = ""
        do {
            _ = try RunLock(path: path, job: "portraits")
        } catch {
            message = error.message
        }
        #expect(message.hasPrefix("run of 'portraits' is held by process \(ProcessInfo.processInfo.processIdentifier)"))
        withExtendedLifetime(lock) {}
    }

    @Test func aLockIsFreeAfterItsOwnerIsGone() throws {
        let path = folder.path("lock")
        do {
            let lock = try RunLock(path: path, job: "portraits")
            withExtendedLifetime(lock) {}
        }
        #expect(!RunLock.isHeld(path: path))
        _ = try RunLock(path: path, job: "portraits")
    }
}
