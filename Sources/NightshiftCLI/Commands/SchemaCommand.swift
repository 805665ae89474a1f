import ArgumentParser
import LosslessJSON
import NightshiftCore

/// `nightshift schema`: the JSON Schema of the manifest, or of the events.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of the manifest, for editors that complete and check it, or of the events.",
        discussion: """
            An editor that speaks YAML takes it from a comment in the manifest's first line:
            # yaml-language-server: $schema=PATH
            """)

    enum Subject: String, CaseIterable, ExpressibleByArgument {
        case manifest, events
    }

    @Argument(help: "Of what: the manifest, or the events that 'run --json' and 'status --json' print.")
    var subject = Subject.manifest

    func run() throws {
        let document =
            switch subject {
            case .manifest: ManifestSchema.document
            case .events: EventSchema.document
            }
        try CommandContext.output(document.jsonString(indented: true))
    }
}
