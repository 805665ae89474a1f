import Foundation
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A shell command that runs in a process group of its own, with files for standard input, output and error.
package final class ChildProcess: Sendable {
    /// How it has ended.
    package enum End: Hashable, Sendable {
        case exited(Int)
        case signaled(Int)
    }

    /// Why it could not be started.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// `nil` once it has been waited for, because the number can belong to another process then.
    private let running: Mutex<pid_t?>
    private let identifier: pid_t

    /// Starts it.
    ///
    /// - Parameters:
    ///   - command: what the shell runs.
    ///   - directory: where it runs it.
    ///   - environment: all that it finds in its environment.
    ///   - input: the file that it reads.
    ///   - output: the file that it writes, or a named pipe that is open for reading.
    ///   - errorOutput: the file for what it says.
    package init(
        command: String, directory: String, environment: [String: String], input: String, output: String,
        errorOutput: String
    ) throws {
        // The shell changes the folder, because only some systems can do that while spawning.
        let arguments = ["/bin/sh", "-c", #"cd -- "$1" && eval "$2""#, "sh", directory, command]
        let child = try Self.spawn(
            arguments, environment.map { "\($0.key)=\($0.value)" }, input: input, output: output,
            errorOutput: errorOutput)
        identifier = child
        running = Mutex(child)
    }

    /// Kills the process and all that it started, if it runs.
    package func kill() {
        running.withLock { process in
            if let process { _ = Self.killGroup(process) }
        }
    }

    /// Waits for its end, on a thread that may be blocked. What it left running is killed.
    package func wait() -> End {
        var information = siginfo_t()
        while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        var status: Int32 = 0
        running.withLock { process in
            // The group's number is not given to others as long as its leader has not been waited for.
            _ = Self.killGroup(identifier)
            while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            process = nil
        }
        return status & 0x7F == 0 ? .exited(Int(status >> 8 & 0xFF)) : .signaled(Int(status & 0x7F))
    }

    private static func killGroup(_ process: pid_t) -> Int32 {
        #if canImport(Darwin)
        Darwin.kill(-process, SIGKILL)
        #elseif canImport(Glibc)
        Glibc.kill(-process, SIGKILL)
        #elseif canImport(Musl)
        Musl.kill(-process, SIGKILL)
        #endif
    }

    private static func spawn(
        _ arguments: [String], _ environment: [String], input: String, output: String, errorOutput: String
    ) throws -> pid_t {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        let platformFlags = POSIX_SPAWN_CLOEXEC_DEFAULT
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        let platformFlags: Int32 = 0
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorOutput, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        #if os(Linux)
        // A child that held the listening socket would keep the port after the server's death.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        }
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The server ignores SIGPIPE and may block signals; a command expects neither.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags | platformFlags))

        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) }
        defer { (argv + envp).forEach { free($0) } }
        argv.append(nil)
        envp.append(nil)
        var child: pid_t = 0
        let result = posix_spawn(&child, "/bin/sh", &actions, &attributes, argv, envp)
        guard result == 0 else { throw Failure(description: String(cString: strerror(result))) }
        return child
    }
}
