import NightshiftCore
import ReplicateServer
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// An edit of a job that has run, and what becomes of its items.
struct Edit: CustomTestStringConvertible, Sendable {
    var name: String
    /// Instead of the job's own `key` line; empty for keys by content.
    var key = ""
    var change: @Sendable (_ manifest: String, _ rows: [String]) -> (String, [String])
    /// Done, new, changed and withdrawn items, as plan and run tell them before they do anything.
    var told: [Int]
    /// What a run creates after it.
    var created: Int

    var testDescription: String { name }
}

/// Edits between runs: shown before they are done, and only what is missing is created.
@Suite(.timeLimit(.minutes(2)))
struct EditTests {
    private static let manifest = """
        job: edited
        model: nightshift/sleeper
        inputs: { csv: rows.csv }
        input: { seconds: 0, text: "item {{ name }} {{ note }}" }
        KEY
        outputs: { directory: out }
        rate: unlimited
        """
    private static let rows = ["a,x", "b,x", "c,x", "d,x", "e,x"]
    private static let byName = #"key: "{{ name }}""#

    static let edits: [Edit] = [
        Edit(name: "nothing", change: { ($0, $1) }, told: [5, 0, 0, 0], created: 0),
        Edit(name: "reorder", change: { ($0, $1.reversed()) }, told: [5, 0, 0, 0], created: 0),
        Edit(name: "append", change: { ($0, $1 + ["f,x", "g,x"]) }, told: [5, 2, 0, 0], created: 2),
        Edit(name: "delete", change: { ($0, Array($1.dropFirst(2))) }, told: [3, 0, 0, 2], created: 0),
        Edit(
            name: "a row's value, by content", change: { ($0, ["a,y"] + $1.dropFirst()) }, told: [4, 1, 0, 1],
            created: 1),
        Edit(
            name: "a row's value, under a key", key: byName, change: { ($0, ["a,y"] + $1.dropFirst()) },
            told: [4, 0, 1, 0], created: 1),
        Edit(
            name: "the template, by content", change: { ($0.replacing("item ", with: "thing "), $1) },
            told: [0, 5, 0, 5], created: 5),
        Edit(
            name: "the template, under a key", key: byName, change: { ($0.replacing("item ", with: "thing "), $1) },
            told: [0, 0, 5, 0], created: 5),
        Edit(
            name: "the key", key: byName, change: { ($0.replacing(byName, with: #"key: "{{ name }}-1""#), $1) },
            // The results are shared with the items of the old keys, so nothing is paid for again.
            told: [0, 5, 0, 5], created: 0),
        Edit(
            name: "policies", key: byName,
            change: { manifest, rows in
                (
                    manifest.replacing("rate: unlimited", with: "rate: 60/s")
                        + "\nconcurrency: 3\nretry: { attempts: 2 }\nbudget: { predictions: 5 }\ntimeout: { run: 1m }",
                    rows
                )
            }, told: [5, 0, 0, 0], created: 0),
        Edit(
            name: "everything at once", key: byName,
            change: { ($0, ["g,x"] + $1.reversed().dropFirst().map { $0 == "a,x" ? "a,y" : $0 } + ["f,x"]) },
            told: [3, 2, 1, 1], created: 3),
    ]

    private func write(_ job: JobFolder, _ manifest: String, _ rows: [String]) throws {
        try job.folder.write("job.yaml", manifest)
        try job.folder.write("rows.csv", (["name,note"] + rows).joined(separator: "\n") + "\n")
    }

    @Test(arguments: edits)
    func isShownBeforeItIsDoneAndOnlyWhatIsMissingIsCreated(_ edit: Edit) async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { baseURL in
            let manifest = Self.manifest.replacing("KEY", with: edit.key)
            let job = try JobFolder(baseURL: baseURL, manifest)
            defer { withExtendedLifetime(job) {} }
            try write(job, manifest, Self.rows)
            #expect(try await job.run().counts.succeeded == 5)

            let (edited, rows) = edit.change(manifest, Self.rows)
            try write(job, edited, rows)
            let plan = try await job.engine.job(at: job.manifest).plan()
            #expect([plan.done, plan.new, plan.changed, plan.withdrawn] == edit.told)
            #expect(plan.toDo == edit.told[1] + edit.told[2])

            let told = Mutex<[RunPlanCounts]>([])
            let accepted = Mutex<[Int]>([])
            let report = try await job.engine.job(at: job.manifest).run() { notice in
                guard case .planned(let counts) = notice else { return }
                told.withLock { $0.append(counts) }
                accepted.withLock { $0.append(server.counts.accepted) }
            }
            #expect(
                told.withLock { $0.map { [$0.done, $0.new, $0.changed, $0.withdrawn] } } == [edit.told])
            #expect(accepted.withLock { $0 } == [5], "it is told before anything is created")
            #expect(report.counts.succeeded == rows.count)
            #expect(server.counts.accepted == 5 + edit.created)
        }
    }

    @Test func anotherVersionOfTheModelRunsAllItemsAgainUnderTheirKeys() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { baseURL in
            let manifest = Self.manifest.replacing("KEY", with: Self.byName)
            let job = try JobFolder(baseURL: baseURL, manifest)
            defer { withExtendedLifetime(job) {} }
            try write(job, manifest, Self.rows)
            _ = try await job.run()
            let version = try #require(try await job.engine.job(at: job.manifest).plan().schema.version)
            try write(job, manifest.replacing("nightshift/sleeper", with: "nightshift/sleeper:\(version)"), Self.rows)
            let plan = try await job.engine.job(at: job.manifest).plan()
            #expect([plan.done, plan.new, plan.changed, plan.withdrawn] == [0, 0, 5, 0])
            #expect(try await job.run().counts.succeeded == 5)
            #expect(server.counts.accepted == 10)
        }
    }
}
