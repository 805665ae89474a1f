import Foundation
import Logging
import Nightshift

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Every contact of the commands with the world around them; the environment is read nowhere else.
struct CommandContext: Sendable {
    var tokenSource: TokenSource
    var baseURL: String?
    /// Where runs of this user share the rate of an account.
    var accountDirectory: String?
    /// Whether standard error is a terminal that can be drawn on.
    var isTerminal: Bool
    /// Whether somebody sits at standard input who can be asked.
    var canAsk: Bool

    static var live: CommandContext {
        let environment = ProcessInfo.processInfo.environment
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        return CommandContext(
            tokenSource: TokenSource(value), baseURL: value("REPLICATE_BASE_URL"),
            accountDirectory: accountDirectory(value),
            isTerminal: isatty(STDERR_FILENO) == 1 && value("TERM") != "dumb",
            canAsk: isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1
        )
    }

    /// `NIGHTSHIFT_ACCOUNT_DIRECTORY`, else `nightshift` where the system wants such state.
    private static func accountDirectory(_ value: (String) -> String?) -> String? {
        value("NIGHTSHIFT_ACCOUNT_DIRECTORY")
            ?? value("XDG_STATE_HOME").map { "\($0)/nightshift" }
            ?? value("HOME").map { "\($0)/.local/state/nightshift" }
    }

    func engine(stateDirectory: String? = nil, logger: Logger? = nil) -> Engine {
        Engine(
            settings: Engine.Settings(
                token: tokenSource.token, baseURL: baseURL, stateDirectory: stateDirectory,
                accountDirectory: accountDirectory),
            logger: logger)
    }

    /// Writes to standard output, where results for machines go.
    static func output(_ text: String) throws(OutputError) {
        try StandardStream.write(text + "\n", to: STDOUT_FILENO)
    }

    /// Writes to standard error, where everything for people goes.
    static func tell(_ text: String) {
        show(text.printable + "\n")
    }

    /// Writes to standard error as it is. A closed pipe or terminal is no reason to end anything.
    static func show(_ text: String) {
        try? StandardStream.write(text, to: STDERR_FILENO)
    }

    /// Whether what is drawn on the terminal may have colours: `NO_COLOR` says no to that.
    static var hasColors: Bool {
        let environment = ProcessInfo.processInfo.environment
        return live.isTerminal && environment["NO_COLOR"]?.isEmpty ?? true
    }

    /// The size of the terminal on standard error.
    static var terminalSize: TerminalSize {
        var size = winsize()
        #if canImport(Musl)
        let request = Int32(TIOCGWINSZ)
        #else
        let request = UInt(TIOCGWINSZ)
        #endif
        guard ioctl(STDERR_FILENO, request, &size) == 0, size.ws_col > 0 else { return TerminalSize() }
        return TerminalSize(columns: Int(size.ws_col), rows: size.ws_row > 0 ? Int(size.ws_row) : 24)
    }
}
