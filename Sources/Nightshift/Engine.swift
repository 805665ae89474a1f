package import NightshiftCore

/// Runs jobs: the façade that the executable and other programs use.
///
/// ```swift
/// let report = try await Engine().run("jobs/hello.yaml")
/// print(report.succeeded, "results in", report.outputDirectory)
/// ```
public struct Engine: Sendable {
    /// What an engine is told once, at the edge of the program.
    public struct Settings: Sendable {
        /// The token for Replicate's API; never stored or printed.
        public var token: String?
        /// Where Replicate's API is, if not at its usual place; plain http only for loopback addresses.
        public var baseURL: String?
        /// Where checkpoints are kept; by default `.nightshift` beside the manifest.
        public var stateDirectory: String?
        /// Where the runs of this user on this machine share the rate of an account; `nil` for a run that shares with none.
        public var accountDirectory: String?

        public init(
            token: String? = nil, baseURL: String? = nil, stateDirectory: String? = nil, accountDirectory: String? = nil
        ) {
            self.accountDirectory = accountDirectory
            self.token = token
            self.baseURL = baseURL
            self.stateDirectory = stateDirectory
        }
    }

    let settings: Settings
    /// What everything that one session does goes by; see ``withOwnClock()``.
    private(set) var clock = WallClock()
    /// How lost answers are looked for; tests against a server without lag need not wait for one.
    package var reconciling = RunSettings.Reconciling()
    /// After how long a provider that refuses the account is asked again.
    package var probeAfter: Duration = .seconds(300)
    /// How far the clocks of its sessions are wrong; in tests some are.
    package var clockError = Duration.zero
    /// How long a run waits for a provider that cannot be asked before its first create.
    package var setupPatience: Duration = .seconds(300)

    public init(settings: Settings = Settings()) {
        self.settings = settings
    }

    /// The same engine for a session that begins now: its clock is read from the wall once more.
    func withOwnClock() -> Engine {
        var engine = self
        engine.clock = WallClock(wrongBy: clockError)
        return engine
    }

    /// Reads and checks a manifest.
    /// - Throws: ``EngineError`` with every problem of the file.
    package func load(_ path: String) throws(EngineError) -> LoadedManifest {
        do {
            return try ManifestLoader.load(path)
        } catch {
            throw EngineError(.invalidManifest, error.description)
        }
    }

    func place(of loaded: LoadedManifest) -> JobPaths {
        JobPaths(
            job: loaded.manifest.job,
            stateDirectory: settings.stateDirectory ?? loaded.resolve(".nightshift"),
            outputDirectory: loaded.resolve(loaded.manifest.outputs.directory)
        )
    }
}

/// Where a job's checkpoints and outputs are.
package struct JobPaths: Hashable, Sendable {
    package var job: String
    package var stateDirectory: String
    package var outputDirectory: String

    package var directory: String { "\(stateDirectory)/\(job)" }
    package var storePath: String { "\(directory)/checkpoints.sqlite" }
    package var digestCachePath: String { "\(directory)/files.sqlite" }
    package var lockPath: String { "\(directory)/lock" }
}

/// Why the engine did not do what it was asked.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is; decides the exit code.
    public enum Code: Hashable, Sendable {
        /// The manifest or its input set has problems; nothing was sent.
        case invalidManifest
        /// The call itself makes no sense here: no such job, no such file, no token.
        case usage
        /// Another process owns the run.
        case locked
        /// The checkpoint store cannot be used.
        case store
        /// This machine's disk is full, read-only or failing.
        case disk
        /// The provider does not accept this account, or cannot be reached at all.
        case refused
    }

    public let code: Code
    /// For people: what happened, where, and what to do. May have several lines.
    public let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package init(_ error: StoreError) {
        self.init(.store, error.message)
    }

    public var description: String { message }
}
