import Foundation
import LosslessJSON
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The program `duckdb`, which reads and writes Parquet files for this one.
package struct DuckDBProgram: Hashable, Sendable {
    package let path: String

    /// - Parameter path: of the executable.
    package init(path: String) {
        self.path = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }

    /// The program where the folders of a search path have it; by default those of this process.
    package static func find(in searchPath: String? = ProcessInfo.processInfo.environment["PATH"]) -> DuckDBProgram? {
        for folder in (searchPath ?? "").split(separator: ":") {
            let path = "\(folder)/duckdb"
            var status = stat()
            if access(path, X_OK) == 0, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                return DuckDBProgram(path: path)
            }
        }
        return nil
    }

    package static let isMissing =
        "Parquet files are written by the program 'duckdb', which is not on the PATH; nothing was written"

    /// The longest beginning of what it says that an error repeats.
    private static let longestAnswer = 2000

    /// Runs statements on a database in memory; blocks.
    /// - Parameters:
    ///   - script: the path of the statements.
    ///   - directory: where the program works; paths in the script are relative to it.
    ///   - log: the path of a file for what it says.
    ///   - cancellation: ends the program.
    func run(
        _ script: String, in directory: String, log: String, cancellation: ExportCancellation
    ) throws {
        let program = try start(script, in: directory, log: log)
        let status = cancellation.wait(for: program)
        if cancellation.isRequested { throw CancellationError() }
        guard status != 0 else { return }
        let said = (try? InputFile(log).readAll(upTo: 64 * 1024)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let end = status & 0x7F == 0 ? "ended with \(status >> 8 & 0xFF)" : "was ended by the signal \(status & 0x7F)"
        throw ExportError(
            message: "'\(path)' \(end): \(BoundedText.line(said, characters: Self.longestAnswer))")
    }

    private func start(_ script: String, in directory: String, log: String) throws(ExportError) -> pid_t {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, script, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This process ignores some signals; a program expects nothing of that.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: Int32(flags)))
        // The user's own settings must not change what is written. A shell, because not every system spawns into a folder.
        let arguments = [
            "/bin/sh", "-c", #"cd -- "$0" && exec "$1" -batch -bail -init /dev/null"#, directory, path,
        ]
        var environment = ProcessInfo.processInfo.environment
        environment["REPLICATE_API_TOKEN"] = nil
        environment["CDPATH"] = nil
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { (argv + envp).forEach { free($0) } }
        argv.append(nil)
        envp.append(nil)
        var child: pid_t = 0
        let result = posix_spawn(&child, "/bin/sh", &actions, &attributes, argv, envp)
        guard result == 0 else {
            throw ExportError(message: "'\(path)' cannot be started: \(ErrorReason.text(of: result))")
        }
        return child
    }
}
