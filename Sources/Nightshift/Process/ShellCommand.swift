import Foundation
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A command of the shell in a process group of its own, so that it can be ended with all that it has started.
package struct ShellCommand: Sendable {
    package enum End: Hashable, Sendable {
        case exited(Int)
        case signaled(Int)
    }

    /// Where goes what it prints, on both streams.
    package enum Output: Hashable, Sendable {
        case standardError
        case file(String)
    }

    /// The number of the system's error for which it could not be started.
    package struct Failure: Error {
        package var number: Int32
    }

    private let identifier: pid_t
    private let ending = Ending()

    /// Starts it.
    /// - Parameters:
    ///   - arguments: what it knows as `$1` and so on.
    ///   - directory: where it works; `nil` for the folder of this process.
    ///   - input: the path of the file that it reads.
    package init(
        _ command: String, arguments: [String] = [], directory: String? = nil, environment: [String: String],
        input: String, output: Output = .standardError
    ) throws(Failure) {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0)
        switch output {
        case .standardError: posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This process ignores SIGPIPE and may ignore others; a command expects nothing of that.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: Int32(flags)))
        // The shell changes the folder, because only some systems can do that while spawning.
        let words = ["/bin/sh", "-c", Self.script, "sh", directory ?? "", command] + arguments
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { (argv + envp).forEach { free($0) } }
        argv.append(nil)
        envp.append(nil)
        var child: pid_t = 0
        let result = posix_spawn(&child, "/bin/sh", &actions, &attributes, argv, envp)
        guard result == 0 else { throw Failure(number: result) }
        identifier = child
        let ending = ending
        Thread.detachNewThread { [child] in
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
            ending.tell(status & 0x7F == 0 ? .exited(Int(status >> 8 & 0xFF)) : .signaled(Int(status & 0x7F)))
        }
    }

    /// Runs the second argument in the folder that the first one names, with the others as its own.
    private static let script = #"""
        if [ -n "$1" ]; then cd -- "$1" || exit 127; fi
        nightshift_command=$2; shift 2; eval "$nightshift_command"
        """#

    /// - Returns: how it ended; `nil` if it has not within the limit, or the task is cancelled.
    package func end(within limit: Duration) async -> End? {
        let (ends, waiter) = AsyncStream.makeStream(of: End.self)
        ending.ask(waiter)
        let timer = Task {
            try? await Task.sleep(for: limit)
            waiter.finish()
        }
        defer { timer.cancel() }
        for await end in ends { return end }
        return nil
    }

    /// Signals it, and all that it has started.
    package func send(_ signal: Int32) { kill(-identifier, signal) }
}

/// How a command has ended, for who asks before or after.
private final class Ending: Sendable {
    private struct State {
        var end: ShellCommand.End?
        var waiters: [AsyncStream<ShellCommand.End>.Continuation] = []
    }

    private let state = Mutex(State())

    func tell(_ end: ShellCommand.End) {
        let waiters = state.withLock { state in
            state.end = end
            return state.waiters
        }
        for waiter in waiters { waiter.yield(end) }
    }

    func ask(_ waiter: AsyncStream<ShellCommand.End>.Continuation) {
        let end = state.withLock { state in
            if state.end == nil { state.waiters.append(waiter) }
            return state.end
        }
        if let end { waiter.yield(end) }
    }
}
