import Foundation
import NightshiftCore

/// A job that has checkpoints in a state directory.
public struct JobSummary: Hashable, Sendable {
    public var job: String
    /// Whether a process is working on it now.
    public var isAlive: Bool
    /// How the last session ended; `nil` while one is alive or after a crash.
    public var ending: String?
    /// When its run began, in seconds since 1970.
    public var startedAt: Double?
    /// `nil` if its checkpoints cannot be read.
    public var counts: RunCounts?
    /// Why they cannot be read.
    public var problem: String?
}

extension Engine {
    /// Lists the jobs of the state directory of the settings, or of `.nightshift` in `folder`, by name.
    /// - Throws: ``EngineError`` if there is no such directory.
    public func jobs(in folder: String) async throws(EngineError) -> [JobSummary] {
        let directory = settings.stateDirectory ?? "\(folder)/.nightshift"
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            guard access(directory, F_OK) == 0 || errno == EACCES else {
                throw EngineError(
                    .noStateDirectory, "there is no state directory at \(directory)")
            }
            throw EngineError(.store, "the state directory \(directory) cannot be read: \(ErrorReason.of(error))")
        }
        var jobs: [JobSummary] = []
        for name in names.sorted() {
            let place = JobPaths(job: name, stateDirectory: directory, outputDirectory: "")
            guard StoreReading.isThere(place.storePath) else { continue }
            jobs.append(await summary(of: place))
        }
        return jobs
    }

    private func summary(of place: JobPaths) async -> JobSummary {
        var summary = JobSummary(job: place.job, isAlive: RunLock.isHeld(path: place.lockPath))
        do {
            let store = try Store(readingAt: place.storePath)
            guard let run = try await store.latestRun() else { return summary }
            let totals = try await store.reports.totals(of: run)
            summary.ending = RunEnd.ending(recorded: run.ending, judgedBy: totals)
            summary.startedAt = Double(run.startedAt.milliseconds) / 1000
            summary.counts = RunCounts(totals)
        } catch {
            summary.problem = "\(error)"
        }
        return summary
    }
}
