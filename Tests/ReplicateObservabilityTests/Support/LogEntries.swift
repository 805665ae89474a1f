import Logging
import Synchronization

/// Keeps what is logged.
final class LogEntries: Sendable {
    struct Entry: Sendable {
        var level: Logger.Level
        var text: String
        var metadata: Logger.Metadata
    }

    private let entries = Mutex<[Entry]>([])

    var all: [Entry] { entries.withLock { $0 } }

    func logger(_ level: Logger.Level = .trace) -> Logger {
        var logger = Logger(label: "tests") { _ in Handler(entries: self) }
        logger.logLevel = level
        return logger
    }

    private struct Handler: LogHandler {
        let entries: LogEntries
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            entries.entries.withLock {
                $0.append(Entry(level: event.level, text: "\(event.message)", metadata: event.metadata ?? [:]))
            }
        }
    }
}
