import ArgumentParser
import ReplicateServer

/// `nightshift serve`: the embedded server on its own.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the embedded server, which speaks Replicate's API, on its own.",
        discussion: """
            Built-in models: nightshift/hello-world, nightshift/poster, nightshift/sleeper. Official Replicate clients work \
            against it with REPLICATE_BASE_URL set to the address that it prints.

            Faults are shares from 0 to 1, as in --faults lost-after=0.1,5xx=0.05,truncate=0.1.
            """)

    @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
    var port = 0

    @Option(help: "The one token to accept; any by default.")
    var token: String?

    @Option(
        name: .customLong("model"),
        help: ArgumentHelp("Serve a command as a model: JSON in, JSON out.", valueName: "owner/name=command"))
    var models: [String] = []

    @Option(help: "What goes wrong on purpose, and how often.")
    var faults = ""

    @Option(help: ArgumentHelp("Seconds that a prediction stays 'starting'.", valueName: "seconds"))
    var startDelay = 0.0

    @Option(help: ArgumentHelp("Creates allowed in a minute.", valueName: "count"))
    var creates: Int?

    @Option(help: ArgumentHelp("Seconds after its end until a prediction's data are removed.", valueName: "seconds"))
    var retention = 3600.0

    @Option(help: ArgumentHelp("A file that gets a line of JSON for each accepted create.", valueName: "file"))
    var log: String?

    func run() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.port = port
        configuration.token = token
        configuration.startDelay = startDelay
        configuration.retention = retention
        configuration.requestLog = log
        if let creates { configuration.createsPerMinute = creates }
        do {
            configuration.faults = try Faults(parsing: faults)
        } catch {
            throw ValidationError("\(error)")
        }
        for model in models {
            let parts = model.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[0].split(separator: "/").count == 2 else {
                throw ValidationError("--model is '\(model)'; expected owner/name=command")
            }
            configuration.commands[parts[0]] = parts[1]
        }
        try await EmbeddedServer(configuration: configuration).run { port in
            CommandContext.output("http://127.0.0.1:\(port)")
            CommandContext.tell(
                "serving Replicate's API; use it with: export REPLICATE_BASE_URL=http://127.0.0.1:\(port)")
        }
    }
}
