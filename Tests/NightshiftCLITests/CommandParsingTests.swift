import ArgumentParser
import Nightshift
import ReplicateServer
import Testing

@testable import NightshiftCLI

@Suite struct CommandParsingTests {
    private func parse<Command: ParsableCommand>(_ type: Command.Type, _ arguments: [String]) throws -> Command {
        try #require(try NightshiftCommand.parseAsRoot(arguments) as? Command)
    }

    @Test func readsEveryOptionOfRun() throws {
        let run = try parse(
            RunCommand.self,
            ["run", "x.yaml", "--fresh", "--retry-failed", "--concurrency", "9", "--state", "s", "--json", "--quiet"])
        #expect(run.job.manifest == "x.yaml")
        #expect(run.job.state == "s")
        #expect(run.fresh && run.retryFailed && run.job.json && run.quiet)
        #expect(run.concurrency == 9)
        #expect(run.job.commandLine("status") == "nightshift status x.yaml --state s")
    }

    @Test func assumesLittleWithoutOptions() throws {
        let run = try parse(RunCommand.self, ["run", "x.yaml"])
        #expect(!run.fresh && !run.retryFailed && !run.job.json && !run.quiet)
        #expect(run.concurrency == nil && run.job.state == nil)
        #expect(try parse(PlanCommand.self, ["plan", "x.yaml"]).samples == 3)
        #expect(try parse(ExportCommand.self, ["export", "x.yaml"]).to == nil)
    }

    @Test(arguments: [
        ["--in", "failed,held", "x.yaml"], ["x.yaml", "--in", "failed", "--in", "held"],
    ])
    func readsSeveralStates(arguments: [String]) throws {
        let items = try parse(ItemsCommand.self, ["items"] + arguments)
        #expect(items.job.manifest == "x.yaml")
        #expect(items.states == ["failed", "held"])
    }

    private static let canary = "30e22229542eb3f7d4f945dacb58d32001b02cc6ae6e0d0f6d0b8c3a1fb0c6d1"

    @Test func readsTheServersConfiguration() throws {
        let serve = try parse(
            ServeCommand.self,
            [
                "serve", "--port", "81", "--token", "t", "--model", "me/up=tr a=b", "--model", "down=cat", "--model",
                "replicate/canary:\(Self.canary)=cat :=", "--faults", "lost-after=0.1", "--early-output", "--tls",
                "--start-delay", "0.5", "--run-time", "2", "--retention", "9", "--creates", "600", "--reads", "30",
                "--log", "l",
            ])
        let configuration = try serve.makeConfiguration()
        #expect(configuration.port == 81)
        #expect(configuration.token == "t")
        #expect(
            configuration.commands == ["me/up": "tr a=b", "local/down": "cat", "replicate/canary": "cat :="])
        #expect(configuration.versions == ["replicate/canary": Self.canary])
        #expect(configuration.earlyOutput)
        #expect(configuration.usesTLS)
        #expect(configuration.faults.lostAfter == 0.1)
        #expect(configuration.startDelay == .milliseconds(500))
        #expect(configuration.runTime == .seconds(2))
        #expect(configuration.retention == .seconds(9))
        #expect(configuration.creates?.count == 600)
        #expect(configuration.creates?.burst == 10)
        #expect(configuration.reads?.count == 30)
        #expect(configuration.requestLog == "l")
    }

    /// What is to be copied must come through the wrapping of a narrow terminal.
    @Test func theHelpOfServeHasALineForEachClient() {
        let lines = NightshiftCommand.helpMessage(for: ServeCommand.self, columns: 80).split(separator: "\n").map {
            $0.drop { $0 == " " }
        }
        for line in [
            "Python 1 and 2, Swift:", "export REPLICATE_BASE_URL=http://127.0.0.1:8080 REPLICATE_API_TOKEN=any",
            "JavaScript:", #"new Replicate({auth: "any", baseUrl: "http://127.0.0.1:8080/v1"})"#,
            "curl:", "curl -H 'Authorization: Bearer any' http://127.0.0.1:8080/v1/models",
        ] { #expect(lines.contains(line[...]), "\(lines)") }
    }

    @Test(arguments: [
        (["run", "x", "--concurrency", "0"], "--concurrency is 0; expected 1 to 10000"),
        (["plan", "x", "--samples", "-1"], "--samples is -1; expected 0 or more"),
        (["items", "x", "--limit", "0"], "--limit is 0; expected 1 or more"),
        (["items", "x", "--in", "suceeded"], "did you mean 'succeeded'?"),
        (["serve", "--port", "65536"], "--port is 65536; expected 0 to 65535"),
        (
            ["serve", "--model", "up"],
            "--model is 'up'; expected owner/name=command, name=command or owner/name:version="
        ),
        (["serve", "--model", ""], "--model is ''; expected owner/name=command"),
        (["serve", "--model", "a/b/c=tr"], "--model is 'a/b/c=tr'; expected owner/name=command"),
        (["serve", "--model", "/up=tr"], "--model is '/up=tr'; expected owner/name=command"),
        (["serve", "--model", ":v=tr"], "--model is ':v=tr'; expected owner/name=command"),
        (
            ["serve", "--model", "a/b:30e22229=tr"],
            "--model gives a/b the version '30e22229'; expected 64 lower-case hexadecimal digits, as in the API"
        ),
        (
            ["serve", "--model", "a/b:=tr"],
            "--model gives a/b the version ''; expected 64 lower-case hexadecimal digits"
        ),
        (["serve", "--model", "a/b=tr", "--model", "a/b=cat"], "--model names a/b twice; a model has one command"),
        (
            ["serve", "--model", "a/b:\(canary)=tr", "--model", "c/d:\(canary)=tr"],
            "--model gives a/b and c/d the same version; each needs one of its own"
        ),
        (["serve", "--creates", "0"], "--creates is 0; expected 1 or more a minute"),
        (["serve", "--run-time", "1e300"], "--run-time is 1e+300; expected seconds, from 0 to 1000000000"),
        (["serve", "--faults", "lost=1"], "--faults: unknown fault 'lost'; expected one of"),
    ])
    func refusesWhatMakesNoSense(arguments: [String], message: String) throws {
        // Options that begin with a dash have to be attached to their names.
        let joined = arguments.count == 4 && arguments[3].hasPrefix("-")
        let given = joined ? Array(arguments[..<2]) + ["\(arguments[2])=\(arguments[3])"] : arguments
        let error = #expect(throws: (any Error).self) { try NightshiftCommand.parseAsRoot(given) }
        #expect(NightshiftCommand.fullMessage(for: try #require(error)).contains(message))
    }
}
