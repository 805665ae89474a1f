import ArgumentParser
import LosslessJSON
import Nightshift
import NightshiftCore

/// `nightshift schema`: the JSON Schema of the manifest, of the events, or of the results.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract:
            "Print the JSON Schema of the manifest, for editors that complete and check it, or of what programs read.",
        discussion: """
            An editor that speaks YAML takes it from a comment in the manifest's first line:
            # yaml-language-server: $schema=PATH
            """)

    enum Subject: String, CaseIterable, ExpressibleByArgument {
        case manifest, events, results
    }

    @Argument(
        help: """
            Of what: the manifest, the events that 'run --json' and 'status --json' print, or the lines of an export's results.jsonl.
            """)
    var subject = Subject.manifest

    func run() throws {
        let document =
            switch subject {
            case .manifest: ManifestSchema.document
            case .events: EventSchema.document
            case .results: ResultsSchema.document
            }
        try CommandContext.output(document.jsonString(indented: true))
    }
}
