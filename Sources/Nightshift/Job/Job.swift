import Logging
import NightshiftCore

/// A job: a manifest that was read and checked, and the place of its checkpoints and outputs.
///
/// A job is a value and holds nothing open. What it says of itself is read from disk at each call.
public struct Job: Sendable {
    var engine: Engine
    package let loaded: LoadedManifest
    package let paths: JobPaths

    /// Says of everything which job it is about.
    let logger: Logger

    init(engine: Engine, loaded: LoadedManifest) {
        self.engine = engine
        self.loaded = loaded
        var logger = engine.logger
        logger[metadataKey: "job"] = "\(loaded.manifest.job)"
        self.logger = logger
        paths = JobPaths(
            job: loaded.manifest.job,
            stateDirectory: engine.settings.stateDirectory ?? loaded.resolve(".nightshift"),
            outputDirectory: loaded.resolve(loaded.manifest.outputs.directory))
    }

    /// The manifest's `job`.
    public var name: String { paths.job }

    /// Where the outputs are, or will be.
    public var outputDirectory: String { paths.outputDirectory }

    /// Whether a process is working on the job now.
    public var isAlive: Bool { RunLock.isHeld(path: paths.lockPath) }

    package var manifest: Manifest { loaded.manifest }
    var settings: Engine.Settings { engine.settings }
    /// What everything that one session does goes by; see ``withOwnClock()``.
    var clock: WallClock { engine.clock }

    /// The same job for a session that begins now: its clock is read from the wall once more.
    func withOwnClock() -> Job {
        var job = self
        job.engine = engine.withOwnClock()
        return job
    }

    /// What is done with a store and a provider, with every failure as what it means for the job.
    /// - Throws: ``EngineError``.
    func reporting<Value>(_ body: () async throws -> Value) async throws(EngineError) -> Value {
        do {
            return try await body()
        } catch {
            throw EngineError(error)
        }
    }

    func takeLock() throws(EngineError) -> RunLock {
        do {
            return try RunLock(path: paths.lockPath, job: paths.job)
        } catch {
            throw EngineError(error.code.cause, error.message)
        }
    }

    /// Gives `body` the store and its newest run, to read only: it works for another user, on a read-only disk, and beside a
    /// live run.
    /// - Throws: ``EngineError``, for example if the job was never run.
    func inspect<Value>(_ body: (Store, RunRecord) async throws -> Value) async throws(EngineError) -> Value {
        try await reporting {
            try requireStore()
            let store = try Store(readingAt: paths.storePath)
            return try await body(store, try await latestRun(of: store))
        }
    }

    /// The newest run of the job's store.
    /// - Throws: ``EngineError`` if there is none, else ``StoreError``.
    func latestRun(of store: Store) async throws -> RunRecord {
        guard let run = try await store.latestRun() else {
            throw EngineError(.noRun, "job '\(paths.job)' has no run yet")
        }
        return run
    }

    /// Whether there are checkpoints of it.
    package var hasRun: Bool { StoreReading.isThere(paths.storePath) }

    func requireStore() throws(EngineError) {
        guard hasRun else {
            throw EngineError(.neverRun, "job '\(paths.job)' was never run")
        }
    }
}
