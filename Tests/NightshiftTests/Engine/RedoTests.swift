import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateServer
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// Items that have results are made again; what they had is kept.
@Suite(.timeLimit(.minutes(2)))
struct RedoTests {
    private static let sleepers = """
        job: sleepers
        model: nightshift/sleeper
        inputs: { range: [1, 4] }
        input: { seconds: 0, text: "item {{ value }}" }
        outputs: { directory: out, name: "{{ value }}" }
        rate: unlimited
        """

    @Test func theNewResultTakesTheNameAndTheOldOneIsKept() async throws {
        try await withServer { server, baseURL in
            let folder = try JobFolder(baseURL: baseURL, Self.sleepers)
            #expect(try await folder.run().counts.succeeded == 4)
            let job = try folder.engine.job(at: folder.manifest)
            for (number, text) in [(1, "once more"), (2, "and again")] {
                #expect(try await job.redo(["3"], set: ["text": .text(text)]) == 1)
                let waiting = try await job.show(item: "3")
                #expect(waiting.summary.state == .pending)
                #expect(waiting.previousResults.count == number)
                #expect(waiting.previousResults.last?.files == [], "its files stay until there are others")
                #expect(waiting.files.map(\.path) == ["3.txt"])
                let report = try await folder.run()
                #expect(report.end == .completed)
                #expect(report.missingFiles == 0)
                #expect(server.counts.accepted == 4 + number)
                #expect(try folder.folder.text("out/3.txt") == text)
            }
            #expect(try folder.folder.text("out/previous/3-1.txt") == "item 3")
            #expect(try folder.folder.text("out/previous/3-2.txt") == "once more")
            #expect(folder.folder.names(in: "out/previous").sorted() == ["3-1.txt", "3-2.txt"])
            let detail = try await job.show(item: "3")
            #expect(detail.input["text"] == "and again")
            #expect(detail.previousResults.map(\.number) == [1, 2])
            #expect(detail.previousResults.map { $0.input["text"] } == ["item 3", "once more"])
            #expect(detail.previousResults.flatMap(\.files).map(\.path) == ["previous/3-1.txt", "previous/3-2.txt"])
            #expect(detail.previousResults.allSatisfy { $0.files.allSatisfy(\.isThere) && $0.predictionID != nil })
            #expect(try await job.verify().badFiles.isEmpty)
            #expect(try await job.journal().contains { $0.kind == "redo_asked" })
            // An item's own text for the manifest's is no reason to do anything.
            #expect(try await folder.run().counts.predictions == 6)
            let reader = try JobReader(job)
            #expect(try await reader.output("previous/3-1.txt").size == 6)
        }
    }

    @Test func aFileOfAnotherTypeLeavesNothingBesideIt() async throws {
        try await withServer { _, baseURL in
            let folder = try JobFolder(baseURL: baseURL, Self.sleepers)
            _ = try await folder.run()
            let job = try folder.engine.job(at: folder.manifest)
            _ = try await job.redo(["2"], set: ["bytes": .value(300)])
            _ = try await folder.run()
            let names = folder.folder.names(in: "out").filter { $0.hasPrefix("2") }
            #expect(names == ["2.bin"])
            #expect(try folder.folder.text("out/previous/2-1.txt") == "item 2")
        }
    }

    @Test func aResultThatCannotBeMovedStaysAndIsNotReplaced() async throws {
        try await withServer { _, baseURL in
            let folder = try JobFolder(baseURL: baseURL, Self.sleepers)
            _ = try await folder.run()
            try folder.folder.write("out/previous", "a file where the folder belongs")
            let job = try folder.engine.job(at: folder.manifest)
            _ = try await job.redo(["1"], set: ["text": .value("other")])
            _ = try await folder.run()
            #expect(try folder.folder.text("out/1.txt") == "item 1")
            #expect(try folder.folder.text("out/1-2.txt") == "other")
            let detail = try await job.show(item: "1")
            #expect(detail.files.map(\.path) == ["1-2.txt"])
            #expect(detail.previousResults.flatMap(\.files).map(\.path) == ["1.txt"])
        }
    }

