import Nightshift

/// The exit codes, as the README tells them.
enum ExitStatus: Int32 {
    /// All items succeeded.
    case success = 0
    /// Some items failed or are held.
    case someFailed = 1
    /// The command line or the manifest is wrong.
    case usage = 2
    /// A budget, a breaker or the disk ended the run.
    case stopped = 3
    /// The provider refuses: token or credit.
    case refused = 4
    case interrupted = 130

    init(_ report: RunReport) {
        self =
            switch report.end {
            case .completed: report.counts.failed + report.counts.held > 0 ? .someFailed : .success
            case .interrupted: .interrupted
            case .refused: .refused
            case .budget, .breaker, .canary, .disk: .stopped
            }
    }

    init(_ error: EngineError) {
        self =
            switch error.code {
            case .invalidManifest, .usage, .locked: .usage
            case .store, .disk: .stopped
            case .refused: .refused
            }
    }
}
