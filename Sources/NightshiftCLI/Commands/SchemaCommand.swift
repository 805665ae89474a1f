import ArgumentParser
import LosslessJSON
import NightshiftCore

/// `nightshift schema`: the JSON Schema of the manifest.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of the manifest, for editors that complete and check it.",
        discussion: """
            An editor that speaks YAML takes it from a comment in the manifest's first line:
            # yaml-language-server: $schema=PATH
            """)

    func run() throws {
        try CommandContext.output(ManifestSchema.document.jsonString(indented: true))
    }
}