    @Test func whatIsInFlightIsPaidForOnce() async throws {
        try await withServer { server, baseURL in
            let folder = try JobFolder(baseURL: baseURL, Self.sleepers)
            _ = try await folder.run()
            let job = try folder.engine.job(at: folder.manifest)
            _ = try await job.redo(["1", "2"], set: ["seconds": .value(1), "text": .value("late")])
            try await folder.leave(running: 2)
            let report = try await folder.run()
            #expect(report.counts.succeeded == 4)
            #expect(server.counts.accepted == 6)
            #expect(try folder.folder.text("out/1.txt") == "late")
            #expect(try folder.folder.text("out/previous/1-1.txt") == "item 1")
        }
    }

    @Test func aLiveRunTakesItUpAtOnce() async throws {
        try await withServer { server, baseURL in
            let manifest = Self.sleepers.replacing("seconds: 0", with: #"seconds: "{{ value }}""#)
                .replacing("range: [1, 4]", with: "list: [0, 2]")
            let folder = try JobFolder(baseURL: baseURL, manifest)
            let job = try folder.engine.job(at: folder.manifest)
            let (seen, sight) = AsyncStream.makeStream(of: Void.self)
            let running = Task {
                try await job.run { update in
                    if case .progressed(let counts, _, _) = update, counts.succeeded == 1 { sight.finish() }
                }
            }
            for await _ in seen {}
            #expect(try await job.redo(["0"], set: ["text": .value("again")]) == 1)
            let report = try await running.value
            #expect(report.counts.succeeded == 2)
            #expect(report.counts.pending == 0)
            #expect(server.counts.accepted == 3)
            #expect(try folder.folder.text("out/0.txt") == "again")
        }
    }

    @Test func onlyWhatHasSucceededIsMadeAgain() async throws {
        try await withServer { _, baseURL in
            let manifest = Self.sleepers.replacing("text:", with: #"fail: "broken", text:"#)
            let folder = try JobFolder(baseURL: baseURL, manifest + "\nretry: { attempts: 1 }")
            #expect(try await folder.run().counts.failed == 4)
            let job = try folder.engine.job(at: folder.manifest)
            #expect(try await job.redo(["1"]) == 0)
            #expect(try await job.previewRedo(["1", "2"]).keys == [])
        }
    }

    @Test func aValueThatTheModelDoesNotTakeIsRefused() async throws {
        try await withServer { server, baseURL in
            let folder = try JobFolder(baseURL: baseURL, Self.sleepers)
            _ = try await folder.run()
            let job = try folder.engine.job(at: folder.manifest)
            for (name, change, word) in [
                ("texd", InputChange.text("a"), "'text'"), ("seconds", .text("soon"), "number"),
            ] {
                let error = await #expect(throws: EngineError.self) { try await job.redo(["1"], set: [name: change]) }
                #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
            }
            #expect(try await job.show(item: "1").summary.state == .succeeded)
            #expect(server.counts.accepted == 4)
        }
    }

    @Test func chanceIsAnotherForEachItem() async throws {
        try await withServer { _, baseURL in
            let manifest = Self.sleepers.replacing("nightshift/sleeper", with: "nightshift/poster")
                .replacing(
                    #"{ seconds: 0, text: "item {{ value }}" }"#,
                    with: #"{ prompt: "item {{ value }}", width: 64, height: 64 }"#)
            let folder = try JobFolder(baseURL: baseURL, manifest)
            #expect(try await folder.run().counts.succeeded == 4)
            let job = try folder.engine.job(at: folder.manifest)
            _ = try await job.redo(["1", "2", "3", "4"], set: ["seed": .random])
            _ = try await folder.run()
            var seeds: Set<JSONValue> = []
            for name in ["1", "2", "3", "4"] { seeds.insert(try await job.show(item: name).input["seed"] ?? .null) }
            #expect(seeds.count == 4)
            #expect(seeds.allSatisfy { $0.intValue != nil })
        }
    }

    /// Two rows with one input: one prediction is made for both.
    @Test func whoSharedTheOldResultKeepsIt() async throws {
        try await withServer { server, baseURL in
            let manifest = Self.sleepers.replacing("item {{ value }}", with: "the same")
            let folder = try JobFolder(baseURL: baseURL, manifest)
            _ = try await folder.run()
            #expect(server.counts.accepted == 1)
            let job = try folder.engine.job(at: folder.manifest)
            _ = try await job.redo(["1"], set: ["text": .value("other")])
            _ = try await folder.run()
            #expect(server.counts.accepted == 2)
            #expect(try folder.folder.text("out/1.txt") == "other")
            for name in ["2", "3", "4"] { #expect(try folder.folder.text("out/\(name).txt") == "the same") }
            // A new row with that input does not take what was made of another.
            try folder.folder.write("job.yaml", manifest.replacing("[1, 4]", with: "[1, 5]"))
            _ = try await folder.run()
            #expect(try folder.folder.text("out/5.txt") == "the same")
            // One that is made again takes nothing from those that have its input.
            _ = try await job.redo(["2"])
            let before = server.counts.accepted
            _ = try await folder.run()
            #expect(server.counts.accepted == before + 1)
        }
    }

    // MARK: - Edits

    private func remade(_ folder: JobFolder, agrees: Bool) async -> (asked: RemadeWork?, error: EngineError?) {
        let asked = Box<RemadeWork?>(nil)
        var options = RunOptions()
        options.approveRemaking = { work in
            asked.value = work
            return agrees
        }
        let error = await folder.failure(options)
        return (asked.value, error)
    }

    @Test(arguments: ["", "key: \"k{{ value }}\"\n"])
    func anEditThatRepeatsWorkIsAskedAbout(key: String) async throws {
        try await withServer { server, baseURL in
            let manifest = Self.sleepers.replacing("rate:", with: key + "rate:")
            let folder = try JobFolder(baseURL: baseURL, manifest)
            _ = try await folder.run()
            try folder.folder.write("job.yaml", manifest.replacing("item {{", with: "edited {{"))
            #expect(try await folder.engine.job(at: folder.manifest).plan().remade?.remade == 4)
            let refused = await remade(folder, agrees: false)
            #expect(refused.asked?.remade == 4)
            #expect(refused.asked?.done == 4)
            #expect(refused.error?.cause == .notRemade)
            #expect(server.counts.accepted == 4)
            // The edit is taken back, and nothing has happened.
            try folder.folder.write("job.yaml", manifest)
            #expect(await remade(folder, agrees: false).asked == nil)
            #expect(server.counts.accepted == 4)

            try folder.folder.write("job.yaml", manifest.replacing("item {{", with: "edited {{"))
            let agreed = await remade(folder, agrees: true)
            #expect(agreed.error == nil)
            #expect(server.counts.accepted == 8)
            #expect(try folder.folder.text("out/2.txt") == "edited 2")
            #expect(try folder.folder.text("out/previous/2-1.txt") == "item 2")
            #expect(
                folder.folder.names(in: "out").filter { !$0.hasPrefix(".") }.sorted() == [
                    "1.txt", "2.txt", "3.txt", "4.txt", "previous",
                ])
        }
    }

    @Test func newRowsAndNewCombinationsAreNotAskedAbout() async throws {
        try await withServer { _, baseURL in
            let folder = try JobFolder(baseURL: baseURL, Self.sleepers)
            _ = try await folder.run()
            try folder.folder.write("job.yaml", Self.sleepers.replacing("[1, 4]", with: "[3, 9]"))
            #expect(try await folder.engine.job(at: folder.manifest).plan().remade == nil)
            let (asked, error) = await remade(folder, agrees: false)
            #expect(asked == nil)
            #expect(error == nil)
        }
    }
}

/// What a closure has been told.
private final class Box<Value: Sendable>: Sendable {
    private let stored: Mutex<Value>

    init(_ value: Value) { stored = Mutex(value) }

    var value: Value {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}
