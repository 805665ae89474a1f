import ArgumentParser
import Nightshift

/// `nightshift init`: a first manifest for a model.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a commented manifest for a model, from the model's own schema.",
        discussion: """
            Every input of the model is in it, with its type, limits and default; what must be given has an example. The \
            manifest passes 'nightshift plan' as it is.
            """)

    @Argument(help: ArgumentHelp("The model: owner/name or owner/name:version.", valueName: "model"))
    var model: String

    @Option(help: ArgumentHelp("The manifest to write; by default the model's name with .yaml.", valueName: "file"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "A file of rows (csv, tsv, jsonl, json, txt, parquet); its columns become inputs by their names.",
            valueName: "file")
    )
    var from: String?

    @Flag(help: "The embedded server serves the model.")
    var local = false

    @Flag(help: "Replace a manifest that is there already.")
    var force = false

    func run() async throws {
        var options = DraftOptions(path: to, table: from, isLocal: local, replaces: force)
        options.hint = "Check it with 'nightshift plan', start it with 'nightshift run'."
        let path = try await CommandContext.live.engine().writeDraft(model: model, options: options) { update in
            if case .warning(let text) = update { CommandContext.tell("warning: \(text)") }
        }
        try CommandContext.output(path)
        let commandLine = JobCommandLine(manifest: path)
        CommandContext.tell("\(path) is written; see what it would do with: \(commandLine("plan"))")
    }
}
