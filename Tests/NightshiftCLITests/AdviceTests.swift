import Foundation
import LosslessJSON
import TestSupport
import Testing

/// Every command that a message advises is typed as it stands, and does what the message says.
@Suite(.timeLimit(.minutes(5)))
struct AdviceTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var job: String { folder.path("my job.yaml") }

    /// Three rows: one succeeds, one fails at the model, one cannot be sent.
    private func writeJob(
        rows: String = "seconds,text,fail\n0.01,good,\n0.01,bad,no luck\nsoon,odd,\n", more: String = ""
    ) throws {
        try folder.write("rows.csv", rows)
        try folder.write(
            "my job.yaml",
            """
            job: advised
            model: nightshift/sleeper
            inputs: { csv: rows.csv }
            key: "{{ text }}"
            input: { seconds: "{{ seconds }}", text: "{{ text }}", fail: "{{ fail }}" }
            outputs: { directory: out, name: "{{ text }}" }
            \(more)
            """)
    }

    /// The commands of a text, each with what is said of it.
    private func advised(_ text: String) -> [(purpose: String, command: String)] {
        text.split(separator: "\n").compactMap { line in
            guard let found = line.range(of: "nightshift ") else { return nil }
            let command = line[found.lowerBound...].split(separator: "; ").first.map(String.init) ?? ""
            return (String(line[..<found.lowerBound]).trimmingCharacters(in: .whitespaces), command)
        }
    }

    private func type(
        _ command: String, _ server: ServerProcess
    ) async throws -> (code: Int32, output: String, errors: String) {
        try await BuiltExecutable(path: "/bin/sh").run(
            ["-c", "nightshift() { '\(BuiltExecutable.nightshift.path)' \"$@\"; }; \(command)"],
            environment: server.environment)
    }

    private func creates() throws -> Int { try folder.text("log.jsonl").split(separator: "\n").count }

    private func nightshift(
        _ arguments: [String], _ server: ServerProcess
    ) async throws -> (code: Int32, output: String, errors: String) {
        try await BuiltExecutable.nightshift.run(arguments, environment: server.environment)
    }

    @Test func afterARunWithFailures() async throws {
        try writeJob()
        try await ServerProcess.with(["--log", folder.path("log.jsonl")]) { server in
            let refused = try await nightshift(["run", job], server)
            #expect(refused.code == 2)
            #expect(refused.errors.contains("'--skip-invalid' leaves out"))
            let run = try await nightshift(["run", job, "--skip-invalid"], server)
            #expect(run.code == 1)
            #expect(!run.errors.contains("'--skip-invalid' leaves out"))
            let before = try creates()
            let advice = advised(run.errors)
            #expect(
                advice.map(\.purpose) == [
                    "try them again with:",
                    "1 item cannot be sent as it is: mend its row, then check with:", "export the results with:",
                ])
            let again = try await type(advice[0].command, server)
            #expect(again.code == 1)
            // Only what had failed at the model was sent again.
            #expect(try creates() > before)
            #expect(again.errors.contains("1 of 3 items succeeded, 2 failed"))
            let plan = try await type(advice[1].command, server)
            #expect(plan.code == 2)
            #expect(plan.errors.contains("rows.csv:4"))
            let export = try await type(advice[2].command, server)
            #expect(export.code == 0)
        }
    }

    @Test func aboutEachItem() async throws {
        try writeJob()
        try await ServerProcess.with(["--log", folder.path("log.jsonl")]) { server in
            _ = try await nightshift(["run", job, "--skip-invalid"], server)
            let good = try await nightshift(["show", job, "good"], server)
            #expect(advised(good.output).isEmpty)

            let bad = try await nightshift(["show", job, "bad"], server)
            let retry = try await type(try #require(advised(bad.output).last).command, server)
            #expect(retry.code == 0)
            #expect(retry.output.contains("1 item is pending again"))
            let status = try await nightshift(["status", job], server)
            #expect(status.output.contains("partial: 1 of 3 items are left to do"))
            let before = try creates()
            let start = try await type(try #require(advised(retry.output).last).command, server)
            #expect(start.code == 1)
            #expect(try creates() > before)

            let odd = try await nightshift(["show", job, "odd"], server)
            let advice = try #require(advised(odd.output).last)
            #expect(advice.purpose.contains("rows.csv:4"))
            #expect(try await type(advice.command, server).errors.contains("rows.csv:4"))

            let useless = try await nightshift(["retry", job, "odd", "good"], server)
            #expect(useless.code == 1)
            #expect(useless.errors.contains("item 'odd' cannot be sent as it is: 'seconds' is 'soon'"))
            #expect(useless.errors.contains("item 'good' has succeeded"))
            #expect(!useless.errors.contains("retry"))
        }
    }

    @Test func failedItemsAloneAreTriedAgainWithoutWhatCannotBeSent() async throws {
        try writeJob()
        try await ServerProcess.with(["--log", folder.path("log.jsonl")]) { server in
            _ = try await nightshift(["run", job, "--skip-invalid"], server)
            let failed = try await nightshift(["run", job, "--failed", "--skip-invalid"], server)
            #expect(failed.code == 1)
            let log = try folder.text("log.jsonl")
            #expect(!log.contains("odd"))
            let odd = try await nightshift(["run", job, "--only", "odd", "--failed", "--skip-invalid"], server)
            #expect(odd.code == 1)
            #expect(try !folder.text("log.jsonl").contains("odd"))
        }
    }

    @Test func whatIsWrongWithTheWholeSetCannotBeSkipped() async throws {
        try writeJob(rows: "seconds,text,fail\n", more: "")
        try await ServerProcess.with { server in
            let run = try await nightshift(["run", job, "--skip-invalid"], server)
            #expect(run.code == 2)
            #expect(!run.errors.contains("--skip-invalid"))
            let other = try await nightshift(["run", job], server)
            #expect(other.code == 2)
            #expect(!other.errors.contains("--skip-invalid"))
        }
    }

    @Test func afterAPartAndAfterABudget() async throws {
        let rows = "seconds,text,fail\n" + (1...6).map { "0.01,t\($0),\n" }.joined()
        try writeJob(rows: rows)
        try await ServerProcess.with(["--log", folder.path("log.jsonl")]) { server in
            let part = try await nightshift(["run", job, "--limit", "2", "--json"], server)
            #expect(part.code == 0)
            let end = try JSONValue(parsing: try #require(part.output.split(separator: "\n").last.map(String.init)))
            #expect(end["end"] == "partial")
            let status = try await nightshift(["status", job], server)
            #expect(status.output.contains("partial: 4 of 6 items are left to do"))
            let json = try await nightshift(["status", job, "--json"], server)
            #expect(try JSONValue(parsing: json.output)["ending"] == "partial")
            let jobs = try await nightshift(["jobs", folder.root], server)
            #expect(jobs.code == 0)
            #expect(jobs.output.contains("partial: 4 left to do"))
            let more = try await nightshift(["run", job, "--limit", "1"], server)
            #expect(more.errors.contains("partial: did what was chosen; 3 of 6 items have succeeded, 3 are left"))

            try writeJob(rows: rows, more: "budget: { predictions: 4 }")
            let spent = try await nightshift(["run", job], server)
            #expect(spent.code == 3)
            let advice = try #require(advised(spent.errors).last)
            #expect(advice.purpose == "raise 'budget' in the manifest, then go on with:")
            try writeJob(rows: rows, more: "budget: { predictions: 10 }")
            let done = try await type(advice.command, server)
            #expect(done.code == 0)
            #expect(done.errors.contains("all 6 items succeeded"))
            #expect(try creates() == 6)
        }
    }

    @Test func commandsAreAdvisedForTheStateDirectoryThatWasGiven() async throws {
        try writeJob(rows: "seconds,text,fail\n0.01,t1,\n")
        try await ServerProcess.with { server in
            let never = try await nightshift(["status", job, "--state", folder.path("my state")], server)
            #expect(never.code == 2)
            let start = try await type(try #require(advised(never.errors).last).command, server)
            #expect(start.code == 0)
            let export = try await type(try #require(advised(start.errors).last).command, server)
            #expect(export.code == 0)
            let unknown = try await nightshift(["show", job, "x9", "--state", folder.path("my state")], server)
            #expect(unknown.code == 2)
            let list = try await type(try #require(advised(unknown.errors).last).command, server)
            #expect(list.code == 0)
            #expect(list.output.contains("t1"))
        }
    }
}
