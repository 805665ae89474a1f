import LosslessJSON

/// A program in a terminal of its own, typed at by a script: a pseudo terminal by Python's `pty`.
package enum TerminalSession {
    package struct Outcome: Sendable {
        /// All that the terminal was sent.
        package var screen: String
        package var code: Int32
    }

    /// Runs a program and types each answer when the text before it has appeared.
    /// - Returns: `nil` where there is no Python, which is said.
    package static func run(
        _ executable: BuiltExecutable, _ arguments: [String], environment: [String: String] = [:],
        typing steps: [(after: String, keys: String)]
    ) async throws -> Outcome? {
        guard let path = Python.path else {
            print("skipped: python3 is not here, so there is no terminal")
            return nil
        }
        let script = JSONValue.array(steps.map { [.string($0.after), .string($0.keys)] }).jsonString()
        var environment = environment
        environment["TERM"] = "xterm"
        let session = try await BuiltExecutable(path: path).run(
            ["-c", driver, script, executable.path] + arguments, environment: environment)
        return Outcome(screen: session.output, code: session.code)
    }

    private static let driver = """
        import fcntl, json, os, pty, struct, sys, termios
        steps = [(a.encode(), k.encode()) for a, k in json.loads(sys.argv[1])]
        child, master = pty.fork()
        if child == 0:
            os.execv(sys.argv[2], sys.argv[2:])
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        seen, begin = b"", 0
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                data = b""
            if not data:
                break
            seen += data
            while steps and steps[0][0] in seen[begin:]:
                begin = seen.index(steps[0][0], begin) + len(steps[0][0])
                os.write(master, steps.pop(0)[1])
        status = os.waitpid(child, 0)[1]
        sys.stdout.buffer.write(seen)
        sys.stdout.flush()
        sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 99)
        """
}
