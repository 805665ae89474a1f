import ArgumentParser
import Logging
import Nightshift

/// What every command about a job takes.
struct JobOptions: ParsableArguments {
    @Argument(help: "The job's manifest, a YAML file.")
    var manifest: String

    @Option(
        help: ArgumentHelp(
            "Where checkpoints are kept.", discussion: "By default '.nightshift' beside the manifest.",
            valueName: "directory"))
    var state: String?

    @Flag(help: "Print JSON on standard output.")
    var json = false

    /// The job, with its manifest read and checked once for the command.
    func open(_ context: CommandContext = .live, logger: Logger? = nil) throws(EngineError) -> Job {
        try context.engine(stateDirectory: state, logger: logger).job(at: manifest)
    }

    /// Command lines about the same job, for messages.
    var commandLine: JobCommandLine { JobCommandLine(manifest: manifest, stateDirectory: state) }
}
