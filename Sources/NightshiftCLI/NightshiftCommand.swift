import ArgumentParser
import Foundation
import Nightshift
import NightshiftCore

/// The executable: parse, call the library, render.
@main
struct NightshiftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nightshift",
        abstract: "Runs thousands of inputs through a model overnight and leaves every result on disk.",
        discussion: """
            'nightshift run jobs/x.yaml' starts a job, resumes it after a crash, and does what is missing after an edit.

            Exit codes: 0 all succeeded, 1 some items failed, 2 usage or manifest error, 3 stopped by a budget, a breaker or \
            the disk, 4 the provider refuses (token, credit) or cannot be reached, 130 interrupted or canceled, 141 \
            nobody reads what is printed.
            """,
        version: BuildDescription.text,
        subcommands: [
            InitCommand.self, RunCommand.self, PlanCommand.self, StatusCommand.self, ItemsCommand.self,
            ShowCommand.self, ViewCommand.self, ReportCommand.self, LogCommand.self, ExportCommand.self,
            VerifyCommand.self,
            RateCommand.self, TagCommand.self, NoteCommand.self, PauseCommand.self, ResumeCommand.self, SetCommand.self,
            RetryCommand.self, RedoCommand.self, AdoptCommand.self, CancelCommand.self, JobsCommand.self,
            ServeCommand.self,
            SchemaCommand.self, CompletionsCommand.self, DoctorCommand.self,
        ]
    )

    static func main() async {
        StandardStream.fillClosed()
        signal(SIGPIPE, SIG_IGN)
        ProcessLimits.raise()
        if let shortage = ProcessLimits.shortage {
            CommandContext.tell(ErrorAdvice.text(shortage))
            Foundation.exit(ExitStatus.usage.rawValue)
        }
        Foundation.exit(await status(of: Array(CommandLine.arguments.dropFirst())))
    }

    /// Runs one command line and says how it ended.
    static func status(of arguments: [String]) async -> Int32 {
        await status {
            if let word = arguments.first, !word.hasPrefix("-"), let help = Self.unknownCommand(word) {
                CommandContext.tell("error: unknown command '\(word)'\n    \(help)")
                throw ExitCode(ExitStatus.usage.rawValue)
            }
            var command = try parseAsRoot(arguments)
            do {
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
            } catch let error as EngineError where error.code != .canceled {
                if error.cause == .noToken, let problem = CommandContext.live.tokenSource.problem {
                    CommandContext.tell("error: \(problem)")
                    throw ExitCode(ExitStatus(error).rawValue)
                }
                CommandContext.tell(ErrorAdvice(job: (command as? any JobCommand)?.job.commandLine).text(error))
                throw ExitCode(ExitStatus(error).rawValue)
            }
        }
    }

    private static func status(of body: () async throws -> Void) async -> Int32 {
        do {
            try await body()
            return ExitStatus.success.rawValue
        } catch let error as ExitCode {
            return error.rawValue
        } catch let error as OutputError {
            guard !error.isReaderGone else { return ExitStatus.readerGone.rawValue }
            CommandContext.tell("error: \(error)")
            return ExitStatus.stopped.rawValue
        } catch let error where error is CancellationError || error is EngineError {
            CommandContext.tell("interrupted")
            return ExitStatus.interrupted.rawValue
        } catch {
            let code = exitCode(for: error)
            if code == .success {
                return await status { try CommandContext.output(fullMessage(for: error)) }
            }
            if isUsage(error) {
                CommandContext.tell(fullMessage(for: error))
                return ExitStatus.usage.rawValue
            }
            CommandContext.tell("error: \(ErrorReason.of(error))")
            return ExitStatus.stopped.rawValue
        }
    }

    /// What to say of a first word that is no command; `nil` if it is one.
    private static func unknownCommand(_ word: String) -> String? {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard !names.contains(word) else { return nil }
        // A manifest alone was probably meant to be run.
        if word.hasSuffix(".yaml") || word.hasSuffix(".yml") { return "run a job with: nightshift run \(word)" }
        return NearestName.help(for: word, among: names)
    }

    private static func isUsage(_ error: any Error) -> Bool {
        exitCode(for: error) == .validationFailure
    }
}
