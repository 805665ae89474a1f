import Foundation
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift
@testable import NightshiftCLI

/// The schema of the events, against what commands print, by a judge that knows neither.
@Suite(.timeLimit(.minutes(3)), .enabled(if: SchemaJudge.problem == nil, "there is no judge of JSON Schemas here"))
struct EventSchemaTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(_ more: String) throws -> String {
        try folder.write(
            "job.yaml",
            """
            job: events
            model: nightshift/sleeper
            provider: local
            inputs: { range: [1, 6] }
            outputs: { directory: out, name: "n-{{ value }}" }
            price: { per_prediction: 0.5 }
            concurrency: 2
            rate: unlimited
            \(more)
            """)
        return folder.path("job.yaml")
    }

    private func run(_ arguments: [String]) async throws -> (code: Int32, events: [JSONValue]) {
        let run = try await BuiltExecutable.nightshift.run(arguments)
        return (run.code, try run.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) })
    }

    private func check(_ events: [JSONValue]) throws {
        for (event, verdict) in zip(events, try SchemaJudge.verdicts(events, schema: EventSchema.document)) {
            #expect(verdict == nil, "\(event.jsonString())")
        }
    }

    private func types(_ events: [JSONValue]) -> [String] { events.compactMap { $0["type"]?.stringValue } }

    @Test func everyLineOfARunFits() async throws {
        let job = try write("input: { seconds: 0.01, bytes: 100, text: \"n {{ value }}\" }")
        let (code, events) = try await run(["run", job, "--json"])
        #expect(code == 0)
        try check(events)
        #expect(types(events).first == "planned")
        #expect(types(events).last == "ended")
        #expect(Set(types(events)).isSuperset(of: ["planned", "started", "item", "progress", "ended"]))
        let succeeded = events.filter { $0["state"] == "succeeded" }
        #expect(succeeded.count == 6)
        #expect(Set(succeeded.compactMap { $0["name"]?.stringValue }) == Set((1...6).map { "n-\($0)" }))
        for event in succeeded {
            #expect(event["job"] == "events")
            #expect(event["origin"]?.stringValue?.isEmpty == false)
            #expect(event["cost"] == 0.5)
            let file = try #require(event["files"]?.arrayValue?.first)
            #expect(file["size"] == 100)
            let path = try #require(file["path"]?.stringValue)
            #expect(FileManager.default.fileExists(atPath: folder.path("out/\(path)")))
        }
        #expect(events.last?["exit_status"] == 0)
        #expect(events.last?["cost"] == 3)
    }

    @Test func whatFailsAndStopsARunFits() async throws {
        let job = try write(
            "input: { seconds: 0.01, fail: no luck, text: \"n {{ value }}\" }\nretry: { attempts: 1 }\nbudget: { failures: 2 }"
        )
        let (code, events) = try await run(["run", job, "--json"])
        #expect(code == 3)
        try check(events)
        let end = try #require(events.last)
        #expect(end["end"] == "budget")
        #expect(end["code"] == "failures")
        #expect(end["exit_status"] == 3)
        #expect(events.contains { $0["state"] == "failed" && $0["reason"]?.stringValue?.contains("no luck") == true })
        let status = try await run(["status", job, "--watch", "--json"])
        #expect(types(status.events) == ["status"])
        try check(status.events)
    }

    @Test func aWrongManifestIsAnErrorAndAnEnd() async throws {
        let job = try write("inptu: {}")
        let (code, events) = try await run(["run", job, "--json"])
        #expect(code == 2)
        try check(events)
        #expect(types(events) == ["error", "ended"])
        #expect(events[0]["code"] == "invalid_manifest")
        #expect(events[0]["job"] == .null)
        #expect(events[0]["message"]?.stringValue?.contains("did you mean 'input'?") == true)
        #expect(events[1]["end"] == "error")
        #expect(events[1]["exit_status"] == 2)
        let status = try await run(["status", job, "--watch", "--json"])
        #expect(types(status.events) == ["error"])
        try check(status.events)
    }

    @Test func exportsOfARunFit() async throws {
        let job = try write(
            "input: { seconds: 0.01, text: \"n {{ value }}\" }\nexport: [{ to: results, format: csv }, { to: job.yaml/x }]"
        )
        let (code, events) = try await run(["run", job, "--json"])
        #expect(code == 5)
        try check(events)
        let exported = events.filter { $0["type"] == "exported" }
        #expect(exported.map { $0["complete"] } == [true, false])
        #expect(exported.map { $0["items"] } == [6, .null])
        #expect(exported[1]["code"] == "disk")
        #expect(exported[1]["reason"]?.stringValue?.contains("job.yaml") == true)
        #expect(events.last?["end"] == "completed")
        #expect(events.last?["exports"]?.arrayValue?.count == 2)
        #expect(events.last?["exit_status"] == 5)
        // People are told the same, with what to do.
        let told = try await BuiltExecutable.nightshift.run(["run", job])
        #expect(told.code == 5)
        #expect(told.errors.contains("exported 6 items, 6 files as csv"))
        #expect(told.errors.contains("job.yaml/x failed: "))
        #expect(told.errors.contains("make it again with: nightshift run"))
    }

    /// What no short run brings about.
    @Test func everyEndHoldAndErrorFits() throws {
        let told = RunEvents(job: "a \"job\"", outputDirectory: "out")
        let ends: [RunEnd] = [
            .completed, .partial, .interrupted, .canceled, .refused("402"), .disk("full"), .canary(items: 3),
            .budget(.cost(1.5, limit: 1)), .budget(.wallTime(.seconds(60))), .breaker(.refused("404")),
            .breaker(.sameFailure(count: 3, step: "", reason: "no", areFirst: true)),
            .breaker(.nothingStored(count: 3, step: "paint", reason: "no")),
        ]
        let counts = RunCounts(RunTotals())
        var events = ends.map { end in
            told.ended(
                RunReport(
                    end: end, counts: counts, outputDirectory: "out",
                    failureReasons: [RunReport.FailureReason(reason: "no", count: 2)]))
        }
        let holds: [CreateHold.Reason] =
            ends.map { .ending($0) } + [
                .canceling, .paused, .refused("402"), .missingPredictions, .outsideWindow, .canary, .earlierSession,
                .throttled, .unreachable, .rate,
            ]
        events += holds.map { told.held(RunHold(CreateHold($0, until: Timestamp(milliseconds: 1_800_000_000_000)))) }
        events += [
            told.held(nil), told.warning("w"), told.expanding(items: 3), told.ordered(RunOrders(RunOverrides())),
        ]
        for cause in EngineError.Cause.allCases {
            let error = EngineError(cause, "what happened", facts: ["path": "x"])
            events += [told.error(error, ErrorAdvice(job: nil)), told.ended(by: error)]
        }
        events.append(told.ended(by: CancellationError()))
        try check(events)
    }

    @Test func whatLacksSomethingOrSaysItOtherwiseDoesNotFit() throws {
        let event = RunEvents(job: "j").warning("w")
        let members = try #require(event.objectValue)
        var wrong = ["v", "time", "job", "type", "message"].map { name in
            JSONValue.object(members.filter { $0.key != name })
        }
        let changes: [(String, JSONValue)] = [
            ("v", 2), ("time", "yesterday"), ("type", "warned"), ("message", 1), ("job", 1),
        ]
        wrong += changes.map { .object(members.merging([$0.0: $0.1]) { $1 }) }
        let verdicts = try SchemaJudge.verdicts(wrong, schema: EventSchema.document)
        for (event, verdict) in zip(wrong, verdicts) { #expect(verdict != nil, "\(event.jsonString())") }
    }

    @Test func itIsPrinted() async throws {
        let schema = try await BuiltExecutable.nightshift.run(["schema", "events"])
        #expect(schema.code == 0)
        #expect(try JSONValue(parsing: schema.output) == EventSchema.document)
    }
}
