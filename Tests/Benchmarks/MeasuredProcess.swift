import Foundation

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A child process whose cost the system counts: time on the processors and the most memory it ever held.
struct MeasuredProcess {
    let identifier: pid_t

    struct Cost {
        var status: Int32
        /// Seconds in user code and in the system on its behalf.
        var processorTime: Double
        /// In bytes.
        var peakMemory: Int
    }

    /// - Parameter output: a file for standard output and error, or `nil` to show them.
    init(_ executable: String, _ arguments: [String], environment: [String: String], output: String?) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output {
            posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        var argv: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { (argv + envp).forEach { free($0) } }
        argv.append(nil)
        envp.append(nil)
        var child: pid_t = 0
        let result = posix_spawn(&child, executable, &actions, nil, argv, envp)
        guard result == 0 else {
            throw BenchmarkError("cannot start \(executable): \(String(cString: strerror(result)))")
        }
        identifier = child
    }

    /// Waits for its end.
    func cost() -> Cost {
        var status: Int32 = 0
        var usage = rusage()
        while wait4(identifier, &status, 0, &usage) < 0, errno == EINTR {}
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        #if canImport(Darwin)
        let unit = 1
        #else
        let unit = 1024
        #endif
        return Cost(
            status: status, processorTime: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            peakMemory: Int(usage.ru_maxrss) * unit
        )
    }

    func stop() {
        kill(identifier, SIGTERM)
        _ = cost()
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
