import ArgumentParser

/// `nightshift completions`: what a shell needs to complete commands and options.
struct CompletionsCommand: ParsableCommand {
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print the completions of a shell: bash, zsh or fish.",
        discussion: """
            The packages bring them. Otherwise, for this user alone:

              nightshift completions bash >~/.local/share/bash-completion/completions/nightshift
              nightshift completions zsh >~/.zfunc/_nightshift        # with fpath+=~/.zfunc before compinit
              nightshift completions fish >~/.config/fish/completions/nightshift.fish
            """)

    @Argument(help: "The shell.")
    var shell: Shell

    func run() throws {
        let known: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try CommandContext.output(NightshiftCommand.completionScript(for: known))
    }
}
