import Logging
import NightshiftCore
import Synchronization

/// Logs what a run tells, and how it ends.
final class UpdateLog: Sendable {
    private let logger: Logger
    /// The predictions of items in flight, by their keys, so that an item's end names its prediction too.
    private let predictions = Mutex<[String: String]>([:])

    init(logger: Logger) {
        self.logger = logger
    }

    private func say(_ level: Logger.Level, _ text: @autoclosure () -> String) {
        logger.log(level: level, "\(text())")
    }

    func take(_ update: RunUpdate) {
        switch update {
        case .expanding(let items): logger.debug("\(items) items of the input set are read")
        case .planned(let counts):
            say(
                .info,
                "the input set has \(counts.items) items: \(counts.new) new, \(counts.changed) changed, \(counts.done) done, "
                    + "\(counts.withdrawn) withdrawn, \(counts.invalid) that cannot be sent")
        case .earlierWork(let work): logger.notice("\(work.results) results of the same inputs are there already")
        case .started(let counts):
            logger.info("the session begins with \(counts.pending) of \(counts.items) items pending")
        case .progressed(_, let changes, _): for change in changes { log(change) }
        case .announced(let announcement):
            logger.notice("\(announcement)", metadata: ["kind": "\(announcement.kind)"])
        case .ordered(let orders):
            say(
                .notice,
                "orders: \(orders.isPaused ? "paused" : "not paused"), concurrency "
                    + "\(orders.concurrency.map(String.init) ?? "as in the manifest"), rate "
                    + "\(orders.rate ?? "as in the manifest")")
        case .paced, .steps: break
        case .held(let hold?):
            logger.info("nothing is created now: \(hold.reason)\(hold.detail.map { ", \($0)" } ?? "")")
        case .held(nil): logger.info("creating goes on")
        case .warning(let text): logger.warning("\(text)")
        case .exporting(let export): logger.info("exporting to \(export.directory)")
        case .exported(let export):
            if let failure = export.failure {
                logger.error("the export to \(export.directory) failed: \(failure.message)")
            } else {
                logger.notice("exported \(export.report?.items ?? 0) items to \(export.directory)")
            }
        }
    }

    private func log(_ change: ItemChange) {
        // Nothing about an item is worth more than a warning, and most runs log nothing.
        guard logger.logLevel <= .warning else { return }
        let level: Logger.Level =
            switch change.state {
            case ItemState.failed.rawValue, ItemState.held.rawValue: .warning
            case _ where change.reason != nil: .info
            case ItemState.succeeded.rawValue, ItemState.canceled.rawValue: .info
            default: .debug
            }
        let prediction = predictions.withLock { predictions -> String? in
            let known = change.predictionID ?? predictions[change.key]
            let isInFlight = [ItemState.running, .fetching, .unknown].contains { $0.rawValue == change.state }
            predictions[change.key] = isInFlight ? known : nil
            return known
        }
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = ["item": "\(change.key)", "attempt": "\(change.attempt)"]
        if let prediction { metadata["prediction"] = "\(prediction)" }
        logger.log(level: level, "\(change.state)\(change.reason.map { ": \($0)" } ?? "")", metadata: metadata)
    }

    func end(_ report: RunReport) {
        let counts = report.counts
        say(
            .notice,
            "the run ended: \(report.end); \(counts.succeeded) succeeded, "
                + "\(counts.failed) failed, \(counts.held) held, \(counts.pending) pending of \(counts.items), "
                + "\(counts.predictions) predictions")
    }

    func end(_ error: EngineError) {
        logger.error("the run ended: \(error.message)")
    }
}
