import ReplicateServer
import Synchronization

/// Tells the disk's thread that the task it works for was cancelled, and ends the program that it waits for.
final class ExportCancellation: Sendable {
    private struct State {
        var isRequested = false
        /// The program that was waited for last.
        var program: ChildProcess?
    }

    private let state = Mutex(State())

    var isRequested: Bool { state.withLock { $0.isRequested } }

    func request() {
        state.withLock { state in
            state.isRequested = true
            state.program?.kill()
        }
    }

    /// Waits for a program; blocks.
    func wait(for program: ChildProcess) -> ChildProcess.End {
        state.withLock { state in
            state.program = program
            if state.isRequested { program.kill() }
        }
        return program.wait()
    }
}
