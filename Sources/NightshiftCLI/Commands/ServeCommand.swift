import ArgumentParser
import Nightshift
import ReplicateServer

/// `nightshift serve`: the embedded server on its own.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the embedded server, which speaks Replicate's API, on its own.",
        discussion: """
            Built-in models: nightshift/hello-world, nightshift/poster, nightshift/storyteller, and two that run by version \
            as community models do: nightshift/sleeper, and nightshift/tuner, which can be trained. Official Replicate \
            clients work against it with REPLICATE_BASE_URL set to the address that it prints.

            Faults are rates from 0 to 1 and times, as in --faults lost-after=0.1,5xx=0.05,slow=0.2,slow-time=500ms. \
            Known are \(Faults.names.joined(separator: ", ")).

            Event streams are cut by stream-cut; deliveries of webhooks are dropped, repeated or put out of order by \
            webhook-lost, webhook-twice and webhook-late. A webhook may be http if it goes to this machine.
            """)

    @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
    var port = 0

    @Option(help: "The one token to accept; any by default.")
    var token: String?

    @Option(
        name: .customLong("model"),
        help: ArgumentHelp(
            "Serve a command as a model: JSON in, JSON out. A name without an owner becomes local/name.",
            valueName: "owner/name=command"))
    var models: [String] = []

    @Option(help: "What goes wrong on purpose, and how often.")
    var faults = ""

    @Option(help: ArgumentHelp("Seconds that a prediction stays 'starting'.", valueName: "seconds"))
    var startDelay = 0.0

    @Option(
        help: ArgumentHelp("Seconds that a built-in model runs; by default its own time.", valueName: "seconds"))
    var runTime: Double?

    @Option(help: ArgumentHelp("Creates allowed in a minute; any number by default.", valueName: "count"))
    var creates: Int?

    @Option(help: ArgumentHelp("Other requests allowed in a minute; any number by default.", valueName: "count"))
    var reads: Int?

    @Option(help: ArgumentHelp("Seconds after its end until a prediction's data are removed.", valueName: "seconds"))
    var retention = 3600.0

    @Option(help: ArgumentHelp("A file that gets a line of JSON for each accepted create.", valueName: "file"))
    var log: String?

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port is \(port); expected 0 to 65535") }
        try Self.check(startDelay, of: "--start-delay")
        try Self.check(retention, of: "--retention")
        if let runTime { try Self.check(runTime, of: "--run-time") }
        if let creates, creates < 1 { throw ValidationError("--creates is \(creates); expected 1 or more a minute") }
        if let reads, reads < 1 { throw ValidationError("--reads is \(reads); expected 1 or more a minute") }
        _ = try makeConfiguration()
    }

    private static func check(_ seconds: Double, of option: String) throws {
        guard (0...1e9).contains(seconds) else {
            throw ValidationError("\(option) is \(seconds); expected seconds, from 0 to 1000000000")
        }
    }

    /// So many a minute, of which those of a second may come at once.
    private static func limit(_ count: Int) -> EmbeddedServer.RateLimit {
        EmbeddedServer.RateLimit(count: count, per: .seconds(60), burst: max(1, count / 60))
    }

    func makeConfiguration() throws -> EmbeddedServer.Configuration {
        var configuration = EmbeddedServer.Configuration()
        configuration.port = port
        configuration.token = token
        configuration.startDelay = .seconds(startDelay)
        configuration.runTime = runTime.map { .seconds($0) }
        configuration.retention = .seconds(retention)
        configuration.requestLog = log
        configuration.creates = creates.map(Self.limit)
        configuration.reads = reads.map(Self.limit)
        do {
            configuration.faults = try Faults(parsing: faults)
        } catch {
            throw ValidationError("--faults: \(error)")
        }
        for model in models {
            let parts = model.split(separator: "=", maxSplits: 1).map(String.init)
            let names = parts.first?.split(separator: "/", omittingEmptySubsequences: false) ?? []
            guard parts.count == 2, (1...2).contains(names.count), !names.contains("") else {
                throw ValidationError("--model is '\(model)'; expected owner/name=command or name=command")
            }
            configuration.commands[names.count == 1 ? "local/\(parts[0])" : parts[0]] = parts[1]
        }
        return configuration
    }

    func run() async throws {
        let server = EmbeddedServer(configuration: try makeConfiguration())
        let signals = SignalHandler()
        let (failures, failed) = AsyncStream.makeStream(of: OutputError.self)
        try await signals.whileRunning {
            // What ends first ends the other: the server by an error, or the wait for a signal.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await serve(server) { failed.yield($0) } }
                group.addTask { for await failure in failures { throw failure } }
                group.addTask { for await _ in signals.stops { return } }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
        throw ExitCode(ExitStatus.interrupted.rawValue)
    }

    /// - Parameter fail: told if the address cannot be printed, without which nobody finds the server.
    private func serve(_ server: EmbeddedServer, fail: @escaping @Sendable (OutputError) -> Void) async throws {
        do {
            try await server.run { port in
                do throws(OutputError) {
                    try CommandContext.output("http://127.0.0.1:\(port)")
                } catch {
                    return fail(error)
                }
                CommandContext.tell(
                    "serving Replicate's API; use it with: export REPLICATE_BASE_URL=http://127.0.0.1:\(port)")
                for (name, command) in server.configuration.commands.sorted(by: { $0.key < $1.key }) {
                    CommandContext.tell("    model \(name) runs: \(command)")
                }
            }
        } catch let error as EmbeddedServerError {
            throw EngineError(.usage, error.description)
        }
    }
}
