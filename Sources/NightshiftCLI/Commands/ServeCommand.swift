import ArgumentParser
import Nightshift
import ReplicateServer

/// `nightshift serve`: the embedded server on its own.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the embedded server, which speaks Replicate's API, on its own.",
        discussion: """
            Built-in models: nightshift/hello-world, nightshift/poster, nightshift/storyteller, and two that run by version \
            as community models do: nightshift/sleeper, and nightshift/tuner, which can be trained.

            It prints its address, and what leads clients there; with port 8080:

            \(ServedClients.help)

            The JavaScript client reads no REPLICATE_BASE_URL: without baseUrl it sends its token to the real API. The \
            Pythons are replicate 1.0 and 2.0. Any token is taken, unless --token names one.

            Faults are rates from 0 to 1 and times, as in --faults lost-after=0.1,5xx=0.05,slow=0.2,slow-time=500ms. \
            Known are \(Faults.names.joined(separator: ", ")).

            Event streams are cut by stream-cut; deliveries of webhooks are dropped, repeated or put out of order by \
            webhook-lost, webhook-twice and webhook-late. A webhook may be http if it goes to this machine. early-output \
            is how often a held create is answered as with --early-output.
            """)

    @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
    var port = 0

    @Option(help: "The one token to accept; any by default.")
    var token: String?

    @Option(
        name: .customLong("model"),
        help: ArgumentHelp(
            "Serve a command as a model: JSON in, JSON out. A name without an owner becomes local/name. A version has 64 "
                + "hexadecimal digits; by default it follows from the command.",
            valueName: "owner/name[:version]=command"))
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

    @Flag(
        help: """
            Answer held creates (Prefer: wait) as soon as the output is there, still with status 'processing', as the real \
            API does.
            """)
    var earlyOutput = false

    @Flag(
        name: .customLong("tls"),
        help: """
            Speak https, with a certificate for 127.0.0.1, ::1 and localhost that is made at the start; the second line of \
            the output is its file.
            """)
    var usesTLS = false

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
        configuration.earlyOutput = earlyOutput
        configuration.usesTLS = usesTLS
        configuration.creates = creates.map(Self.limit)
        configuration.reads = reads.map(Self.limit)
        do {
            configuration.faults = try Faults(parsing: faults)
        } catch {
            throw ValidationError("--faults: \(error)")
        }
        for model in models { try Self.add(model, to: &configuration) }
        return configuration
    }

    /// Reads `owner/name:version=command`; owner and version may be missing.
    private static func add(_ model: String, to configuration: inout EmbeddedServer.Configuration) throws {
        let parts = model.split(separator: "=", maxSplits: 1).map(String.init)
        let reference = (parts.first ?? "").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let names = (reference.first ?? "").split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(names.count), !names.contains("") else {
            throw ValidationError(
                "--model is '\(model)'; expected owner/name=command, name=command or owner/name:version=command")
        }
        let name = names.count == 1 ? "local/\(names[0])" : String(reference[0])
        guard configuration.commands.updateValue(parts[1], forKey: name) == nil else {
            throw ValidationError("--model names \(name) twice; a model has one command")
        }
        guard let version = reference.dropFirst().first.map(String.init) else { return }
        guard EmbeddedServer.Configuration.isVersionID(version) else {
            throw ValidationError(
                "--model gives \(name) the version '\(version)'; expected 64 lower-case hexadecimal digits, as in the API"
            )
        }
        if let other = configuration.versions.first(where: { $0.value == version })?.key {
            throw ValidationError("--model gives \(other) and \(name) the same version; each needs one of its own")
        }
        configuration.versions[name] = version
    }

    func run() async throws {
        let server = EmbeddedServer(configuration: try makeConfiguration())
        try await SignalHandler().serveUntilStopped { try await serve(server, fail: $0) }
        throw ExitCode(ExitStatus.interrupted.rawValue)
    }

    /// - Parameter fail: told if the address cannot be printed, without which nobody finds the server.
    private func serve(_ server: EmbeddedServer, fail: @escaping @Sendable (OutputError) -> Void) async throws {
        do {
            try await server.run { port in
                let address = "\(usesTLS ? "https" : "http")://127.0.0.1:\(port)"
                let certificate = server.certificateFile
                do throws(OutputError) {
                    try CommandContext.output(address)
                    if let certificate { try CommandContext.output(certificate) }
                } catch {
                    return fail(error)
                }
                CommandContext.tell("serving Replicate's API; clients find it by")
                let clients = ServedClients(
                    address: address, token: server.configuration.token == nil ? "any" : "TOKEN",
                    certificate: certificate)
                for line in clients.lines { CommandContext.tell("    \(line)") }
                for (name, command) in server.configuration.commands.sorted(by: { $0.key < $1.key }) {
                    let version = server.configuration.versions[name].map { ":\($0)" } ?? ""
                    CommandContext.tell("    model \(name)\(version) runs: \(command)")
                }
            }
        } catch let error as EmbeddedServerError {
            throw EngineError(.usage, error.description)
        }
    }
}
