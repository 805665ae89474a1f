import ArgumentParser
import LosslessJSON
import Nightshift
import NightshiftCore

/// `nightshift cancel`: ends a run and what it has in flight at the provider.
struct CancelCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel what is in flight at the provider and end the run.",
        discussion: """
            Nothing more is created. Each prediction in flight is canceled, and read until the provider says what became of it; one \
            that finishes first stays succeeded. What was canceled is done again by 'retry' or 'run --retry-failed', what was never \
            sent by the next run.
            """)

    @OptionGroup var job: JobOptions

    func run() async throws {
        let signals = SignalHandler()
        let opened = try job.open()
        if opened.isAlive, !job.json {
            CommandContext.tell("waiting for the provider to confirm; Ctrl-C here leaves the run canceling")
        }
        let answer: ControlAnswer
        if opened.isAlive {
            answer = try await opened.control(.cancel)
        } else {
            answer = try await signals.whileRunning {
                try await opened.control(.cancel, stops: signals.stops)
            }
        }
        guard case .canceled(let outcome) = answer else { return }
        if job.json {
            try CommandContext.output(answer.json["canceled"]?.jsonString() ?? "null")
        } else {
            try CommandContext.output(outcome.sentence)
            if outcome.canceled > 0 {
                let unsendable = try await opened.unsendableItems()
                let again = Advice.run(job.commandLine, "--retry-failed", unsendable: unsendable)
                try CommandContext.output("do them again with: \(again)")
            }
        }
        if !outcome.isComplete { throw ExitCode(ExitStatus.someFailed.rawValue) }
    }
}

extension CancelOutcome {
    fileprivate var sentence: String {
        guard canceled + finished > 0 || !isComplete else { return "nothing was in flight" }
        var parts = [canceled == 1 ? "1 prediction was canceled" : "\(canceled) predictions were canceled"]
        if finished > 0 { parts.append("\(finished) had finished before") }
        if !isComplete { parts.append("the run was stopped before all was confirmed") }
        return parts.joined(separator: "; ")
    }
}
