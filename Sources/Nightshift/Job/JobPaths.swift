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

extension JobPaths {
    /// Where the copies of tables from the web are.
    var copiesPath: String { "\(directory)/copies" }
}
