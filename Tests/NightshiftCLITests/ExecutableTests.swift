import Foundation
import LosslessJSON
import TestSupport
import Testing

/// The real executable, its exit codes and what it prints.
@Suite(.timeLimit(.minutes(3)))
struct ExecutableTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// The repository.
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    private var job: String { folder.path("job.yaml") }

    private func sleepers(_ count: Int, seconds: Double = 0.01, more: String = "") throws {
        try folder.write(
            "job.yaml",
            """
            job: sleepers
            model: nightshift/sleeper
            inputs: { range: [1, \(count)] }
            input: { seconds: \(seconds), text: "item {{ value }}" }
            outputs: { directory: out, name: "{{ value }}" }
            concurrency: 4
            rate: unlimited
            \(more)
            """)
    }

    /// A job whose predictions end when the test says so.
    private func gated(_ count: Int) throws -> GatedModel {
        try sleepers(count)
        let text = try folder.text("job.yaml")
        try folder.write(
            "job.yaml",
            text.replacing("nightshift/sleeper", with: GatedModel.name).replacing("seconds: 0.01, ", with: ""))
        return try GatedModel(in: folder)
    }

    @Test func endsWith0WhenAllSucceededAndSaysWhereTheResultsAre() async throws {
        try sleepers(3, more: "provider: local")
        let run = try await BuiltExecutable.nightshift.run(["run", job])
        #expect(run.code == 0)
        #expect(run.output == "")
        #expect(run.errors.contains("all 3 items succeeded; the results are in \(folder.path("out"))"))
    }

    @Test func endsWith1WhenAnItemFailedAndSaysWhy() async throws {
        try sleepers(2, more: "provider: local\nmatrix: { fail: [\"\", \"no such luck\"] }")
        let text = try folder.text("job.yaml").replacing("input: {", with: "input: { fail: \"{{ fail }}\",")
            .replacing("{{ value }}\" }\nconc", with: "{{ value }}-{{ fail }}\" }\nconc")
        try folder.write("job.yaml", text)
        let run = try await BuiltExecutable.nightshift.run(["run", job])
        #expect(run.code == 1)
        #expect(run.errors.contains("2 of 4 items succeeded, 2 failed"))
        #expect(run.errors.contains("2 × no such luck"))
        #expect(run.errors.contains("nightshift run \(job) --retry-failed"))
    }

    @Test func endsWith2OnAManifestErrorAndNamesItsPlace() async throws {
        try folder.write("job.yaml", "job: x\nmodle: a/b\ninput: {}\n")
        let run = try await BuiltExecutable.nightshift.run(["run", job])
        #expect(run.code == 2)
        #expect(run.errors.contains("job.yaml:2:1: error: unknown key 'modle'"))
        #expect(run.errors.contains("did you mean 'model'?"))
    }

    @Test(arguments: [
        ["run"], ["frobnicate"], ["run", "x.yaml", "--concurrency", "0"], ["items", "x", "--in", "done"],
    ])
    func endsWith2OnWrongUsage(arguments: [String]) async throws {
        let run = try await BuiltExecutable.nightshift.run(arguments)
        #expect(run.code == 2)
        #expect(run.errors.contains("Error") || run.errors.contains("error"))
    }

    @Test func endsWith2WithoutATokenAndSaysWhatToDo() async throws {
        try sleepers(1)
        let run = try await BuiltExecutable.nightshift.run(["run", job])
        #expect(run.code == 2)
        #expect(run.errors.contains("REPLICATE_API_TOKEN is not set"))
    }

    @Test func endsWith3WhenABudgetIsSpent() async throws {
        try sleepers(9, more: "provider: local\nbudget: { predictions: 4 }")
        let run = try await BuiltExecutable.nightshift.run(["run", job])
        #expect(run.code == 3)
        #expect(run.errors.contains("'budget.predictions' allows 4"))
    }

    @Test func endsWith4WhenTheTokenIsRefused() async throws {
        try sleepers(2)
        try await ServerProcess.with(["--token", "another"]) { server in
            let run = try await BuiltExecutable.nightshift.run(["run", job], environment: server.environment)
            #expect(run.code == 4)
            #expect(!run.errors.contains("test-token"))
        }
    }

    @Test func ctrlCOnceFinishesWhatRunsAndEndsWith130() async throws {
        try sleepers(200, seconds: 0.3)
        try await ServerProcess.with(["--log", folder.path("log.jsonl")]) { server in
            let run = try BuiltExecutable.nightshift.start(["run", job, "--json"], environment: server.environment)
            try await waitForRunning(run)
            run.send(SIGINT)
            #expect(await run.end().code == 130)
            let status = try await BuiltExecutable.nightshift.run(["status", job, "--json"])
            let counts = try JSONValue(parsing: status.output)["counts"]
            let created = try folder.text("log.jsonl").split(separator: "\n").count
            #expect(counts?["running"] == 0)
            #expect(counts?["succeeded"]?.intValue == created)
            #expect(created < 200)
        }
    }

    @Test func sigtermLeavesWhatRunsAndTheNextRunAdoptsIt() async throws {
        let gate = try gated(12)
        try await ServerProcess.with(["--log", folder.path("log.jsonl")] + gate.serverOptions) { server in
            let run = try BuiltExecutable.nightshift.start(["run", job, "--json"], environment: server.environment)
            try await waitForRunning(run)
            run.send(SIGTERM)
            #expect(await run.end().code == 130)
            try gate.open()
            let again = try await BuiltExecutable.nightshift.run(["run", job], environment: server.environment)
            #expect(again.code == 0)
            #expect(try folder.text("log.jsonl").split(separator: "\n").count == 12)
        }
    }

    @Test func ctrlCTwiceLeavesWhatRunsAndTheNextRunAdoptsIt() async throws {
        let gate = try gated(12)
        try await ServerProcess.with(["--log", folder.path("log.jsonl")] + gate.serverOptions) { server in
            let run = try BuiltExecutable.nightshift.start(["run", job, "--json"], environment: server.environment)
            try await waitForRunning(run)
            run.send(SIGINT)
            // Two signals of one kind are one if the first has not been taken yet.
            for await line in run.errorLines where line.hasPrefix("finishing what runs") { break }
            run.send(SIGINT)
            #expect(await run.end().code == 130)
            let status = try await BuiltExecutable.nightshift.run(["status", job, "--json"])
            #expect(try JSONValue(parsing: status.output)["counts"]?["running"] == 4)
            try gate.open()
            let again = try await BuiltExecutable.nightshift.run(["run", job], environment: server.environment)
            #expect(again.code == 0)
            #expect(try folder.text("log.jsonl").split(separator: "\n").count == 12)
        }
    }

    @Test func endsWith2WhenAnotherProcessHoldsTheRun() async throws {
        try sleepers(4, seconds: 30)
        try await ServerProcess.with { server in
            let run = try BuiltExecutable.nightshift.start(["run", job, "--json"], environment: server.environment)
            try await waitForRunning(run)
            let second = try await BuiltExecutable.nightshift.run(["run", job], environment: server.environment)
            #expect(second.code == 2)
            #expect(second.errors.contains("error: run of 'sleepers' is held by process"))
            run.kill()
            _ = await run.end()
        }
    }

    @Test func greetsByTheJobOfTheRepository() async throws {
        let manifest = try String(
            decoding: Data(contentsOf: Self.root.appending(path: "jobs/hello.yaml")), as: UTF8.self)
        try folder.write("hello.yaml", manifest)
        let plan = try await BuiltExecutable.nightshift.run(["plan", folder.path("hello.yaml")])
        #expect(plan.code == 0)
        #expect(plan.output.contains("10 to do; nothing was sent"))
        let run = try await BuiltExecutable.nightshift.run(["run", folder.path("hello.yaml")])
        #expect(run.code == 0)
        #expect(folder.names(in: "out/hello").count == 10)
        let again = try await BuiltExecutable.nightshift.run(["run", folder.path("hello.yaml")])
        #expect(again.code == 0)
        #expect(again.errors.contains("all 10 items succeeded"))
        let items = try await BuiltExecutable.nightshift.run(["items", folder.path("hello.yaml"), "--limit", "2"])
        let lines = items.output.split(separator: "\n")
        #expect(lines.map { $0.split(separator: " ").first } == ["STATE", "succeeded", "succeeded"])
        let log = try await BuiltExecutable.nightshift.run(["log", folder.path("hello.yaml"), "--json"])
        let kinds = try log.output.split(separator: "\n").map {
            try JSONValue(parsing: String($0))["kind"]?.stringValue
        }
        // The second run has found nothing to do.
        #expect(kinds == ["input_set", "session_began", "session_ended", "input_set"])
        let rated = try await BuiltExecutable.nightshift.run(["rate", folder.path("hello.yaml"), "4", "Ada", "Alan"])
        #expect(rated.output == "2 items changed\n")
        let best = try await BuiltExecutable.nightshift.run([
            "items", folder.path("hello.yaml"), "--where", "rating>3 name=Ada,Grace", "--sort", "-name", "--columns",
            "name,rating",
        ])
        #expect(best.output == "NAME  RATING\nAda   4\n")
    }

    @Test func planEndsWith2AndListsTheProblems() async throws {
        try folder.write(
            "job.yaml",
            """
            job: x
            model: nightshift/hello-world
            provider: local
            inputs: { list: [{ name: a }, { nam: b }] }
            input: { text: "{{ name }}" }
            """)
        let plan = try await BuiltExecutable.nightshift.run(["plan", job])
        #expect(plan.code == 2)
        #expect(plan.errors.contains("error: "))
        #expect(plan.errors.contains("name"))
    }

    @Test func planAsksTheModelForItsSchemaAndTellsWhatWasChecked() async throws {
        try sleepers(2, more: "provider: local")
        let text = try folder.text("job.yaml")
        try folder.write("job.yaml", text.replacing("seconds: 0.01", with: "second: 0.01"))
        let plan = try await BuiltExecutable.nightshift.run(["plan", job, "--out", folder.path("plan.json")])
        #expect(plan.code == 2)
        #expect(plan.output.contains("checked: every item against the model's schema of version "))
        #expect(plan.errors.contains("job.yaml:4:10: error: 'second' is no input of the model"))
        #expect(plan.errors.contains("did you mean 'seconds'?"))
        #expect(!folder.names(in: "").contains("plan.json"))
        let offline = try await BuiltExecutable.nightshift.run(["plan", job, "--offline"])
        #expect(offline.code == 0)
        #expect(offline.output.contains("NOT checked against the model's schema: nobody was asked"))

        try folder.write("job.yaml", text)
        let good = try await BuiltExecutable.nightshift.run(["plan", job, "--json", "--out", folder.path("plan.json")])
        #expect(good.code == 0)
        let json = try JSONValue(parsing: good.output)
        #expect(json["to_do"] == 2)
        #expect(json["schema"]?["checked"] == true)
        #expect(json["estimate"]?["creates"] == 2)
        let run = try await BuiltExecutable.nightshift.run(["run", job, "--plan", folder.path("plan.json")])
        #expect(run.code == 0)
        try sleepers(3, more: "provider: local")
        let other = try await BuiltExecutable.nightshift.run(["run", job, "--plan", folder.path("plan.json")])
        #expect(other.code == 2)
        #expect(other.errors.contains("this is not what was planned"))
    }

    @Test func runLeavesOutWhatCannotBeSentOnlyWhenAskedTo() async throws {
        try folder.write("rows.csv", "seconds,text\n0.01,a\nsoon,b\n")
        try folder.write(
            "job.yaml",
            """
            job: x
            model: nightshift/sleeper
            provider: local
            inputs: { csv: rows.csv }
            input: { seconds: "{{ seconds }}", text: "{{ text }}" }
            """)
        let refused = try await BuiltExecutable.nightshift.run(["run", job])
        #expect(refused.code == 2)
        #expect(
            refused.errors.contains("rows.csv:3: error: 'seconds' is 'soon'; the model takes a number from 0 to 3600"))
        let run = try await BuiltExecutable.nightshift.run(["run", job, "--skip-invalid"])
        #expect(run.code == 1)
        #expect(run.errors.contains("1 cannot be sent and fail"))
        #expect(run.errors.contains("1 of 2 items succeeded, 1 failed"))
    }

    @Test func initWritesAManifestThatPlansAndRunsAsItIs() async throws {
        let path = folder.path("first.yaml")
        let made = try await BuiltExecutable.nightshift.run(["init", "nightshift/poster", "--local", "--to", path])
        #expect(made.code == 0)
        #expect(made.output == path + "\n")
        let text = try folder.text("first.yaml")
        #expect(text.hasPrefix("# yaml-language-server: $schema=.nightshift/manifest.schema.json\n"))
        #expect(text.contains("prompt: \"a lighthouse in a storm\""))
        #expect(text.contains("# style: \"night\""))
        let schema = try await BuiltExecutable.nightshift.run(["schema"])
        #expect(
            try JSONValue(parsing: schema.output) == JSONValue(parsing: folder.text(".nightshift/manifest.schema.json"))
        )
        let plan = try await BuiltExecutable.nightshift.run(["plan", path])
        #expect(plan.code == 0)
        let run = try await BuiltExecutable.nightshift.run(["run", path])
        #expect(run.code == 0)
        let again = try await BuiltExecutable.nightshift.run(["init", "nightshift/poster", "--local", "--to", path])
        #expect(again.code == 2)
        #expect(again.errors.contains("is there already"))

        try folder.write("data/rows.csv", "Prompt,width,mood\na fox,64,happy\na hen,1600,sad\n")
        let table = try await BuiltExecutable.nightshift.run([
            "init", "nightshift/poster", "--local", "--to", path, "--force", "--from", folder.path("data/rows.csv"),
        ])
        #expect(table.code == 0)
        let columns = try folder.text("first.yaml")
        #expect(columns.contains("prompt: \"{{ Prompt }}\"") && columns.contains("width: \"{{ width }}\""))
        #expect(columns.contains("# The column \"mood\" is no input of the model"))
        #expect(!table.errors.contains("warning"))
        try folder.write("same.csv", "place;seed\na fox;1\na fox;1\na fox;1\n")
        let same = try await BuiltExecutable.nightshift.run([
            "init", "nightshift/poster", "--local", "--to", folder.path("same.yaml"), "--from", folder.path("same.csv"),
        ])
        #expect(same.code == 0)
        #expect(try folder.text("same.yaml").contains("prompt: \"{{ place }}\""))
        #expect(same.errors.contains("is separated by ';', and was read so"))
        #expect(same.errors.contains("the 3 rows of"))
        #expect(same.errors.contains("become 1 item, because they are equal in all columns that the manifest uses"))
        let bad = try await BuiltExecutable.nightshift.run(["plan", path])
        #expect(bad.code == 2)
        #expect(
            bad.errors.contains("rows.csv:3: error: 'width' is 1600; the model takes a whole number from 64 to 1536"))
    }

    @Test func endsWith2ForAJobThatWasNeverRun() async throws {
        try sleepers(1)
        let status = try await BuiltExecutable.nightshift.run(["status", job])
        #expect(status.code == 2)
        #expect(status.errors == "error: job 'sleepers' was never run\n    start it with: nightshift run \(job)\n")
        #expect(status.output == "")
    }

    @Test func serveEndsWith130OnCtrlCAndWith2OnAPortInUse() async throws {
        let server = try BuiltExecutable.nightshift.start(["serve", "--port", "0"])
        var lines = server.outputLines.makeAsyncIterator()
        let address = try #require(await lines.next())
        let port = try #require(address.split(separator: ":").last)
        let second = try await BuiltExecutable.nightshift.run(["serve", "--port", String(port)])
        #expect(second.code == 2)
        #expect(
            second.errors
                == "error: cannot listen on 127.0.0.1:\(port): another program listens there already; choose another port, "
                + "or 0 for any\n")
        server.send(SIGINT)
        #expect(await server.end().code == 130)
    }

    @Test func serveTellsWhatLeadsEachClientToIt() async throws {
        let server = try BuiltExecutable.nightshift.start(["serve", "--port", "0", "--model", "me/up=tr"])
        var lines = server.outputLines.makeAsyncIterator()
        let address = try #require(await lines.next())
        var told: [String] = []
        for await line in server.errorLines {
            told.append(line)
            if line.contains("model me/up") { break }
        }
        #expect(
            told == [
                "serving Replicate's API; clients find it by",
                "    Python 1 and 2, Swift  export REPLICATE_BASE_URL=\(address) REPLICATE_API_TOKEN=any",
                #"    JavaScript             new Replicate({auth: "any", baseUrl: "\#(address)/v1"})"#,
                "    curl                   curl -H 'Authorization: Bearer any' \(address)/v1/models",
                "    model me/up runs: tr",
            ])
        server.kill()
        _ = await server.end()
    }

    @Test func serveSpeaksTLSWithACertificateThatGoesWithIt() async throws {
        let server = try BuiltExecutable.nightshift.start(["serve", "--port", "0", "--tls", "--token", "secret"])
        var lines = server.outputLines.makeAsyncIterator()
        let address = try #require(await lines.next())
        let certificate = try #require(await lines.next())
        #expect(address.hasPrefix("https://127.0.0.1:"))
        #expect(try String(contentsOfFile: certificate, encoding: .utf8).hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        var told: [String] = []
        for await line in server.errorLines {
            told.append(line)
            if line.contains("curl") { break }
        }
        let text = told.joined(separator: "\n")
        for hint in [
            "SSL_CERT_FILE=\(certificate)", "NODE_EXTRA_CA_CERTS=\(certificate)", "--cacert \(certificate)",
            #"baseUrl: "\#(address)/v1""#, "REPLICATE_API_TOKEN=TOKEN",
        ] { #expect(text.contains(hint), "\(text)") }
        #expect(!text.contains("secret"))
        server.send(SIGTERM)
        _ = await server.end()
        #expect(!FileManager.default.fileExists(atPath: certificate))
    }

    @Test func jobsEndsWith3IfOneOfThemCannotBeRead() async throws {
        try sleepers(1, more: "provider: local")
        _ = try await BuiltExecutable.nightshift.run(["run", job])
        let good = try await BuiltExecutable.nightshift.run(["jobs", folder.root])
        #expect(good.code == 0)
        try folder.write(".nightshift/broken/checkpoints.sqlite", String(repeating: "garbage ", count: 2000))
        let jobs = try await BuiltExecutable.nightshift.run(["jobs", folder.root])
        #expect(jobs.code == 3)
        #expect(jobs.output.contains("sleepers") && jobs.output.contains("is damaged"))
    }

    @Test func errorsOfTheSystemAreToldInItsOwnWords() async throws {
        try sleepers(1, more: "provider: local")
        let plan = try await BuiltExecutable.nightshift.run(
            ["plan", job], environment: ["TMPDIR": folder.path("nothing here")])
        #expect(plan.code == 3)
        #expect(plan.errors.contains("no such file or directory") && plan.errors.contains("TMPDIR"))
        let draft = try await BuiltExecutable.nightshift.run([
            "init", "nightshift/poster", "--local", "--to", folder.path("job.yaml/below/a/file/x.yaml"),
        ])
        #expect(draft.code != 0)
        for text in [plan.errors, draft.errors] {
            #expect(!text.contains("Domain") && !text.contains("operation couldn"), "\(text)")
        }
    }

    @Test func everyCommandAndOptionHasAHelp() async throws {
        let dump = try await BuiltExecutable.nightshift.run(["--experimental-dump-help"])
        let commands = try JSONValue(parsing: dump.output)["command"]?["subcommands"]?.arrayValue ?? []
        #expect(commands.count == 27)
        for command in commands where command["commandName"] != "help" {
            #expect(command["abstract"]?.stringValue?.isEmpty == false, "\(command["commandName"] ?? .null)")
            for argument in command["arguments"]?.arrayValue ?? [] {
                #expect(argument["abstract"]?.stringValue?.isEmpty == false, "\(argument["valueName"] ?? .null)")
            }
        }
    }

    @Test func exportsInInputOrder() async throws {
        try sleepers(5, more: "provider: local")
        _ = try await BuiltExecutable.nightshift.run(["run", job])
        let export = try await BuiltExecutable.nightshift.run(["export", job, "--to", folder.path("results")])
        #expect(export.code == 0)
        let lines = try folder.text("results/results.jsonl").split(separator: "\n")
            .map { try JSONValue(parsing: String($0)) }
        #expect(lines.map { $0["output"]?.stringValue } == (1...5).map { "item \($0)" })
        #expect(
            folder.names(in: "results") == [
                "1.txt", "2.txt", "3.txt", "4.txt", "5.txt", "export.json", "failed.jsonl", "results.jsonl",
            ])
    }

    @Test func everyCommandIsToldInTheReference() async throws {
        let help = try await BuiltExecutable.nightshift.run(["--help"]).output
        let commands = try #require(help.range(of: "SUBCOMMANDS:")).upperBound
        let names = help[commands...].split(separator: "\n")
            .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.contains("nightshift help") }
            .compactMap { $0.split(separator: " ").first }
        let page = Self.root.appending(path: "Documentation/Nightshift.docc/Commands.md")
        let reference = String(decoding: try Data(contentsOf: page), as: UTF8.self)
        #expect(names.count == 26)
        for name in names { #expect(reference.contains("nightshift \(name)"), "\(name)") }
    }

    /// Waits until four predictions are under way.
    private func waitForRunning(_ run: RunningExecutable) async throws {
        var running = 0
        for await line in run.outputLines where try JSONValue(parsing: line)["state"] == "running" {
            running += 1
            if running == 4 { return }
        }
        Issue.record("it ended before four predictions ran: \(run.errorText)")
    }
}
