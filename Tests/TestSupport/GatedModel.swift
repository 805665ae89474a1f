/// A model whose predictions end when the test says so, so that what a test does meanwhile may take any time.
///
/// Served by `nightshift serve` as a command that waits for a file.
package struct GatedModel: Sendable {
    package static let name = "me/gated"

    private let folder: TemporaryFolder

    /// - Parameter folder: gets the command's script and, later, the file that it waits for.
    package init(in folder: TemporaryFolder) throws {
        self.folder = folder
        try folder.write(
            "gate.sh",
            """
            read line
            # Nobody ends it where the server was killed, so it ends with its folder.
            while ! test -e gate.open; do test -e gate.sh || exit 1; sleep 0.05; done
            echo '"done"'
            """)
    }

    /// What `nightshift serve` must be given.
    package var serverOptions: [String] { ["--model", "\(Self.name)=cd '\(folder.root)' && sh gate.sh"] }

    /// Lets all predictions end, those to come too.
    package func open() throws { try folder.write("gate.open", "") }
}
