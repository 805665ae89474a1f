import Nightshift
import NightshiftCore

/// What a person can type next about items, by the state they are in. Every command that a message advises for items is made
/// here, so that none is advised that does nothing.
enum Advice {
    /// Starts the job, or goes on with it; what cannot be sent would be refused otherwise.
    static func run(_ commandLine: JobCommandLine, _ options: String..., unsendable: Int) -> String {
        commandLine("run", options + (unsendable > 0 ? ["--skip-invalid"] : []))
    }

    /// About one item; `nil` where nothing needs to be done.
    static func item(_ item: ItemSummary, _ commandLine: JobCommandLine, unsendable: Int) -> String? {
        switch item.state {
        case .failed where item.failureClass == Store.notSendable:
            "it cannot be sent as it is: mend \(item.origin), then check it with: \(commandLine("plan"))"
        case .failed where item.failureClass == FailureClass.stepFailed.rawValue:
            "it failed because an item that it needs did; try both again with: "
                + run(commandLine, "--retry-failed", unsendable: unsendable)
        case .failed, .canceled: "try it again with: \(commandLine("retry", item.key))"
        case .held:
            "if you find its prediction: \(commandLine("adopt", item.key)) PREDICTION\n"
                + "if there is none: \(commandLine("retry", item.key))"
        case .pending, .submitting, .running, .unknown, .fetching, .succeeded, .withdrawn: nil
        }
    }

    /// About items that cannot be sent.
    static func unsendable(_ count: Int, _ commandLine: JobCommandLine) -> String {
        (count == 1
            ? "1 item cannot be sent as it is: mend its row"
            : "\(count) items cannot be sent as they are: mend their rows")
            + ", then check with: \(commandLine("plan"))"
    }

    /// Why `redo` leaves an item as it is, and what to do instead.
    static func notMadeAgain(_ item: ItemSummary, _ commandLine: JobCommandLine) -> String {
        let start = "item '\(item.key.oneLine)' is \(item.state.rawValue): only succeeded items are made again"
        return [.failed, .canceled, .held].contains(item.state)
            ? "\(start); try it again with: \(commandLine("retry", item.key))" : start
    }

    /// Why `retry` leaves an item as it is, and what to do instead.
    static func unchanged(_ item: ItemSummary, _ commandLine: JobCommandLine) -> String {
        switch item.state {
        case .failed where item.failureClass == Store.notSendable:
            "item '\(item.key.oneLine)' cannot be sent as it is: \((item.failure ?? "").messageLine)\n"
                + "    mend \(item.origin), then check it with: \(commandLine("plan"))"
        case .succeeded:
            "item '\(item.key.oneLine)' has succeeded; make it again with: \(commandLine("redo", item.key))"
        case .pending: "item '\(item.key.oneLine)' is pending already"
        default: "item '\(item.key.oneLine)' is \(item.state.rawValue): it can be tried again when it has ended"
        }
    }
}
