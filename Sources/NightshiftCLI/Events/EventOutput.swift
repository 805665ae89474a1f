import Synchronization

/// Lines for programs while a run goes on, which is not for the sake of its reader: when they cannot be written any more, the
/// run goes on without them.
final class EventOutput: Sendable {
    private let failure = Mutex<OutputError?>(nil)
    private let write: @Sendable (String) throws(OutputError) -> Void
    private let tell: @Sendable (String) -> Void

    /// - Parameters:
    ///   - write: writes a line.
    ///   - tell: told once if lines are lost that somebody may still want to read.
    init(
        write: @escaping @Sendable (String) throws(OutputError) -> Void = CommandContext.output,
        tell: @escaping @Sendable (String) -> Void = CommandContext.tell
    ) {
        self.write = write
        self.tell = tell
    }

    /// Why lines were lost, except that nobody reads them any more.
    var problem: OutputError? { failure.withLock { $0.flatMap { $0.isReaderGone ? nil : $0 } } }

    func callAsFunction(_ line: String) {
        let problem = failure.withLock { failure -> OutputError? in
            // What follows half a line would be taken for the rest of it.
            guard failure == nil else { return nil }
            do throws(OutputError) {
                try write(line)
                return nil
            } catch {
                failure = error
                return error.isReaderGone ? nil : error
            }
        }
        if let problem { tell("error: \(problem)\n    the run goes on without printing events") }
    }
}
