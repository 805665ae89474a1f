import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Tells the disk's thread that the task it works for was cancelled, and ends the program that it waits for.
final class ExportCancellation: Sendable {
    private struct State {
        var isRequested = false
        /// The group of the program that is waited for.
        var group: pid_t?
    }

    private let state = Mutex(State())

    var isRequested: Bool { state.withLock { $0.isRequested } }

    func request() {
        state.withLock { state in
            state.isRequested = true
            if let group = state.group { kill(-group, SIGKILL) }
        }
    }

    /// Waits for a program that is the first of its group; blocks.
    /// - Returns: how `waitpid` tells that it has ended.
    func wait(for program: pid_t) -> Int32 {
        state.withLock { state in
            state.group = program
            if state.isRequested { kill(-program, SIGKILL) }
        }
        // Its number must not be another's while it may be signalled, so it is taken away only after that.
        var information = siginfo_t()
        while waitid(P_PID, id_t(program), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        state.withLock { $0.group = nil }
        var status: Int32 = 0
        while waitpid(program, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
