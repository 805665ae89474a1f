import Foundation
import NightshiftCore
import ReplicateServer

/// The program `duckdb`, which writes Parquet files for this one.
package struct DuckDBProgram: Hashable, Sendable {
    package let path: String

    /// - Parameter path: of the executable.
    package init(path: String) {
        self.path = ProgramSearch.absolute(path)
    }

    /// The program where the folders of a search path have it; by default those of this process.
    package static func find(in searchPath: String? = ProcessInfo.processInfo.environment["PATH"]) -> DuckDBProgram? {
        ProgramSearch.path(of: "duckdb", in: searchPath).map(DuckDBProgram.init)
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
        let end = cancellation.wait(for: try start(script, in: directory, log: log))
        if cancellation.isRequested { throw CancellationError() }
        let words: String
        switch end {
        case .exited(0): return
        case .exited(let status): words = "ended with \(status)"
        case .signaled(let signal): words = "was ended by the signal \(signal)"
        }
        let said = (try? InputFile(log).readAll(upTo: 64 * 1024)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        throw ExportError(message: "'\(path)' \(words): \(BoundedText.line(said, characters: Self.longestAnswer))")
    }

    private func start(_ script: String, in directory: String, log: String) throws -> ChildProcess {
        var environment = CommandEnvironment.current
        environment["CDPATH"] = nil
        do {
            // The user's own settings must not change what is written.
            return try ChildProcess(
                command: "exec \(SourceProgram.quoted(path)) -batch -bail -init /dev/null 2>&1", directory: directory,
                environment: environment, input: script, output: log, errorOutput: "/dev/null")
        } catch let failure as ChildProcess.Failure {
            throw ExportError(message: "'\(path)' cannot be started: \(failure.description.lowercased())")
        }
    }
}
