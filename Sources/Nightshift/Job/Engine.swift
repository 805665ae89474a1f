public import Logging
public import LosslessJSON
package import NightshiftCore

/// What jobs run with: the account, and where checkpoints are kept.
///
/// ```swift
/// let job = try Engine().job(at: "jobs/hello.yaml")
/// let report = try await job.run()
/// print(report.counts.succeeded, "results in", report.outputDirectory)
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
    /// Told what jobs do, with the metadata `job`, `item`, `prediction` and `attempt`.
    let logger: Logger
    /// What everything that one session does goes by; see ``withOwnClock()``.
    private(set) var clock = WallClock()
    /// How lost answers are looked for; tests against a server without lag need not wait for one.
    package var reconciling = RunSettings.Reconciling()
    /// After how long a provider that refuses the account is asked again.
    package var probeAfter: Duration = .seconds(300)
    /// How far the clocks of its sessions are wrong; in tests some are.
    package var clockError = Duration.zero
    /// Writes Parquet files; by default what is found when it is needed.
    package var duckDB: DuckDBProgram?
    /// How long a run waits for a provider that cannot be asked before its first create.
    package var setupPatience: Duration = .seconds(300)

    /// - Parameters:
    ///   - settings: the account, and where checkpoints are kept.
    ///   - logger: told what jobs do: what becomes of items (`info`; on the way there `debug`), what a person should know
    ///     (`notice`, `warning`), and each call of the API (`debug`). Nothing is logged without one.
    public init(settings: Settings = Settings(), logger: Logger? = nil) {
        self.settings = settings
        self.logger = logger ?? Logger(label: "nightshift") { _ in SwiftLogNoOpLogHandler() }
    }

    /// The same engine for a session that begins now: its clock is read from the wall once more.
    func withOwnClock() -> Engine {
        var engine = self
        engine.clock = WallClock(wrongBy: clockError)
        return engine
    }

    /// The job of a manifest's file.
    /// - Throws: ``EngineError`` with every problem of the file.
    public func job(at path: String) throws(EngineError) -> Job {
        do {
            return Job(engine: self, loaded: try ManifestLoader.load(path))
        } catch {
            throw EngineError(.invalidManifest, error.description)
        }
    }

    /// The job of a manifest that is made in code: the same members as in a file, and the same checks.
    ///
    /// ```swift
    /// let job = try Engine().job(
    ///     ["job": "greetings", "provider": "local", "model": "nightshift/hello-world",
    ///      "inputs": [["list": [["name": "Ada"], ["name": "Grace"]]]],
    ///      "input": ["text": "{{ name }}"], "outputs": ["directory": "greetings"]],
    ///     in: "jobs")
    /// ```
    /// - Parameters:
    ///   - manifest: an object.
    ///   - directory: the folder that the manifest's paths start from, and that `.nightshift` is made in.
    /// - Throws: ``EngineError`` with every problem of the manifest.
    public func job(_ manifest: JSONValue, in directory: String = ".") throws(EngineError) -> Job {
        do {
            return Job(engine: self, loaded: try ManifestLoader.load(manifest, in: directory))
        } catch {
            throw EngineError(.invalidManifest, error.description)
        }
    }

    func makeDirectory(_ path: String) throws(EngineError) {
        do throws(SystemCallError) {
            try FileSystemCalls.makeDirectories(path)
        } catch {
            throw EngineError(.disk, error.message(doing: "make the folder"))
        }
    }
}
