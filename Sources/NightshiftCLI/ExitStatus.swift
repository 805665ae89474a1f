import Nightshift
import NightshiftCore

/// The exit codes, as the documentation tells them.
enum ExitStatus: Int32 {
    /// All items succeeded.
    case success = 0
    /// Some items failed, were canceled or are held.
    case someFailed = 1
    /// The command line or the manifest is wrong.
    case usage = 2
    /// A budget, a breaker or the disk ended the run.
    case stopped = 3
    /// The provider refuses (token or credit), or cannot be reached.
    case refused = 4
    /// All items succeeded, and an export that the manifest asks for failed.
    case exportFailed = 5
    case interrupted = 130
    /// Nobody reads what is printed: what a shell shows of a program that the system ended for it (128 and SIGPIPE).
    case readerGone = 141

    init(_ report: RunReport) {
        self =
            switch report.end {
            case .completed, .partial: ExitStatus(report.counts)
            case .interrupted, .canceled: .interrupted
            case .refused: .refused
            case .budget, .breaker, .canary, .disk, .check: .stopped
            }
        if self == .success, report.exports.contains(where: { $0.failure != nil }) { self = .exportFailed }
    }

    /// Of a run that has come to its end.
    init(_ counts: RunCounts) {
        self = counts.failed + counts.canceled + counts.held > 0 ? .someFailed : .success
    }

    /// Of a session by what the store keeps of its end.
    init(ending: String, counts: RunCounts) {
        self =
            switch RunEnd(recorded: ending) {
            case .completed, .partial: ExitStatus(counts)
            case .refused: .refused
            case .budget, .breaker, .canary, .disk, .check: .stopped
            case .interrupted, .canceled, nil: .interrupted
            }
    }

    init(_ error: EngineError) {
        self =
            switch error.code {
            case .invalidManifest, .usage, .locked: .usage
            case .store, .disk: .stopped
            case .refused: .refused
            case .canceled: .interrupted
            }
    }
}
