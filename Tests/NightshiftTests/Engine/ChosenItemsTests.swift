import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateServer
import TestSupport
import Testing

@testable import Nightshift

/// Sessions that do only some of the items.
@Suite(.timeLimit(.minutes(2)))
struct ChosenItemsTests {
    private static func sleepers(fail: String = "") -> String {
        """
        job: sleepers
        model: nightshift/sleeper
        inputs: { range: [1, 8] }
        input: { seconds: 0, bytes: 10, text: "item {{ value }}", fail: "{{ fail }}" }
        matrix: { fail: [\"\(fail)\"] }
        key: "{{ value }}"
        outputs: { directory: out, name: "{{ value }}" }
        rate: unlimited
        retry: { attempts: 1 }
        """
    }

    @Test func onlyWhatIsChosenIsDoneAndNothingIsWithdrawn() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers())
            func run(_ selection: ItemSelection) async throws -> RunReport {
                try await job.run(RunOptions(selection: selection))
            }
            let some = try await run(ItemSelection(keys: ["7", "3"]))
            #expect(some.end == .partial)
            #expect(some.counts.succeeded == 2)
            #expect(some.counts.pending == 6)
            #expect(some.counts.withdrawn == 0)
            #expect(try await job.items(in: [.succeeded]).map(\.key) == ["3", "7"])

            // What is done is not done again, and a limit counts what is left.
            #expect(try await run(ItemSelection(keys: ["7", "3"])).counts.predictions == 2)
            #expect(try await run(ItemSelection(limit: 2)).counts.succeeded == 4)
            #expect(try await job.items(in: [.succeeded]).map(\.key) == ["1", "2", "3", "7"])
            #expect(try await run(ItemSelection(keys: ["8", "5"], limit: 1)).counts.succeeded == 5)
            #expect(try await job.items(in: [.succeeded]).map(\.key) == ["1", "2", "3", "5", "7"])

            #expect(try await job.run().counts.succeeded == 8)
            #expect(server.counts.accepted == 8)
        }
    }

    @Test func failedItemsAloneAreTriedAgain() async throws {
        try await EmbeddedServer.withServer { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers(fail: "no luck"))
            #expect(try await job.run(RunOptions(selection: ItemSelection(limit: 3))).counts.failed == 3)
            // Now they would succeed under another key; these three are tried again as they are.
            let again = try await job.run(RunOptions(selection: ItemSelection(failed: true, limit: 2)))
            #expect(again.counts.predictions == 5)
            #expect(again.counts.failed == 3)
            #expect(again.counts.pending == 5)
            let named = try await job.run(RunOptions(selection: ItemSelection(keys: ["2", "6"], failed: true)))
            #expect(named.counts.predictions == 6)
            #expect(named.counts.pending == 5)
        }
    }

    @Test func keysThatNobodyHasAreRefused() async throws {
        try await EmbeddedServer.withServer { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers())
            let failure = await job.failure(RunOptions(selection: ItemSelection(keys: ["1", "9", "10"])))
            #expect(failure?.code == .usage)
            #expect(failure?.message.contains("no item has the key '9', '10'") == true)
            #expect(try await job.engine.job(at: job.manifest).plan().new == 8, "a refused run has stored nothing")
            let plan = PlanOptions(selection: ItemSelection(keys: ["9"]))
            for (isKnown, run) in [("false", false), ("true", true)] {
                if run { _ = try await job.run(RunOptions(selection: ItemSelection(limit: 1))) }
                let error = await #expect(throws: EngineError.self) {
                    try await job.engine.job(at: job.manifest).plan(options: plan)
                }
                #expect(error?.cause == .unknownKeys)
                #expect(error?.facts["is_known"] == isKnown, "whether the store can list the keys")
            }
        }
    }

    @Test func whatIsWrongWithOthersStopsNobodyWhoNamesItems() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                Self.sleepers().replacing("range: [1, 8]", with: "list: [1, 2, soon]").replacing(
                    "seconds: 0,", with: "seconds: \"{{ value }}\","))
            let all = await job.failure()
            #expect(all?.cause == .invalidInputs)
            let named = await job.failure(RunOptions(selection: ItemSelection(keys: ["1", "soon"])))
            #expect(named?.cause == .invalidInputs)
            #expect(named?.message.contains("row 3 of list: error: 'seconds' is") == true)
            #expect(server.counts.accepted == 0)

            let report = try await job.run(RunOptions(selection: ItemSelection(keys: ["1"])))
            #expect(report.counts.succeeded == 1)
            #expect(report.end == .partial)
            #expect(server.counts.accepted == 1)
            try job.folder.write("job.yaml", try job.folder.text("job.yaml").replacing("soon", with: "0"))
            #expect(try await job.run().counts.succeeded == 3, "what was mended is done")
        }
    }

    @Test func aPlanCountsWhatIsChosen() async throws {
        try await EmbeddedServer.withServer { baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.sleepers())
            let first = try await job.engine.job(at: job.manifest).plan(
                options: PlanOptions(selection: ItemSelection(keys: ["3", "4"])))
            #expect(first.items == 8)
            #expect(first.chosen == 2)
            #expect(first.toDo == 2)
            #expect(first.firstItems.map(\.key) == ["3", "4"])
            _ = try await job.run(RunOptions(selection: ItemSelection(limit: 6)))
            let rest = try await job.engine.job(at: job.manifest).plan(
                options: PlanOptions(selection: ItemSelection(limit: 5)))
            #expect(rest.chosen == 2)
            #expect(rest.withdrawn == 0)
            #expect(try await job.engine.job(at: job.manifest).plan().chosen == nil)
        }
    }
}
