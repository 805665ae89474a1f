import ReplicateAPI

/// A deployment that a user made.
struct MadeDeployment: Sendable {
    /// What it runs, and on what.
    struct Release: Sendable {
        var number = 1
        /// `owner/name`.
        var model: String
        var version: String
        var hardware: String
        var minInstances: Int
        var maxInstances: Int
        var createdAt: ServerTime
    }

    let owner: String
    let name: String
    let createdAt: ServerTime
    var release: Release

    var fullName: String { "\(owner)/\(name)" }
}

/// The deployments that users of a server made.
struct DeploymentTable: Sendable {
    private var byName: [String: MadeDeployment] = [:]

    var deployments: [MadeDeployment] { Array(byName.values) }

    func deployment(_ owner: String, _ name: String) -> MadeDeployment? {
        byName["\(owner)/\(name)"]
    }

    /// The deployment that runs a version, if there is one.
    func user(of version: String) -> MadeDeployment? {
        byName.values.first { $0.release.version == version }
    }

    /// - Returns: whether the name was free.
    mutating func insert(_ deployment: MadeDeployment) -> Bool {
        guard byName[deployment.fullName] == nil else { return false }
        byName[deployment.fullName] = deployment
        return true
    }

    /// Puts another release in the place of the current one.
    mutating func update(
        _ fullName: String, _ change: (inout MadeDeployment.Release) throws(Problem) -> Void
    ) throws(Problem) -> MadeDeployment {
        guard var deployment = byName[fullName] else { throw .notFound }
        try change(&deployment.release)
        deployment.release.number += 1
        byName[fullName] = deployment
        return deployment
    }

    /// - Returns: whether there was one.
    mutating func delete(_ fullName: String) -> Bool {
        byName.removeValue(forKey: fullName) != nil
    }
}
